"""Vetoes: numbers, dates, names and negations of a claim that its quotes lack in every form.

Each is exact: it compares what two texts have, never what they mean. docs/models.md has what each
is worth.
"""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

from index.text.terms import terms

from .facts import Facts, may_mean_date, read_facts
from .numbers import Number, Rounding, read_rounding
from .units import CURRENCY_SIGNS

__all__ = ["Lacking", "Objection", "find_objection"]

NEGATION_FORM = r"\b(?:not|never|no|nobody|none|nothing|cannot|neither|nor)\b|n['’]t\b"
NEGATION = regex.compile(NEGATION_FORM, regex.I)
# Negations, and words that may amount to one: "banned" to "not allowed", "until" to "no longer".
NEGATIVE = regex.compile(
    rf"""{NEGATION_FORM}|\b(?:
        without|only|until|unless|except|instead[ ]of|rather[ ]than|yet[ ]to|despite|although|though
      | but|however|unable|unlikely|hardly|barely|few|little
        # Verbs in all their forms, and their nouns
      | lack\w*|fail\w*|refus\w*|den(?:y|ied|ies|ying)|declin\w*|reject\w*|stop\w*|ban\w*
      | bar(?:s|red|ring)|block\w*|prevent\w*|avoid\w*|absen\w*|miss\w*
        # Prefixes: "unhurt", "impossible"
      | (?:un|in|im|dis|non)-?\p{{L}}{{4,}}
    )\b""",
    regex.I | regex.X,
)
# Numbers that may be counts of what the quotes list.
COUNTS_IN_WORDS = {"zero", "two", "three"}
# A name may be the adjective of a word with the same first letters: "Danish" of "Denmark".
PREFIX_LETTERS = 4


class Lacking(StrEnum):
    """The kind of thing that the quotes of a claim lack."""

    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"


@dataclass(frozen=True)
class Objection:
    """The kind of thing that is lacking, and how the claim writes it."""

    lacking: Lacking
    written: str

    def __str__(self) -> str:
        return f"no quote has the {self.lacking} {self.written}"


def find_objection(
    claim: str, quotes: str, *, context: str, published: datetime.date | None
) -> Objection | None:
    """The first number, date, name or negation of the claim that the quotes lack; None if none.

    quotes: their text, with the line about their articles. context: all text that was shown of
    those articles, with names that the quotes only point to. published: the articles' day.
    """
    facts = read_facts(claim)
    objections = itertools.chain(
        _lacking_numbers(facts, read_facts(quotes)),
        _lacking_dates(facts, quotes, published),
        _lacking_names(facts, context),
        _lacking_negation(claim, quotes),
    )
    return next(objections, None)


def _lacking_numbers(facts: Facts, quoted: Facts) -> Iterator[Objection]:
    """Numbers that the quotes do not have, or have in another unit only."""
    for number in facts.numbers:
        rounding = read_rounding(facts.text, number)
        same = [one for one in quoted.numbers if _is_same(number.value, one.value, rounding)]
        written = facts.text[number.start : number.end].strip()
        is_quoted = _has_unit(number, same) if same else _may_be_counted(number, written, quoted)
        if not is_quoted:
            is_other_money = same and number.unit in CURRENCY_SIGNS
            yield Objection(Lacking.MONEY if is_other_money else Lacking.NUMBER, written)


def _lacking_dates(
    facts: Facts, quotes: str, published: datetime.date | None
) -> Iterator[Objection]:
    """Dates that the quotes, published on that day, cannot mean."""
    for date in facts.dates:
        if not may_mean_date(quotes, date, published):
            yield Objection(Lacking.DATE, facts.text[date.start : date.end].strip())


def _lacking_names(facts: Facts, context: str) -> Iterator[Objection]:
    """Names without a word of the same first letters in the context; initials may stand for any."""
    known = _prefixes(context)
    for name in facts.names:
        is_exempt = name.first or name.is_initials
        if not is_exempt and not _prefixes(name.text) <= known:
            yield Objection(Lacking.NAME, name.text)


def _lacking_negation(claim: str, quotes: str) -> Iterator[Objection]:
    """The first negation, if the quotes have no word that may amount to one."""
    negation = NEGATION.search(claim)
    if negation and not NEGATIVE.search(quotes):
        yield Objection(Lacking.NEGATION, negation[0])


def _prefixes(text: str) -> set[str]:
    """The first letters of each term."""
    return {term[:PREFIX_LETTERS] for term in terms(text)}


def _has_unit(number: Number, others: Sequence[Number]) -> bool:
    """Whether one of the others may have the number's unit: without one, a number may have any."""
    ages = {"age", "th"}
    alike = ages if number.unit in ages else {number.unit}
    return number.unit == "" or any(other.unit in alike | {""} for other in others)


def _may_be_counted(number: Number, written: str, quoted: Facts) -> bool:
    """Whether it is part of a date of the quotes, or a small count in words of what they list."""
    if number.unit == "" and written.lower() in COUNTS_IN_WORDS:
        return True
    return any(number.value in (date.day, date.year) for date in quoted.dates)


def _is_same(value: float, quoted: float, rounding: Rounding | None) -> bool:
    """Whether two numbers are one, or the first is the second rounded to the digits that it has."""
    if math.isclose(value, quoted, rel_tol=1e-6, abs_tol=1e-6):
        return True
    digits = _significant_digits(value)
    if 0.0 in (value, quoted) or digits >= _significant_digits(quoted):
        return False
    step = 10.0 ** (math.floor(math.log10(abs(quoted))) - digits + 1)
    down, up = math.floor(quoted / step) * step, math.ceil(quoted / step) * step
    nearest = down if quoted - down < up - quoted else up
    rounded = {
        Rounding.DOWN: {down},
        Rounding.UP: {up},
        Rounding.EITHER: {down, up},
        None: {nearest},
    }
    return any(abs(value - other) < step / 1000 for other in rounded[rounding])


def _significant_digits(value: float) -> int:
    return max(1, len(f"{value:.12g}".replace(".", "").strip("0")))
