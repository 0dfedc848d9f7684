"""How passages were found: inferences, queries, ranks and scores, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from index.articles import Filter

from .serialize import as_json, members

__all__ = ["Hit", "Query", "Trace", "Wish", "days_of", "trace_fields"]


@dataclass(frozen=True)
class Wish:
    """Articles that a question means.

    text: its words for them. within: which they are; empty where the index has no such articles.
    firm: whether nothing but their words, or their time, is asked for.
    """

    kind: Literal["outlet", "author", "time", "article"]
    text: str
    within: Filter
    firm: bool

    def __str__(self) -> str:
        if self.kind == "time":
            return f"“{self.text}” (published {days_of(self.within)})"
        if self.kind == "article":
            return self.text
        names = " or ".join((*self.within.sources, *self.within.authors))
        meaning = f"{self.kind} {names}" if names else f"no such {self.kind} here"
        return f"“{self.text}” ({meaning})"

    def to_dict(self) -> dict[str, Any]:
        """The wish as the JSON contract names it."""
        within = members(self.within)
        del within["also"]
        return {"kind": self.kind, "text": self.text, **within, "firm": self.firm}


@dataclass(frozen=True)
class Query:
    """A query by `meaning` or `words`, the articles searched, and the number of passages."""

    text: str
    by: str
    within: Filter
    found: int

    def to_dict(self) -> dict[str, Any]:
        """The query as the JSON contract names it."""
        return {**members(self), "within": filter_to_dict(self.within)}


@dataclass(frozen=True)
class Hit:
    """A passage that was found, and its ranks and scores.

    by_meaning, by_words: its ranks in the lists of the whole question, from 1; None where it was
    not in them. cosine: to the whole question. bonus: added because the question means such
    articles, or recent ones. kept_for: the part or the name for which a place was kept.
    dropped: why it is not among the passages; None if it is.
    """

    passage: str
    article: str
    start: int
    end: int
    by_meaning: int | None
    by_words: int | None
    cosine: float | None
    bonus: float
    score: float
    kept_for: str | None = None
    dropped: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The hit as the JSON contract names it."""
        cosine = None if self.cosine is None else round(self.cosine, 4)
        rounded = {"bonus": round(self.bonus, 4), "score": round(self.score, 6)}
        return {**members(self), "cosine": cosine, **rounded}


@dataclass(frozen=True, kw_only=True)
class Trace:
    """How the passages of one question were found.

    today: the day (ISO 8601) from which "last week" is counted. as_of: the day after which
    articles were left out, None if none were. parts: parts of the question with a search of their
    own. recent: whether newer reports rank above older ones. reranked: whether a reranker had a
    say. later, undated: numbers of articles left out by `as_of`.
    copies: ids of near-copies that got no place beside an article, by its id.
    """

    query: str
    today: str
    as_of: str | None
    within: Filter
    parts: Sequence[str]
    wishes: Sequence[Wish]
    recent: bool
    reranked: bool
    queries: Sequence[Query]
    hits: Sequence[Hit]
    copies: Mapping[str, Sequence[str]]
    later: int = 0
    undated: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The trace as the JSON contract names it."""
        return {
            **members(self, ("query", "today", "as_of")),
            "within": filter_to_dict(self.within),
            "parts": list(self.parts),
            "inferred": as_json(self.wishes),
            **members(self, ("recent", "reranked", "queries", "hits")),
            "copies": [{"article": id, "copies": list(same)} for id, same in self.copies.items()],
            "left_out": {"later": self.later, "undated": self.undated},
        }


def trace_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a trace of which `data` is the JSON."""
    return {
        **_with_filter(data),
        **data["left_out"],
        "wishes": [{**wish, "within": wish} for wish in data["inferred"]],
        "queries": list(map(_with_filter, data["queries"])),
        "copies": {each["article"]: each["copies"] for each in data["copies"]},
    }


def _with_filter(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with an empty filter where there is none."""
    return {**data, "within": data["within"] or {}}


def filter_to_dict(within: Filter | None) -> dict[str, Any] | None:
    """The conditions that a filter sets; None for a filter without any."""
    if not within:
        return None
    conditions = {**members(within), "also": filter_to_dict(within.also)}
    return {name: value for name, value in conditions.items() if value}


def days_of(within: Filter) -> str:
    """The days of a filter in words: "on 2025-03-02", "from 2025-03-02 until 2025-03-09"."""
    if within.since == within.until:
        return f"on {within.since}"
    since = f"from {within.since}" if within.since else ""
    until = f"until {within.until}" if within.until else ""
    return f"{since} {until}".strip()
