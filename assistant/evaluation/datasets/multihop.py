"""MultiHop-RAG (Tang and Yang, 2024): `MultiHopRAG.json`, and its articles in `corpus.json`."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

from index.articles import FullArticle
from index.loading.dates import iso_date

from ...errors import EvaluationError
from ..questions import Evidence, Question
from .dataset import Dataset, Format, OfficialAnswer, Record, mean_score

__all__ = ["MULTIHOP_RAG", "read_corpus"]

NO_ANSWER = "insufficient information"


def read_corpus(path: Path) -> list[FullArticle]:
    """The articles of `corpus.json`, by their URLs. Raises EvaluationError for any other file."""
    try:
        return [_article(record) for record in json.loads(path.read_text("utf-8-sig"))]
    except OSError as error:
        raise EvaluationError(
            f"the articles {path} cannot be read ({error.strerror or error})"
        ) from None
    except (ValueError, TypeError, KeyError) as error:
        raise EvaluationError(
            f"{path} is not a list of articles like MultiHop-RAG's corpus.json"
            f" ({type(error).__name__}: {error})"
        ) from None


def _article(record: Record) -> FullArticle:
    return FullArticle(
        id=record["url"],
        title=record["title"],
        source=record.get("source"),
        author=record.get("author"),
        published=iso_date(record.get("published_at")),
        url=record["url"],
        text=record["body"],
    )


def _read(records: Sequence[Record]) -> Dataset:
    return Dataset("multihop-rag", list(map(_question, itertools.count(), records)))


def _question(number: int, record: Record) -> Question:
    evidence = tuple(Evidence(piece["url"], piece["fact"]) for piece in record["evidence_list"])
    answerable = record["question_type"] != "null_query"
    return Question(
        id=str(number),
        question=record["query"],
        answers=((record["answer"],),) if answerable else (),
        type=record["question_type"],
        answerable=answerable,
        articles=tuple(dict.fromkeys(piece.article for piece in evidence)),
        evidence=evidence,
    )


def _score(answers: Sequence[OfficialAnswer]) -> dict[str, float]:
    """The figures of `qa_evaluate.py` as of the paper, and of `retrieval_evaluate.py`."""
    n = len(answers)
    right = sum(_shares_a_word(answer) for answer in answers)
    # Its true negatives are the answers that are not true positives: n / 3n if all are wrong.
    scores = {"accuracy": n / (n + 2 * (n - right)), "precision": right / n}
    ranked = [answer for answer in answers if answer.question.evidence]
    if ranked:
        found = [_new_evidence(answer) for answer in ranked]
        scores["Hits@10"] = mean_score(any(ranks[:10]) for ranks in found)
        scores["Hits@4"] = mean_score(any(ranks[:4]) for ranks in found)
        scores["MAP@10"] = mean_score(map(_average_precision, ranked, found))
        scores["MRR@10"] = mean_score(map(_reciprocal_rank, found))
    return scores


def _shares_a_word(answer: OfficialAnswer) -> bool:
    # A refusal is the answer to a null question, in these words.
    wanted = f"{NO_ANSWER}."
    if answer.question.answers:
        wanted = answer.question.answers[0][0]
    said = answer.text or NO_ANSWER
    return not set(said.lower().split()).isdisjoint(wanted.lower().split())


def _new_evidence(answer: OfficialAnswer) -> list[int]:
    """For each of the first passages, the number of pieces of evidence that are new in it."""
    left = {_without_blanks(piece.quote) for piece in answer.question.evidence}
    counts = []
    for text in answer.passages[:11]:
        passage = _without_blanks(text)
        new = {piece for piece in left if piece in passage}
        left -= new
        counts.append(len(new))
    return counts


def _without_blanks(text: str) -> str:
    return text.replace(" ", "").replace("\n", "")


def _average_precision(answer: OfficialAnswer, ranks: Sequence[int]) -> float:
    """Counts at each rank only what is new there: two pieces at the first two ranks give 0.75."""
    total = sum(new / rank for rank, new in enumerate(ranks, start=1))
    return total / min(len(answer.question.evidence), 10)


def _reciprocal_rank(ranks: Sequence[int]) -> float:
    return next((1 / rank for rank, new in enumerate(ranks[:10], start=1) if new), 0.0)


MULTIHOP_RAG = Format(
    name="multihop-rag",
    fields=("query", "evidence_list", "question_type"),
    read=_read,
    score=_score,
    flaws="any shared word is a match; all wrong is an accuracy of 0.333; two pieces of evidence "
    "ranked first and second make a MAP@10 of 0.75 (its authors have since corrected the accuracy)",
)
