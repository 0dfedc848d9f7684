"""What of a text can be compared exactly: its numbers, dates and names, whatever their form."""

from __future__ import annotations

import datetime
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import regex

from index.text.terms import FUNCTION_TERMS, stem

__all__ = ["Date", "Facts", "Name", "Number", "days_meant", "read_facts", "worded_as"]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?"
    r"|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?!\p{L})"
)
DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d|[.,:]\d|\p{L})"
YEAR = r"(?P<year>1[0-9]\d\d|20\d\d)(?![\d%]|[.,]\d)"
# A weekday that stands with a date says no more than the date.
WEEKDAY_BEFORE = r"(?:\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+(?:the\s+)?)?"
# In the order in which they are tried; the last two are a lone month and a lone year.
DATE_FORMS = [
    regex.compile(form)
    for form in (
        r"(?<![\d.])(?P<year>[12]\d{3})[-/](?P<number>[01]?\d)[-/](?P<day>[0-3]?\d)(?!\d)",
        rf"{WEEKDAY_BEFORE}\b{MONTH}\s+{DAY}(?:,?\s+{YEAR})?",
        rf"(?<![\d.,$£€]){WEEKDAY_BEFORE}\b{DAY}(?:\s+of)?\s+{MONTH}(?:,?\s+{YEAR})?",
        rf"\b{MONTH},?\s+(?:of\s+)?{YEAR}",
        r"\b(?P<weekday>Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b",
        rf"\b(?:(?<=\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|of|last|this|next|[Ee]arly|[Ll]ate|mid)[\s-])){MONTH}",
        rf"(?<![\d.,$£€#-])\b{YEAR}s?(?!\s+(?:people|men|women|workers|homes|jobs|tonnes)\b)",
    )
]
# "17 and 18 October": the month is said once.
FIRST_DAY = regex.compile(r"(?<![\d.,:])([0-3]?\d)(?:st|nd|rd|th)?\s*(?:and|to|or|until|[-–])\s*$")

UNITS = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
TENS = dict(
    zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        range(20, 100, 10),
        strict=True,
    )
)
ORDINALS = dict(
    zip(
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
        range(2, 13),
        strict=True,
    )
)
SCALES = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12,
    "decade": 10, "century": 100, "centurie": 100, "k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12,
}  # fmt: skip
# Parts of a whole, in per cent.
PARTS = {
    "half": 50.0,
    "a quarter": 25.0,
    "three quarters": 75.0,
    "a third": 100 / 3,
    "two thirds": 200 / 3,
}
SMALL = "|".join((*UNITS, *TENS))
SCALE = "hundred|thousand|million|billion|trillion|dozen|decade|century|centurie"
NUMBER = regex.compile(
    r"(?P<money>(?:US|C|A|NZ|HK)?[$£€¥])?\s?"
    r"(?:(?P<digits>(?<![\p{L}\d.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?P<nth>st|nd|rd|th)?"
    r"|(?<!\b(?:first|second|other|latter)[-\s])\b(?P<part>half|an?\squarter|three[-\s]quarters|an?\sthird|one\sthird"
    r"|two[-\s]thirds)(?=\s+(?:of|a\s(?:million|billion|dozen))\b|\s+the\b|[.,;])"
    rf"|\b(?P<words>(?:{SMALL})(?:[-\s](?:{SMALL}|hundred|thousand|and(?=\s(?:{SMALL})\b)))*)\b"
    rf"|\b(?P<one>an?)\s(?=(?:{SCALE})\b)"
    rf"|\b(?P<ordinal>{'|'.join(ORDINALS)})\b)"
    rf"(?:[\s-]?(?:a\s)?(?P<scale>(?:{SCALE})s?|(?<=\d\s?)(?:k|mn?|bn|tn))\b)?(?!\p{{L}}|\d)"
    r"(?:[\s-]?(?P<unit>%|per\s?cent\b|percentage\spoints?\b|(?:degrees?\s)?(?:Fahrenheit|Celsius)\b|°\s?[FC]\b"
    r"|(?:US\s)?dollars?\b|pounds?\b(?!\sof)|euros?\b|yen\b))?",
    regex.I,
)
CURRENCIES = {"dollar": "$", "usdollar": "$", "pound": "£", "euro": "€", "yen": "¥"}
AGE = regex.compile(r"[-\s]years?[-\s]olds?\b", regex.I)
CLOCK = regex.compile(
    r"(?<![\d.,:$£€])([01]?\d|2[0-4])(?::([0-5]\d)|[.]([0-5]\d)(?=\s?[ap]\.?m))(?![\d:])"
)
RANGE = regex.compile(r"\s*(?:and|to|or|[-–])\s*")

