"""Find the passages for a question: by meaning, by words, and by the articles that it means."""

from __future__ import annotations

import datetime
import itertools
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from index.articles import Article, Filter, Passage
from index.errors import IndexMissingError, IndexReplacedError
from index.index import Index

from ..answer.trace import Hit, Query, Trace, Wish
from ..query.question import Part, Understood, is_met, understand, wishes_of
from .copies import copies_among
from .rerank import rerank_passages

__all__ = ["EVERYTHING", "Found", "Rerank", "Scope", "find_passages", "fuse_scores"]

logger = logging.getLogger(__name__)

# A convex combination of the two scores, each as a share of the best, keeps how far apart they are,
# which ranks alone lose: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
# Retrieval", TOIS 2023. On news it finds more than reciprocal rank fusion does, with any weight
# from 0.3 to 0.5 (docs/retrieval.md).
MEANING_WEIGHT = 0.4
# Passages taken from each list, and from a list of only the articles that the question means.
LIST_PASSAGES, MEANT_PASSAGES = 50, 20
# Added to a score for an outlet, author or time that the question means; for a recent article.
MEANT_BONUS, RECENT_BONUS = 0.2, 0.2
# The share of the score for the best part, in that of a question with several.
PART_WEIGHT = 0.5
# The best passage for a part or a name is among the first four.
KEPT_PASSAGES = 4
# Days in which an article becomes half as recent.
HALF_LIFE_DAYS = 14
# Passages beyond those asked for: some may be copies, or be replaced by another process.
SPARE_PASSAGES = 16

