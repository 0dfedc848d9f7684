"""Answer from passages that the reader cannot read: the sentence that shares most of the question's words.

The reader knows English. In other languages words tell something: a sentence is scored by the share of the question's
words that it has, each weighing one more than its rarity, and of the question's pairs of neighbouring words.
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

# What the sentence before adds counts so much: it often names what this one calls "it". So much count pairs.
BEFORE_WEIGHT, PAIRS_WEIGHT = 0.4, 0.6


@dataclass(frozen=True)
class WordMatch:
    """A sentence, and the share (0 to 1) of the question's weight that its passage and headline have."""

    quote: Quote
    coverage: float


@dataclass(frozen=True)
class _Words:
    """A question's words with what they weigh, and its pairs of neighbouring words."""

    weights: Mapping[str, float]
    pairs: frozenset[tuple[str, str]]

    def coverage(self, found: frozenset[str]) -> float:
        """The share of the weight that these terms carry."""
        return sum(weight for term, weight in self.weights.items() if term in found) / sum(
            self.weights.values()
        )


def best_by_words(question: str, passages: Sequence[Passage], index: Index) -> WordMatch | None:
    """The sentence of the passages that shares most with the question; None where none shares anything."""
    meant = dict.fromkeys(content_terms(question))
    if not meant:
        return None
    pairs = {
        pair for pair in itertools.pairwise(terms(question)) if not FUNCTION_TERMS.issuperset(pair)
    }
    asked = _Words({term: 1 + index.words.rarity(term) for term in meant}, frozenset(pairs))
    scored = [one for passage in passages for one in _scored(passage, asked)]
    if not scored:
        return None
    _, passage, quote = max(scored, key=lambda one: one[0])
    return WordMatch(
        quote, asked.coverage(frozenset(terms(f"{passage.article.title}\n{passage.text}")))
    )


def _scored(passage: Passage, asked: _Words) -> Iterator[tuple[float, Passage, Quote]]:
    """The sentences of a passage that share a word with the question, with their scores."""
    before: frozenset[str] = frozenset()
    for quote in quotes_of(passage):
        found = terms(quote.text)
        words = frozenset(found)
        covered = asked.coverage(words)
        if covered and not is_headline(quote):
            pairs = len(asked.pairs.intersection(itertools.pairwise(found))) / (
                len(asked.pairs) or 1
            )
            context = asked.coverage(words | before) - covered
            yield (
                passage.score + covered + BEFORE_WEIGHT * context + PAIRS_WEIGHT * pairs,
                passage,
                quote,
            )
        before = words
