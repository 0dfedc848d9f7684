"""What a run keeps of each question: the answer, and all that is needed to score it later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from index.articles import Filter

from ..answer.answer import Answer
from ..answer.parts import Citation, Sentence, Status, Timings, Usage
from ..answer.serialize import from_json
from ..answer.trace import Hit, Trace
from .questions import Question

__all__ = [
    "FoundText",
    "Judge",
    "Judgment",
    "Place",
    "Row",
    "proven_sentences",
    "quotes_of",
    "read_row",
]


class Place(NamedTuple):
    """A stretch of an article: code points start (included) to end (excluded)."""

    article: str
    start: int
    end: int

    @staticmethod
    def of(citation: Citation) -> Place:
        """The place of a citation."""
        return Place(citation.article.id, citation.start, citation.end)

    def common_chars(self, other: Place) -> int:
        """The number of characters in both; negative or 0 where there are none."""
        if self.article != other.article:
            return 0
        return min(self.end, other.end) - max(self.start, other.start)

    def has_most_of(self, other: Place) -> bool:
        """Whether more than half of the other place is in this one."""
        return 2 * self.common_chars(other) > other.end - other.start

    def starts_in(self, passage: Hit) -> bool:
        """Whether the passage has the first character of the place."""
        return passage.article == self.article and passage.start <= self.start < passage.end


class FoundText(NamedTuple):
    """The text of an article at the place of a citation."""

    article: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Judgment:
    """What a judge says of an answer. right: None where it gave no clear verdict.

    error: why there is no judgment. held: for each of the `proven_sentences` whether its quotes
    prove it; empty where the judge was not clear about all of them.
    """

    right: bool | None
    usage: Usage
    error: str | None = None
    held: tuple[bool, ...] = ()


# Stands for the judgment of an answer that was not judged.
NO_JUDGMENT = Judgment(None, Usage())

Judge = Callable[[Question, Answer], Judgment]


def proven_sentences(answer: Answer) -> list[Sentence]:
    """The sentences that are shown with quotes as their proof."""
    return [sentence for sentence in answer.sentences if sentence.citations and sentence.supported]


def quotes_of(sentence: Sentence, answer: Answer) -> list[Citation]:
    """The citations of a sentence, in the order of its marks."""
    by_number = {citation.number: citation for citation in answer.citations}
    return [by_number[number] for number in sentence.citations if number in by_number]


# Stands for the answer to a question that failed.
NO_ANSWER = Answer(
    question="",
    status=Status.UNANSWERED,
    trace=Trace(
        query="",
        today="",
        as_of=None,
        within=Filter(),
        parts=(),
        wishes=(),
        recent=False,
        reranked=False,
        queries=(),
        hits=(),
        copies={},
    ),
    model="",
    usage=Usage(),
    timings=Timings(0, 0),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of one question.

    error: why it failed; then the answer, if there is one, counts only for its cost.
    found: what the articles have at the places of the citations. evidence: for each piece of
    evidence the places where it is. texts: of the passages. lacking: right articles that are not in
    the index. made_with: the hashes of data, index, prompts and code, and the model.
    """

    id: str
    answer: Answer | None
    error: str | None = None
    seconds: float = 0.0
    found: tuple[FoundText, ...] = ()
    evidence: tuple[tuple[Place, ...], ...] = ()
    texts: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    judged: Judgment | None = None
    made_with: Mapping[str, str] = field(default_factory=dict)

    @property
    def counted_answer(self) -> Answer:
        """The answer that is scored: that of a question that failed has nothing in it."""
        return NO_ANSWER if self.answer is None or self.error else self.answer

    @property
    def passages(self) -> list[tuple[str, str]]:
        """The article and the text of each passage from which the answer was made."""
        trace = self.answer.trace if self.answer else None
        hits = trace.hits if trace else ()
        articles = [found.article for found in hits if found.dropped is None]
        return list(zip(articles, self.texts, strict=False))

    @property
    def usage(self) -> Usage:
        """What the answer took."""
        return self.answer.usage if self.answer else Usage()

    @property
    def judgment(self) -> Judgment:
        """What the judge says; without a judge, nothing."""
        return self.judged or NO_JUDGMENT

    @property
    def valid(self) -> frozenset[int]:
        """The numbers of the citations that their articles have word for word at their places."""
        texts = {found[:3]: found.text for found in self.found}
        citations = self.counted_answer.citations
        untrue = {
            citation.number
            for citation in citations
            if not citation.quote or texts.get(Place.of(citation)) != citation.quote
        }
        return frozenset(citation.number for citation in citations) - untrue


def read_row(data: Mapping[str, Any]) -> Row:
    """The row with these members. Raises ValueError or KeyError for anything else."""
    answer = Answer.from_dict(data["answer"]) if data["answer"] else None
    return from_json(Row, {**data, "answer": answer})
