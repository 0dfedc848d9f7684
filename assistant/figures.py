"""Rules for numbers and dates: each of the claim is in a line, of the same thing, and not as something excluded."""

from __future__ import annotations

import math
from collections.abc import Sequence

import regex

from .comparison import (
    COVERED_AROUND,
    EXCLUDES_AT_ALL,
    EXCLUDES_TO_END,
    EXCLUDING,
    NEARLY_SAME,
    NOT_THAT,
    Comparison,
    Line,
)
from .dating import has_date, is_on, may_be
from .facts import Date, Number, Reading, Word
from .names import REPORTING, names_source

__all__ = ["dates", "line_has_date", "line_has_number", "numbers", "replaced"]

# How much more of a clause a stretch with another fact of the kind must have than any with this fact, and the words
# that make such a clause.
ANOTHER, LEAST_WORDS = 0.45, 2
# What share of the words around it tells that a line means the same thing.
AMONG_THE_SAME = 0.8
BOUNDS = {
    ">": r"more than|over|above|at least|exceed\w*|upwards of|no (?:fewer|less) than|(?:greater|higher) than|topp\w+",
    "<": r"less than|fewer than|under|below|at most|nearly|almost|no more than|close to|just short of|not quite",
    "~": r"about|around|roughly|some|approximately|circa|an estimated",
}
BOUND = {sign: regex.compile(rf"\b(?:{words})\W*(?:an?\W+)?$", regex.I) for sign, words in BOUNDS.items()}


def _bound(said: Reading, number: Number) -> str:
    before = said.text[max(0, number.start - 25) : number.start]
    return next((sign for sign, pattern in BOUND.items() if pattern.search(before)), "")


def _same_number(claim: Reading, number: Number, line: Reading, other: Number) -> bool:
    if number.unit != other.unit and not _one_unit(number, other):
        return False
    mine, theirs = _bound(claim, number), _bound(line, other)
    if abs(number.value - other.value) <= 1e-6 * max(1, abs(other.value)):
        return mine == theirs or ("~" in (mine, theirs) and "" in (mine, theirs))
    rounded = (
        mine == "~"
        or (mine == ">" and other.value > number.value and theirs != "<")
        or (mine == "<" and other.value < number.value and theirs != ">")
    )
    return rounded and _rounded_to(number.value, other.value)


def _one_unit(number: Number, other: Number) -> bool:
    """Whether two units may be one: years of life that are not said to be, "grade six" and "sixth grade"."""
    units = {number.unit, other.unit}
    return units == {"", "age"} or (units == {"", "th"} and number.value >= 3)


def _rounded_to(value: float, exact: float) -> bool:
    """Whether a value is what another one is when it is rounded, up or down, to as many digits."""
    digits = len(f"{value:.15g}".replace(".", "").strip("0")) or 1
    if not value or not exact:
        return False
    step = 10.0 ** (math.floor(math.log10(abs(exact))) - digits + 1)
    return min(abs(value - math.floor(exact / step) * step), abs(value - math.ceil(exact / step) * step)) < step / 1000


def line_has_number(c: Comparison, number: Number, line: Line) -> bool:
    """Whether a line has a number of the claim, with the same unit and bound, in any form."""
    said = line.read.reading
    if any(_same_number(c.said, number, said, n) and not _excluded(c, line, n.start) for n in said.numbers):
        return True
    if number.unit:
        return False
    is_year = any(date.year == number.value for date in said.dates)
    return is_year or (number.value == 1 and ONE.search(line.text) is not None)


# Read as a pronoun, but where the claim has a figure it may be one.
ONE = regex.compile(r"\bone\b", regex.I)
EXCLUDES = regex.compile(rf"(?:\b(?:{EXCLUDING})\b|{NOT_THAT})[^.;:!?]{{0,40}}$", regex.I)


def _excluded(c: Comparison, line: Line, at: int) -> bool:
    """Whether the line names what stands there only to say that it is something else, and the claim does not say so."""
    return EXCLUDES.search(line.text[:at]) is not None and not EXCLUDES_AT_ALL.search(c.said.text)


