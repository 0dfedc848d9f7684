"""The events of an answer while it is being made."""

from __future__ import annotations

from dataclasses import dataclass

from .answer import Answer
from .parts import Citation, Sentence

__all__ = ["Event", "Lifted", "Restated", "Settled", "TakenBack", "Words"]


@dataclass(frozen=True)
class Restated:
    """The query of a follow-up question; the first event."""

    question: str


@dataclass(frozen=True)
class Words:
    """The sentence that is being written, so far, unchecked."""

    text: str


@dataclass(frozen=True)
class Settled:
    """A sentence that has been checked, and its new citations."""

    sentence: Sentence
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class TakenBack:
    """A sentence whose words were shown, but that no quote supports."""

    text: str
    reason: str


@dataclass(frozen=True)
class Lifted:
    """A sentence that was not verified at first, and that a second look found supported."""

    sentence: Sentence
    citations: tuple[Citation, ...] = ()


# The last event is the `Answer` itself, which alone is complete.
Event = Restated | Words | Settled | TakenBack | Lifted | Answer
