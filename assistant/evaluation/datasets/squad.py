"""SQuAD 2.0 (Rajpurkar, Jia and Liang, 2018): questions that their paragraphs may not answer."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from index.articles import FullArticle, content_id

from ..measures import as_squad, exact_match, token_f1
from ..questions import Question
from .dataset import Dataset, Format, OfficialAnswer, Record, mean_scores

__all__ = ["SQUAD"]


def _read(records: Sequence[Record]) -> Dataset:
    questions: list[Question] = []
    articles: dict[str, FullArticle] = {}
    for topic in records[0]["data"]:
        for number, paragraph in enumerate(topic["paragraphs"], start=1):
            text = paragraph["context"]
            id = content_id(topic["title"], text)
            title = f"{topic['title'].replace('_', ' ')} {number}"
            articles[id] = FullArticle(id=id, title=title, text=text)
            questions += [_question(record, id) for record in paragraph["qas"]]
    return Dataset("squad", questions, articles.values())


def _question(record: Record, article: str) -> Question:
    id, text = str(record["id"]), record["question"].strip()
    if record.get("is_impossible", False):
        return Question(id=id, question=text, type="unanswerable", answerable=False)
    answers = tuple(dict.fromkeys(answer["text"] for answer in record["answers"]))
    return Question(
        id=id,
        question=text,
        answers=(answers,) if answers else (),
        type="answerable",
        articles=(article,),
    )


def _score(answers: Sequence[OfficialAnswer]) -> dict[str, float]:
    """The figures of `evaluate-v2.0.py`, in which a refusal is the empty answer."""
    groups = {
        "": answers,
        "HasAns_": [answer for answer in answers if answer.question.answers],
        "NoAns_": [answer for answer in answers if not answer.question.answers],
    }
    scores: dict[str, float] = {}
    for prefix, group in groups.items():
        scores |= mean_scores([_figures(answer, prefix) for answer in group], scale=100)
    return scores


def _figures(answer: OfficialAnswer, prefix: str) -> dict[str, float]:
    text = "" if answer.refused else answer.text
    right = list(filter(as_squad, itertools.chain(*answer.question.answers))) or [""]
    return {
        f"{prefix}exact": exact_match(text, right, as_squad),
        f"{prefix}f1": token_f1(text, right, as_squad),
    }


SQUAD = Format(
    name="squad",
    fields=("data",),
    read=_read,
    score=_score,
    flaws="made for spans: a sentence that holds the answer is not exact, and has a low f1",
)
