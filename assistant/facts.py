"""What of a text can be compared exactly: its numbers, dates, names and words, whatever their form."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from index.terms import FUNCTION_TERMS, stem, terms

__all__ = ["Date", "Number", "Reading", "Word", "base", "read"]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?!\p{L})"
)
DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d|[.,:]\d|\p{L})"
YEAR = r"(?P<year>1[0-9]\d\d|20\d\d)(?![\d%]|[.,]\d)"
DATES = [
    regex.compile(pattern)
    for pattern in (
        r"(?<![\d.])(?P<year>[12]\d{3})[-/](?P<number>[01]?\d)[-/](?P<day>[0-3]?\d)(?!\d)",
        rf"\b{MONTH}\s+{DAY}(?:,?\s+{YEAR})?",
        rf"(?<![\d.,$£€])\b{DAY}(?:\s+of)?\s+{MONTH}(?:,?\s+{YEAR})?",
        rf"\b{MONTH}(?:,?\s+(?:of\s+)?{YEAR})",
        rf"(?:(?<=\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|[Ff]rom|of|last|this|next|each|every|[Ee]arly|[Ll]ate|mid|[Dd]uring"
        rf"|[Bb]efore|[Aa]fter|through|to|between)[\s-])|(?<=[,(]\s)){MONTH}(?!\s+(?:be|have|not|also|well|still)\b)",
        r"\b(?P<weekday>Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b",
        r"(?<![\d.,$£€#-])\b(?P<year>1[0-9]\d\d|20\d\d)[-–/](?P<until>\d\d)(?![\d-])",
        rf"(?<![\d.,$£€#-])\b{YEAR}s?(?!\s+(?:people|men|women|workers|homes|jobs|tonnes))\b",
    )
]

# "17 and 18 October": the month is said once.
FIRST_DAY = regex.compile(r"(?<![\d.,:])([0-3]?\d)(?:st|nd|rd|th)?\s*(?:and|to|or|until|[-–])\s*$")
TIME = regex.compile(
    r"(?<![\d.,:$£€])(?P<hour>[01]?\d|2[0-4])(?::(?P<minute>[0-5]\d)|[.:](?P<dotted>[0-5]\d)(?=\s?[ap]\.?m))(?![\d:])"
)

RANGE = regex.compile(r"\s*(?:and|to|or|[-–])\s*")

UNITS = {
    word: number
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen""".split()
    )
}
TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
UNITS |= {"duo": 2, "trio": 3}
SMALL = {**UNITS, **TENS}
SCALES = {
    "hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12,
    "decade": 10, "century": 100, "centurie": 100, "k": 1_000, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12,
}  # fmt: skip
# Parts of a whole, in per cent.
PARTS = {
    "half": 50, "quarter": 25, "three quarters": 75, "third": 100 / 3, "two thirds": 200 / 3, "fifth": 20, "tenth": 10,
}  # fmt: skip
ORDINALS = {
    word: number
    for number, word in enumerate(
        """second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
        sixteenth seventeenth eighteenth nineteenth twentieth""".split(),
        start=2,
    )
}
WORDS = "|".join([*UNITS, *TENS])
SCALE_WORDS = "hundred|thousand|million|billion|trillion|dozen|decade|century|centurie"
# "The second half" is no part that a number tells.
NO_SHARE = r"(?<!\b(?:first|second|other|upper|lower|top|bottom|latter|northern|southern|eastern|western)[-\s])"
# "A third strike" is none either.
SHARED = r"(?=\s+(?:of|more|less|fewer|as)\b|\s*[.,;:)]|\s*$)"
NUMBER = regex.compile(
    rf"(?P<money>(?:US|C|A|NZ|HK)?[$£€¥])?\s?"
    rf"(?:(?P<digits>(?<![\p{{L}}\d])\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|(?<![\p{{L}}\d])\d+(?:\.\d+)?)(?P<nth>st|nd|rd|th)?"
    rf"(?P<more>\s?[½¼¾]|\s[13]/[24](?![\d/]))?"
    rf"|{NO_SHARE}\b(?P<part>half(?:\sa(?=\s(?:million|billion|dozen)\b))?|(?:an?|one)[-\s](?:quarter|third|fifth|tenth){SHARED}"
    rf"|(?P<share>\b(?:{WORDS}|\d)\s(?:in|out\sof)(?:\severy)?\s(?:{WORDS}|\d{{1,2}}))"
    rf"|three[-\s]quarters|two[-\s]thirds)\b(?!-\p{{L}})"
    rf"|\b(?P<words>(?:{WORDS})(?:[-\s](?:{WORDS}|hundred|thousand|and(?=\s(?:{WORDS})\b)))*)\b(?P<and_half>\sand\sa\shalf\b)?"
    rf"|\b(?P<one>an?|several|few)\s(?=(?:{SCALE_WORDS})\b)"
    rf"|\b(?P<ordinal>{'|'.join(ORDINALS)})\b(?!\sof\sall))"
    rf"(?:[\s-]?(?P<scale>(?:{SCALE_WORDS})s?|(?<=\d\s?)(?:k|mn?|bn|tn))\b)?(?!\p{{L}}|\d)"
    r"(?:[\s-]?(?P<unit>%|per\s?cent\b|percentage\spoints?\b|(?:degrees?\s)?(?:Fahrenheit|Celsius)\b|°\s?[FC]\b|(?:US\s)?dollars?\b|pounds?\b(?!\sof)|euros?\b|yen\b))?",
    regex.I,
)
OLD = regex.compile(r"[-\s]years?[-\s]olds?\b", regex.I)
AGED = regex.compile(r"\bage[ds]?\s(?:of\s)?$", regex.I)
NAME_BEFORE = regex.compile(r"\p{Lu}[\p{L}'’-]+(?:,\s|\s\()$")
AFTER_AGE = regex.compile(r"[,;.)]")
SHARE_OF = regex.compile(rf"\b(?:{WORDS}|\d+)\b")
FRACTIONS = {"½": 0.5, "1/2": 0.5, "¼": 0.25, "1/4": 0.25, "¾": 0.75, "3/4": 0.75}
MONEY = {"$": "$", "us$": "$", "c$": "c$", "a$": "a$", "nz$": "nz$", "hk$": "hk$", "£": "£", "€": "€", "¥": "¥"}
UNIT_OF = {"%": "%", "percent": "%", "dollar": "$", "usdollar": "$", "pound": "£", "euro": "€", "yen": "¥"}