NAME_WORD = regex.compile(r"(?:\p{Lu}\.){2,}|\p{Lu}[\p{L}\p{M}\p{N}]*(?:[-'’.]\p{L}[\p{L}\p{M}]*)*")
BETWEEN_NAMES = regex.compile(r"\.?\s(?:(?:of|de|van|von|bin|&)\s)?")
SENTENCE_START = regex.compile(r"(?:^|[.!?:…]['\"”’)]*\s+|\n\s*)[\"“‘'(]*$")


@dataclass(frozen=True)
class Number:
    """A quantity at text[start:end]: its value, and its unit.

    The unit is %, a currency sign, F or C for degrees, `th` for ordinals, `age` for years of life, `min` for a time of
    day (minutes of half a day), or none.
    """

    value: float
    unit: str
    start: int
    end: int


@dataclass(frozen=True)
class Date:
    """What a text says of a date: year, month from 1, day of the month, weekday from 0 (Monday)."""

    year: int | None
    month: int | None
    day: int | None
    weekday: int | None
    start: int
    end: int

    def agrees_with(self, day: datetime.date) -> bool:
        """Whether a day is what the date says, as far as it says it."""
        said = (self.year, self.month, self.day, self.weekday)
        there = (day.year, day.month, day.day, day.weekday())
        return all(part is None or part == other for part, other in zip(said, there, strict=True))


@dataclass(frozen=True)
class Name:
    """A word written as a name. first: it begins a sentence, where any word is written so."""

    text: str
    start: int
    end: int
    first: bool


@dataclass(frozen=True)
class Facts:
    """The numbers, dates and name words of a text, in order."""

    text: str
    numbers: tuple[Number, ...]
    dates: tuple[Date, ...]

    @functools.cached_property
    def names(self) -> tuple[Name, ...]:
        """Words written as names, no weekdays and months among them."""
        taken = [(date.start, date.end) for date in self.dates]
        return tuple(name for name in _names(self.text) if not _within(name.start, name.end, taken))

    @functools.cached_property
    def whole_names(self) -> tuple[Name, ...]:
        """Names of one or more words: "Ada Lund", "Bank of England"."""
        found: list[Name] = []
        for name in self.names:
            last = found[-1] if found else None
            if last and BETWEEN_NAMES.fullmatch(self.text[last.end : name.start]):
                found[-1] = Name(self.text[last.start : name.end], last.start, name.end, last.first)
            else:
                found.append(name)
        return tuple(found)


@functools.lru_cache(maxsize=4096)
def read_facts(text: str) -> Facts:
    """The numbers, dates and names of a text."""
    dates = tuple(sorted(_dates(text), key=lambda date: date.start))
    times = [
        Number(int(m[1]) % 12 * 60 + int(m[2] or m[3]), "min", m.start(), m.end())
        for m in CLOCK.finditer(text)
    ]
    taken = [(date.start, date.end) for date in dates] + [(time.start, time.end) for time in times]
    found = [number for number in _numbers(text) if not _within(number.start, number.end, taken)]
    return Facts(text, (*_with_shared_scale(text, found), *times), dates)


def _within(start: int, end: int, stretches: list[tuple[int, int]]) -> bool:
    return any(start < b and a < end for a, b in stretches)


def _dates(text: str) -> Iterator[Date]:
    taken: list[tuple[int, int]] = []
    for form in DATE_FORMS:
        for match in form.finditer(text):
            if _within(*match.span(), taken):
                continue
            date = _date(match)
            first = FIRST_DAY.search(text[: match.start()]) if date.day else None
            if first and not _within(*first.span(1), taken):
                yield replace(date, day=int(first[1]), start=first.start(1), end=first.end(1))
                taken.append(first.span(1))
            taken.append(match.span())
            yield date


