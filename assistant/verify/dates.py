"""Dates in any form, as exact as the text gives them: "3 March 2025", "last Monday", "in 2019"."""

from __future__ import annotations

import datetime
import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from .located import Located, drop_overlapping
from .numbers import CARDINAL, spelled_out_value

__all__ = ["Date", "read_dates", "relative_dates"]

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "mon tue wed thu fri sat sun".split()
CALENDAR_WORDS = {
    **{word: number for number, word in enumerate(MONTHS, start=1)},
    **{word: number for number, word in enumerate(WEEKDAYS)},
}
MONTH_FORM = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?"
    r"|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
    r"(?!\p{L})"
)
DAY_FORM = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d|[.,:]\d|\p{L})"
YEAR_FORM = r"(?P<year>1[0-9]\d\d|20\d\d)(?![\d%]|[.,]\d)"
WEEKDAY_FORM = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
# A weekday that stands with a date adds nothing to the date.
WEEKDAY_BEFORE = rf"(?:\b{WEEKDAY_FORM},?\s+(?:the\s+)?)?"
BEFORE_MONTH = r"[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|of|last|this|next|[Ee]arly|[Ll]ate|mid"
# In the order in which they are tried.
DATE_FORMS = [
    regex.compile(form)
    for form in (
        # 2025-03-04
        r"(?<![\d.])(?P<year>[12]\d{3})[-/](?P<month>[01]?\d)[-/](?P<day>[0-3]?\d)(?!\d)",
        # Tuesday, March 4, 2025
        rf"{WEEKDAY_BEFORE}\b{MONTH_FORM}\s+{DAY_FORM}(?:,?\s+{YEAR_FORM})?",
        # 4th of March 2025
        rf"(?<![\d.,$£€]){WEEKDAY_BEFORE}\b{DAY_FORM}(?:\s+of)?\s+{MONTH_FORM}(?:,?\s+{YEAR_FORM})?",
        # March 2025
        rf"\b{MONTH_FORM},?\s+(?:of\s+)?{YEAR_FORM}",
        rf"\b(?P<weekday>{WEEKDAY_FORM})s?\b",
        # A month alone, where a word shows that it is one: "May" may be a verb.
        rf"\b(?:(?<=\b(?:{BEFORE_MONTH})[\s-])){MONTH_FORM}",
        # A year alone, unless it counts something.
        rf"(?<![\d.,$£€#-])\b{YEAR_FORM}s?(?!\s+(?:people|men|women|workers|homes|jobs|tonnes)\b)",
    )
]
# "17 and" before "18 October".
FIRST_DAY = regex.compile(r"(?<![\d.,:])([0-3]?\d)(?:st|nd|rd|th)?\s*(?:and|to|or|until|[-–])\s*$")

# The distance of words from the day of publication, in units that are as exact as they are.
RELATIVE_WORDS = {
    "yesterday": (-1, "day"), "today": (0, "day"), "this morning": (0, "day"),
    "this afternoon": (0, "day"), "tonight": (0, "day"), "tomorrow": (1, "day"),
    "last month": (-1, "month"), "this month": (0, "month"), "next month": (1, "month"),
    "last year": (-1, "year"), "a year ago": (-1, "year"), "a year earlier": (-1, "year"),
    "this year": (0, "year"), "next year": (1, "year"),
}  # fmt: skip
AGO = regex.compile(rf"\b(\d+|{CARDINAL})\s(day|week|month|year)s?\s(?:ago|earlier|later)\b")
UNIT_DAYS = {"day": 1, "week": 7, "month": 30.44, "year": 365.25}
LAST_ORDINAL = datetime.date.max.toordinal()


