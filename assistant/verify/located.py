"""The base of whatever is read in a text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["Located", "drop_overlapping"]


@dataclass(frozen=True)
class Located:
    """Characters start to end of a text."""

    start: int
    end: int


AnyLocated = TypeVar("AnyLocated", bound=Located)


def drop_overlapping(
    readings: Iterable[AnyLocated], taken: Iterable[Located]
) -> tuple[AnyLocated, ...]:
    """The readings that share no character with those that are taken."""
    occupied: set[int] = set()
    for other in taken:
        occupied.update(range(other.start, other.end))
    return tuple(one for one in readings if occupied.isdisjoint(range(one.start, one.end)))
