"""Near-copies: articles that are one report, as agencies send it to many outlets.

How far one text is in another is the share of its runs of four words that the other has too (the containment of
shingles: Broder, "On the resemblance and containment of documents", 1997). It is counted in full: among the few
passages that a search finds, only those near in meaning are compared at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.articles import Article, Passage
from index.index import Index
from index.text.terms import terms

from ..answer.quotes import quotable

__all__ = ["copies_among", "resemblance"]

SHINGLE = 4
# From this share on, the smaller of two texts is the other one, cut or edited.
COPY = 0.5
# Only so many passages, of the best, are compared with each other.
COMPARED = 50
# So near in meaning are the passages of copies, and more of them than others; fewer shingles tell nothing.
NEAR, LEAST = 0.88, 15


def resemblance(one: str, other: str) -> float:
    """The share, 0 to 1, of the runs of four words of the shorter text that are in the other; 0 for very short ones."""
    shorter, longer = sorted((_shingles(one), _shingles(other)), key=len)
    return len(shorter & longer) / len(shorter) if len(shorter) >= LEAST else 0.0


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = terms(text)
    return {tuple(words[first : first + SHINGLE]) for first in range(len(words) - SHINGLE + 1)}


def copies_among(passages: Sequence[Passage], index: Index) -> dict[str, tuple[Article, ...]]:
    """For the articles of these passages (best first): those of them that are copies of one, by the id of the first."""
    articles = {passage.article.id: passage.article for passage in passages}
    suspects = _suspects(passages[:COMPARED], index)
    texts = {id: quotable(id, index) for id in suspects}
    found: dict[str, list[Article]] = {}
    taken: set[str] = set()
    for id in articles:
        if id in suspects and id not in taken:
            same = [
                other
                for other in articles
                if other in suspects[id] and other not in taken and other not in found
                if resemblance(texts[id], texts[other]) >= COPY
            ]
            taken.update(same)
            if same:
                found[id] = [articles[other] for other in same]
    return {id: tuple(same) for id, same in found.items()}


def _suspects(passages: Sequence[Passage], index: Index) -> dict[str, set[str]]:
    """For each article that has a passage much like one of another, those others."""
    vectors = index.store.vectors([passage.id for passage in passages])
    there = [passage for passage in passages if passage.id in vectors]
    near = np.array([vectors[passage.id] for passage in there])
    found: dict[str, set[str]] = {}
    for row, column in np.argwhere(near @ near.T >= NEAR) if there else ():
        one, other = there[row].article.id, there[column].article.id
        if one != other:
            found.setdefault(one, set()).add(other)
    return found
