"""Near-copies: articles that are one report, as agencies send it to many outlets.

The share of one text that is in another is that of its runs of four words that the other has, too
(the containment of shingles: Broder, "On the resemblance and containment of documents", 1997). It
is counted in full: only the few articles of a search that are near in meaning are compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.articles import Article, Passage
from index.index import Index
from index.text.terms import terms

from ..answer.quotes import quotable

__all__ = ["COPY_SHARE", "copies_among", "resemblance"]

# From this share on, the shorter of two texts is a copy, cut or edited.
COPY_SHARE = 0.5
# A text with fewer shingles tells nothing.
MIN_SHINGLES = 15
# Passages of copies are at least this near in meaning, and so are others.
NEAR_COSINE = 0.88
# Only the best passages are compared.
MAX_COMPARED_PASSAGES = 50


def resemblance(one: str, other: str) -> float:
    """The share of the shorter text's runs of four words that are in the other, 0 to 1.

    0 where the shorter text is too short to tell.
    """
    shorter, longer = sorted((_shingles(one), _shingles(other)), key=len)
    return len(shorter & longer) / len(shorter) if len(shorter) >= MIN_SHINGLES else 0.0


def _shingles(text: str) -> set[tuple[str, str, str, str]]:
    words = terms(text)
    return set(zip(words, words[1:], words[2:], words[3:], strict=False))


def copies_among(passages: Sequence[Passage], index: Index) -> dict[str, tuple[Article, ...]]:
    """The copies of each article of these passages (best first), by its id.

    An article that is a copy of one before it has none of its own.
    """
    near = _near_articles(passages[:MAX_COMPARED_PASSAGES], index)
    articles = {passage.article.id: passage.article for passage in passages}
    texts = {id: quotable(id, index) for id in articles if id in near}
    # Each original with its copies.
    reports: dict[str, list[Article]] = {}
    for id, text in texts.items():
        earlier = (other for other in reports if other in near[id])
        originals = (other for other in earlier if resemblance(texts[other], text) >= COPY_SHARE)
        reports.setdefault(next(originals, id), []).append(articles[id])
    return {id: tuple(same) for id, (_, *same) in reports.items() if same}


def _near_articles(passages: Sequence[Passage], index: Index) -> dict[str, set[str]]:
    """For each article with a passage that is near in meaning to one of another, those others."""
    articles = {passage.id: passage.article.id for passage in passages}
    vectors = index.store.vectors(list(articles))
    stored = [articles[id] for id in vectors]
    # Without a vector it is a number, which has no pairs of rows.
    matrix = np.array(list(vectors.values()))
    near: dict[str, set[str]] = {}
    for row, column in np.argwhere(matrix @ matrix.T >= NEAR_COSINE):
        if stored[row] != stored[column]:
            near.setdefault(stored[row], set()).add(stored[column])
    return near
