"""Whether a sentence has a date that another one names, given the day on which its article was published."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace

import regex

from .facts import Date, read

__all__ = ["has_date", "is_on", "may_be"]

DAY = datetime.timedelta(days=1)
COMING = regex.compile(r"\b(?:next|will|to|due|coming|would|from|until|by)\b", regex.I)
PAST = regex.compile(r"\blast\b", regex.I)
YEAR_AFTER = regex.compile(r",?\s+(?:of\s+)?(this|last|next)\s+year\b", regex.I)
YEAR_BEFORE = regex.compile(r"\b(this|last|next)\s+$", regex.I)
NOW = regex.compile(r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b", regex.I)
YEARS = {"this year": 0, "last year": -1, "next year": 1, "a year ago": -1, "a year earlier": -1}
MONTHS = {"this month": 0, "last month": -1, "next month": 1}


def has_date(date: Date, line: str, published: datetime.date | None) -> bool:
    """Whether the line names the date in any form.

    In full, in part and completed by the article's own date, by its weekday, or as "yesterday" and the like.
    """
    if any(_agrees(date, other, published) for other in read(line).dates):
        return True
    if published is None:
        return False
    if any(_agrees(date, other, published) for other in _of_a_year(line, published)):
        return True
    return any(is_on(date, day) for day in _relative(line, published)) or _roughly(date, line.lower(), published)


def is_on(date: Date, day: datetime.date) -> bool:
    """Whether a day is what the date says, as far as it says it."""
    wanted = ((date.year, day.year), (date.month, day.month), (date.day, day.day), (date.weekday, day.weekday()))
    return all(part is None or part == there for part, there in wanted)


def _agrees(date: Date, other: Date, published: datetime.date | None) -> bool:
    if date.month is not None and date.month != other.month:
        return False
    if date.day is not None and date.day != other.day:
        return False
    if date.weekday is not None and date.weekday != other.weekday:
        day = _completed(other, published)
        if day is None or day.weekday() != date.weekday:
            return False
    if date.year is None or date.year == other.year:
        return True
    return (
        other.year is None
        and other.month is not None
        and published is not None
        and date.year in (_year(other, published), _last_year(other, published))
    )


def _year(date: Date, published: datetime.date) -> int:
    """The year that a month without one means in an article of that day: the nearest."""
    now = published.year * 12 + published.month
    years = (published.year - 1, published.year, published.year + 1)
    return min(years, key=lambda year: abs(year * 12 + (date.month or 1) - now))


def may_be(date: Date, other: Date, published: datetime.date | None) -> bool:
    """Whether another date may be the same, given the day on which its article was published."""
    if _agrees(date, other, published):
        return True
    if published is None or other.weekday is None:
        return False
    back = (published.weekday() - other.weekday) % 7
    return any(is_on(date, published + (step - back) * DAY) for step in (-7, 0, 7))


def _last_year(date: Date, published: datetime.date) -> int:
    """The year in which a month was last begun, seen from that day."""
    return published.year - ((date.month or 1) > published.month)


def _completed(date: Date, published: datetime.date | None) -> datetime.date | None:
    year = date.year or (_year(date, published) if published else None)
    if not (year and date.month and date.day):
        return None
    try:
        return datetime.date(year, date.month, date.day)
    except ValueError:
        return None


def _relative(line: str, published: datetime.date) -> Iterator[datetime.date]:
    """The days that "yesterday", "on Monday" and the like mean in an article of that day."""
    low = line.lower()
    if "yesterday" in low:
        yield published - DAY
    if "tomorrow" in low:
        yield published + DAY
    if NOW.search(low):
        yield published
    for date in read(line).dates:
        if date.weekday is not None:
            back = (published.weekday() - date.weekday) % 7
            yield published - back * DAY
            if COMING.search(low):
                yield published + (7 - back) * DAY
            if PAST.search(low):
                yield published - (back + 7) * DAY


def _of_a_year(line: str, published: datetime.date) -> Iterator[Date]:
    """Months with a year that is said in words: "March of this year", "last May"."""
    for date in read(line).dates:
        if date.month and not date.year:
            said = YEAR_AFTER.match(line, date.end) or YEAR_BEFORE.search(line[: date.start])
            if said:
                step = {"this": 0, "last": -1, "next": 1}[said[1].lower()]
                yield replace(date, year=published.year + step)


def _roughly(date: Date, low: str, published: datetime.date) -> bool:
    """Whether "last month", "this year" and the like mean the date's month or year."""
    if date.day is not None or date.weekday is not None:
        return False
    if date.month is None:
        return any(words in low and published.year + step == date.year for words, step in YEARS.items())
    for words, step in MONTHS.items():
        year, month = divmod(published.year * 12 + published.month - 1 + step, 12)
        if words in low and month + 1 == date.month and date.year in (None, year):
            return True
    return False