WORD = regex.compile(r"(?:\p{Lu}\.){2,}|[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}]+)?")
# Verbs and nouns with their irregular forms.
FORMS = """
    rise rose risen, fall fell fallen, win won, lose lost, beat beaten, buy bought, sell sold, tell told,
    say said, give gave given, take took taken, lead led, hold held, pay paid, find found, leave left, meet met,
    make made, send sent, go went gone, come came, become became, begin began begun, break broke broken,
    bring brought, build built, catch caught, choose chose chosen, drive drove driven, eat ate eaten, feel felt,
    fight fought, fly flew flown, forget forgot forgotten, grow grew grown, hear heard, keep kept,
    know knew known, mean meant, run ran, see saw seen, seek sought, shoot shot, show shown, sit sat, sleep slept,
    speak spoke spoken, spend spent, stand stood, steal stole stolen, strike struck, swear swore sworn,
    sweep swept, teach taught, think thought, throw threw thrown, understand understood, wear wore worn,
    withdraw withdrew withdrawn, write wrote written, die died dying, lie lied lying, freeze froze frozen,
    overtake overtook overtaken, undergo underwent, bear bore born, hide hid hidden, ride rode ridden,
    shake shook shaken, sing sang sung, sink sank sunk, swim swam swum, tear tore torn, wake woke woken,
    arise arose arisen, man men, woman women, child children, person people
"""
IRREGULAR = {form: stem(line.split()[0]) for line in FORMS.replace("\n", " ").split(",") for form in line.split()}
BEGINS = regex.compile(r"(?:^|[.!?:…]['\"”’)]*\s+|\n\s*)[\"“‘'(]*$")


