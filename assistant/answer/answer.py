"""The answer to one question, as text, JSON, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .parts import AnswerData
from .serialize import from_json
from .trace import trace_fields

__all__ = ["Answer"]


@dataclass(frozen=True, kw_only=True)
class Answer(AnswerData):
    """The answer to one question: see `AnswerData` for its fields."""

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Answer:
        """The answer of which `data` is the JSON, without its passages.

        Raises ValueError, one line, for anything else.
        """
        try:
            trace = trace_fields(data["trace"]) if data["trace"] else None
            return from_json(Answer, {**data, "trace": trace})
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"this is not the JSON of an answer ({error})") from None

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
