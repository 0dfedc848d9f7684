"""Ask a question, and look up what its answer is scored by."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from index.errors import AssistantError
from index.index import Index

from ..answer.answer import Answer
from ..answer.parts import BROKE_OFF, Status
from ..answer.quotes import stored
from ..assistant import Assistant
from .questions import Evidence, Question
from .rows import FoundText, Judge, Place, Row

__all__ = ["Asker"]


class Asker:
    """Asks an assistant, and a judge about its answers."""

    def __init__(self, assistant: Assistant, *, as_of: bool, judge: Judge | None) -> None:
        """as_of: ask a dated question as of its date."""
        self._assistant = assistant
        self._as_of = as_of
        self._judge = judge
        self._text_of = _texts(assistant.index)

    def ask(self, question: Question, answered: Row | None = None) -> Row:
        """The row of a question; one that is answered already is only judged."""
        row = answered or self._ask(question)
        if self._judge and row.answer and not row.error:
            row = replace(row, judged=self._judge(question, row.answer))
        return row

    def _ask(self, question: Question) -> Row:
        lacking = [id for id in sorted(question.gold) if not self._text_of(id)]
        row = Row(
            id=question.id,
            answer=None,
            evidence=tuple(tuple(self._places(piece)) for piece in question.pieces),
            lacking=tuple(lacking),
        )
        start = time.perf_counter()
        try:
            as_of = question.date if self._as_of else None
            answer = self._assistant.ask(question.question, as_of=as_of)
        except AssistantError as error:
            return replace(row, error=str(error), seconds=_seconds_since(start))
        return replace(
            row,
            answer=answer,
            error=_broken_off(answer),
            seconds=_seconds_since(start),
            found=tuple(self._found(answer)),
            texts=tuple(passage.text for passage in answer.passages),
        )

    def _places(self, piece: Sequence[Evidence]) -> Iterator[Place]:
        """Where a piece of evidence is, in each of the articles that are named for it."""
        for evidence in piece:
            start = self._text_of(evidence.article).find(evidence.quote)
            if start >= 0:
                yield Place(evidence.article, start, start + len(evidence.quote))

    def _found(self, answer: Answer) -> Iterator[FoundText]:
        """The texts at the places of the citations, looked up by other code than made them."""
        for citation in answer.citations:
            place = Place.of(citation)
            text = self._text_of(place.article)
            yield FoundText(*place, text[place.start : place.end])


def _texts(index: Index) -> Callable[[str], str]:
    """A function that returns an article's text by its id, read once; empty without the article."""

    @functools.cache
    def text_of(id: str) -> str:
        article = stored(id, index)
        return article.text if article else ""

    return text_of


def _broken_off(answer: Answer) -> str | None:
    """The notice of a reply that broke off before it said anything."""
    if answer.status is not Status.UNANSWERED:
        return None
    return next((notice for notice in answer.notices if notice.startswith(BROKE_OFF)), None)


def _seconds_since(start: float) -> float:
    return round(time.perf_counter() - start, 4)
