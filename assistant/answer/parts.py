"""What an answer is made of: sentences, the citations that prove them, and what became of the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any

from index.articles import Article, Passage

from .serialize import members
from .trace import Trace

__all__ = [
    "BRACKETED_NUMBERS",
    "REFUSAL",
    "UNSUPPORTED",
    "AnswerData",
    "AnswerSpan",
    "Citation",
    "Disagreement",
    "Dropped",
    "FileState",
    "Sentence",
    "Status",
    "Timings",
    "Usage",
    "Verdict",
    "Version",
    "nearest",
]

# The text of an answer that has no sentence.
REFUSAL = "The articles do not say."
# How the notice begins of a reply that ended before its time.
BROKE_OFF = "the reply broke off"

# The mark of a sentence that is shown although nothing supports it.
UNSUPPORTED = "[unsupported]"

# Articles that are named when a question stays unanswered.
NEAREST = 3

# The JSON of an answer and of a sentence, in the order of docs/json.md.
ANSWER_MEMBERS = (
    "question standalone status confidence text sentences disagreements dropped nearest citations notices as_of "
    "trace model prompts usage timings"
).split()
SENTENCE_MEMBERS = "text citations supported mark verdict confidence".split()

# An article's own "[7]" must not be taken for a mark of ours.
BRACKETED_NUMBERS = re.compile(r"\[(\d+(?:\s*[-–,;]\s*\d+)*)\]")


class Status(StrEnum):
    """How far the articles answer the question."""

    ANSWERED = "answered"
    PARTIAL = "partial"  # something to the point is shown, but it may not be all that was asked
    UNANSWERED = "unanswered"  # the articles do not say


class FileState(StrEnum):
    """The file of a cited article now, against the file that was indexed."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"


@dataclass(frozen=True)
class AnswerSpan:
    """The characters of an article, start to end in code points, that answer the question."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A quote and where it stands: the article's text[start:end] is the quote, in code points.

    also: other articles in which the same quote stands. copies: near-copies of the whole article, as outlets print them
    that get their news from one agency: no further sources.
    file: whether the article's file is still the one that was indexed; None where there is none to compare.
    answer: the part of the quote that answers the question; None where nobody pointed at any.
    """

    number: int
    quote: str
    start: int
    end: int
    article: Article
    also: tuple[Article, ...] = ()
    copies: tuple[Article, ...] = ()
    file: FileState | None = None
    answer: AnswerSpan | None = None

    def to_dict(self) -> dict[str, Any]:
        """The citation as the JSON contract names it."""
        return {**members(self), "article": self.article.to_dict(at=self.start)}


class Verdict(StrEnum):
    """What the check found of a sentence."""

    SUPPORTED = "supported"  # its quotes say it
    UNCERTAIN = "uncertain"  # its quotes come near, and neither say it nor contradict it
    UNSUPPORTED = "unsupported"  # quotes contradict it, or none comes near
    NO_CLAIM = "no_claim"  # it says nothing of the world: "The articles do not give a date."
    KNOWN = "known"  # it says of the articles what the index keeps of them: outlets, dates, authors, counts


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer, without marks, and the numbers of its citations.

    The citations support it; those of an `uncertain` sentence only come near.
    mark: what became of the model's own marks: `kept`, `moved` to where the support is, or `added` where it gave none;
    None for a sentence that is itself the quote, or that nothing supports.
    confidence: how likely it is that the quotes support it, 0 to 1; None for what was not judged: quotes, no claims.
    """

    text: str
    citations: tuple[int, ...]
    verdict: Verdict = Verdict.SUPPORTED
    mark: str | None = None
    confidence: float | None = None

    @property
    def supported(self) -> bool:
        """Whether its citations, or what the index keeps of their articles, prove it."""
        return self.verdict in (Verdict.SUPPORTED, Verdict.KNOWN)

    def marked(self) -> str:
        """The sentence with its marks, on one line."""
        words = BRACKETED_NUMBERS.sub(r"(\1)", " ".join(self.text.split()))
        return " ".join(filter(None, [words, self.mark_text()]))

    def mark_text(self) -> str:
        """What stands behind the sentence: "[1] [2]", or how far it is not verified."""
        if self.verdict is Verdict.UNCERTAIN:
            nearest = ", ".join(map(str, self.citations))
            return f"[not verified; nearest quote: {nearest}]" if nearest else "[not verified]"
        if self.verdict is Verdict.UNSUPPORTED:
            return UNSUPPORTED
        return " ".join(f"[{number}]" for number in self.citations)

    def to_dict(self) -> dict[str, Any]:
        """The sentence as the JSON contract names it."""
        return members(self, SENTENCE_MEMBERS)


@dataclass(frozen=True)
class Dropped:
    """A sentence that is not shown as fact, and why."""

    text: str
    reason: str


@dataclass(frozen=True)
class Version:
    """What some of the cited articles say where others say something else.

    says: the amount or the date, as the first of the quotes has it. corrected: whether an article takes it back.
    """

    says: str
    citations: tuple[int, ...]
    corrected: bool = False


@dataclass(frozen=True)
class Disagreement:
    """Where cited articles give different amounts or dates for what may be one thing: the latest version first."""

    question: str
    versions: tuple[Version, ...]


@dataclass(frozen=True)
class Usage:
    """What the model used: tokens, and dollars. None where it is not known."""

    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    cost_usd: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        """Both together; what is not known of one is not known of the sum."""
        sums = (
            None if None in pair else sum(pair)
            for pair in zip(astuple(self), astuple(other), strict=True)
        )
        return Usage(*sums)


@dataclass(frozen=True)
class Timings:
    """Milliseconds spent on finding passages, and on making the answer out of them."""

    search_ms: float
    answer_ms: float


@dataclass(frozen=True, kw_only=True)
class AnswerData:
    """The answer to one question.

    standalone: what was searched for, where the question was understood from those before it; else None.
    confidence: the calibrated probability that the first quote answers the question, 0 to 1; None where a chat model
    wrote the sentences, and for what is no question of fact.
    disagreements: where the cited articles differ in a figure or a date.
    nearest: for an unanswered question, the articles that came nearest.
    notices: what happened on the way: passages that did not fit, a reply that was cut off.
    passages: what was found, best first, cited or not; no part of the JSON.
    as_of: the day (ISO 8601) from which the question was asked to be answered; None for today, from all articles.
    trace: how the passages were found.
    model: the chat model that wrote the sentences, `quotes` where they are the articles' own.
    prompts: hash of the prompts that made it, None where none was used.
    """

    question: str
    standalone: str | None = None
    status: Status
    confidence: float | None = None
    sentences: Sequence[Sentence] = ()
    citations: Sequence[Citation] = ()
    disagreements: Sequence[Disagreement] = ()
    dropped: Sequence[Dropped] = ()
    nearest: Sequence[Article] = ()
    notices: Sequence[str] = ()
    passages: Sequence[Passage] = ()
    as_of: str | None = None
    trace: Trace | None = None
    model: str
    prompts: str | None = None
    usage: Usage
    timings: Timings

    @property
    def text(self) -> str:
        """The sentences with their marks, [1] and so on; the fixed refusal where there are none."""
        return " ".join(sentence.marked() for sentence in self.sentences) or REFUSAL

    def to_dict(self) -> dict[str, Any]:
        """The answer in the form of `assistant ask --json`. Fields may be added to it, never changed."""
        return members(self, ANSWER_MEMBERS)


def nearest(passages: Sequence[Passage]) -> tuple[Article, ...]:
    """The articles to name for a question that stays unanswered."""
    return tuple({passage.article.id: passage.article for passage in passages}.values())[:NEAREST]
