"""Questions with their answers: one format, a JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.dates import day_of, iso_date

from ..errors import EvaluationError

__all__ = ["Evidence", "Question", "read_lines", "to_question", "write_questions"]

# Of these types a full answer has all of the answers; of others one is enough.
ALL_NEEDED = frozenset({"multi", "comparison"})
# Of these types there is no answer.
NONE_THERE = frozenset({"unanswerable", "null_query", "null"})


@dataclass(frozen=True)
class Evidence:
    """A stretch of an article, word by word, that tells the answer or a part of it."""

    article: str
    quote: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, and what a right answer to it is.

    answers: groups of strings; a full answer has one of each group. Empty where nothing answers it.
    articles: ids of those that hold the answer. date: the day as of which it is asked. split: the part of the set that
    it belongs to. statements: what a right answer says, for a judge, where there are no strings.
    """

    id: str
    question: str
    answers: tuple[tuple[str, ...], ...] = ()
    type: str = ""
    answerable: bool = True
    articles: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    date: str | None = None
    split: str = ""
    statements: tuple[str, ...] = ()

    @property
    def pieces(self) -> list[list[Evidence]]:
        """The evidence, those with the same words together: copies of one report tell one thing."""
        found: dict[str, list[Evidence]] = {}
        for evidence in self.evidence:
            words = "".join(c for c in evidence.quote.casefold() if c.isalnum())
            found.setdefault(words, []).append(evidence)
        return list(found.values())

    @property
    def gold(self) -> frozenset[str]:
        """The ids of all articles that hold the answer, or a part of it."""
        return frozenset((*self.articles, *(evidence.article for evidence in self.evidence)))

    def to_dict(self) -> dict[str, Any]:
        """The question as a line of a question set."""
        told: dict[str, Any] = {
            "id": self.id,
            "question": self.question,
            "answers": [list(group) for group in self.answers],
            "type": self.type,
            "answerable": self.answerable,
            "gold_articles": list(self.articles),
            "evidence": [vars(evidence) for evidence in self.evidence],
            "date": self.date,
            "split": self.split,
            "statements": list(self.statements),
        }
        return {name: value for name, value in told.items() if value not in (None, "", []) or name == "answers"}


def read_lines(lines: Iterable[str], where: str) -> Iterator[Question]:
    """The questions of JSON lines. Raises EvaluationError, which names the line, for one that is none."""
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = to_question(json.loads(line), str(number))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise EvaluationError(f"{where}, line {number} is no question: {_reason(error)}") from None
        if question.id in seen:
            raise EvaluationError(f"{where}, line {number}: there is a question with the id {question.id!r} already")
        seen.add(question.id)
        yield question


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON ({error.msg})"
    return f"it has no field {error}" if isinstance(error, KeyError) else str(error)


def to_question(told: Mapping[str, Any], number: str) -> Question:
    """The question of a JSON object; `number` is its id if it has none. Raises ValueError and the like for others."""
    text, kind = told["question"], str(told.get("type") or "")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("its question is no text")
    answers = _groups(told.get("answers") or [], kind)
    answerable = told.get("answerable")
    if answerable is None:
        answerable = kind not in NONE_THERE and (bool(answers) or bool(told.get("statements")))
    date = iso_date(told.get("date"))
    if date and day_of(date) is None:
        raise ValueError(f"its date {told['date']!r} is no day")
    return Question(
        id=str(told.get("id") or number),
        question=text.strip(),
        answers=answers if answerable else (),
        type=kind,
        answerable=bool(answerable),
        articles=tuple(map(str, told.get("gold_articles") or ())),
        evidence=tuple(Evidence(str(each["article"]), str(each["quote"])) for each in told.get("evidence") or ()),
        date=date[:10] if date else None,
        split=str(told.get("split") or ""),
        statements=tuple(map(str, told.get("statements") or ())),
    )


def _groups(answers: Sequence[Any], kind: str) -> tuple[tuple[str, ...], ...]:
    """Lists in the list are groups of which all are needed; of plain strings, one is, unless the type needs all."""
    if isinstance(answers, str):
        answers = [answers]
    if any(isinstance(answer, list) for answer in answers):
        groups = [answer if isinstance(answer, list) else [answer] for answer in answers]
    elif kind in ALL_NEEDED:
        groups = [[answer] for answer in answers]
    else:
        groups = [list(answers)]
    cleaned = (tuple(str(answer).strip() for answer in group if str(answer).strip()) for group in groups)
    return tuple(group for group in cleaned if group)


def write_questions(questions: Iterable[Question], path: Path) -> None:
    """Write a question set."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for question in questions:
            file.write(json.dumps(question.to_dict(), ensure_ascii=False) + "\n")