@dataclass(frozen=True)
class Number:
    """A quantity: its value, and its unit.

    The unit is %, a currency sign, F or C for degrees, `th` for ordinals, `min` for a time of day, `age` for years of
    life, or none.
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


@dataclass(frozen=True)
class Word:
    """A word that is no number and no date.

    name: it is written as part of a name; first: it begins a sentence, where any word is written so.
    """

    text: str
    stem: str
    start: int
    end: int
    name: bool
    first: bool

    @property
    def content(self) -> bool:
        """Whether it says what the text is about."""
        return self.stem not in FUNCTION_TERMS


@dataclass(frozen=True)
class Reading:
    """A text as far as it can be compared. taken: the stretches that are numbers and dates, and no words."""

    text: str
    numbers: tuple[Number, ...]
    dates: tuple[Date, ...]
    taken: tuple[tuple[int, int], ...]

    @functools.cached_property
    def words(self) -> tuple[Word, ...]:
        """The words, read when they are first asked for: most sentences are only looked through for figures."""
        return tuple(_words(self.text, self.taken))

    @property
    def names(self) -> tuple[Word, ...]:
        """The words that are part of names."""
        return tuple(word for word in self.words if word.name)


def base(word: str) -> str:
    """The stem of a word, that of the verb for an irregular form of one."""
    found = (terms(word) or [stem(word)])[0]
    return IRREGULAR.get(word, found)


def bases(text: str) -> set[str]:
    """The stems of all words of a text, those of verbs for irregular forms: sooner had than by reading it."""
    return {IRREGULAR.get(term, term) for term in terms(text)}


@functools.lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """The numbers, dates and words of a text."""
    dates = tuple(_dates(text))
    taken = [(date.start, date.end) for date in dates]
    times = tuple(_times(text))
    taken += [(time.start, time.end) for time in times]
    plain = [n for n in _numbers(text) if not _within(n.start, n.end, taken)]
    numbers = (*_with_shared_scale(text, plain), *times)
    taken += [(number.start, number.end) for number in numbers if number.unit != "th"]
    return Reading(text, numbers, dates, tuple(taken))


def _within(start: int, end: int, stretches: Sequence[tuple[int, int]]) -> bool:
    return any(start < b and a < end for a, b in stretches)


def _dates(text: str) -> Iterator[Date]:
    taken: list[tuple[int, int]] = []
    for pattern in DATES:
        for match in pattern.finditer(text):
            if not _within(*match.span(), taken):
                date = _date(match)
                first = FIRST_DAY.search(text[: match.start()]) if date.day else None
                if first and not _within(*first.span(1), taken):
                    yield replace(date, day=int(first[1]), weekday=None, start=first.start(1), end=first.end(1))
                    taken.append(first.span(1))
                if match.groupdict().get("until"):
                    # "2018–19" names two years.
                    yield replace(date, year=int(match["year"][:2] + match["until"]), start=match.start("until"))
                taken.append(match.span())
                yield date


def _date(match: regex.Match[str]) -> Date:
    found = match.groupdict()
    month = found.get("month")
    weekday = found.get("weekday")
    return Date(
        year=int(found["year"]) if found.get("year") else None,
        month=MONTHS.index(month[:3].lower()) + 1 if month else int(found["number"]) if found.get("number") else None,
        day=int(found["day"]) if found.get("day") else None,
        weekday=DAYS.index(weekday[:3].lower()) if weekday else None,
        start=match.start(),
        end=match.end(),
    )


def _times(text: str) -> Iterator[Number]:
    """Times of day, in minutes of half a day."""
    for match in TIME.finditer(text):
        minute = int(match["minute"] or match["dotted"])
        yield Number(int(match["hour"]) % 12 * 60 + minute, "min", match.start(), match.end())


def _with_shared_scale(text: str, numbers: Sequence[Number]) -> Iterator[Number]:
    """Numbers of which the scale or unit stands behind the next one only: "77 to 75 million", "40 to 50 per cent"."""
    for number, following in itertools.zip_longest(numbers, numbers[1:]):
        if following and not number.unit and RANGE.fullmatch(text[number.end : following.start]):
            scale = next((s for s in (10**9, 10**6, 1000) if following.value >= s > number.value), 1)
            shared = following.unit if following.unit in ("%", "$", "£", "€") else number.unit
            yield replace(number, value=number.value * scale, unit=shared)
        else:
            yield number


def _numbers(text: str) -> Iterator[Number]:
    for match in NUMBER.finditer(text):
        value = _value(match)
        if value is not None:
            ordinal = match["nth"] or match["ordinal"]
            age = None if ordinal else _age(text, match)
            unit = "th" if ordinal else "age" if age else _unit(match)
            yield Number(value, unit, match.start(), age or match.end())


def _age(text: str, match: regex.Match[str]) -> int | None:
    """Where what says that a number is an age ends: "71-year-old", "71 years old", "aged 71", "Ada Lund, 71,"."""
    after = OLD.match(text, match.end())
    if after or not match["digits"] or len(match["digits"]) > 3:
        return after.end() if after else None
    before = text[: match.start("digits")]
    told = AGED.search(before) or (NAME_BEFORE.search(before) and AFTER_AGE.match(text, match.end()))
    return match.end() if told else None


def _value(match: regex.Match[str]) -> float | None:
    if match["digits"]:
        value: float = float(match["digits"].replace(",", "")) + FRACTIONS.get((match["more"] or "").strip(), 0)
    elif match["words"]:
        # "one" alone is more often a pronoun.
        if match["words"].lower() == "one" and not match["scale"] and not match["unit"]:
            return None
        value = _spelled(match["words"].lower()) + (0.5 if match["and_half"] else 0)
    elif match["one"]:
        if match["one"].lower() not in ("a", "an"):
            return None
        value = 1
    elif match["share"]:
        some, of = (SMALL[n] if n in SMALL else int(n) for n in SHARE_OF.findall(match["share"].lower()))
        return round(100 * some / of, 6) if some < of else None
    elif match["part"]:
        part = PARTS[regex.sub(r"^(?:an?|one)\s|\sa$", "", match["part"].lower().replace("-", " "))]
        value = part / 100 if match["scale"] else part
    else:
        value = ORDINALS[match["ordinal"].lower()]
    scale = (match["scale"] or "").lower()
    return round(value * SCALES.get(scale, SCALES.get(scale.rstrip("s"), 1)), 6)


def _spelled(words: str) -> float:
    total = current = 0
    for word in regex.split(r"[-\s]+", words):
        if word in UNITS:
            current += UNITS[word]
        elif word in TENS:
            current += TENS[word]
        elif word == "hundred":
            current = (current or 1) * 100
        elif word == "thousand":
            total, current = total + (current or 1) * 1000, 0
    return total + current


def _unit(match: regex.Match[str]) -> str:
    if (match["part"] and not match["scale"]) or match["share"]:
        return "%"
    if match["money"]:
        return MONEY.get(match["money"].lower(), "$")
    unit = regex.sub(r"\s", "", (match["unit"] or "").lower())
    if unit.startswith("percentage"):
        return "%"
    if "fahrenheit" in unit or "celsius" in unit or unit.startswith("°"):
        return unit.replace("°", "").removeprefix("degrees").removeprefix("degree")[0].upper()
    return UNIT_OF.get(unit, UNIT_OF.get(unit.rstrip("s"), ""))


def _words(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[Word]:
    for match in WORD.finditer(text):
        if not _within(*match.span(), taken):
            word = match.group()
            stemmed = base(word)
            capital = word[0].isupper() and (stemmed not in FUNCTION_TERMS or (word.isupper() and len(word) > 1))
            first = BEGINS.search(text[: match.start()][-6:]) is not None
            yield Word(word, stemmed, match.start(), match.end(), capital, first)
