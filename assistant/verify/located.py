"""The base of whatever is read in a text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Located"]


@dataclass(frozen=True)
class Located:
    """Characters start to end of a text."""

    start: int
    end: int

    def overlaps(self, others: Iterable[Located]) -> bool:
        """Whether it shares a character with one of the others."""
        return any(self.start < other.end and other.start < self.end for other in others)
