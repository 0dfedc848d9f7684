"""Find the passages that fit a question: by meaning and by words, the two scores put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.articles import Filter, Passage
from index.errors import IndexMissingError, IndexReplacedError
from index.store import Index

__all__ = ["fuse", "search"]

# A convex combination of the two scores, each as a share of the best, keeps how far apart they are, which ranks
# alone lose: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023. On news it
# finds more than reciprocal rank fusion does, with any weight from 0.3 to 0.5 (docs/retrieval.md).
MEANING_WEIGHT = 0.4
# How far down each of the two lists is read.
DEPTH = 50
SPARE = 10

Scored = Sequence[tuple[str, float]]


def search(index: Index, query: str, k: int, within: Filter | None = None) -> list[Passage]:
    """The `k` passages that fit the query best, best first. Scores are at most 1: best by meaning and by words.

    What other processes wrote before is seen. Raises IndexMissingError where there is nothing to search in.
    """
    try:
        return _search(index, query, k, within)
    except IndexReplacedError:
        # Just now; the next one answers.
        return _search(index, query, k, within)


def _search(index: Index, query: str, k: int, within: Filter | None) -> list[Passage]:
    index.refresh()
    depth = max(DEPTH, k)
    scores = fuse(index.by_vector(query, depth, within), index.by_words(query, depth, within))
    if not scores and not index.counts()[0]:
        raise IndexMissingError(
            f"the index in {index.place} holds no articles: "
            f"put some in with `assistant index PATH... --index {index.place}`"
        )
    # A few more than asked for: another process may be changing some of them.
    best = sorted(scores, key=lambda passage: (-scores[passage], passage))[: k + SPARE]
    return [replace(passage, score=scores[passage.id]) for passage in index.passages(best)[:k]]


def fuse(by_meaning: Scored, by_words: Scored) -> dict[str, float]:
    """One score for each id of the two lists (best first, positive scores).

    An id that one list does not have gets there what the list cannot rule out (the last cosine) or 0 (no word).
    """
    if not by_words:
        return dict(by_meaning)
    cosines, words = dict(by_meaning), dict(by_words)
    most, least = (by_meaning[0][1], by_meaning[-1][1]) if by_meaning else (1.0, 0.0)
    return {
        id: MEANING_WEIGHT * cosines.get(id, least) / most + (1 - MEANING_WEIGHT) * words.get(id, 0.0) / by_words[0][1]
        for id in dict.fromkeys([*cosines, *words])
    }
