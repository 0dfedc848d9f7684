"""BenchmarkQED (Microsoft, 2025): questions with assertions, for a judge."""

from __future__ import annotations

from collections.abc import Sequence

from ..questions import Question
from .dataset import Dataset, Format, Record

__all__ = ["BENCHMARK_QED"]


def _read(records: Sequence[Record]) -> Dataset:
    return Dataset("benchmark-qed", list(map(_question, records)))


def _question(record: Record) -> Question:
    statements = []
    for assertion in record.get("assertions") or ():
        statements.append(assertion["statement"] if isinstance(assertion, dict) else str(assertion))
    return Question(
        id=str(record["question_id"]),
        question=record["question_text"],
        statements=tuple(statements),
    )


BENCHMARK_QED = Format(name="benchmark-qed", fields=("question_id", "question_text"), read=_read)
