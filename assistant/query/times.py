"""The times that a question names, as days: "last week", "between October and November 2023"."""

from __future__ import annotations

import calendar
import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import regex

from index.articles import Filter

from ..answer.trace import Wish
from .patterns import REPORT_NOUNS, one_of

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

__all__ = ["Time", "find_times"]

ONE_DAY = datetime.timedelta(days=1)
# A year, or what somebody calls one.
YEAR_LENGTH = datetime.timedelta(days=370)

MONTH_NAME = one_of(
    *("Jan(?:uary|\\.)?", "Feb(?:ruary|\\.)?", "Mar(?:ch|\\.)?", "Apr(?:il|\\.)?", "May", "June?"),
    *("July?", "Aug(?:ust|\\.)?", "Sept?(?:ember|\\.)?", "Oct(?:ober|\\.)?", "Nov(?:ember|\\.)?"),
    "Dec(?:ember|\\.)?",
)
YEAR = r"(?:19|20)\d\d"
WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
NTH = r"\d{1,2}(?:st|nd|rd|th)?"
NUMBER_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
NUMBER_WORDS |= {"seven": 7, "ten": 10}
COUNT = one_of(r"\d{1,3}", *NUMBER_WORDS)
DAYS_IN = {"day": 1, "week": 7, "month": 30, "year": 365}
UNIT = rf"{one_of(*DAYS_IN)}s?"
# "May" or a number alone may be something else: a preposition before it makes it a time.
AFTER_PREPOSITION = (
    r"(?<=\b(?:[Ii]n|[Ss]ince|[Bb]efore|[Aa]fter|[Uu]ntil|[Bb]y|[Bb]etween|[Ff]rom|and|to|last"
    r"|through)\s+)"
)
# One moment or stretch of time; of two kinds that fit at one place the first counts.
FORMS_OF_TIME = {
    "iso": rf"\b{YEAR}-\d\d-\d\d\b",
    "date": rf"\b(?:{MONTH_NAME}\s+{NTH}(?:,?\s+{YEAR})?"
    rf"|(?:the\s+)?{NTH}\s+(?:of\s+)?{MONTH_NAME}(?:,?\s+{YEAR})?)(?!\w)",
    "month": rf"\b{MONTH_NAME},?\s+(?:of\s+)?{YEAR}\b",
    "bare": rf"{AFTER_PREPOSITION}"
    rf"(?:{MONTH_NAME}(?!\w)(?-i:(?!\s+\p{{Lu}}))|{YEAR}\b(?!\s*(?:\w+s|per|%)\b))",
    "ago": rf"\b{COUNT}\s+{UNIT}\s+ago\b",
    "past": rf"\b(?:the\s+)?(?:last|past)\s+(?P<count>{COUNT})\s+(?P<unit>{UNIT})",
    "span": r"\b(?:(?:this|last|past)\s+(?:week|month|year)|this\s+(?:morning|afternoon|evening)"
    r"|yesterday|(?<!\bUSA\s)today|tonight)\b",
    "weekday": rf"\b(?:(?:on|last)\s+){WEEKDAY}\b",
}
TIME = regex.compile(
    "|".join(f"(?P<{kind}>{form})" for kind, form in FORMS_OF_TIME.items()), regex.I
)

RANGE_START = regex.compile(r"\b(?:between|from)\s+(?:the\s+)?$", regex.I)
RANGE_JOINT = regex.compile(r"^\W*(?:and|to|until|till|through|[-–])\s+(?:the\s+)?$", regex.I)
BOUND = regex.compile(r"\b(since|after|before|until|till|by)\s+(?:the\s+)?$", regex.I)
REPORT_WORD = rf"{one_of(*REPORT_NOUNS)}(?:ed)?"
# The time is that of a report, not of what it reports: "published on", "the report of",
# "the article about the flood from", "reported by the Wire in".
OF_REPORT = regex.compile(
    rf"(?:\b(?:published|posted|dated|appeared|appearing|printed)\b[^.;:?]{{0,24}}"
    rf"|\b{REPORT_WORD}\s+(?:(?:of|from|dated|on|in|before|after|since)\s+)?(?:the\s+)?"
    rf"|\b{REPORT_WORD}\b[^.;:?,]{{0,60}}\bfrom\s+"
    rf"|\breported\b[^.;:?,]{{0,60}}\b(?:on|in|before|after|since)\s+)$",
    regex.I,
)


class Days(NamedTuple):
    """The first and the last day of a time, both included."""

    first: datetime.date
    last: datetime.date


# A time has one of these days where it is open, as "since May" is.
OPEN = Days(datetime.date.min, datetime.date.max)
BOUNDS: dict[str, Callable[[Days], Days]] = {
    "since": lambda days: Days(days.first, OPEN.last),
    "after": lambda days: Days(days.last + ONE_DAY, OPEN.last),
    "before": lambda days: Days(OPEN.first, days.first - ONE_DAY),
    "until": lambda days: Days(OPEN.first, days.last),
    "till": lambda days: Days(OPEN.first, days.last),
    "by": lambda days: Days(OPEN.first, days.last),
}


