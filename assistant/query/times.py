"""The times that a question names, as days: "last week", "between October and November 2023", "published on 2 May"."""

from __future__ import annotations

import calendar
import datetime
import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

__all__ = ["Time", "times"]

DAY = datetime.timedelta(days=1)

MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?"
    r"|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
YEAR = r"(?:19|20)\d\d"
NTH = r"\d{1,2}(?:st|nd|rd|th)?"
COUNT = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|ten)"
UNIT = r"(?:day|week|month|year)s?"
# One moment or stretch of time; what may also be something else ("may", a bare number) needs a preposition before it.
ATOM = regex.compile(
    rf"(?P<iso>\b{YEAR}-\d\d-\d\d\b)"
    rf"|(?P<date>\b(?:{MONTH}\s+{NTH}(?:,?\s+{YEAR})?|(?:the\s+)?{NTH}\s+(?:of\s+)?{MONTH}(?:,?\s+{YEAR})?)(?!\w))"
    rf"|(?P<month>\b{MONTH},?\s+(?:of\s+)?{YEAR}\b)"
    rf"|(?P<bare>(?<=\b(?:[Ii]n|[Ss]ince|[Bb]efore|[Aa]fter|[Uu]ntil|[Bb]y|[Bb]etween|[Ff]rom|and|to|last|through)\s+)"
    rf"(?:{MONTH}(?!\w)(?-i:(?!\s+\p{{Lu}}))|{YEAR}\b(?!\s*(?:\w+s|per|%)\b)))"
    rf"|(?P<ago>\b{COUNT}\s+{UNIT}\s+ago\b)"
    rf"|(?P<past>\b(?:the\s+)?(?:last|past)\s+(?:{COUNT}\s+{UNIT}))"
    rf"|(?P<span>\b(?:(?:this|last|past)\s+(?:week|month|year)|this\s+(?:morning|afternoon|evening)|yesterday"
    rf"|(?<!\bUSA\s)today|tonight)\b)"
    rf"|(?P<weekday>\b(?:(?:on|last)\s+){WEEKDAY}\b)",
    regex.I,
)
NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "ten": 10,
}
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}

JOINED = regex.compile(r"^\W*(?:and|to|until|till|through|[-–])\s+(?:the\s+)?$", regex.I)
OPENED = regex.compile(r"\b(?:between|from)\s+(?:the\s+)?$", regex.I)
BOUND = regex.compile(r"\b(since|after|before|until|till|by)\s+(?:the\s+)?$", regex.I)
# What says that the time is when a report appeared, not when what it tells happened.
REPORT = r"(?:report|article|stor(?:y|ies)|coverage|piece|column|dispatch|interview|review|account|post)(?:s|ed)?"
PUBLISHED = regex.compile(
    rf"(?:\b(?:published|posted|dated|appeared|appearing|printed)\b[^.;:?]{{0,24}}"
    rf"|\b{REPORT}\s+(?:(?:of|from|dated|on|in|before|after|since)\s+)?(?:the\s+)?"
    rf"|\b{REPORT}\b[^.;:?,]{{0,60}}\bfrom\s+"
    rf"|\breported\b[^.;:?,]{{0,60}}\b(?:on|in|before|after|since)\s+)$",
    regex.I,
)


@dataclass(frozen=True)
class Time:
    """Days that a question names at characters start to end, both included; None where they are open.

    published: whether they are said to be those on which an article appeared. stretch: whether they are a stretch of
    time in which reports are looked for ("last week", "since May"), rather than the day of what is told. yearless:
    whether the year is not said, but the last one that it can be.
    """

    text: str
    start: int
    end: int
    since: datetime.date | None
    until: datetime.date | None
    published: bool = False
    stretch: bool = False
    yearless: bool = False

    def earlier(self, years: int) -> Time:
        """The same days so many years earlier."""
        since, until = (day and _years_before(day, years) for day in (self.since, self.until))
        return replace(self, since=since, until=until)


