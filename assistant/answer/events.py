"""What an answer says of itself while it is being made."""

from __future__ import annotations

from dataclasses import dataclass

from .answer import Answer
from .parts import Citation, Sentence

__all__ = ["Event", "Lifted", "Restated", "Settled", "TakenBack", "Words"]


@dataclass(frozen=True)
class Restated:
    """What the question was understood to be, where that took those before it: comes first."""

    question: str


@dataclass(frozen=True)
class Words:
    """The sentence that is being written, as far as it has come. Nothing has checked it yet."""

    text: str


@dataclass(frozen=True)
class Settled:
    """A sentence that has been checked, and those of its citations that no sentence before it had."""

    sentence: Sentence
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class TakenBack:
    """A sentence whose words were shown and that no quote supports."""

    text: str
    reason: str


@dataclass(frozen=True)
class Lifted:
    """A sentence that was settled as not verified, and that a second look found to be supported."""

    sentence: Sentence
    citations: tuple[Citation, ...] = ()


# The last event of every answer is the `Answer` itself, and only that is the truth.
Event = Restated | Words | Settled | TakenBack | Lifted | Answer