def numbers(c: Comparison) -> str | None:
    """Objects to a number that no line has, or only of something else."""
    for number in c.said.numbers:
        holders = [k for k, line in enumerate(c.lines) if line_has_number(c, number, line)]
        rivals = [
            k
            for k, line in enumerate(c.lines)
            if any(other.unit == number.unit for other in line.read.reading.numbers)
            and not any(line_has_number(c, other, line) for other in c.said.numbers)
        ]
        reason = _fact(c, "number", number, holders, rivals) or _elsewhere(c, number)
        if reason:
            return reason
    return _nouns_of_numbers(c)


def dates(c: Comparison) -> str | None:
    """Objects to a date that no line has, or only of something else."""
    for date in c.said.dates:
        if any(_reported_then(c, date, line) for line in c.lines):
            continue
        holders = [k for k, line in enumerate(c.lines) if line_has_date(c, date, line)]
        rivals = [
            k
            for k, line in enumerate(c.lines)
            if any(_grain(other) == _grain(date) for other in line.read.reading.dates)
            and not any(line_has_date(c, other, line) for other in c.said.dates)
        ]
        reason = _fact(c, "date", date, holders, rivals) or _elsewhere(c, date)
        if reason:
            return reason
    return None


def _grain(date: Date) -> str:
    """What a date names: a day, a month or a year."""
    return "day" if date.day or date.weekday is not None else "month" if date.month else "year"


def line_has_date(c: Comparison, date: Date, line: Line) -> bool:
    """Whether a line has a date of the claim, in any form."""
    if date.year and not (date.month or date.day) and any(n.value == date.year for n in line.read.reading.numbers):
        return True
    if not has_date(date, line.text, line.published):
        return False
    cut = EXCLUDES_TO_END.sub("", line.text)
    return cut == line.text or EXCLUDES_AT_ALL.search(c.said.text) is not None or has_date(date, cut, line.published)


def _reported_then(c: Comparison, date: Date, line: Line) -> bool:
    """Whether the claim says when the article itself appeared."""
    if date.month is None or not any(is_on(date, day) for day in line.days):
        return False
    return names_source(c.said.text, line.article) and any(word.stem in REPORTING for word in c.said.words)


def _fact(c: Comparison, kind: str, fact: Number | Date, holders: Sequence[int], rivals: Sequence[int]) -> str | None:
    """Objects to a fact that no line has, or only lines that speak of something else than another with its like."""
    if not holders:
        return f"no quote has the {kind} {c.label(fact)}"
    near = c.around(fact.start, fact.end, names=True)
    best = max(c.share(c.row_in_context(k, rivals), near) for k in holders)
    others = max((c.share(c.rows[k], near) for k in rivals if k not in holders), default=0.0)
    if near and (best < COVERED_AROUND or others > best + 0.1):
        return f"the quote has {c.label(fact)}, but of something else"
    return None


def replaced(c: Comparison) -> str | None:
    """Objects to a number or date of which a line has another one, among the same words."""
    for fact in _facts(c.said):
        for k, line in enumerate(c.lines):
            mine, theirs = _facts(c.said), _facts(line.read.reading)
            others = [f for f in theirs if _differs(fact, f) and not _is_one_of(c, f, mine, line)]
            if (
                not _line_has(c, fact, line)
                and others
                and c.share(c.rows[k], c.around(fact.start, fact.end, names=True)) >= AMONG_THE_SAME
            ):
                kind = "number" if isinstance(fact, Number) else "date"
                return f"the quote has another {kind} than {c.label(fact)}"
    return None


