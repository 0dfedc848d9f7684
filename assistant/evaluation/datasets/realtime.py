"""RealTimeQA (Kasai et al., 2023): quiz questions about a week's news, with choices."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from index.loading.dates import iso_date

from ..measures import as_squad, exact_match, token_f1
from ..questions import Question
from .dataset import Dataset, Format, OfficialAnswer, Record, mean_scores

__all__ = ["REALTIMEQA"]


def _read(records: Sequence[Record]) -> Dataset:
    return Dataset("realtimeqa", list(map(_question, records)))


def _question(record: Record) -> Question:
    date = iso_date(record.get("question_date"))
    return Question(
        id=record["question_id"],
        question=record["question_sentence"],
        answers=tuple((record["choices"][int(number)],) for number in record["answer"]),
        date=date[:10] if date else None,
        type=str(record.get("question_source") or ""),
    )


def _score(answers: Sequence[OfficialAnswer]) -> dict[str, float]:
    """The figures of `evaluate_main.py --generate`, which leaves out "all except" questions.

    Several right choices count in any order, joined by blanks.
    """
    return mean_scores([_figures(answer) for answer in answers if not _is_all_except(answer)])


def _is_all_except(answer: OfficialAnswer) -> bool:
    return "except" in answer.question.question.lower().strip()[-10:]


def _figures(answer: OfficialAnswer) -> dict[str, float]:
    choices = [group[0] for group in answer.question.answers]
    wanted = list(map(" ".join, itertools.permutations(choices)))
    return {
        "em": exact_match(answer.text, wanted, as_squad),
        "f1": token_f1(answer.text, wanted, as_squad),
    }


REALTIMEQA = Format(
    name="realtimeqa",
    fields=("question_sentence", "choices"),
    read=_read,
    score=_score,
    flaws="a sentence that holds the answer is not exact",
)