def _date(match: regex.Match[str]) -> Date:
    found = match.groupdict()
    month, number, weekday = found.get("month"), found.get("number"), found.get("weekday")
    return Date(
        year=int(found["year"]) if found.get("year") else None,
        month=MONTHS.index(month[:3].lower()) + 1 if month else int(number) if number else None,
        day=int(found["day"]) if found.get("day") else None,
        weekday=DAYS.index(weekday[:3].lower()) if weekday else None,
        start=match.start(),
        end=match.end(),
    )


def _numbers(text: str) -> Iterator[Number]:
    for match in NUMBER.finditer(text):
        value = _value(match)
        # "one" alone is more often a pronoun.
        if (
            match["words"]
            and match["words"].lower() == "one"
            and not (match["scale"] or match["unit"])
        ):
            continue
        age = AGE.match(text, match.end())
        unit = "th" if match["nth"] or match["ordinal"] else "age" if age else _unit(match)
        yield Number(value, unit, match.start(), age.end() if age else match.end())


def _value(match: regex.Match[str]) -> float:
    if match["digits"]:
        value = float(match["digits"].replace(",", ""))
    elif match["words"]:
        value = _spelled(match["words"].lower())
    elif match["part"]:
        part = match["part"].lower().replace("-", " ").replace("one ", "a ").replace("an ", "a ")
        value = PARTS[part] / 100 if match["scale"] else PARTS[part]
    else:
        value = float(ORDINALS[match["ordinal"].lower()]) if match["ordinal"] else 1.0
    scale = (match["scale"] or "").lower()
    return round(value * SCALES.get(scale, SCALES.get(scale.rstrip("s"), 1)), 6)


def _spelled(words: str) -> float:
    total = current = 0
    for word in regex.split(r"[-\s]+", words):
        if word in UNITS or word in TENS:
            current += UNITS.get(word, 0) or TENS.get(word, 0)
        elif word == "hundred":
            current = (current or 1) * 100
        elif word == "thousand":
            total, current = total + (current or 1) * 1000, 0
    return float(total + current)


def _unit(match: regex.Match[str]) -> str:
    if match["part"] and not match["scale"]:
        return "%"
    if match["money"]:
        money: str = match["money"].lower().removeprefix("us")
        return money
    unit = regex.sub(r"[\s°]|degrees?", "", (match["unit"] or "").lower())
    if unit.startswith("percent"):
        return "%"
    return CURRENCIES.get(unit.rstrip("s"), unit[:1].upper() if unit != "yen" else "¥")


def _with_shared_scale(text: str, numbers: list[Number]) -> Iterator[Number]:
    """Numbers of which scale and unit stand behind the next one only: "77 to 75 million", "40 to 50 per cent"."""
    for number, following in itertools.zip_longest(numbers, numbers[1:]):
        if following and not number.unit and RANGE.fullmatch(text[number.end : following.start]):
            scale = next(
                (s for s in (10**9, 10**6, 10**3) if following.value >= s > number.value), 1
            )
            unit = following.unit if following.unit in ("%", "$", "£", "€") else ""
            yield replace(number, value=number.value * scale, unit=unit)
        else:
            yield number


def _names(text: str) -> Iterator[Name]:
    for match in NAME_WORD.finditer(text):
        word = match.group()
        if stem(word) in FUNCTION_TERMS and not (word.isupper() and len(word) > 1):
            continue
        first = SENTENCE_START.search(text[: match.start()][-6:]) is not None
        yield Name(word, match.start(), match.end(), first)


DAY_STEPS = {
    "yesterday": -1,
    "today": 0,
    "tonight": 0,
    "this morning": 0,
    "this afternoon": 0,
    "tomorrow": 1,
}
YEAR_STEPS = {
    "last year": -1,
    "a year ago": -1,
    "a year earlier": -1,
    "this year": 0,
    "next year": 1,
}
AGO = regex.compile(rf"\b(\d+|{SMALL})\s(day|week|month|year)s?\s(?:ago|earlier|later)\b", regex.I)
DAYS_IN = {"day": 1, "week": 7, "month": 30.44, "year": 365.25}


