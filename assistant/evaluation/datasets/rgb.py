"""RGB (Chen et al., 2024): search snippets, some of which have the answer."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from index.articles import FullArticle, content_id

from ..questions import Question
from .dataset import Dataset, Format, OfficialAnswer, Record, mean_score

__all__ = ["RGB"]

COUNTERFACTUAL = "counterfactual"


def _read(records: Sequence[Record]) -> Dataset:
    questions: list[Question] = []
    articles: dict[str, FullArticle] = {}
    for record in records:
        # In the counterfactual sets these are snippets with a false answer.
        given = record.get("positive_wrong") or record["positive"]
        positive = list(map(_snippet, _flatten(given)))
        for article in (*positive, *map(_snippet, record["negative"])):
            articles[article.id] = article
        question = Question(
            id=str(record["id"]),
            question=record["query"],
            answers=_answer_groups(record["answer"]),
            type=COUNTERFACTUAL if record.get("positive_wrong") else "",
            answerable=bool(positive),
            articles=tuple(dict.fromkeys(article.id for article in positive)),
        )
        questions.append(question)
    return Dataset("rgb", questions, articles.values())


def _flatten(texts: Sequence[Any]) -> list[str]:
    flat: list[str] = []
    for text in texts:
        flat += text if isinstance(text, list) else [text]
    return flat


def _answer_groups(answer: Any) -> tuple[tuple[str, ...], ...]:
    """All strings of a list are needed; of a list within it, one string is enough."""
    groups = []
    for group in answer if isinstance(answer, list) else [answer]:
        alternatives = group if isinstance(group, list) else [group]
        groups.append(tuple(map(str, alternatives)))
    return tuple(groups)


def _snippet(text: str) -> FullArticle:
    title = textwrap.shorten(text, 80, placeholder=" ...")
    return FullArticle(id=content_id(text), title=title, text=text)


def _score(answers: Sequence[OfficialAnswer]) -> dict[str, float]:
    """The figures of `evalue.py`: right is whatever has all the wanted strings somewhere.

    For the counterfactual sets also the share of answers that speak of factual errors, and the
    share of these that are right.
    """
    scores = {"all_rate": mean_score(map(_has_all, answers))}
    if any(answer.question.type == COUNTERFACTUAL for answer in answers):
        noticed = [answer for answer in answers if "factual errors" in answer.text]
        scores["fact_check_rate"] = len(noticed) / len(answers)
        scores["correct_rate"] = mean_score(map(_has_all, noticed))
    return scores


def _has_all(answer: OfficialAnswer) -> bool:
    text = answer.text.lower()
    if answer.refused or not answer.question.answers:
        return False
    return all(any(one.lower() in text for one in group) for group in answer.question.answers)


RGB = Format(
    name="rgb",
    fields=("query", "positive", "negative"),
    read=_read,
    score=_score,
    flaws="substrings count, also in other words and next to wrong answers",
)