def _elsewhere(c: Comparison, fact: Number | Date) -> str | None:
    """Objects to a fact where a stretch of a line has much more of its clause, and another fact in its place."""
    begin, end = next(span for span in c.clause_spans if span[0] <= fact.start < span[1])
    clause = [i for i, w in enumerate(c.said.words) if begin <= w.start < end and c.weights[i] > 0.5]
    if len(clause) < LEAST_WORDS:
        return None
    mine = [f for f in _facts(c.said) if begin <= f.start < end]
    own = rival = 0.0
    for k, line in enumerate(c.lines):
        theirs = _facts(line.read.reading)
        has = _line_has(c, fact, line)
        alone = not any(_like(fact, f) and not _is_one_of(c, f, mine, line) for f in theirs)
        for a, b in line.segments:
            inside = [f for f in theirs if a <= f.start < b]
            share = c.share_within(k, a, b, clause)
            if any(_is_one_of(c, f, [fact], line) for f in inside) or (has and alone):
                own = max(own, share, c.share(c.row_in_context(k), clause) if alone else 0.0)
            elif any(_like(fact, f) for f in inside) and not any(_is_one_of(c, f, mine, line) for f in inside):
                rival = max(rival, share)
    return f"the quote has {c.label(fact)}, but of something else" if rival > own + ANOTHER else None


def _facts(said: Reading) -> list[Number | Date]:
    return [*said.numbers, *said.dates]


def _line_has(c: Comparison, fact: Number | Date, line: Line) -> bool:
    return line_has_number(c, fact, line) if isinstance(fact, Number) else line_has_date(c, fact, line)


def _like(one: Number | Date, other: Number | Date) -> bool:
    """Whether two facts could stand for each other: amounts of one unit, dates of one grain."""
    if isinstance(one, Number) and isinstance(other, Number):
        return one.unit == other.unit
    return isinstance(one, Date) and isinstance(other, Date) and _grain(one) == _grain(other)


def _differs(one: Number | Date, other: Number | Date) -> bool:
    """Whether one could stand for the other, and is another value."""
    same = isinstance(one, Number) and isinstance(other, Number) and one.value == other.value
    return _like(one, other) and not same


def _is_one_of(c: Comparison, there: Number | Date, facts: Sequence[Number | Date], line: Line) -> bool:
    """Whether a fact of a line is one of some of the claim."""
    for fact in facts:
        if isinstance(fact, Number) and isinstance(there, Number):
            if _same_number(c.said, fact, line.read.reading, there):
                return True
        elif isinstance(fact, Date) and isinstance(there, Date) and may_be(fact, there, line.published):
            return True
    return False


def _nouns_of_numbers(c: Comparison) -> str | None:
    """Objects to a number that a line has of something else than the claim."""
    for number in c.said.numbers:
        for i in _counted_words(c, number):
            verdicts = [verdict for k in range(len(c.lines)) for verdict in _counted(c, number, i, k)]
            if verdicts and not any(verdicts):
                return f"the quote has {c.label(number)} of something other than {c.said.words[i].text}"
    return None


def _counted_words(c: Comparison, number: Number) -> list[int]:
    """The first content words after a number, up to where something else begins."""
    starts = [n.start for n in c.said.numbers] + [date.start for date in c.said.dates]
    end = min([number.end + 45, *(start for start in starts if start >= number.end)])
    found = []
    for i, word in enumerate(c.said.words):
        if number.end <= word.start < end and word.content and not word.name and word.stem != "one":
            if CROSSED.search(c.said.text[number.end : word.start]):
                break
            found.append(i)
    return found[:3]


CROSSED = regex.compile(
    r"[,;:.!?()]|\b(?:in|on|at|by|for|to|from|after|with|and|or|but|than|who|which|that)\b", regex.I
)


def _counted(c: Comparison, number: Number, noun: int, k: int) -> list[bool]:
    """For each time that a line has both the number and the noun: whether no other number stands nearer to the noun."""
    said = c.lines[k].read.reading
    found = []
    for other in said.numbers:
        if _same_number(c.said, number, said, other):
            for j in c.matches(k, noun, NEARLY_SAME):
                word = said.words[j]
                nearer = [
                    n
                    for n in said.numbers
                    if n is not other
                    and n.end <= word.start
                    and _gap(n, word) < _gap(other, word)
                    and not OF_WHICH.fullmatch(said.text[other.end : n.start])
                ]
                found.append(not nearer)
    return found


# "412 of its 486 members", "60 and 40 per cent": both count the same.
OF_WHICH = regex.compile(r"\s*(?:(?:out\s+)?of\s+(?:\w+\s+)?|and|or|to|,|[-–])\s*")


def _gap(number: Number, word: Word) -> int:
    return max(word.start - number.end, number.start - word.end)
