"""ALCE (Gao et al., 2023): ASQA (short answers to readings), QAMPARI (lists), ELI5 (claims)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from index.articles import FullArticle, content_id

from ..measures import as_squad
from ..questions import Question
from .dataset import Dataset, Format, OfficialAnswer, Record, mean_score, mean_scores

__all__ = ["ALCE"]

ASQA, QAMPARI, ELI5 = "asqa", "qampari", "eli5"


def _read(records: Sequence[Record]) -> Dataset:
    articles: dict[str, FullArticle] = {}
    for record in records:
        for article in map(_article, record.get("docs") or ()):
            articles[article.id] = article
    questions = list(map(_question, itertools.count(), records))
    return Dataset("alce", questions, articles.values())


def _article(doc: Record) -> FullArticle:
    title, text = doc["title"], doc["text"]
    return FullArticle(id=content_id(title, text), title=title, text=text, url=doc.get("url"))


def _question(number: int, record: Record) -> Question:
    part, groups = ELI5, []
    if record.get("qa_pairs"):
        part, groups = ASQA, [tuple(pair["short_answers"]) for pair in record["qa_pairs"]]
    elif record.get("answers"):
        part, groups = QAMPARI, list(map(_alternatives, record["answers"]))
    return Question(
        id=str(record.get("sample_id") or record.get("id") or number),
        question=record["question"],
        answers=tuple(filter(None, groups)),
        type=part,
        statements=tuple(record.get("claims") or ()),
    )


def _alternatives(answer: str | list[str]) -> tuple[str, ...]:
    return tuple(answer) if isinstance(answer, list) else (answer,)


def _score(answers: Sequence[OfficialAnswer]) -> dict[str, float]:
    """The figures of `eval.py`: STR-EM and hits for ASQA, precision and recall for QAMPARI."""
    readings = [_score_readings(answer) for answer in answers if answer.question.type == ASQA]
    lists = [_score_list(answer) for answer in answers if answer.question.type == QAMPARI]
    return mean_scores(readings, scale=100) | mean_scores(lists)


def _score_readings(answer: OfficialAnswer) -> dict[str, float]:
    """The share of the readings with a short answer as a substring; a hit has all of them."""
    text = as_squad(answer.text)
    groups = answer.question.answers
    share = mean_score(any(as_squad(one) in text for one in group) for group in groups)
    return {"str_em": share, "str_hit": share == 1}


def _score_list(answer: OfficialAnswer) -> dict[str, float]:
    """Parts between commas are answers; five right ones give full recall of the first five."""
    parts = map(as_squad, answer.text.rstrip().rstrip(".").rstrip(",").split(","))
    said = [part for part in parts if part]
    wanted = [set(map(as_squad, group)) for group in answer.question.answers]
    right = sum(any(part in group for group in wanted) for part in said)
    found = sum(not group.isdisjoint(said) for group in wanted)
    precision = right / len(said) if said else 0.0
    scores = {"num_preds": float(len(said)), "qampari_prec": 100 * precision}
    recalls = {"": found / len(wanted), "_top5": min(5, found) / min(5, len(wanted))}
    for name, recall in recalls.items():
        scores[f"qampari_rec{name}"] = 100 * recall
        scores[f"qampari_f1{name}"] = 100 * _harmonic_mean(precision, recall)
    return scores


def _harmonic_mean(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


ALCE = Format(
    name="alce",
    fields=("question", "docs"),
    read=_read,
    score=_score,
    flaws="substrings count, and sentences are not lists; its measures that need a model "
    "(MAUVE, AutoAIS, QA) are not reproduced",
)
