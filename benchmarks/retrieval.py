"""The quality of retrieval: by vectors, by words, by rank fusion, by `search`, and by parts of it.

    python benchmarks/retrieval.py ARTICLES QUESTIONS.jsonl INDEX
                                   [--as-of] [--ablation] [--cross-fit]

An index that does not exist is made (in minutes for thousands of articles). Questions need
`gold_articles`, or `evidence` (article and quote). --as-of: each question is asked as of its
`date`.

Printed are, with 95 % bootstrap intervals: hit@1, 5, 10, the share of questions with a right
article among the first articles; evidence@4, 10, the share of a question's pieces of evidence in
the first passages; RR, the reciprocal rank of the first passage with evidence. Differences to
`search` are paired by question, with p by sign-flip permutation. --cross-fit: the weights are
chosen on each half of the questions and reported on the other.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unittest import mock

import numpy as np
from common import fill, interval, machine, parser, questions, rank_fusion

from assistant.query.question import Part, _Reading
from assistant.retrieval import search as retrieval
from assistant.retrieval.search import Scope, find_passages
from index.articles import Passage
from index.index import Index

DEPTH = 50
MEASURES = ("hit@1", "hit@5", "hit@10", "evidence@4", "evidence@10", "RR")
GRID = {"MEANT_BONUS": (0.1, 0.2, 0.3), "PART_WEIGHT": (0.3, 0.5), "RECENT_BONUS": (0.1, 0.2, 0.3)}


@dataclass(frozen=True)
class Asked:
    """A question, and the articles and words of each piece of its evidence (no words: any do)."""

    text: str
    kind: str
    day: datetime.date | None
    evidence: list[tuple[set[str], str]]


Rank = Callable[[Index, Asked], list[Passage]]


def main() -> None:
    arguments = parser(__doc__)
    for name in ("--as-of", "--ablation", "--cross-fit"):
        arguments.add_argument(name, action="store_true")
    options = arguments.parse_args()
    print(machine())
    with Index(options.index, create=True) as index:
        fill(index, options.articles)
        asked = [to_asked(q, options.as_of) for q in questions(options.questions) if has_gold(q)]
        print(f"{len(asked)} questions, {index.counts()[0]} articles, {index.counts()[1]} passages")
        measured = {name: measure(index, rank, asked) for name, rank in RANKINGS.items()}
        for name, rows in measured.items():
            report(name, rows)
        for kind, chosen in groups(index, asked):
            print(f"\n{kind}, n = {len(chosen)}")
            for name, rows in measured.items():
                report(name, rows[chosen])
        print("\nsearch against")
        for name in list(RANKINGS)[:-1]:
            compare(name, measured["search"], measured[name])
        if options.ablation:
            print("\nsearch without")
            for name, switch in SWITCHES.items():
                with switch():
                    compare(name, measured["search"], measure(index, by_search, asked))
        if options.cross_fit:
            # Without a day nothing here is recent.
            cross_fit(
                index,
                asked,
                GRID if options.as_of else {**GRID, "RECENT_BONUS": (retrieval.RECENT_BONUS,)},
            )


def groups(index: Index, asked: list[Asked]) -> Iterator[tuple[str, list[int]]]:
    """The questions by type, and by whether their articles have an outlet if this differs."""
    for kind in sorted({each.kind for each in asked} - {""}):
        yield kind, [i for i, each in enumerate(asked) if each.kind == kind]
    sourced = {article.id for article in index.articles() if article.source}
    right = [set().union(*(articles for articles, _ in each.evidence)) for each in asked]
    having = [i for i, articles in enumerate(right) if articles <= sourced]
    if 0 < len(having) < len(asked):
        yield "all right articles have an outlet", having
        yield "some have none", [i for i in range(len(asked)) if i not in set(having)]


def has_gold(question: dict) -> bool:
    return bool(question.get("gold_articles") or question.get("evidence")) and question.get(
        "answerable", True
    )


def to_asked(question: dict, as_of: bool) -> Asked:
    """Evidence with the same words is one piece. Without quotes any right article counts."""
    pieces: dict[str, set[str]] = {}
    for piece in question.get("evidence") or ():
        pieces.setdefault(" ".join(piece["quote"].split())[:80], set()).add(piece["article"])
    evidence = [(articles, words) for words, articles in pieces.items()]
    return Asked(
        text=question["question"],
        kind=question.get("type", ""),
        day=datetime.date.fromisoformat(question["date"]) if as_of else None,
        evidence=evidence or [(set(question["gold_articles"]), "")],
    )


def by_vectors(index: Index, asked: Asked) -> list[Passage]:
    return index.store.passages([id for id, _ in index.by_vector(asked.text, DEPTH)])


def by_words(index: Index, asked: Asked) -> list[Passage]:
    return index.store.passages([id for id, _ in index.words.search(asked.text, DEPTH)])


def by_rank_fusion(index: Index, asked: Asked) -> list[Passage]:
    return index.store.passages(rank_fusion(index, asked.text, DEPTH))


def by_search(index: Index, asked: Asked) -> list[Passage]:
    return list(find_passages(index, asked.text, DEPTH, Scope(as_of=asked.day)).passages)


RANKINGS: dict[str, Rank] = {
    "vectors alone": by_vectors,
    "words alone": by_words,
    "rank fusion": by_rank_fusion,
    "search": by_search,
}


def constant(name: str, value: float) -> Callable[[], contextlib.AbstractContextManager[object]]:
    return lambda: mock.patch.object(retrieval, name, value)


SWITCHES: dict[str, Callable[[], contextlib.AbstractContextManager[object]]] = {
    "outlets, authors, times": constant("MEANT_BONUS", 0.0),
    "parts": constant("PART_WEIGHT", 0.0),
    "kept places": constant("KEPT_PASSAGES", 0),
    "times named by what happened": lambda: mock.patch(
        "assistant.query.question.find_occasions", return_value=[]
    ),
    "recent first": constant("RECENT_BONUS", 0.0),
    "copies as one": lambda: mock.patch.object(retrieval, "copies_among", return_value={}),
    "passing over 'according to'": lambda: mock.patch(
        "assistant.query.question._Reading.part", whole_part
    ),
}


def whole_part(reading: _Reading, start: int, end: int) -> Part:
    text = reading.question[start:end]
    return Part(text, text, text, reading._wishes(start, end))


def measure(index: Index, rank: Rank, asked: list[Asked]) -> np.ndarray:
    """A row for each question, with a column for each of MEASURES."""
    return np.array([list(scores(rank(index, each), each)) for each in asked])


def scores(passages: list[Passage], asked: Asked) -> Iterator[float]:
    articles = list(dict.fromkeys(passage.article.id for passage in passages))
    right = set().union(*(articles for articles, _ in asked.evidence))
    for k in (1, 5, 10):
        yield float(not right.isdisjoint(articles[:k]))
    texts = [(passage.article.id, " ".join(passage.text.split())) for passage in passages]
    ranks = [
        next(
            (n for n, (article, text) in enumerate(texts) if article in articles and words in text),
            DEPTH,
        )
        for articles, words in asked.evidence
    ]
    for k in (4, 10):
        yield float(np.mean([rank < k for rank in ranks]))
    yield 1 / (min(ranks) + 1) if min(ranks) < DEPTH else 0.0


def report(name: str, rows: np.ndarray) -> None:
    print(
        f"{name:28} "
        + "  ".join(f"{m} {interval(list(rows[:, i]))}" for i, m in enumerate(MEASURES))
    )


def compare(name: str, rows: np.ndarray, others: np.ndarray) -> None:
    """Print differences, positive where the first is better."""
    texts = []
    for i, measure_name in enumerate(MEASURES):
        difference = rows[:, i] - others[:, i]
        texts.append(f"{measure_name} {difference.mean():+.3f} (p {permutation(difference):.3f})")
    print(f"{name:28} " + "  ".join(texts))


def permutation(difference: np.ndarray, rounds: int = 5_000) -> float:
    """Two-sided p of a mean difference under random signs."""
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (rounds, len(difference)))
    return float((np.abs(signs @ difference) >= abs(difference.sum()) - 1e-9).mean())


def cross_fit(index: Index, asked: list[Asked], grid: dict[str, tuple[float, ...]]) -> None:
    order = random.Random(0).sample(range(len(asked)), len(asked))
    halves = [sorted(order[::2]), sorted(order[1::2])]
    tried = {}
    for values in itertools.product(*grid.values()):
        with contextlib.ExitStack() as stack:
            for name, value in zip(grid, values, strict=True):
                stack.enter_context(constant(name, value)())
            tried[values] = measure(index, by_search, asked)
    rows = np.zeros((len(asked), len(MEASURES)))
    for fitted, held_out in (halves, halves[::-1]):
        best = max(tried, key=lambda values: tried[values][fitted].mean())
        print(f"chosen on {len(fitted)}: {dict(zip(grid, best, strict=True))}")
        rows[held_out] = tried[best][held_out]
    report("search, cross-fit", rows)


if __name__ == "__main__":
    main()
