"""Vetoes: what a claim says in figures, dates or names and its quotes do not, in any form.

Each is exact: it compares what two texts have, never what they mean. docs/models.md has what each is worth.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import regex

from index.text.terms import terms

from .facts import Facts, Number, days_meant, read_facts

__all__ = ["Lacking", "Objection", "objection"]

# Words before a number that say that it is rounded: to either side, down, up.
ROUNDED = regex.compile(
    r"\b(?:(?P<about>about|around|roughly|some|approximately|an estimated)"
    r"|(?P<down>more than|over|above|at least|upwards of)"
    r"|(?P<up>nearly|almost|under|below|less than|fewer than|at most|up to|close to|just short of))\W*(?:an?\W+)?$",
    regex.I,
)
# What denies, and what may say the same in other words: "not allowed" of "banned", "no longer" of "until".
NEGATION = regex.compile(
    r"\b(?:not|never|no|nobody|none|nothing|cannot|neither|nor)\b|n['’]t\b", regex.I
)
NEGATIVE = regex.compile(
    rf"{NEGATION.pattern}|\b(?:without|only|until|unless|except|instead of|rather than|yet to|despite|although|though"
    r"|but|however|unable|unlikely|hardly|barely|few|little|lack\w*|fail\w*|refus\w*|den(?:y|ied|ies|ying)|declin\w*|reject\w*"
    r"|stop\w*|ban\w*|bar(?:s|red|ring)|block\w*|prevent\w*|avoid\w*|absen\w*|miss\w*|(?:un|in|im|dis|non)-?\p{L}{4,})\b",
    regex.I,
)
SAME = 1e-6
# A small number in words may be a count of what the quotes list.
MAX_COUNTED = 3
# From so many letters on, a name may be an adjective of another word: "Danish" of "Denmark".
STEM_LETTERS = 4


class Lacking(StrEnum):
    """What of a claim its quotes lack."""

    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"


@dataclass(frozen=True)
class Objection:
    """What is lacking, and how the claim writes it."""

    lacking: Lacking
    written: str

    def __str__(self) -> str:
        return f"no quote has the {self.lacking} {self.written}"


def objection(
    claim: str, quotes: str, *, context: str, published: datetime.date | None
) -> Objection | None:
    """The first of the claim's numbers, dates and names that is missing, as the claim writes it; None if none is.

    quotes: their text, with the line about their articles. context: all that was shown of those articles, in which a
    name may stand that the quotes only point to.
    """
    said, there = read_facts(claim), read_facts(quotes)
    for number in said.numbers:
        found = _number(said, number, there)
        if found is not None:
            return Objection(found, claim[number.start : number.end].strip())
    for date in said.dates:
        if not days_meant(date, quotes, published):
            return Objection(Lacking.DATE, claim[date.start : date.end].strip())
    known = _words(context)
    for name in said.names:
        if not name.first and not _has_name(name.text, known):
            return Objection(Lacking.NAME, name.text)
    negation = NEGATION.search(claim)
    if negation and not NEGATIVE.search(quotes):
        return Objection(Lacking.NEGATION, negation[0])
    return None


def _number(said: Facts, number: Number, there: Facts) -> Lacking | None:
    """What is wrong with a number of the claim; None if the quotes have it."""
    before = said.text[max(0, number.start - 25) : number.start].rstrip("$£€¥ ") + " "
    rounded = ROUNDED.search(before)
    alike = [
        other
        for other in there.numbers
        if _same(number.value, other.value, rounded.lastgroup if rounded else "")
    ]
    if any(_one_unit(number.unit, other.unit) for other in alike):
        return None
    if alike:
        return Lacking.MONEY if number.unit in ("$", "£", "€", "¥") else Lacking.NUMBER
    dated = {part for date in there.dates for part in (date.year, date.day)}
    written_small = (
        number.value <= MAX_COUNTED
        and not number.unit
        and said.text[number.start : number.end].strip().isalpha()
    )
    return None if number.value in dated or written_small else Lacking.NUMBER


def _one_unit(one: str, other: str) -> bool:
    return one == other or "" in (one, other) or {one, other} == {"age", "th"}


def _same(mine: float, theirs: float, rounded: str | None) -> bool:
    """Whether two numbers are one, or the first is the second rounded to as many digits as it has, as it says."""
    if abs(mine - theirs) <= SAME * max(1.0, abs(theirs)):
        return True
    if not (mine and theirs) or _digits(mine) >= _digits(theirs):
        return False
    step = 10.0 ** (math.floor(math.log10(abs(theirs))) - _digits(mine) + 1)
    down, up = math.floor(theirs / step) * step, math.ceil(theirs / step) * step
    nearest = down if theirs - down < up - theirs else up
    allowed = {"down": (down,), "up": (up,), "about": (down, up)}.get(rounded or "", (nearest,))
    return any(abs(mine - value) < step / 1000 for value in allowed)


def _digits(value: float) -> int:
    """Significant digits."""
    return len(f"{value:.12g}".replace(".", "").strip("0")) or 1


def _words(text: str) -> set[str]:
    return set(terms(text))


def _has_name(name: str, known: Iterable[str]) -> bool:
    """Whether a text has a name, or a word that it is the adjective of, or initials that it may stand for."""
    parts = terms(name)
    if all(part in known for part in parts):
        return True
    if name.isupper() or "." in name:
        return True
    return all(
        part in known
        or (
            len(part) >= STEM_LETTERS
            and any(word.startswith(part[:STEM_LETTERS]) for word in known)
        )
        for part in parts
    )
