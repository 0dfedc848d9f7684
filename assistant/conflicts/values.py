"""Amounts, dates and names as answers: the kind that a question asks for, and those of a sentence.

Numbers, dates and names are read by `assistant.verify`; here they are compared as answers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

import regex

from index.articles import Article
from index.loading.dates import day_of
from index.text.terms import FUNCTION_TERMS, stem

from ..verify.dates import Date
from ..verify.facts import read_facts
from ..verify.numbers import Number, is_time_of_day, read_rounding
from ..verify.units import CURRENCY_SIGNS, CURRENCY_WORDS, MEASURE_UNITS, YEAR_S

__all__ = ["AskedValue", "Value", "ValueKind", "read_asked_value", "read_values"]


class ValueKind(StrEnum):
    """The kinds of value; only those of one kind and unit can be compared."""

    MONEY = "money"
    SHARE = "share"
    AGE = "age"
    MEASURE = "measure"
    COUNT = "count"
    ORDINAL = "ordinal"
    DATE = "date"
    NAME = "name"


# The kinds of numbers that have a unit; those that are not here are measures (degrees).
KIND_OF_UNIT = {
    "%": ValueKind.SHARE,
    "age": ValueKind.AGE,
    "th": ValueKind.ORDINAL,
    **dict.fromkeys(CURRENCY_SIGNS, ValueKind.MONEY),
}
PEOPLE = stem("people")
# Words for people: those that count as such in questions, too, and those with such an ending
# ("passengers", "protesters").
PEOPLE_WORDS = frozenset(
    map(
        stem,
        """casualties casualty child children dead death deaths fatalities fatality injured killed
        life lives man men missing people person persons victim victims woman women
        wounded""".split(),
    )
)
PERSON = regex.compile(r"\p{Ll}+(?:ants|ents|ers|ors|ists|ees|ians|men|women|folk)")
# The words after a number that may belong to it end here.
PHRASE_END = regex.compile(r"[.,;:!?()“”\"—–]|\s-\s")
# Words before a value that was given up, or that is denied.
FORMER = regex.compile(
    r"""\b(?:from|against|instead[ ]of|rather[ ]than|not|previous(?:ly)?|earlier|original(?:ly)?
        |initially)
    (?:\s+(?:the|an?|about|around|some|its|put[ ]at|estimated[ ]at|estimate[ ]of|figure[ ]of))*
    \s*$""",
    regex.I | regex.X,
)
NOT_OF_UNIT = regex.compile(r"[^\p{L}/]")
YEARS = regex.compile(r"\b(?:decade|centur(?:y|ie))s?\b", regex.I)
RATE = regex.compile(
    r"\W*\p{L}+\s+(?:per|an?|each|every)\s+(hour|day|week|month|year|minute|second)\b", regex.I
)
# Amounts are the same if they differ by no more than this share: exact ones, ones in different
# units, and rough ones.
EXACT_SHARE, CONVERTED_SHARE, ROUGH_SHARE = 0.001, 0.02, 0.1
# Words are spellings of one name if they have at least this share of their letters in common.
SPELLING_SHARE = 0.8
# The date of a value that is none.
NO_DATE = Date(0, 0)


@dataclass(frozen=True, kw_only=True)
class Value:
    """An amount, a date or a name that a sentence gives, as it is written there from `start` on.

    unit: of money the currency, of a measure its dimension: `length`, `length per hour`.
    amount: in the first unit of its dimension. words: of a name, in lower case.
    counted: stems of the words for what is counted, and that of "people" where it is people.
    rough: it is not meant to be exact. former: the sentence only gives it as an earlier value, or
    denies it.
    """

    text: str
    start: int
    kind: ValueKind
    unit: str = ""
    amount: float = 0.0
    date: Date = NO_DATE
    words: tuple[str, ...] = ()
    counted: frozenset[str] = frozenset()
    rough: bool = False
    former: bool = False

    def is_comparable_with(self, other: Value) -> bool:
        """Whether both are of one kind and unit; "a fifth victim" is a count of victims, too."""
        if {self.kind, other.kind} == {ValueKind.COUNT, ValueKind.ORDINAL}:
            return True
        return (self.kind, self.unit) == (other.kind, other.unit)

    def agrees_with(self, other: Value) -> bool:
        """Whether both may be the same.

        Dates are compared in the parts that both give, amounts as exactly as they are given.
        """
        if not self.is_comparable_with(other):
            return False
        if self.kind is ValueKind.DATE:
            return not self.date.contradicts(other.date)
        if self.kind is ValueKind.NAME:
            pairs = itertools.product(self.words, other.words)
            return any(itertools.starmap(_are_spellings_of_one, pairs))
        return math.isclose(self.amount, other.amount, rel_tol=self._tolerance(other))

    def _tolerance(self, other: Value) -> float:
        """The share by which two amounts may differ and be the same."""
        if self.rough or other.rough:
            return ROUGH_SHARE
        is_converted = self.kind is ValueKind.MEASURE and self._unit_name != other._unit_name
        return CONVERTED_SHARE if is_converted else EXACT_SHARE

    @property
    def _unit_name(self) -> str:
        """The letters after the figures, stemmed."""
        return stem(NOT_OF_UNIT.sub("", self.text).lower())


@dataclass(frozen=True)
class AskedValue:
    """The kinds of value that a question asks for.

    units: the dimensions of a measure, any if empty. nouns: stems of the words for what is to be
    counted; of a question for a name, the names in it.
    """

    kinds: frozenset[ValueKind]
    units: frozenset[str] = frozenset()
    nouns: frozenset[str] = frozenset()

    def select_values(self, sentence: str, article: Article) -> list[Value]:
        """The values of a sentence of an article that may be an answer."""
        if ValueKind.NAME in self.kinds:
            names = _read_names(sentence)
            return [name for name in names if self.nouns.isdisjoint(name.text.split())]
        return [value for value in read_values(sentence, article) if self._takes(value)]

    def _takes(self, value: Value) -> bool:
        """Whether an amount or a date is of the kind, the unit and the things asked for."""
        if value.kind not in self.kinds:
            return False
        if self.units:
            return value.unit in self.units
        if not self.nouns:
            return True
        counted = self.nouns & value.counted
        return (
            PEOPLE in counted
            if value.kind is ValueKind.ORDINAL
            else bool(counted or not value.counted)
        )


COUNTED = regex.compile(
    r"""\bhow[ ]many\s+(?:of\s+)?(?:(?:the|its|their|his|her)\s+)?
    # Up to two words, and a plural; or the next word.
    ((?:[\p{L}'’-]+\s+){0,2}?(?:[\p{L}'’-]+s|people|men|women|children)|[\p{L}'’-]+)\b""",
    regex.I | regex.X,
)
# Questions for a name that only one can have: who did it. The support model is not sure enough of
# questions for who somebody is.
ASKS_WHO = regex.compile(
    r"""\W*who(?:\s+(?:has|had|will|\w+ly))?\s+
    (?:w[io]ns?|leads?|led|heads?|headed|chairs?|chaired|runs?|ran|succeed(?:s|ed)?|replace[sd]?
      |found(?:s|ed)|wrote|directed|designed|invented|discovered|owns?|bought|scored\s+the
      |(?:is|was)\s+(?:elected|appointed|named|chosen))\b""",
    regex.I | regex.X,
)
NAME_IN_QUESTION = regex.compile(r"(?<!^\W*)\b\p{Lu}[\p{L}\p{M}'’-]+")
# Words of questions and the kinds that they ask for; the first that fits counts.
ASKED_BY_WORDS = [
    (regex.compile(words, regex.I | regex.X), AskedValue(frozenset(kinds)))
    for words, kinds in (
        (
            r"\bwhen\b|\b(?:what|which|on[ ]what|in[ ]which)[ ](?:year|date|day|month)\b",
            {ValueKind.DATE},
        ),
        (r"\bhow[ ]old\b|\bwhat[ ]age\b", {ValueKind.AGE}),
        (
            r"""\b(?:percentage|per[ ]?cent|share|proportion|turnout)\b
            |\b(?:unemployment|inflation|interest|growth|birth|tax)[ ]rate\b""",
            {ValueKind.SHARE},
        ),
        (
            r"""\bhow[ ](?:much|expensive)\b.*\b(?:costs?|price|paid|pay|worth|spen[dt]|earn\w*
              |money|receive|get|charge|fine|rais\w+|los[et]|sell|sold|damage|invest\w*|loan|donat\w+|owe
              |save)\b
            |\bwhat\b.*\b(?:price|costs?|bill|fare|fee|salary|wage|rent|fine|budget|debt|revenue
              |profit|damage)\b""",
            {ValueKind.MONEY},
        ),
        (
            r"""\bhow[ ](?:high|tall|deep|wide|long|far|(?:big|large)(?![ ]an?\b)|heavy|fast
              |thick)\b
            |\bwhat\b.*\b(?:height|depth|width|length|distance|weight|speed|size|duration)\b""",
            {ValueKind.MEASURE},
        ),
        (
            r"""\bhow[ ](?:much|strong|big[ ]an?)\b
            |\bwhat\b.*\b(?:number|amount|total|toll|population|magnitude|figure|score|rise|raise
              |increase|offer)\b""",
            {ValueKind.MONEY, ValueKind.SHARE, ValueKind.MEASURE, ValueKind.COUNT},
        ),
    )
]


def read_asked_value(question: str) -> AskedValue | None:
    """The kinds of value that a question asks for; None if more than one answer may be right."""
    counted = COUNTED.search(question)
    if counted:
        return _read_counted(counted[1].lower())
    if ASKS_WHO.match(question):
        names = frozenset(NAME_IN_QUESTION.findall(question))
        return AskedValue(frozenset({ValueKind.NAME}), nouns=names)
    return next((asked for words, asked in ASKED_BY_WORDS if words.search(question)), None)


def _read_counted(phrase: str) -> AskedValue:
    """The counts, or the measures, that "how many" with these words asks for."""
    nouns = frozenset(map(stem, phrase.split())) - FUNCTION_TERMS
    units = frozenset(MEASURE_UNITS[noun].dimension for noun in nouns & MEASURE_UNITS.keys())
    if units:
        return AskedValue(frozenset({ValueKind.MEASURE}), units)
    if nouns & PEOPLE_WORDS:
        nouns |= {PEOPLE}
    return AskedValue(frozenset({ValueKind.COUNT, ValueKind.ORDINAL}), nouns=nouns)


def read_values(sentence: str, article: Article) -> list[Value]:
    """The amounts and dates of a sentence of an article, whose day completes dates; no hours."""
    facts, published = read_facts(sentence), day_of(article.published)
    values = [
        _read_amount(number, sentence)
        for number in facts.numbers
        if not is_time_of_day(sentence, number)
    ]
    for date in facts.dates:
        completed = date.completed(published)
        # A weekday of an article without a day is no date.
        if not completed.is_weekday:
            text = sentence[date.start : date.end].strip(" ,.")
            former = FORMER.search(sentence[: date.start]) is not None
            values.append(
                Value(
                    text=text, start=date.start, kind=ValueKind.DATE, date=completed, former=former
                )
            )
    return values


def _read_names(sentence: str) -> list[Value]:
    """The names in a sentence; not its first word, which has a capital letter in any case."""
    return [
        Value(
            text=name.text,
            start=name.start,
            kind=ValueKind.NAME,
            words=tuple(name.text.lower().split()),
        )
        for name in read_facts(sentence).whole_names
        if not (name.first and name.text.isalpha())
    ]


@dataclass(frozen=True)
class _Measured:
    """A number as a value. unit_word: the word after it that is its unit."""

    kind: ValueKind
    unit: str
    amount: float
    unit_word: str = ""


def _read_amount(number: Number, sentence: str) -> Value:
    """A number of the sentence as a value, with the words after it that belong to it."""
    written = sentence[number.start : number.end]
    start = number.start + len(written) - len(written.lstrip())
    after = sentence[number.end : number.end + 60]
    phrase = PHRASE_END.split(after.lstrip("- "), maxsplit=1)[0]
    words = regex.findall(r"[\p{L}/]+", phrase)[:3]
    measured = _to_measured(number, written, after, words)
    counted = _counted_words(words) if measured.kind in (ValueKind.COUNT, ValueKind.ORDINAL) else []
    last_word = counted[-1] if counted else measured.unit_word
    end = number.end + after.index(last_word) + len(last_word)
    return Value(
        text=sentence[start:end].strip(" ,."),
        start=start,
        kind=measured.kind,
        unit=measured.unit,
        amount=measured.amount,
        counted=frozenset(itertools.chain.from_iterable(map(_counted_stems, counted))),
        rough=read_rounding(sentence, number) is not None,
        former=FORMER.search(sentence[:start]) is not None,
    )


def _to_measured(number: Number, written: str, after: str, words: Sequence[str]) -> _Measured:
    """The number by its own unit, by that in the words after it, or as a count."""
    if YEARS.search(written):
        return _Measured(ValueKind.MEASURE, "time", number.value * YEAR_S)
    if number.unit:
        kind = KIND_OF_UNIT.get(number.unit, ValueKind.MEASURE)
        unit = number.unit if kind in (ValueKind.MONEY, ValueKind.MEASURE) else ""
        return _Measured(kind, unit, number.value)
    word = words[0] if words else ""
    name = stem(word.lower())
    if name in CURRENCY_WORDS:
        return _Measured(ValueKind.MONEY, name, number.value, word)
    if name in MEASURE_UNITS:
        measure, rate = MEASURE_UNITS[name], RATE.match(after)
        unit = f"{measure.dimension} per {rate[1].lower()}" if rate else measure.dimension
        return _Measured(ValueKind.MEASURE, unit, number.value * measure.size, word)
    return _Measured(ValueKind.COUNT, "", number.value)


def _counted_words(words: Sequence[str]) -> list[str]:
    """The words after a number for what is counted, up to the first function word."""
    return list(itertools.takewhile(lambda word: stem(word.lower()) not in FUNCTION_TERMS, words))


def _counted_stems(word: str) -> set[str]:
    """The stem of a word for what is counted, and that of "people" if it means people."""
    low = word.lower()
    name = stem(low)
    is_people = name in PEOPLE_WORDS or (PERSON.fullmatch(low) and name not in MEASURE_UNITS)
    return {name, PEOPLE} if is_people else {name}


def _are_spellings_of_one(one: str, other: str) -> bool:
    """Whether two words of names may be one, also as two alphabets spell it."""
    return (
        min(len(one), len(other)) > 2
        and SequenceMatcher(None, one, other).ratio() >= SPELLING_SHARE
    )
