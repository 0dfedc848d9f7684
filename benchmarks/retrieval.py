"""How often the right article is found: vectors alone, words alone, reciprocal rank fusion, and what `search` does.

    python benchmarks/retrieval.py ARTICLES QUESTIONS.jsonl INDEX

The index is made when it is not there (minutes for thousands of articles). Questions need `gold_articles`.
Printed is the share of questions with a right article among the first 1, 5 and 10 *passages* and *articles* found,
with 95 % bootstrap intervals.
"""

from __future__ import annotations

from collections.abc import Callable

from common import fill, interval, machine, parser, questions

from assistant.retrieval import fuse
from index.store import Index

DEPTH = 50


def main() -> None:
    options = parser(__doc__).parse_args()
    print(machine())
    with Index(options.index, create=True) as index:
        fill(index, options.articles)
        asked = [q for q in questions(options.questions) if q.get("gold_articles") and q.get("answerable", True)]
        print(f"{len(asked)} questions, {index.counts()[0]} articles, {index.counts()[1]} passages")
        for name, rank in RANKINGS.items():
            report(name, [(set(q["gold_articles"]), found(rank(index, q["question"]), index)) for q in asked])


def by_vectors(index: Index, question: str) -> list[str]:
    return [id for id, _ in index.by_vector(question, DEPTH)]


def by_words(index: Index, question: str) -> list[str]:
    return [id for id, _ in index.by_words(question, DEPTH)]


def by_rank_fusion(index: Index, question: str) -> list[str]:
    scores: dict[str, float] = {}
    for ranking in (by_vectors(index, question), by_words(index, question)):
        for place, id in enumerate(ranking):
            scores[id] = scores.get(id, 0) + 1 / (61 + place)
    return best_first(scores)


def by_search(index: Index, question: str) -> list[str]:
    scores = fuse(index.by_vector(question, DEPTH), index.by_words(question, DEPTH))
    return best_first(scores)


def best_first(scores: dict[str, float]) -> list[str]:
    return [id for id, _ in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]


RANKINGS: dict[str, Callable[[Index, str], list[str]]] = {
    "vectors alone": by_vectors,
    "words alone": by_words,
    "rank fusion": by_rank_fusion,
    "search": by_search,
}


def found(ids: list[str], index: Index) -> list[str]:
    return [passage.article.id for passage in index.passages(ids)]


def report(name: str, results: list[tuple[set[str], list[str]]]) -> None:
    for unit, lists in (
        ("passages", [(gold, ids) for gold, ids in results]),
        ("articles", [(gold, list(dict.fromkeys(ids))) for gold, ids in results]),
    ):
        shares = "  ".join(
            f"@{k} {interval([bool(gold.intersection(ids[:k])) for gold, ids in lists])}" for k in (1, 5, 10)
        )
        print(f"{name:14} {unit}  {shares}")


if __name__ == "__main__":
    main()