@dataclass(frozen=True)
class Date(Located):
    """A date as far as a text gives it: year, month from 1, day of the month.

    Or only a weekday, from 0 (Monday).
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None

    @functools.cached_property
    def known(self) -> dict[str, int]:
        """The parts that are given, by the names of their fields."""
        parts = {
            "year": self.year,
            "month": self.month,
            "day": self.day,
            "weekday": self.weekday,
        }
        return {name: value for name, value in parts.items() if value is not None}

    @property
    def is_weekday(self) -> bool:
        """Whether only a weekday is given."""
        return self.known.keys() == {"weekday"}

    @property
    def is_of_day(self) -> bool:
        """Whether it is as exact as a day or a weekday."""
        return not self.known.keys().isdisjoint({"day", "weekday"})

    def completed(self, published: datetime.date | None) -> Date:
        """The date as an article of that day means it.

        A weekday is the last such day before it; a date without a year is of its year.
        """
        if published is None or self.year is not None:
            return self
        if self.weekday is None:
            return replace(self, year=published.year)
        return _day_after(published, -((published.weekday() - self.weekday) % 7))

    def contradicts(self, other: Date) -> bool:
        """Whether a part that both give differs."""
        shared = self.known.keys() & other.known.keys()
        return any(self.known[part] != other.known[part] for part in shared)

    def may_be(self, other: Date, published: datetime.date | None) -> bool:
        """Whether this date can be another one, which stands in a text published on that day.

        The other one has to be as exact, but for a year near that of publication. A weekday may
        be a day, but no month or year.
        """
        if other.is_weekday and not self.is_of_day:
            return False
        optional = {"weekday"} if other.day else set()
        near = range(published.year - 1, published.year + 2) if published else ()
        if self.year in near:
            optional.add("year")
        for meant in other._meanings(published):
            missing = self.known.keys() - meant.known.keys()
            if missing <= optional and not self.contradicts(meant):
                return True
        return False

    def _meanings(self, published: datetime.date | None) -> list[Date]:
        """The days that a weekday may mean; a day with its weekday; else the date as it is."""
        day = self.completed(published)._calendar_day()
        if day is None:
            return [self]
        if self.is_weekday:
            return [_day_after(day, days) for days in (-7, 0, 7)]
        return [replace(self, weekday=day.weekday())]

    def _calendar_day(self) -> datetime.date | None:
        """The day; None where a part is missing, and for a day that no calendar has."""
        parts = {"year": 0, "month": 0, "day": 0, **self.known}
        try:
            return datetime.date(parts["year"], parts["month"], parts["day"])
        except ValueError:
            return None


def read_dates(text: str) -> tuple[Date, ...]:
    """The dates of a text, in order."""
    dates: list[Date] = []
    for form in DATE_FORMS:
        new = drop_overlapping(map(_to_date, form.finditer(text)), dates)
        dates += new
        dates += drop_overlapping(_first_days(text, new), dates)
    return tuple(sorted(dates, key=lambda date: date.start))


def _to_date(match: regex.Match[str]) -> Date:
    """The date of a match of one of DATE_FORMS, whose groups are named like the fields."""
    parts = {name: _part_number(text) for name, text in match.groupdict().items() if text}
    return Date(*match.span(), **parts)


def _part_number(text: str) -> int:
    """The number of a month, a weekday, or of a part that is written in figures."""
    return CALENDAR_WORDS[text[:3].lower()] if text[0].isalpha() else int(text)


def _first_days(text: str, dates: Sequence[Date]) -> Iterator[Date]:
    """The 17th for the second date of "17 and 18 October", where the month is given once."""
    for date in dates:
        before = FIRST_DAY.search(text[: date.start]) if date.day else None
        if before:
            yield replace(date, day=int(before[1]), start=before.start(1), end=before.end(1))


def relative_dates(text: str, published: datetime.date) -> Iterator[Date]:
    """The day of publication, and dates that a text of that day may mean by "last year" etc.

    Only days are exact: "three years ago" and "last month" are given as months.
    """
    text = text.lower()
    yield _day_after(published, 0)
    distances = [distance for words, distance in RELATIVE_WORDS.items() if words in text]
    for count, unit in distances:
        yield _at_distance(published, count, unit)
    for written, unit in AGO.findall(text):
        number = int(written) if written.isdecimal() else spelled_out_value(written)
        for days in (-number * UNIT_DAYS[unit], number * UNIT_DAYS[unit]):
            day = _day_after(published, days)
            yield Date(0, 0, day.year, day.month)


def _at_distance(published: datetime.date, count: int, unit: str) -> Date:
    """The day, the month or the year that many units after the day of publication."""
    if unit == "day":
        return _day_after(published, count)
    if unit == "year":
        return Date(0, 0, published.year + count)
    years, month = divmod(published.month - 1 + count, 12)
    return Date(0, 0, published.year + years, month + 1)


def _day_after(day: datetime.date, days: float) -> Date:
    """The day that many days later, within the calendar."""
    ordinal = math.floor(day.toordinal() + days)
    later = datetime.date.fromordinal(min(max(ordinal, 1), LAST_ORDINAL))
    return Date(0, 0, later.year, later.month, later.day, later.weekday())
