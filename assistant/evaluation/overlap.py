"""Word overlap: whether quotes have a sentence's words, numbers and names. It judges answers, and gates nothing.

What judges the product must not be what decides in it: so this knows nothing of the reader. A sentence counts as held
if its quotes have half of its content words and all of its numbers, in any form.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.text.terms import content_terms, terms

from ..verify.facts import read_facts

__all__ = ["overlap_score", "overlaps"]

# The share of the content words (by stem) that have to be there.
WORD_SHARE = 0.5


def overlaps(sentence: str, quotes: Sequence[str]) -> bool:
    """Whether the quotes together have the sentence's numbers and half of its content words."""
    return overlap_score(sentence, quotes) >= WORD_SHARE


def overlap_score(sentence: str, quotes: Sequence[str]) -> float:
    """The share of the sentence's content words that the quotes have, 0 to 1; 0 where a number of it is missing."""
    there = "\n".join(quotes)
    wanted = set(content_terms(sentence))
    numbers = {number.value for number in read_facts(sentence).numbers}
    if not numbers <= {number.value for number in read_facts(there).numbers}:
        return 0.0
    return len(wanted.intersection(terms(there))) / len(wanted) if wanted else 1.0
