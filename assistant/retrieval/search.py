"""Find the passages that fit a question: by meaning and by words, and by what it says of the articles that it means."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from index.articles import Article, Filter, Passage
from index.errors import IndexMissingError, IndexReplacedError
from index.index import Index

from ..answer.trace import Hit, Query, Trace, Wish
from ..query.question import Understood, understand
from .copies import copies_among
from .rerank import rerank_passages

__all__ = ["EVERYTHING", "Found", "Rerank", "Scope", "find", "fuse"]

logger = logging.getLogger(__name__)

# A convex combination of the two scores, each as a share of the best, keeps how far apart they are, which ranks
# alone lose: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023. On news it
# finds more than reciprocal rank fusion does, with any weight from 0.3 to 0.5 (docs/retrieval.md).
MEANING_WEIGHT = 0.4
# How far down each list is read; that of the articles that a question means; and of those, how many are compared.
DEPTH, DEPTH_WISHED = 50, 20
# What is added to the score of a passage for an outlet, author or time that the question means; for being recent.
WISHED, RECENT = 0.2, 0.2
# How much the part of the question counts that a passage fits best.
PART_WEIGHT = 0.5
# A name has its best passage among so many first ones.
KEPT_WITHIN = 4
# After so many days an article is half as recent.
RECENT_DAYS = 14
SPARE = 16


ANY = Filter()


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which articles a question is asked of.

    within: those that count at all. as_of: the day on which it is asked; articles of a later day are left out, and
    undated ones. infer: whether what the question itself says of the articles that it means counts too. recalled:
    articles (ids) from which the question before was answered, preferred where this one goes on from it.
    """

    within: Filter = ANY
    as_of: datetime.date | None = None
    infer: bool = True
    recalled: tuple[str, ...] = ()


EVERYTHING = Scope()


@dataclass(frozen=True)
class Found:
    """The passages that fit a question, best first, and how they were found.

    rest: the next ones, for which no place was left, those of copies last. understood: what the question was taken to
    mean. copies: for the article of a passage, by its id, the near-copies that got no place beside it.
    """

    passages: tuple[Passage, ...]
    rest: tuple[Passage, ...]
    understood: Understood
    trace: Trace
    copies: Mapping[str, tuple[Article, ...]] = field(default_factory=dict)


# Puts passages in another order for a question: their ids, best first. One that it leaves out comes after all others.
Rerank = Callable[[str, Sequence[Passage]], Sequence[str]]


def find(
    index: Index,
    question: str,
    k: int,
    scope: Scope,
    *,
    parts: Sequence[str] = (),
    rerank: Rerank | None = None,
) -> Found:
    """The `k` passages that fit the question best. Scores are at most 1 and comparable within one result.

    What the question seems to say of the articles that it means never excludes a passage: those that fit rank above.
    parts: what to look for one by one; if there are none, the parts that rules see. rerank: has the last word on the
    order of the best, but for places that are kept; by default the reader, for questions without parts.
    What other processes wrote before is seen. Raises IndexMissingError where there is nothing to search in.
    """
    begun = time.perf_counter()
    try:
        found = _find(index, question, k, scope, parts, rerank)
    except IndexReplacedError:
        # Just now; the next one answers.
        found = _find(index, question, k, scope, parts, rerank)
    for query in found.trace.queries:
        logger.debug("searched by %s for “%s”: %d passages", query.by, query.text, query.found)
    articles = dict.fromkeys(passage.article.id for passage in found.passages)
    logger.info(
        "%d passages found for “%s” in %.2f s, of %s",
        len(found.passages),
        question,
        time.perf_counter() - begun,
        ", ".join(articles) or "none",
    )
    return found