ANY_ARTICLE = Filter()
Scores = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which articles a question is asked of.

    within: the only ones that count. as_of: the day on which it is asked; later articles and those
    without a date are left out. infer: whether the outlets, authors and times in the question count
    too. recalled: ids of the articles that the last answer cited, where the question continues it.
    """

    within: Filter = ANY_ARTICLE
    as_of: datetime.date | None = None
    infer: bool = True
    recalled: tuple[str, ...] = ()

    @property
    def searched(self) -> Filter:
        """The articles that are searched: those that count and are not too late."""
        return self.within & Filter(until=self.as_of.isoformat() if self.as_of else None)


EVERYTHING = Scope()


@dataclass(frozen=True)
class Found:
    """The passages for a question, best first, and how they were found.

    rest: the next ones, without a place; those of copies come last. copies: the near-copies of an
    article, by its id.
    """

    passages: tuple[Passage, ...]
    rest: tuple[Passage, ...]
    understood: Understood
    trace: Trace
    copies: Mapping[str, tuple[Article, ...]] = field(default_factory=dict)


# Gives ids of the passages in a better order for the question; one that it leaves out comes last.
Rerank = Callable[[str, Sequence[Passage]], Sequence[str]]


def find_passages(
    index: Index,
    question: str,
    k: int,
    scope: Scope,
    *,
    parts: Sequence[str] = (),
    rerank: Rerank | None = None,
) -> Found:
    """The `k` best passages; scores are at most 1 and comparable within one result.

    The articles that the question seems to mean rank higher; no others are excluded for it. Sees
    what other processes have written. Raises IndexMissingError for an empty index.

    parts: the parts of the question, in place of those that rules find. rerank: orders the best
    passages, but for places kept; by default the reader does, for a question without parts.
    """
    begun = time.perf_counter()
    try:
        found = _find_passages(index, question, k, scope, parts, rerank)
    except IndexReplacedError:
        # Only now: the new one answers.
        found = _find_passages(index, question, k, scope, parts, rerank)
    for query in found.trace.queries:
        logger.debug("searched by %s for “%s”: passages %d", query.by, query.text, query.found)
    articles = dict.fromkeys(passage.article.id for passage in found.passages)
    logger.info(
        "passages found for “%s”: %d in %.2f s, from %s",
        question,
        len(found.passages),
        time.perf_counter() - begun,
        ", ".join(articles) or "no article",
    )
    return found


def _find_passages(
    index: Index,
    question: str,
    k: int,
    scope: Scope,
    parts: Sequence[str],
    rerank: Rerank | None,
) -> Found:
    index.refresh()
    today = scope.as_of or datetime.date.today()
    understood = understand(
        question, index, today, infer=scope.infer, parts=parts, recalled=scope.recalled
    )
    is_current = understood.present or scope.as_of is not None
    recent = scope.infer and is_current and not understood.past
    search = _Search(index, understood, scope, k, today if recent else None)
    if not search.scores:
        _require_articles(index)
    best = search.best_passages()
    if rerank:
        best = search.reorder(best, rerank(question, best))
    elif not understood.parts:
        # A passage that answers one of several parts does not answer the whole.
        best = search.reorder(best, rerank_passages(understood.whole.about, best))
    copies = copies_among(best, index)
    repeated = _repeated_articles(best, copies, search.wishes)
    # Copies come last, but are there where everything is asked for.
    ordered = tuple(sorted(best, key=lambda passage: passage.article.id in repeated))
    trace = Trace(
        query=question,
        today=today.isoformat(),
        as_of=scope.as_of.isoformat() if scope.as_of else None,
        within=scope.within,
        parts=[part.text for part in understood.parts],
        wishes=understood.whole.wishes,
        recent=recent,
        reranked=rerank is not None or not understood.parts,
        queries=search.queries,
        hits=list(search.hits(best, {passage.id for passage in ordered[:k]}, repeated)),
        copies={id: [article.id for article in same] for id, same in copies.items()},
        later=_count_later(index, scope),
        undated=index.words.count_undated() if scope.as_of else 0,
    )
    return Found(ordered[:k], ordered[k:], understood, trace, copies)


def _require_articles(index: Index) -> None:
    if not index.counts()[0]:
        raise IndexMissingError(
            f"the index in {index.place} holds no articles: "
            f"put some in with `assistant index PATH... --index {index.place}`"
        )


def _count_later(index: Index, scope: Scope) -> int:
    """How many articles of the filter are later than the day on which the question is asked."""
    if scope.as_of is None:
        return 0
    since = scope.as_of + datetime.timedelta(days=1)
    return index.words.count_articles(Filter(since=since.isoformat()) & scope.within)


class _Search:
    """The queries for one question, and the scores of the passages that they found.

    recent_on: the day from which recent articles get a bonus; None where they get none.
    scores: by passage. kept: the passages with a place among the first whatever their score, and
    the part or name for which they have it. wishes: all that the question and its parts mean.
    """

    def __init__(
        self,
        index: Index,
        understood: Understood,
        scope: Scope,
        k: int,
        recent_on: datetime.date | None,
    ) -> None:
        self._index = index
        self._scope = scope
        self._k = k
        self.queries: list[Query] = []
        whole, parts = understood.whole, understood.parts
        self._by_meaning = self._search_meaning(whole.about)
        self._by_words = self._search_words(whole)
        words_of_parts = list(map(self._search_words, parts))
        pool = dict.fromkeys(itertools.chain(self._by_meaning, self._by_words, *words_of_parts))
        others = [id for id in pool if id not in self._by_meaning]
        self._cosines = self._by_meaning | index.cosines(whole.about, others)
        self.wishes = wishes_of([whole, *parts])
        self._meant = {wish: self._passages_meant(wish, list(pool)) for wish in self.wishes}
        whole_scores = self._part_scores(whole, self._by_words)
        scores_of_parts = list(map(self._part_scores, parts, words_of_parts))
        recent = self._recent_bonus(recent_on) if recent_on else {}
        self._bonuses = {
            id: self._meant_bonus(id, whole.wishes) + recent.get(id, 0.0) for id in self._cosines
        }
        combined = _with_best_part(whole_scores, scores_of_parts)
        self.scores = {id: score + recent.get(id, 0.0) for id, score in combined.items()}
        self._ranked = _best_first(self.scores)
        self.kept = self._keep(parts, scores_of_parts)

    def _search_meaning(self, text: str) -> Scores:
        """The cosines of the passages that are nearest in meaning."""
        within, depth = self._scope.searched, max(LIST_PASSAGES, self._k)
        cosines = dict(self._index.by_vector(text, depth, within))
        self.queries.append(Query(text, "meaning", within, len(cosines)))
        return cosines

    def _search_words(self, part: Part) -> Scores:
        """The BM25 scores of the best passages by words, of all articles and of those meant."""
        searched = self._scope.searched
        depths = {searched: max(LIST_PASSAGES, self._k)}
        # A wish for an outlet that the index lacks has an empty filter, and adds none.
        for wish in part.wishes:
            depths.setdefault(searched & wish.within, MEANT_PASSAGES)
        scores: Scores = {}
        for within, depth in depths.items():
            found = self._index.words.search(part.about, depth, within)
            self.queries.append(Query(part.about, "words", within, len(found)))
            scores.update(found)
        return scores

    def _passages_meant(self, wish: Wish, among: Sequence[str]) -> set[str]:
        return self._index.words.ids_within(wish.within, among) if wish.within else set()

    def _part_scores(self, part: Part, words: Scores) -> Scores:
        fused = fuse_scores(self._cosines, words)
        return {id: score + self._meant_bonus(id, part.wishes) for id, score in fused.items()}

    def _meant_bonus(self, id: str, wishes: Sequence[Wish]) -> float:
        """The bonus for each kind of wish of which one means the passage's article."""
        return MEANT_BONUS * len({wish.kind for wish in wishes if id in self._meant[wish]})

    def _recent_bonus(self, today: datetime.date) -> Scores:
        """The bonus of each passage with a date, halved for each half-life before the newest."""
        days = self._index.words.days(list(self._cosines))
        published = {id: day for id, day in days.items() if day}
        newest = min(today, max(published.values(), default=today))
        return {
            id: RECENT_BONUS * 0.5 ** (abs((newest - day).days) / HALF_LIFE_DAYS)
            for id, day in published.items()
        }

    def _keep(self, parts: Sequence[Part], scores: Sequence[Scores]) -> dict[str, str]:
        """For each outlet and author that is named, and each part, the best passage."""
        rankings = []
        for wish in self.wishes:
            if wish.kind != "time":
                rankings.append((wish.text, [id for id in self._ranked if id in self._meant[wish]]))
        for part, own in zip(parts, scores, strict=True):
            together = {id: score + self.scores[id] for id, score in own.items()}
            rankings.append((part.text, _best_first(together)))
        kept: dict[str, str] = {}
        for text, ids in rankings:
            if ids:
                kept.setdefault(ids[0], text)
        return kept

    def best_passages(self) -> list[Passage]:
        """The best passages, some more than asked for, with shares of the best score."""
        ids = _with_places(self._ranked, self.kept, self._k)[: self._k + SPARE_PASSAGES]
        best_score = max(self.scores.values(), default=1.0)
        return [
            replace(passage, score=self.scores[passage.id] / max(1.0, best_score))
            for passage in self._index.store.passages(ids)
        ]

    def reorder(self, passages: Sequence[Passage], order: Sequence[str]) -> list[Passage]:
        """The passages in another order, but for places kept; the best score stays the first."""
        by_id = {passage.id: passage for passage in passages}
        ids = [id for id in dict.fromkeys([*order, *by_id]) if id in by_id]
        scores = sorted(map(attrgetter("score"), passages), reverse=True)
        places = _with_places(ids, self.kept, self._k)
        return [replace(by_id[id], score=score) for id, score in zip(places, scores, strict=True)]

    def hits(
        self, passages: Sequence[Passage], chosen: set[str], repeated: Mapping[str, str]
    ) -> Iterator[Hit]:
        """How each of the passages was found, and why it is not among the chosen ones (ids)."""
        by_meaning, by_words = _ranks(self._by_meaning), _ranks(self._by_words)
        for passage in passages:
            original = repeated.get(passage.article.id)
            dropped = f"a copy of {original}" if original else "no place left"
            yield Hit(
                passage=passage.id,
                article=passage.article.id,
                start=passage.start,
                end=passage.end,
                by_meaning=by_meaning.get(passage.id),
                by_words=by_words.get(passage.id),
                cosine=self._cosines.get(passage.id),
                bonus=self._bonuses.get(passage.id, 0.0),
                score=passage.score,
                kept_for=self.kept.get(passage.id),
                dropped=None if passage.id in chosen else dropped,
            )


