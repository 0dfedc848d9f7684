"""Whether quotes hold what a sentence says.

The sentence (the claim) is compared with the quoted sentences (lines) fact by fact: what can be compared exactly
must be there, and in a line that speaks of the same thing; what cannot must be there in wording or meaning; and what
turns a sentence into another one (not, may, all, who does what to whom) must agree. Each rule gives an objection in a
few words, or None.
"""

from __future__ import annotations

import itertools

import numpy as np

from .attachment import attached
from .comparison import Comparison, has_word_of_name
from .figures import dates, line_has_date, line_has_number, numbers, replaced
from .force import CAUSE, certainty, negation, opposites, quantity
from .people import pairs, parts, places, speaker, together, who

__all__ = ["contradiction", "held", "objection", "otherwise"]

# What share of the claim's wording its quotes must have, and of each of its clauses one quote.
COVERED, COVERED_CLAUSE = 0.7, 0.52
# Two neighbouring words of the claim that are both covered less than this are news.
UNCOVERED = 0.3
# What a fact counts against the whole wording when lines are chosen.
FACT_WORTH = 0.25


def held(c: Comparison) -> float:
    """How much of the claim the lines have together: the share of its wording, and a part for each fact."""
    facts = sum(any(line_has_number(c, n, line) for line in c.lines) for n in c.said.numbers)
    facts += sum(any(line_has_date(c, d, line) for line in c.lines) for d in c.said.dates)
    names = (i for i, word in enumerate(c.said.words) if word.name)
    facts += sum(any(has_word_of_name(c.said, i, line) for line in c.lines) for i in names)
    return c.covered_share + FACT_WORTH * facts


def contradiction(c: Comparison) -> str | None:
    """What in the lines says the opposite of the claim."""
    return negation(c) or opposites(c)


def otherwise(c: Comparison) -> str | None:
    """What a line with the claim's words makes of them: the opposite, other parts for its names, other figures."""
    return next(filter(None, (rule(c) for rule in (negation, opposites, parts, attached, pairs, replaced))), None)


def _unrelated(c: Comparison) -> str | None:
    """Objects to quotes from several places that no part of the claim asks for."""
    if len(c.quotes) > len(c.clauses):
        return "no single quote says it"
    cause = CAUSE.search(c.said.text)
    if cause and len(c.quotes) > 1:
        before = [i for i, w in enumerate(c.said.words) if w.end <= cause.start()]
        after = [i for i, w in enumerate(c.said.words) if w.start >= cause.end()]
        homes = [int(np.argmax([c.share(row, words) for row in c.by_quote])) for words in (before, after) if words]
        if len(set(homes)) > 1:
            return f"no quote says “{cause[0]}” of this"
    return None


def objection(c: Comparison) -> str | None:
    """Why the quotes, each of one or more neighbouring lines, do not hold the claim; None if they do."""
    for rule in (
        _unrelated,
        numbers,
        dates,
        who,
        _wording,
        negation,
        opposites,
        certainty,
        quantity,
        speaker,
        parts,
        places,
        pairs,
        together,
        attached,
    ):
        reason = rule(c)
        if reason:
            return reason
    return None


def _wording(c: Comparison) -> str | None:
    covered = c.covered
    if c.covered_share < COVERED:
        return "the wording differs too much"
    bare = [i for i, word in enumerate(c.said.words) if c.weights[i] > 0.5 and not c.named(i)]
    for a, b in itertools.pairwise(bare):
        if covered[a] < UNCOVERED and covered[b] < UNCOVERED and b - a <= 3:
            return f"nothing says “{c.said.text[c.said.words[a].start : c.said.words[b].end]}”"
    for words in c.clauses:
        best = max(c.share(row, words) for row in c.by_quote)
        if c.weights[words].sum() >= 2 and best < COVERED_CLAUSE:
            return f"nothing says “{c.said.text[c.said.words[words[0]].start : c.said.words[words[-1]].end]}”"
    return None
