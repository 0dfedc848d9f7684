"""Word overlap: a judge of answers that decides nothing in the product.

So that the product is not judged by its own checks, it uses nothing of the reader. A sentence
counts as proven if its quotes have all of its numbers, in any form, and half of its content words.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.text.terms import content_terms, terms

from ..verify.facts import read_facts

__all__ = ["overlap_score", "overlaps"]

WORD_SHARE = 0.5


def overlaps(sentence: str, quotes: Sequence[str]) -> bool:
    """Whether the quotes together have the sentence's numbers and half of its content words."""
    return overlap_score(sentence, quotes) >= WORD_SHARE


def overlap_score(sentence: str, quotes: Sequence[str]) -> float:
    """The share of the sentence's content words (by stem) in the quotes; 0 without its numbers."""
    text = "\n".join(quotes)
    wanted = set(content_terms(sentence))
    numbers = {number.value for number in read_facts(sentence).numbers}
    if not numbers <= {number.value for number in read_facts(text).numbers}:
        return 0.0
    return len(wanted.intersection(terms(text))) / len(wanted) if wanted else 1.0