def _find(
    index: Index, question: str, k: int, scope: Scope, parts: Sequence[str], rerank: Rerank | None
) -> Found:
    index.refresh()
    within, as_of = scope.within, scope.as_of
    today = as_of or datetime.date.today()
    understood = understand(
        question, index, today, infer=scope.infer, parts=parts, recalled=scope.recalled
    )
    search = _Search(
        index,
        understood,
        within & Filter(until=as_of.isoformat() if as_of else None),
        max(DEPTH, k),
    )
    recent = scope.infer and not understood.past and (understood.present or as_of is not None)
    scores = search.scores(today if recent else None)
    if not scores and not index.counts()[0]:
        raise IndexMissingError(
            f"the index in {index.place} holds no articles: "
            f"put some in with `assistant index PATH... --index {index.place}`"
        )
    ranked = _best_first(scores)
    kept = search.kept(scores, ranked)
    # More than asked for: another process may be changing some of them, others are copies or differ from the first.
    most = max([1.0, *scores.values()])
    best = [
        replace(passage, score=scores[passage.id] / most)
        for passage in index.store.passages(_with_places(ranked, kept, k)[: k + SPARE])
    ]
    if rerank:
        best = _reranked(best, rerank(question, best), kept, k)
    elif not understood.parts:
        # A passage that answers one part of several is no answer to the whole.
        best = _reranked(best, rerank_passages(understood.whole.about, best), kept, k)
    copies = copies_among(best, index)
    dropped = _copied(best, copies, search)
    # Copies come last: where all is wanted, all is there.
    ordered = sorted(best, key=lambda passage: passage.id in dropped)
    chosen, rest = ordered[:k], ordered[k:]
    trace = Trace(
        query=question,
        today=today.isoformat(),
        as_of=as_of.isoformat() if as_of else None,
        within=within,
        parts=[part.text for part in understood.parts],
        wishes=understood.whole.wishes,
        recent=recent,
        reranked=rerank is not None or not understood.parts,
        queries=search.queries,
        hits=list(search.hits(best, kept, dropped, {passage.id for passage in chosen})),
        copies={id: [article.id for article in same] for id, same in copies.items()},
        later=index.words.count_articles(Filter(since=_day_after(as_of)) & within) if as_of else 0,
        undated=index.words.count_undated() if as_of else 0,
    )
    return Found(tuple(chosen), tuple(rest), understood, trace, copies)


def _reranked(
    passages: Sequence[Passage], order: Sequence[str], kept: Mapping[str, str], k: int
) -> list[Passage]:
    """The passages in that order, but for places that are kept; the best score goes with the first place."""
    by_id = {passage.id: passage for passage in passages}
    ids = dict.fromkeys([*(id for id in order if id in by_id), *by_id])
    scores = sorted((passage.score for passage in passages), reverse=True)
    return [
        replace(by_id[id], score=score)
        for id, score in zip(_with_places(list(ids), kept, k), scores, strict=True)
    ]


def _day_after(day: datetime.date) -> str:
    return (day + datetime.timedelta(days=1)).isoformat()


Scores = dict[str, float]


