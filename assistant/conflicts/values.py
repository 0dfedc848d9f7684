"""Amounts, dates and names as answers: what a question asks for, what a sentence gives, what is the same."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import regex

from index.articles import Article
from index.loading.dates import day_of
from index.text.terms import FUNCTION_TERMS, stem

from ..verify.dates import Date
from ..verify.facts import read_facts
from ..verify.numbers import Number

__all__ = ["Value", "Wanted", "comparable", "same", "values", "wanted"]

CURRENCIES = frozenset({"$", "£", "€", "¥", "c$", "a$", "nz$", "hk$"})
# Currencies that are always written in words.
MONEY = frozenset(
    map(
        stem,
        """crown krone kroner krona kronor peso rupee franc rand yuan renminbi rouble ruble zloty forint lira dinar
        dirham riyal baht shekel naira ringgit rupiah shilling koruna hryvnia""".split(),
    )
)
# Kinds of what `facts` knows by a unit.
NAMED = {"%": "share", "age": "age", "th": "ordinal"}
# Units of measurement, by what they measure, in terms of the first of each.
UNITS: dict[str, dict[str, float]] = {
    "length": {
        "metre meter m": 1, "kilometre kilometer km": 1000, "centimetre centimeter cm": 0.01,
        "millimetre millimeter mm": 0.001, "nanometre nanometer nm": 1e-9, "mile": 1609.34, "foot feet ft": 0.3048,
        "inch inches": 0.0254, "yard": 0.9144,
    },
    "mass": {"kilogram kilo kg": 1, "gram g": 0.001, "tonne ton": 1000, "pound lb": 0.4536, "ounce": 0.02835},
    "time": {
        "second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_629_800, "year": 31_557_600,
    },
    "speed": {"km/h kph": 1, "mph": 1.609},
    "area": {"hectare ha": 1, "acre": 0.4047},
    "volume": {"litre liter l": 1, "gallon": 3.785, "barrel": 159},
    "power": {"watt": 1, "kilowatt kw": 1000, "megawatt mw": 1e6, "gigawatt gw": 1e9},
}  # fmt: skip
UNIT_OF = {
    stem(word): (kind, factor)
    for kind, units in UNITS.items()
    for names, factor in units.items()
    for word in names.split()
}
# What is counted as people.
PEOPLE = frozenset(
    map(
        stem,
        """people person persons man men woman women child children victim victims dead death deaths killed life lives
        fatality fatalities casualty casualties injured wounded missing""".split(),
    )
)
# A word for people in some part ("passengers", "protesters"): they are people, too.
PERSON = regex.compile(r"\p{Ll}+(?:ants|ents|ers|ors|ists|ees|ians|men|women|folk)")
# Where what is said of a number ends.
END = regex.compile(r"[.,;:!?()“”\"—–]|\s-\s")
FORMER = regex.compile(
    r"\b(?:from|against|instead of|rather than|not|previous(?:ly)?|earlier|original(?:ly)?|initially)"
    r"(?:\s+(?:the|an?|about|around|some|its|put at|estimated at|estimate of|figure of))*\s*$",
    regex.I,
)
STRETCH = regex.compile(r"\b(?:decade|centur(?:y|ie))s?\b", regex.I)
# How far apart figures may be that are the same: exact ones, converted ones, and rough ones.
EXACTLY, CONVERTED, ROUGHLY = 0.001, 0.02, 0.1
# From this share of common letters on, two words are spellings of one name.
ALIKE = 0.8
RATE = regex.compile(
    r"\W*\p{L}+\s+(?:per|an?|each|every)\s+(hour|day|week|month|year|minute|second)\b", regex.I
)
CLOCK = regex.compile(r"\s*(?:[ap]\.?m\b|o['’]clock|past\b)", regex.I)
ROUGH = regex.compile(
    r"\b(?:about|around|some|nearly|almost|roughly|approximately|more than|over|at least|under|fewer than|less than|"
    r"up to|an estimated|close to)\s*$",
    regex.I,
)

COUNTED = regex.compile(
    r"\bhow many\s+(?:of\s+)?(?:the\s+|its\s+|their\s+|his\s+|her\s+)?"
    r"((?:[\p{L}'’-]+\s+){0,2}?(?:[\p{L}'’-]+s|people|men|women|children)|[\p{L}'’-]+)\b",
    regex.I,
)
# What only one can have done. Of what somebody is, the check of claims tells too little.
WHO = regex.compile(
    r"\W*who(?:\s+(?:has|had|will|\w+ly))?\s+(?:w[io]ns?|leads?|led|heads?|headed|chairs?|chaired|runs?|ran|succeed(?:s|ed)?|"
    r"replace[sd]?|found(?:s|ed)|wrote|directed|designed|invented|discovered|owns?|bought|scored\s+the"
    r"|(?:is|was)\s+(?:elected|appointed|named|chosen))\b",
    regex.I,
)
NAME = regex.compile(r"(?<!^\W*)\b\p{Lu}[\p{L}\p{M}'’-]+")
# What a question asks for, the first that fits.
ASKED = [
    (regex.compile(pattern, regex.I), frozenset(kinds.split()))
    for pattern, kinds in (
        (r"\bwhen\b|\b(?:what|which|on what|in which) (?:year|date|day|month)\b", "date"),
        (r"\bhow old\b|\bwhat age\b", "age time"),
        (
            r"\b(?:percentage|per ?cent|share|proportion|turnout)\b"
            r"|\b(?:unemployment|inflation|interest|growth|birth|tax) rate\b",
            "share",
        ),
        (
            r"\bhow (?:much|expensive)\b.*\b(?:costs?|price|paid|pay|worth|spen[dt]|earn\w*|money|receive|get|charge|"
            r"fine|rais\w+|los[et]|sell|sold|damage|invest\w*|loan|donat\w+|owe|save)\b"
            r"|\bwhat\b.*\b(?:price|costs?|bill|fare|fee|salary|wage|rent|fine|budget|debt|revenue|profit|damage)\b",
            "money",
        ),
        (
            r"\bhow (?:high|tall|deep|wide|long|far|(?:big|large)(?! an?\b)|heavy|fast|thick)\b"
            r"|\bwhat\b.*\b(?:height|depth|width|length|distance|weight|speed|size|duration)\b",
            "measure",
        ),
        (
            r"\bhow (?:much|strong|big an?)\b"
            r"|\bwhat\b.*\b(?:number|amount|total|toll|population|magnitude|figure|score|rise|raise|increase|offer)\b",
            "money share measure count",
        ),
    )
]


@dataclass(frozen=True)
class Value:
    """An amount, a date or a name that a sentence gives, as it is written there from `start` on.

    kind: what it can be compared with: `money $`, `share`, `age`, `measure length` and the like, `count`, `ordinal`,
    `date`, `name`. key: the amount in the first unit of the kind; year, month and day of a date, as far as they are
    known; the words of a name. counted: stems of the words that say what is counted. rough: whether it is said not to
    be exact. former: whether the sentence only says what it was before, or that it is not so.
    """

    text: str
    start: int
    kind: str
    key: tuple[float | str | None, ...]
    counted: frozenset[str] = frozenset()
    rough: bool = False
    former: bool = False


@dataclass(frozen=True)
class Wanted:
    """What kinds of value a question asks for.

    nouns: stems of the words that say what is to be counted; of a question for a name, those that it names itself.
    """

    kinds: frozenset[str]
    nouns: frozenset[str] = frozenset()

    def among(self, sentence: str, article: Article) -> list[Value]:
        """The values of a sentence of an article that may be what is asked for."""
        there = names(sentence) if "name" in self.kinds else values(sentence, article)
        return [value for value in there if self._takes(value)]

    def _takes(self, value: Value) -> bool:
        if value.kind == "name":
            return self.nouns.isdisjoint(value.text.split())
        kind, _, what = value.kind.partition(" ")
        if value.kind not in self.kinds and kind not in self.kinds:
            return False
        if not self.nouns or what:
            return True
        of_people = self.nouns & PEOPLE and value.counted & PEOPLE
        if kind == "ordinal":
            return bool(of_people)
        return not value.counted or bool(of_people or self.nouns & value.counted)


def wanted(question: str) -> Wanted | None:
    """What a question asks for, if it is something of which only one can be right; else None."""
    counted = COUNTED.search(question)
    if counted:
        nouns = frozenset(
            word for word in map(stem, counted[1].lower().split()) if word not in FUNCTION_TERMS
        )
        measured = frozenset(f"measure {UNIT_OF[noun][0]}" for noun in nouns if noun in UNIT_OF)
        return Wanted(measured or frozenset({"count", "ordinal"}), nouns)
    if WHO.match(question):
        return Wanted(frozenset({"name"}), frozenset(NAME.findall(question)))
    return next((Wanted(kinds) for pattern, kinds in ASKED if pattern.search(question)), None)


def values(sentence: str, article: Article) -> Iterator[Value]:
    """The amounts and dates of a sentence of an article, whose day completes dates; no times of day."""
    said = read_facts(sentence)
    for number in said.numbers:
        if number.unit != "min" and not CLOCK.match(sentence, number.end):
            yield _numeric(number, sentence)
    for date in said.dates:
        found = _date(date, sentence, article)
        if found:
            yield found


def names(sentence: str) -> Iterator[Value]:
    """The names in a sentence; not its first word, which is written like one whatever it is."""
    for name in read_facts(sentence).whole_names:
        if not (name.first and name.text.isalpha()):
            yield Value(name.text, name.start, "name", tuple(name.text.lower().split()))


def _numeric(number: Number, sentence: str) -> Value:
    written = sentence[number.start : number.end]
    start = number.start + len(written) - len(written.lstrip())
    before, after = sentence[:start], sentence[number.end : number.end + 60]
    words = regex.findall(r"[\p{L}/]+", END.split(after.lstrip("- "), maxsplit=1)[0])[:3]
    kind, size, unit = _kind(number, written, words[:1], after)
    counted = list(_counted(words)) if kind in ("count", "ordinal") else []
    last = unit or counted[-1:]
    return Value(
        text=sentence[
            start : number.end + (after.index(last[0]) + len(last[0]) if last else 0)
        ].strip(" ,."),
        start=start,
        kind=kind,
        key=(size,),
        counted=frozenset(form for word in counted for form in _stems(word)),
        rough=ROUGH.search(before) is not None,
        former=FORMER.search(before) is not None,
    )


def _kind(
    number: Number, written: str, following: list[str], after: str
) -> tuple[str, float, list[str]]:
    """What a number can be compared with, its value as that, and the word after it that is its unit, if one is."""
    stretch = STRETCH.search(written)
    if stretch:
        return "measure time", number.value * UNITS["time"]["year"], []
    if number.unit in CURRENCIES:
        return f"money {number.unit}", number.value, []
    if number.unit:
        return NAMED.get(number.unit, f"measure {number.unit}"), number.value, []
    if following and stem(following[0].lower()) in MONEY:
        return f"money {stem(following[0].lower())}", number.value, following
    unit = UNIT_OF.get(stem(following[0].lower())) if following else None
    if unit is None:
        return "count", number.value, []
    rate = RATE.match(after)
    kind = f"measure {unit[0]} per {rate[1].lower()}" if rate else f"measure {unit[0]}"
    return kind, number.value * unit[1], following


def _counted(words: Sequence[str]) -> Iterator[str]:
    """The words after a number that say what is counted, up to the first that does not."""
    for word in words:
        if stem(word.lower()) in FUNCTION_TERMS:
            return
        yield word


def _stems(word: str) -> Iterator[str]:
    low = stem(word.lower())
    yield low
    if PERSON.fullmatch(word.lower()) and low not in UNIT_OF:
        yield stem("people")


def _date(date: Date, sentence: str, article: Article) -> Value | None:
    """The date, as far as it is known; a weekday is the last such day before the article appeared."""
    published = day_of(article.published)
    key: tuple[float | str | None, ...] = (
        date.year or (published.year if published else None),
        date.month,
        date.day,
    )
    if date.month is None and date.weekday is not None:
        if published is None:
            return None
        day = published - datetime.timedelta(days=(published.weekday() - date.weekday) % 7)
        key = (day.year, day.month, day.day)
    elif not (date.month or date.year):
        return None
    former = FORMER.search(sentence[: date.start]) is not None
    return Value(
        sentence[date.start : date.end].strip(" ,."), date.start, "date", key, former=former
    )


def comparable(one: Value, other: Value) -> bool:
    """Whether two values can be compared at all: "a fifth victim" is a count of victims, too."""
    return one.kind == other.kind or {one.kind, other.kind} == {"count", "ordinal"}


def same(one: Value, other: Value) -> bool:
    """Whether two values may be the same: dates as far as both go, figures as exactly as they are given."""
    if not comparable(one, other):
        return False
    if one.kind == "name":
        return any(_spelled_alike(str(a), str(b)) for a in one.key for b in other.key)
    if one.kind == "date":
        return all(
            a == b
            for a, b in zip(one.key, other.key, strict=True)
            if a is not None and b is not None
        )
    mine, theirs = float(one.key[0] or 0), float(other.key[0] or 0)
    apart = abs(mine - theirs) / (max(abs(mine), abs(theirs)) or 1)
    converted = one.kind.startswith("measure") and _unit(one) != _unit(other)
    return apart <= (ROUGHLY if one.rough or other.rough else CONVERTED if converted else EXACTLY)


def _spelled_alike(one: str, other: str) -> bool:
    """Whether two words of names may be one, also as two alphabets spell it."""
    return min(len(one), len(other)) > 2 and SequenceMatcher(None, one, other).ratio() >= ALIKE


def _unit(value: Value) -> str:
    return stem(regex.sub(r"[^\p{L}/]", "", value.text).lower())
