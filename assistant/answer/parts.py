"""The data of an answer: sentences, the citations that prove them, and dropped sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any, Protocol

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
    "articles_of",
]

# The text of an answer that has no sentence.
REFUSAL = "The articles do not say."
# The beginning of the notice of a reply that ended before its time.
BROKE_OFF = "the reply broke off"

# The mark of a sentence that is shown although nothing supports it.
UNSUPPORTED = "[unsupported]"

# The JSON of an answer and of a sentence, in the order of docs/json.md.
ANSWER_MEMBERS = (
    "question standalone status confidence text sentences disagreements dropped nearest "
    "citations notices as_of trace model prompts usage timings"
).split()
SENTENCE_MEMBERS = "text citations supported mark verdict confidence".split()

# An article's own "[7]" must not be taken for a mark of ours.
BRACKETED_NUMBERS = re.compile(r"\[(\d+(?:\s*[-–,;]\s*\d+)*)\]")


class Status(StrEnum):
    """How far the articles answer the question."""

    ANSWERED = "answered"
    PARTIAL = "partial"  # what is shown may not be all that was asked, or not quite what was asked
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
    """A quote and its place: it is the article's text[start:end], in code points.

    also: other articles that have the same sentence. copies: near-copies of the whole article, as
    outlets print them that share an agency; they are no further sources.
    file: the state of the article's file; None where it has no file of its own.
    answer: the part of the quote that answers the question; None where none was found.
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
    """How far the quotes of a sentence support it."""

    SUPPORTED = "supported"  # its quotes say it
    UNCERTAIN = "uncertain"  # its quotes come near, but neither say nor contradict it
    UNSUPPORTED = "unsupported"  # quotes contradict it, or none comes near
    NO_CLAIM = "no_claim"  # it says nothing about the world: "The articles do not give a date."
    KNOWN = "known"  # it says what the index records of articles: outlets, dates, authors, counts


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer, without marks, and the numbers of its citations.

    The citations support it; those of an `uncertain` sentence only come near.
    mark: `kept` where the model cited what supports it, `moved` where it cited something else,
    `added` where it cited nothing; None for quotes and for sentences that nothing supports.
    confidence: the probability that the quotes support it, 0 to 1; None for quotes and for what
    claims nothing.
    """

    text: str
    citations: tuple[int, ...]
    verdict: Verdict = Verdict.SUPPORTED
    mark: str | None = None
    confidence: float | None = None

    @property
    def supported(self) -> bool:
        """Whether its citations, or what the index records of their articles, prove it."""
        return self.verdict in (Verdict.SUPPORTED, Verdict.KNOWN)

    def marked(self) -> str:
        """The sentence with its marks, on one line."""
        words = BRACKETED_NUMBERS.sub(r"(\1)", " ".join(self.text.split()))
        return f"{words} {self.mark_text()}".rstrip()

    def mark_text(self) -> str:
        """The marks behind the sentence: "[1] [2]", or a warning that it is not verified."""
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

    says: the figure, date or name as the first of the quotes has it. corrected: whether an article
    takes it back.
    """

    says: str
    citations: tuple[int, ...]
    corrected: bool = False


@dataclass(frozen=True)
class Disagreement:
    """A figure, date or name in which cited articles differ, the latest version first."""

    question: str
    versions: tuple[Version, ...]


@dataclass(frozen=True)
class Usage:
    """Tokens and dollars that a model used; None where unknown."""

    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    cost_usd: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        """The sum; a figure that is unknown in one of them is unknown."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Usage(*(None if None in pair else sum(pair) for pair in pairs))


@dataclass(frozen=True)
class Timings:
    """Milliseconds spent on the search, and on the answer after it."""

    search_ms: float
    answer_ms: float


@dataclass(frozen=True, kw_only=True)
class AnswerData:
    """The answer to one question.

    standalone: the query of a follow-up question; None for a question that stands by itself.
    confidence: the calibrated probability that the first quote answers the question, 0 to 1; None
    where a chat model wrote the sentences, and for requests about the index.
    disagreements: where the cited articles differ in a figure, a date or a name.
    nearest: the articles that came nearest to an unanswered question.
    notices: retries, passages that did not fit, a reply that was cut off, and the like.
    passages: the search results, best first, cited or not; not part of the JSON.
    as_of: the day (ISO 8601) as of which the question was asked; None for today, all articles.
    trace: how the passages were found.
    model: the chat model that wrote the sentences, or `quotes`.
    prompts: hash of the prompts; None where none was used.
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
        """The answer as `assistant ask --json` prints it. Members may be added, never changed."""
        return members(self, ANSWER_MEMBERS)


class _OfArticle(Protocol):
    @property
    def article(self) -> Article: ...


def articles_of(parts: Iterable[_OfArticle]) -> tuple[Article, ...]:
    """The articles of passages, quotes or citations, each article once, in their order."""
    return tuple({part.article.id: part.article for part in parts}.values())
