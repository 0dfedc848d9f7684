"""The answer to one question, as text, JSON, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .parts import AnswerData

__all__ = ["Answer"]


@dataclass(frozen=True, kw_only=True)
class Answer(AnswerData):
    """The answer to one question: see `AnswerData` for its fields."""

    @staticmethod
    def from_dict(told: Mapping[str, Any]) -> Answer:
        """The answer of which `told` is the JSON, without its passages; raises a ValueError for anything else."""
        from .from_json import answer_fields

        try:
            return Answer(**answer_fields(told))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"this is no answer's JSON ({type(error).__name__}: {error})"
            ) from None

    def __str__(self) -> str:
        from .text import answer_lines

        return "\n".join(answer_lines(self))

    def _repr_markdown_(self) -> str:
        """How a notebook shows the answer."""
        from .documents import answer_markdown

        return answer_markdown(self)

    def _repr_html_(self) -> str:
        """How a notebook shows the answer, where it can show HTML."""
        from .documents import answer_html

        return answer_html(self)