@dataclass(frozen=True)
class Time:
    """Days that a question names at characters start to end: the first and the last one.

    published: whether they are those on which an article appeared. stretch: whether reports from a
    stretch of time are asked for ("last week", "since May"), and not what happened on a day.
    yearless: whether the question leaves out the year, and it is the last one that it can be.
    """

    text: str
    start: int
    end: int
    since: datetime.date
    until: datetime.date
    published: bool = False
    stretch: bool = False
    yearless: bool = False

    @property
    def within(self) -> Filter:
        """The articles of these days."""
        since = None if self.since == OPEN.first else self.since.isoformat()
        until = None if self.until == OPEN.last else self.until.isoformat()
        return Filter(since=since, until=until)

    @property
    def wish(self) -> Wish | None:
        """The articles of these days, where they were published or looked for in them.

        Firm for a stretch of at most a year: a report of what happened in it appeared in it. "What
        did it cost before May?" is answered by later reports, too.
        """
        if not (self.published or self.stretch):
            return None
        is_short = self.until - self.since <= YEAR_LENGTH
        return Wish("time", self.text, self.within, self.published or is_short)

    def earlier(self, years: int) -> Time:
        """The same days that many years earlier; 28 for 29 February where there is none."""
        since, until = _years_before(self.since, years), _years_before(self.until, years)
        return replace(self, since=since, until=until)


def _years_before(day: datetime.date, years: int) -> datetime.date:
    if day in OPEN:
        return day
    last = calendar.monthrange(day.year - years, day.month)[1]
    return day.replace(year=day.year - years, day=min(day.day, last))


def find_times(question: str, today: datetime.date) -> list[Time]:
    """The times that the question names, in order, relative ones as seen from `today`.

    Times that begin after today are left out: no report appeared in them.
    """
    matches = list(TIME.finditer(question))
    pairs = pairwise(matches)
    ranges = {first: last for first, last in pairs if _are_range(question, first, last)}
    found: list[Time | None] = []
    for match in matches:
        if match in ranges:
            found.append(_range(question, match, ranges[match], today))
        elif match not in ranges.values():
            found.append(_time(question, match, today))
    return [time for time in found if time and time.since <= today]


def _are_range(question: str, first: regex.Match[str], last: regex.Match[str]) -> bool:
    """Whether the two are "from ... to ..." or "between ... and ..."."""
    between = question[first.end() : last.start()]
    starts = RANGE_START.search(question[: first.start()]) is not None
    return starts and RANGE_JOINT.match(between) is not None


def _range(
    question: str, first: regex.Match[str], last: regex.Match[str], today: datetime.date
) -> Time | None:
    # "Between October and November 2023": the year is that of both.
    year = None if _has_year(first) else regex.search(YEAR, last.group())
    begin = _days(first, today, f" {year.group()}" if year else "")
    end = _days(last, today)
    if begin is None or end is None:
        return None
    return Time(
        text=question[first.start() : last.end()],
        start=first.start(),
        end=last.end(),
        since=begin.first,
        until=end.last,
        published=_is_of_report(RANGE_START.sub("", question[: first.start()])),
        stretch=True,
    )


def _time(question: str, match: regex.Match[str], today: datetime.date) -> Time | None:
    days = _days(match, today)
    if days is None:
        return None
    before = question[: match.start()]
    bound = BOUND.search(before)
    since, until = BOUNDS[bound[1].lower()](days) if bound else days
    return Time(
        text=match.group().strip(),
        start=match.start(),
        end=match.end(),
        since=since,
        until=until,
        published=_is_of_report(before),
        stretch=bound is not None or match.lastgroup in ("span", "past"),
        yearless=not _has_year(match) and match.lastgroup in ("date", "bare"),
    )


def _has_year(match: regex.Match[str]) -> bool:
    return regex.search(YEAR, match.group()) is not None


def _is_of_report(before: str) -> bool:
    return OF_REPORT.search(before) is not None


def _days(match: regex.Match[str], today: datetime.date, year: str = "") -> Days | None:
    """The days of a time, to which a year may be added; None for "31 February" and the like."""
    if match["past"]:
        count = match["count"].lower()
        number = NUMBER_WORDS.get(count) or int(count)
        return Days(today - number * DAYS_IN[match["unit"].lower().rstrip("s")] * ONE_DAY, today)
    which, _, unit = match.group().lower().partition(" ")
    if which in ("this", "past"):
        return _days_up_to(today, which, unit.strip())
    return _parsed_days(match.group() + year, today)


def _days_up_to(today: datetime.date, which: str, unit: str) -> Days:
    """The days of "past month", "this year" or "this morning"."""
    if which == "past":
        return Days(today - DAYS_IN[unit] * ONE_DAY, today)
    first = _calendar_days(today, unit).first
    # "This week" in a question means the last seven days, also on a Monday.
    return Days(min(first, today - 6 * ONE_DAY) if unit == "week" else first, today)


def _parsed_days(text: str, today: datetime.date) -> Days | None:
    found = _date_parser(today).get_date_data(text.lower().removeprefix("on "))
    if found.date_obj is None:
        return None
    return _calendar_days(found.date_obj.date(), str(found.period))


def _calendar_days(day: datetime.date, unit: str) -> Days:
    """The week, month or year of a day; the day itself for anything else."""
    if unit == "week":
        monday = day - day.weekday() * ONE_DAY
        return Days(monday, monday + 6 * ONE_DAY)
    if unit == "month":
        last = calendar.monthrange(day.year, day.month)[1]
        return Days(day.replace(day=1), day.replace(day=last))
    if unit == "year":
        return Days(day.replace(month=1, day=1), day.replace(month=12, day=31))
    return Days(day, day)


@functools.lru_cache(maxsize=8)
def _date_parser(today: datetime.date) -> DateDataParser:
    from dateparser.date import DateDataParser

    base = datetime.datetime.combine(today, datetime.time())
    return DateDataParser(
        languages=["en"], settings={"RELATIVE_BASE": base, "PREFER_DATES_FROM": "past"}
    )