class _Search:
    """The queries of one question, and what each passage of their results is worth."""

    def __init__(self, index: Index, understood: Understood, within: Filter, depth: int) -> None:
        self._index = index
        self._within = within
        self._depth = depth
        self._question = understood.whole.about
        # What is looked for beside the whole question.
        self._parts = understood.parts
        self.queries: list[Query] = []
        self._near = dict(index.by_vector(self._question, depth, within))
        self.queries.append(Query(self._question, "meaning", within, len(self._near)))
        self._fit = self._words(self._question, understood.whole.wishes)
        parts_fit = [self._words(part.about, part.wishes) for part in self._parts]
        pool = dict.fromkeys(id for found in (self._near, self._fit, *parts_fit) for id in found)
        self._cosines = self._near | index.cosines(
            self._question, [id for id in pool if id not in self._near]
        )
        self._wishes = understood.whole.wishes
        wishes = dict.fromkeys(
            [*self._wishes, *(wish for part in self._parts for wish in part.wishes)]
        )
        self._meant = {
            wish: index.words.ids_within(wish.within, list(pool)) if wish.within else set()
            for wish in wishes
        }
        self._part_scores = [
            self._with_bonus(fuse(self._cosines, fit), part.wishes)
            for part, fit in zip(self._parts, parts_fit, strict=True)
        ]
        self._bonuses: Scores = {}

    def _words(self, text: str, wishes: Sequence[Wish]) -> Scores:
        """The best by words of all articles, and of those that are meant."""
        found: Scores = {}
        meant = [(self._within & wish.within, DEPTH_WISHED) for wish in wishes if wish.within]
        for within, depth in dict.fromkeys([(self._within, self._depth), *meant]):
            scores = self._index.words.search(text, depth, within)
            self.queries.append(Query(text, "words", within, len(scores)))
            found.update(scores)
        return found

    def scores(self, recent_on: datetime.date | None) -> Scores:
        """What each passage is worth: the whole question, its best part, and what the question means.

        recent_on: the day on which recent reports are asked for; None where they are not.
        """
        whole = self._with_bonus(fuse(self._cosines, self._fit), self._wishes)
        if self._parts:
            whole = {
                id: (1 - PART_WEIGHT) * score
                + PART_WEIGHT * max(part[id] for part in self._part_scores)
                for id, score in whole.items()
            }
        recent = self._recent(recent_on) if recent_on else {}
        self._bonuses = {id: self._bonus(id, self._wishes) + recent.get(id, 0.0) for id in whole}
        return {id: score + recent.get(id, 0.0) for id, score in whole.items()}

    def _with_bonus(self, scores: Scores, wishes: Sequence[Wish]) -> Scores:
        return {id: score + self._bonus(id, wishes) for id, score in scores.items()}

    def _bonus(self, id: str, wishes: Sequence[Wish]) -> float:
        """For each kind of wish, if the passage is of the articles that one of them means."""
        return WISHED * len({wish.kind for wish in wishes if id in self._meant[wish]})

    def _recent(self, day: datetime.date) -> Scores:
        """The newest reports first: half as much for each `RECENT_DAYS` that one is older than the newest."""
        days = self._index.words.days(list(self._cosines))
        newest = min(day, max(filter(None, days.values()), default=day))
        return {
            id: RECENT * 0.5 ** (abs((newest - published).days) / RECENT_DAYS)
            for id, published in days.items()
            if published
        }

    def kept(self, scores: Scores, ranked: Sequence[str]) -> dict[str, str]:
        """The passages that get a place among the first whatever their score, and for what."""
        kept: dict[str, str] = {}
        for wish, meant in self._meant.items():
            first = next((id for id in ranked if id in meant), None)
            if first and wish.kind != "time":
                kept.setdefault(first, wish.text)
        for part, own in zip(self._parts, self._part_scores, strict=True):
            if own:
                first = _best_first({id: own[id] + scores[id] for id in own})[0]
                kept.setdefault(first, part.text)
        return kept

    def is_meant(self, id: str) -> frozenset[Wish]:
        """The wishes that the passage fulfils."""
        return frozenset(wish for wish, meant in self._meant.items() if id in meant)

    def hits(
        self,
        passages: Sequence[Passage],
        kept: Mapping[str, str],
        dropped: Mapping[str, str],
        chosen: set[str],
    ) -> Iterator[Hit]:
        """What is to be told of each passage."""
        near, fit = (_ranks(scores) for scores in (self._near, self._fit))
        for passage in passages:
            yield Hit(
                passage=passage.id,
                article=passage.article.id,
                start=passage.start,
                end=passage.end,
                by_meaning=near.get(passage.id),
                by_words=fit.get(passage.id),
                cosine=self._cosines.get(passage.id),
                bonus=self._bonuses.get(passage.id, 0.0),
                score=passage.score,
                kept_for=kept.get(passage.id),
                dropped=None if passage.id in chosen else dropped.get(passage.id, "no place left"),
            )


def fuse(cosines: Scores, words: Scores) -> Scores:
    """One score, at most 1, for each passage with a cosine: shares of the best cosine and of the best BM25 score.

    Where no passage has a word of the question, the cosines are the scores.
    """
    most, best = max(cosines.values(), default=1.0), max(words.values(), default=0.0)
    if not best:
        return dict(cosines)
    return {
        id: MEANING_WEIGHT * cosine / most + (1 - MEANING_WEIGHT) * words.get(id, 0.0) / best
        for id, cosine in cosines.items()
    }


def _ranks(scores: Scores) -> dict[str, int]:
    return {id: rank for rank, id in enumerate(_best_first(scores), start=1)}


def _best_first(scores: Scores) -> list[str]:
    return sorted(scores, key=lambda passage: (-scores[passage], passage))


def _with_places(best: Sequence[str], kept: Mapping[str, str], k: int) -> list[str]:
    """The order with those that are to have a place among the first ones there, behind the others that stay."""
    within = min(KEPT_WITHIN, k)
    first = list(best[:within])
    for id in kept:
        if id not in first:
            last = next(
                (place for place in reversed(range(len(first))) if first[place] not in kept), None
            )
            if last is not None:
                del first[last]
                first.append(id)
    return [*first, *(id for id in best if id not in first)]


def _copied(
    passages: Sequence[Passage], copies: Mapping[str, tuple[Article, ...]], search: _Search
) -> dict[str, str]:
    """Passages of copies, and of what; not where the question means the copy as well, and in another way."""
    of = {article.id: first for first, same in copies.items() for article in same}
    meant: dict[str, frozenset[Wish]] = {}
    for passage in passages:
        meant[passage.article.id] = meant.get(passage.article.id, frozenset()) | search.is_meant(
            passage.id
        )
    return {
        passage.id: f"a copy of {of[passage.article.id]}"
        for passage in passages
        if passage.article.id in of and meant[passage.article.id] <= meant[of[passage.article.id]]
    }
