"""A rule for two names or two numbers that changed places: each stands in the quotes among the words of the other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from .comparison import SAME_WORD, Comparison
from .names import Mention, mentions

__all__ = ["attached"]

# Characters over which two words of a line lose two thirds of what they have to do with each other.
FAR = 40.0
# How much better exchanged names or numbers must fit.
EXCHANGED = 0.2


def attached(c: Comparison) -> str | None:
    """Objects to two names or numbers of different clauses that fit the quotes better the other way round."""
    facts = [m for m in mentions(c.said.text) if m.kind in ("name", "number")]
    for one, other in itertools.combinations(facts, 2):
        if one.kind != other.kind or one.role != other.role or one.same(other) or _in_one_clause(c, one, other):
            continue
        mine, yours = _words_of(c, one, other), _words_of(c, other, one)
        here, there = list(_places(c, one)), list(_places(c, other))
        if not (mine and yours and here and there):
            continue
        as_said = _fit(c, here, mine) + _fit(c, there, yours)
        exchanged = _fit(c, there, mine) + _fit(c, here, yours)
        if exchanged - as_said > EXCHANGED:
            return f"the quote has {c.label(one)} where this has {c.label(other)}"
    return None


def _in_one_clause(c: Comparison, one: Mention, other: Mention) -> bool:
    return any(begin <= one.start and other.end <= end for begin, end in c.clause_spans)


def _words_of(c: Comparison, mention: Mention, other: Mention) -> list[int]:
    """The words of the claim beside a mention, without those of the other one."""
    near = c.around(mention.start, mention.end, names=True)
    return [i for i in near if not other.start <= c.said.words[i].start < other.end]


def _places(c: Comparison, mention: Mention) -> Iterator[tuple[int, int]]:
    """Where the quotes have a mention: line, and character in it."""
    for k, line in enumerate(c.lines):
        for there in mentions(line.text):
            if mention.same(there):
                yield k, (there.start + there.end) // 2


def _fit(c: Comparison, places: list[tuple[int, int]], words: list[int]) -> float:
    """How near the words of the claim stand to one of the places, in its line: 0 to 1."""
    return sum(max(_nearness(c, k, at, i) for k, at in places) for i in words) / len(words)


def _nearness(c: Comparison, k: int, at: int, i: int) -> float:
    words = c.lines[k].read.reading.words
    # A word that stands there itself is meant, not one like it.
    found = c.matches(k, i, SAME_WORD) or c.matches(k, i)
    return max((math.exp(-abs(words[j].start - at) / FAR) for j in found), default=0.0)
