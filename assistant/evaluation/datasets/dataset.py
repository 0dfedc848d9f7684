"""The interface of a question set: its reader and its authors' own scorer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.articles import FullArticle

from ...answer.parts import REFUSAL
from ..questions import Question

__all__ = ["Dataset", "Format", "OfficialAnswer", "Record", "mean_score", "mean_scores"]

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Dataset:
    """A question set. articles: those in the same file; empty where they are elsewhere."""

    format: str
    questions: Sequence[Question]
    articles: Collection[FullArticle] = ()


@dataclass(frozen=True)
class OfficialAnswer:
    """An answer as the official scorers see it: without marks, with the texts of the passages."""

    question: Question
    text: str
    passages: Sequence[str]

    @property
    def refused(self) -> bool:
        """Whether there is no answer."""
        return self.text in ("", REFUSAL)


@dataclass(frozen=True, kw_only=True)
class Format:
    """A published format. fields: those of a record by which the format is recognised.

    read: raises KeyError, ValueError, TypeError, AttributeError or IndexError for other records.
    score: the figures of the official scorer by the names that it prints; None where there is none.
    It repeats the scorer's flaws, which `flaws` explains to the reader of the figures.
    """

    name: str
    fields: Sequence[str]
    read: Callable[[Sequence[Record]], Dataset]
    score: Callable[[Sequence[OfficialAnswer]], dict[str, float]] | None = None
    flaws: str = ""


def mean_score(values: Iterable[float], *, scale: float = 1.0) -> float:
    """The mean times `scale`; 0 of no values."""
    listed = list(values)
    return scale * sum(listed) / len(listed) if listed else 0.0


def mean_scores(scores: Sequence[Mapping[str, float]], *, scale: float = 1.0) -> dict[str, float]:
    """The mean of each figure times `scale`; empty of no scores."""
    names = scores[0] if scores else ()
    return {name: mean_score([one[name] for one in scores], scale=scale) for name in names}
