"""Questions with their answers: one format, a JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.loading.dates import day_of, iso_date
from index.loading.formats import storable

from ..errors import EvaluationError

__all__ = ["Evidence", "Question", "read_lines", "to_question", "write_questions"]

# Of these types a full answer has all of the answers; of others one is enough.
ALL_NEEDED = frozenset({"multi", "comparison"})
# Of these types there is no answer.
NONE_THERE = frozenset({"unanswerable", "null_query", "null"})


@dataclass(frozen=True)
class Evidence:
    """A stretch of an article, word by word, that tells the answer or a part of it.

    piece: those with the same name tell the same; without one, those with the same words do.
    """

    article: str
    quote: str
    piece: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, and what a right answer to it is.

    answers: groups of strings; a full answer has one of each group. Empty where nothing answers it, or none is known.
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
        """The evidence, that of one piece together: copies of one report tell one thing."""
        found: dict[tuple[str, str], list[Evidence]] = {}
        for evidence in self.evidence:
            words = "".join(c for c in evidence.quote.casefold() if c.isalnum())
            found.setdefault((evidence.piece, "" if evidence.piece else words), []).append(evidence)
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
            "evidence": [
                {k: v for k, v in vars(evidence).items() if v} for evidence in self.evidence
            ],
            "date": self.date,
            "split": self.split,
            "statements": list(self.statements),
        }
        return {
            name: value
            for name, value in told.items()
            if value not in (None, "", []) or name == "answers"
        }


def read_lines(lines: Iterable[str], where: str) -> Iterator[Question]:
    """The questions of JSON lines. Raises EvaluationError, which names the line, for one that is none."""
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = to_question(json.loads(line), str(number))
        except json.JSONDecodeError as error:
            raise EvaluationError(
                f"{where}, line {number} is no question: it is no JSON ({error.msg})"
            ) from None
        except ValueError as error:
            raise EvaluationError(f"{where}, line {number} is no question: {error}") from None
        if question.id in seen:
            raise EvaluationError(
                f"{where}, line {number}: there is a question with the id {question.id!r} already"
            )
        seen.add(question.id)
        yield question


def to_question(told: object, number: str) -> Question:
    """The question of a JSON object; `number` is its id if it has none. Raises ValueError for others."""
    if not isinstance(told, dict):
        raise ValueError("it is no object")
    text, kind = told.get("question"), _string(told, "type")
    if not isinstance(text, str) or not text.strip():
        raise ValueError('its "question" is no text')
    statements, articles = _strings(told, "statements"), _strings(told, "gold_articles")
    evidence = tuple(_evidence(each) for each in _list(told, "evidence"))
    answers = _groups(told.get("answers"), kind)
    answerable = told.get("answerable")
    if answerable is None:
        if told.get("answers") and not answers and kind not in NONE_THERE:
            raise ValueError(
                'its "answers" are empty, and it does not say whether it is "answerable"'
            )
        # Nothing is known of a question that comes alone: it is asked, and not judged.
        known = bool(answers or statements or articles or evidence) or told.get("answers") is None
        answerable = kind not in NONE_THERE and known
    elif not isinstance(answerable, bool):
        raise ValueError('its "answerable" is neither true nor false')
    date = iso_date(told.get("date"))
    if date and day_of(date) is None:
        raise ValueError(f'its "date" {told["date"]!r} is no day')
    return Question(
        id=_string(told, "id") or number,
        question=storable(text.strip()),
        answers=answers if answerable else (),
        type=kind,
        answerable=answerable,
        articles=articles,
        evidence=evidence,
        date=date[:10] if date else None,
        split=_string(told, "split"),
        statements=statements,
    )


def _evidence(told: object) -> Evidence:
    if not isinstance(told, dict) or not all(
        isinstance(told.get(name), str) for name in ("article", "quote")
    ):
        raise ValueError('a piece of its "evidence" is no object with "article" and "quote"')
    return Evidence(storable(told["article"]), storable(told["quote"]), _string(told, "piece"))


def _string(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f'its "{name}" is no text')
    return storable(str(value))


def _list(told: Mapping[str, Any], name: str) -> list[Any]:
    value = told.get(name)
    if value is not None and not isinstance(value, list):
        raise ValueError(f'its "{name}" is no list')
    return value or []


def _strings(told: Mapping[str, Any], name: str) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in _list(told, name)):
        raise ValueError(f'its "{name}" has something that is no text')
    return tuple(map(storable, _list(told, name)))


def _groups(answers: Any, kind: str) -> tuple[tuple[str, ...], ...]:
    """Lists in the list are groups of which all are needed; of plain strings, one is, unless the type needs all."""
    if answers is None:
        return ()
    if isinstance(answers, str):
        answers = [answers]
    if not isinstance(answers, list):
        raise ValueError('its "answers" are no list')
    if any(isinstance(answer, list) for answer in answers):
        groups = [answer if isinstance(answer, list) else [answer] for answer in answers]
    elif kind in ALL_NEEDED:
        groups = [[answer] for answer in answers]
    else:
        groups = [answers]
    cleaned = (tuple(text for answer in group if (text := _answer(answer))) for group in groups)
    return tuple(group for group in cleaned if group)


def _answer(answer: object) -> str:
    if isinstance(answer, bool) or not (isinstance(answer, str | int | float) and answer == answer):
        raise ValueError('one of its "answers" is no text')
    return storable(str(answer).strip())


def write_questions(questions: Iterable[Question], path: Path) -> None:
    """Write a question set."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for question in questions:
            file.write(json.dumps(question.to_dict(), ensure_ascii=False) + "\n")
