"""Answer from passages that the reader, which knows English only, cannot read.

A sentence is scored by the share of the question's words that it has, each weighing one more than
its rarity, and by the share of the question's pairs of neighbouring words.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.articles import Passage
from index.index import Index
from index.text.terms import FUNCTION_TERMS, content_terms, terms

from ..answer.quotes import Quote, is_headline, quotes_of

__all__ = ["WordMatch", "best_by_words"]

# The weight of words that only the sentence before has, as it often names "it"; and of pairs.
BEFORE_WEIGHT, PAIRS_WEIGHT = 0.4, 0.6


@dataclass(frozen=True)
class WordMatch:
    """A sentence, and the share (0 to 1) of the question's weight in its passage and headline."""

    quote: Quote
    coverage: float


@dataclass(frozen=True)
class _Words:
    """The words of a question with their weights, and its pairs of neighbouring words."""

    weights: Mapping[str, float]
    pairs: frozenset[tuple[str, str]]

    def coverage(self, found: frozenset[str]) -> float:
        """The share of the weight that these terms carry."""
        carried = sum(weight for term, weight in self.weights.items() if term in found)
        return carried / max(sum(self.weights.values()), 1)


def best_by_words(question: str, passages: Sequence[Passage], index: Index) -> WordMatch | None:
    """The sentence that shares most with the question; None where none shares a word."""
    weights = {term: 1 + index.words.rarity(term) for term in content_terms(question)}
    pairs = frozenset(itertools.pairwise(terms(question)))
    asked = _Words(weights, frozenset(p for p in pairs if not FUNCTION_TERMS.issuperset(p)))
    scored = itertools.chain.from_iterable(_scored_sentences(one, asked) for one in passages)
    best = max(scored, key=lambda one: one[0], default=None)
    if best is None:
        return None
    _, passage, quote = best
    seen = frozenset(terms(f"{passage.article.title}\n{passage.text}"))
    return WordMatch(quote, asked.coverage(seen))


def _scored_sentences(passage: Passage, asked: _Words) -> Iterator[tuple[float, Passage, Quote]]:
    """The sentences of a passage that share a word with the question, with their scores."""
    before: frozenset[str] = frozenset()
    for quote in quotes_of(passage):
        found = terms(quote.text)
        words = frozenset(found)
        covered = asked.coverage(words)
        if covered and not is_headline(quote):
            shared = len(asked.pairs.intersection(itertools.pairwise(found)))
            pairs = shared / max(len(asked.pairs), 1)
            context = asked.coverage(words | before) - covered
            score = passage.score + covered + BEFORE_WEIGHT * context + PAIRS_WEIGHT * pairs
            yield score, passage, quote
        before = words