def times(question: str, today: datetime.date) -> list[Time]:
    """The times that the question names, in order, those that are relative as seen from `today`.

    Times that have not come yet are left out: nothing that is reported appeared in them.
    """
    found: list[Time] = []
    atoms = list(ATOM.finditer(question))
    while atoms:
        atom = atoms.pop(0)
        opened = OPENED.search(question[: atom.start()])
        joined = opened and atoms and JOINED.match(question[atom.end() : atoms[0].start()])
        time = (
            _between(question, atom, atoms.pop(0), today)
            if joined
            else _time(question, atom, today)
        )
        if time and (time.since is None or time.since <= today):
            found.append(time)
    return found


def _years_before(day: datetime.date, years: int) -> datetime.date:
    last = calendar.monthrange(day.year - years, day.month)[1]
    return day.replace(year=day.year - years, day=min(day.day, last))


def _between(
    question: str, first: regex.Match[str], last: regex.Match[str], today: datetime.date
) -> Time | None:
    year = regex.search(YEAR, last.group())
    text = (
        first.group()
        if regex.search(YEAR, first.group()) or not year
        else f"{first.group()} {year.group()}"
    )
    begin, end = _days(text, first, today), _days(last.group(), last, today)
    if not (begin and end):
        return None
    published = PUBLISHED.search(OPENED.sub("", question[: first.start()])) is not None
    return Time(
        question[first.start() : last.end()],
        first.start(),
        last.end(),
        begin[0],
        end[1],
        published,
        True,
    )


def _time(question: str, atom: regex.Match[str], today: datetime.date) -> Time | None:
    days = _days(atom.group(), atom, today)
    if not days:
        return None
    since: datetime.date | None
    until: datetime.date | None
    since, until = days
    before = question[: atom.start()]
    stretch = atom.lastgroup in ("span", "past")
    bound = BOUND.search(before)
    if bound:
        stretch = True
        word = bound[1].lower()
        if word in ("since", "after"):
            since, until = (days[0] if word == "since" else days[1] + DAY), None
        else:
            since, until = None, (days[0] - DAY if word == "before" else days[1])
    published = PUBLISHED.search(before) is not None
    yearless = atom.lastgroup in ("date", "bare") and not regex.search(YEAR, atom.group())
    return Time(
        atom.group().strip(), atom.start(), atom.end(), since, until, published, stretch, yearless
    )


def _days(
    text: str, atom: regex.Match[str], today: datetime.date
) -> tuple[datetime.date, datetime.date] | None:
    """The first and the last day of a time."""
    low = text.lower()
    if atom.lastgroup == "past":
        count, unit = low.removeprefix("the ").split()[1:3]
        number = NUMBERS.get(count) or int(count)
        return today - number * DAYS[unit.rstrip("s")] * DAY, today
    if atom.lastgroup == "span" and low.startswith(("past", "this")):
        unit = low.split()[1]
        if unit not in DAYS:
            return today, today
        if low.startswith("past"):
            return today - DAYS[unit] * DAY, today
        # "This week" in a question means the days up to it, also on a Monday.
        return min(_stretch(today, unit)[0], today - 6 * DAY if unit == "week" else today), today
    return _parsed(low, today)


def _parsed(text: str, today: datetime.date) -> tuple[datetime.date, datetime.date] | None:
    found = _parser(today).get_date_data(text.removeprefix("on "))
    if found.date_obj is None:
        return None
    return _stretch(found.date_obj.date(), str(found.period))


def _stretch(day: datetime.date, unit: str) -> tuple[datetime.date, datetime.date]:
    """The week, month or year of a day; the day itself for anything else."""
    if unit == "week":
        monday = day - day.weekday() * DAY
        return monday, monday + 6 * DAY
    if unit == "month":
        return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
    if unit == "year":
        return day.replace(month=1, day=1), day.replace(month=12, day=31)
    return day, day


@functools.lru_cache(maxsize=8)
def _parser(today: datetime.date) -> DateDataParser:
    from dateparser.date import DateDataParser

    base = datetime.datetime.combine(today, datetime.time())
    return DateDataParser(
        languages=["en"], settings={"RELATIVE_BASE": base, "PREFER_DATES_FROM": "past"}
    )