def fuse_scores(cosines: Scores, words: Scores) -> Scores:
    """One score, at most 1, for each passage with a cosine.

    The weighted sum of its cosine and its BM25 score, each as a share of the best. Where no passage
    has a word of the question, the cosines are the scores.
    """
    best_cosine, best_words = max(cosines.values(), default=1.0), max(words.values(), default=0.0)
    if not best_words:
        return dict(cosines)
    return {
        id: MEANING_WEIGHT * cosine / best_cosine
        + (1 - MEANING_WEIGHT) * words.get(id, 0.0) / best_words
        for id, cosine in cosines.items()
    }


def _with_best_part(whole: Scores, parts: Sequence[Scores]) -> Scores:
    """The scores for the whole question, each averaged with that for the part that fits best."""
    if not parts:
        return whole
    return {
        id: (1 - PART_WEIGHT) * score + PART_WEIGHT * max(part[id] for part in parts)
        for id, score in whole.items()
    }


def _ranks(scores: Scores) -> dict[str, int]:
    return {id: rank for rank, id in enumerate(_best_first(scores), start=1)}


def _best_first(scores: Scores) -> list[str]:
    return sorted(scores, key=lambda passage: (-scores[passage], passage))


def _with_places(ids: Sequence[str], kept: Mapping[str, str], k: int) -> list[str]:
    """The ids with those kept among the first; they replace the last of these that are not kept."""
    first = list(ids[: min(KEPT_PASSAGES, k)])
    replaceable = (id for id in reversed(first) if id not in kept)
    missing = (id for id in kept if id not in first)
    replaced = dict(zip(replaceable, missing, strict=False))
    places = [id for id in first if id not in replaced] + list(replaced.values())
    return list(dict.fromkeys([*places, *ids]))


def _repeated_articles(
    passages: Sequence[Passage], copies: Mapping[str, tuple[Article, ...]], wishes: Sequence[Wish]
) -> dict[str, str]:
    """The articles that copies repeat, by the copy; not where the question means the copy, too."""
    articles = {passage.article.id: passage.article for passage in passages}
    repeated: dict[str, str] = {}
    for original, same in copies.items():
        met = _met(wishes, articles[original])
        for copy in same:
            if _met(wishes, copy) <= met:
                repeated[copy.id] = original
    return repeated


def _met(wishes: Sequence[Wish], article: Article) -> set[Wish]:
    return {wish for wish in wishes if is_met(wish, article)}
