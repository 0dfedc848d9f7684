"""Questions with their right answers: the format of our own, a JSON object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from index.loading.dates import day_of, iso_date
from index.loading.formats import storable

from ..answer.serialize import as_json
from ..errors import EvaluationError
from .grouping import grouped

__all__ = ["Evidence", "Question", "question_lines", "read_lines", "to_question", "write_questions"]

# Types of which a full answer has all answers; for others one is enough.
ALL_ANSWERS_TYPES = frozenset({"multi", "comparison"})
# Types that have no answer.
UNANSWERABLE_TYPES = frozenset({"unanswerable", "null_query", "null"})

# The forms of members, as messages name them.
TEXTS = "a list of texts"
EVIDENCE = 'a list of objects with "article" and "quote"'

T = TypeVar("T")


@dataclass(frozen=True)
class Evidence:
    """A quote from an article that has the answer or a part of it.

    piece: quotes with the same piece say the same; without one, quotes with the same words do.
    """

    article: str
    quote: str
    piece: str = ""

    @property
    def piece_key(self) -> tuple[str, str]:
        """The same for evidence of the same piece."""
        words = "".join(filter(str.isalnum, self.quote.casefold()))
        return self.piece, "" if self.piece else words


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, and what a right answer to it is.

    answers: groups of strings; a full answer has one of each group. Empty where there is none, or
    none is known. articles: ids of those that have the answer. date: the day as of which it is
    asked, in ISO 8601. split: the part of the set that it belongs to. statements: for a judge, what
    a right answer says.
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
        """The evidence by piece: copies of one report are one piece."""
        return list(grouped(self.evidence, lambda evidence: evidence.piece_key).values())

    @property
    def gradable(self) -> bool:
        """Whether it is known if an answer is right."""
        return bool(self.answers) or not self.answerable

    @property
    def identity(self) -> tuple[str, str]:
        """The same for the same question in two runs."""
        return self.id, self.question

    @property
    def gold(self) -> frozenset[str]:
        """The ids of all articles that have the answer or a part of it."""
        return frozenset((*self.articles, *(evidence.article for evidence in self.evidence)))

    def renamed(self, ids: Mapping[str, str]) -> Question:
        """The question with these ids in place of other names of articles."""
        evidence = [
            replace(one, article=ids.get(one.article, one.article)) for one in self.evidence
        ]
        articles = [ids.get(name, name) for name in self.articles]
        return replace(self, articles=tuple(articles), evidence=tuple(evidence))

    def to_dict(self) -> dict[str, Any]:
        """The members of a line of a question set, `answers` and all that are not empty."""
        members = vars(self) | {"gold_articles": self.articles}
        del members["articles"]
        members["evidence"] = [_without_empty(vars(evidence)) for evidence in self.evidence]
        line = _without_empty(as_json(members))
        line.setdefault("answers", [])
        return line


def _without_empty(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [])}


def read_lines(lines: Iterable[str], where: str) -> Iterator[Question]:
    """The questions of JSON lines. Raises EvaluationError, with the line, for anything else."""
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = to_question(json.loads(line), str(number))
        except json.JSONDecodeError as error:
            raise EvaluationError(f"{where}, line {number} is not JSON ({error.msg})") from None
        except ValueError as error:
            raise EvaluationError(f"{where}, line {number} is not a question: {error}") from None
        if question.id in seen:
            raise EvaluationError(f"{where}, line {number} repeats the id {question.id!r}")
        seen.add(question.id)
        yield question


def to_question(data: object, number: str) -> Question:
    """The question of a JSON object, with `number` as its id if it has none.

    Raises ValueError with the member that is wrong.
    """
    if not isinstance(data, dict):
        raise ValueError("it must be a JSON object")
    text = data.get("question")
    if not isinstance(text, str) or not text.strip():
        raise ValueError('"question" must be a text')
    type = _text(data, "type")
    groups = _answer_groups(data.get("answers"), type)
    articles, statements = _texts(data, "gold_articles"), _texts(data, "statements")
    evidence = tuple(map(_evidence, _list(data, "evidence", EVIDENCE, dict)))
    known = any((groups, statements, articles, evidence))
    answerable = _answerable(data, type, groups=bool(groups), known=known)
    return Question(
        id=_text(data, "id") or number,
        question=storable(text.strip()),
        answers=groups if answerable else (),
        type=type,
        answerable=answerable,
        articles=articles,
        evidence=evidence,
        date=_day(data.get("date")),
        split=_text(data, "split"),
        statements=statements,
    )


def _answerable(data: Mapping[str, Any], type: str, *, groups: bool, known: bool) -> bool:
    """Whether the articles answer the question. known: whether something of an answer is."""
    given, answers = data.get("answerable"), data.get("answers")
    if given is not None:
        return bool(_checked(given, "answerable", "true or false", bool))
    if type in UNANSWERABLE_TYPES:
        return False
    if answers and not groups:
        raise ValueError('"answers" has no text, and "answerable" is missing')
    # A question with none of these is only asked; an empty list of answers says it has none.
    return known or answers is None


def _day(value: object) -> str | None:
    date = iso_date(value)
    if date is None:
        return None
    if day_of(date) is None:
        raise ValueError(f'"date" must be a day, and is {value!r}')
    return date[:10]


def _evidence(data: Mapping[str, Any]) -> Evidence:
    if not data.get("article") or not data.get("quote"):
        raise ValueError(f'"evidence" must be {EVIDENCE}')
    return Evidence(_text(data, "article"), _text(data, "quote"), _text(data, "piece"))


def _checked(value: T, name: str, wanted: str, *kinds: type) -> T:
    """The value of a member, which is of one of these types. The types of JSON are exact."""
    if type(value) not in kinds:
        raise ValueError(f'"{name}" must be {wanted}')
    return value


def _text(data: Mapping[str, Any], name: str) -> str:
    """A text, or a whole number as one; empty where it is missing."""
    value = data.get(name)
    if value is None:
        return ""
    return storable(str(_checked(value, name, "a text", str, int)))


def _list(data: Mapping[str, Any], name: str, wanted: str, kind: type) -> list[Any]:
    """A list of values of that type; empty where it is missing."""
    value = data.get(name)
    if value is None:
        return []
    return [_checked(one, name, wanted, kind) for one in _checked(value, name, wanted, list)]


def _texts(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(map(storable, _list(data, name, TEXTS, str)))


def _answer_groups(answers: Any, type_name: str) -> tuple[tuple[str, ...], ...]:
    """The groups of answers: lists in the list, else all of it, or each of it for some types."""
    if answers is None:
        return ()
    listed = [answers] if isinstance(answers, str) else _checked(answers, "answers", TEXTS, list)
    groups = [listed]
    if type_name in ALL_ANSWERS_TYPES or list in map(type, listed):
        groups = [one if isinstance(one, list) else [one] for one in listed]
    return tuple(filter(None, map(_answers, groups)))


def _answers(group: Sequence[object]) -> tuple[str, ...]:
    """The texts of a group, and its numbers as texts."""
    return tuple(filter(None, map(_answer, group)))


def _answer(answer: object) -> str:
    # NaN, which `json` reads, is not equal to itself.
    known = answer if answer == answer else None
    return storable(str(_checked(known, "answers", TEXTS, str, int, float)).strip())


def write_questions(questions: Iterable[Question], path: Path) -> None:
    """Write a question set. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(question_lines(questions))


def question_lines(questions: Iterable[Question]) -> Iterator[str]:
    """The JSON lines of a question set, each with its line feed."""
    for question in questions:
        yield json.dumps(question.to_dict(), ensure_ascii=False) + "\n"