def days_meant(date: Date, text: str, published: datetime.date | None) -> bool:
    """Whether a text of that day can mean the date: said in any form, in part, by weekday, or as "yesterday".

    What is not said of a date, its year above all, may be whatever is near the day of publication.
    """
    said = read_facts(text)
    low = text.lower()
    for other in said.dates:
        if _agree(date, other, published):
            return True
    if (
        date.year
        and not date.month
        and any(n.value == date.year and not n.unit for n in said.numbers)
    ):
        return True
    if published is None:
        return False
    if date.agrees_with(published):
        return True
    steps = [step for words, step in DAY_STEPS.items() if words in low]
    if any(date.agrees_with(published + datetime.timedelta(step)) for step in steps):
        return True
    if date.day is not None or date.weekday is not None:
        return False
    years = [published.year + step for words, step in YEAR_STEPS.items() if words in low]
    if date.month is None and date.year in years:
        return True
    if (
        any(f"{which} month" in low for which in ("last", "this", "next"))
        and date.month is not None
    ):
        return any(
            date.agrees_with(published + datetime.timedelta(step)) for step in (-31, -15, 0, 15, 31)
        )
    return any(_ago(match, date, published) for match in AGO.finditer(text))


def worded_as(text: str, other: str, published: datetime.date | None) -> str:
    """A text with its numbers and dates written as another text, of that day, writes them, where it has the same."""
    said, there = read_facts(text), read_facts(other)
    written: list[tuple[Number | Date, Number | Date]] = []
    for number in said.numbers:
        written += [
            (number, n) for n in there.numbers if (n.value, n.unit) == (number.value, number.unit)
        ][:1]
    for date in said.dates:
        written += [
            (date, d) for d in there.dates if _says_no_more(d, date) and _agree(date, d, published)
        ][:1]
    for mine, theirs in sorted(written, key=lambda pair: -pair[0].start):
        blank = " " if text[mine.start].isspace() else ""
        text = (
            text[: mine.start] + blank + other[theirs.start : theirs.end].strip() + text[mine.end :]
        )
    return text


def _says_no_more(date: Date, than: Date) -> bool:
    return all(
        getattr(date, part) is None or getattr(than, part) is not None
        for part in ("year", "month", "day")
    )


def _ago(match: regex.Match[str], date: Date, published: datetime.date) -> bool:
    """Whether "three years ago" can mean a year or month."""
    count = int(match[1]) if match[1].isdecimal() else int(_spelled(match[1].lower()))
    step = datetime.timedelta(days=min(count * DAYS_IN[match[2].lower()], 200_000))
    return any(date.agrees_with(published + sign * step) for sign in (-1, 1))


def _agree(date: Date, other: Date, published: datetime.date | None) -> bool:
    """Whether two dates can be one, the second in a text of that day."""
    for one, two in ((date.month, other.month), (date.day, other.day), (date.year, other.year)):
        if one is not None and two is not None and one != two:
            return False
    other_year = published is None or date.year is None or abs(date.year - published.year) > 1
    if date.year is not None and other.year is None and other_year:
        return False
    if other.weekday is not None and other.month is None:
        return _weekday_agrees(date, other.weekday, published)
    if date.weekday is not None and date.month is None:
        # The claim has a weekday only: the other one has to be a day that may be it.
        return other.day is not None and _weekday_of(other, published) in (date.weekday, None)
    # What the claim says more exactly than the text is not said there.
    return not (date.month and not other.month) and not (date.day and not other.day)


def _weekday_agrees(date: Date, weekday: int, published: datetime.date | None) -> bool:
    if date.month is None and date.year is None:
        return date.weekday == weekday
    if published is None or date.day is None:
        return False
    back = (published.weekday() - weekday) % 7
    return any(date.agrees_with(published + datetime.timedelta(step - back)) for step in (-7, 0, 7))


def _weekday_of(date: Date, published: datetime.date | None) -> int | None:
    year = date.year or (published.year if published else None)
    if not (year and date.month and date.day):
        return None
    try:
        return datetime.date(year, date.month, date.day).weekday()
    except ValueError:
        return None
