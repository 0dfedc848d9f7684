"""An answer out of its JSON: the inverse of `Answer.to_dict`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from index.articles import Article, Filter, Passage, Stretch

from .parts import (
    Citation,
    Disagreement,
    Dropped,
    FileState,
    Sentence,
    Status,
    Timings,
    Usage,
    Verdict,
    Version,
)
from .trace import Hit, Query, Trace, Wish

__all__ = ["answer_fields", "filter_from", "passage_from"]

Json = Mapping[str, Any]


def answer_fields(told: Json) -> dict[str, Any]:
    """The fields of the answer that `told` is the JSON of. Raises KeyError, TypeError or ValueError where it is none.

    What the JSON does not have stays unknown: the passages.
    """
    return {
        "question": told["question"],
        "standalone": told["standalone"],
        "status": Status(told["status"]),
        "confidence": told.get("confidence"),
        "sentences": [_sentence(each) for each in told["sentences"]],
        "citations": [_citation(each) for each in told["citations"]],
        "disagreements": [_disagreement(each) for each in told["disagreements"]],
        "dropped": [Dropped(**each) for each in told["dropped"]],
        "nearest": _articles(told["nearest"]),
        "notices": tuple(told["notices"]),
        "as_of": told["as_of"],
        "trace": _trace(told["trace"]) if told["trace"] else None,
        "model": told["model"],
        "prompts": told["prompts"],
        "usage": Usage(**told["usage"]),
        "timings": Timings(**told["timings"]),
    }


def _sentence(told: Json) -> Sentence:
    """The sentence; the first versions wrote no verdict."""
    verdict = told.get("verdict", Verdict.SUPPORTED if told["supported"] else Verdict.UNSUPPORTED)
    return Sentence(
        text=told["text"],
        citations=tuple(told["citations"]),
        verdict=Verdict(verdict),
        mark=told["mark"],
        confidence=told.get("confidence"),
    )


def passage_from(told: Json, id: str = "") -> Passage:
    """The passage that `told` is the JSON of, which has no id of its own."""
    return Passage(id=id, **{**told, "article": _article(told["article"])})


def filter_from(told: Json | None) -> Filter:
    """The filter that `told` is the JSON of."""
    return (
        Filter(**{**told, "also": filter_from(told["also"]) if "also" in told else None})
        if told
        else Filter()
    )


def _article(told: Json) -> Article:
    lists = {name: tuple(told[name]) for name in ("also_at", "pages")}
    return Article(**{name: value for name, value in {**told, **lists}.items() if name != "page"})


def _articles(told: list[Json]) -> tuple[Article, ...]:
    return tuple(map(_article, told))


def _citation(told: Json) -> Citation:
    return Citation(
        number=told["number"],
        quote=told["quote"],
        start=told["start"],
        end=told["end"],
        article=_article(told["article"]),
        also=_articles(told["also"]),
        copies=_articles(told["copies"]),
        file=FileState(told["file"]) if told["file"] else None,
        answer=Stretch(told["answer"]["start"], told["answer"]["end"])
        if told.get("answer")
        else None,
    )


def _disagreement(told: Json) -> Disagreement:
    versions = [
        Version(**{**each, "citations": tuple(each["citations"])}) for each in told["versions"]
    ]
    return Disagreement(told["question"], tuple(versions))


def _trace(told: Json) -> Trace:
    kept = ("query", "today", "as_of", "parts", "recent", "reranked")
    return Trace(
        **{name: told[name] for name in kept},
        within=filter_from(told["within"]),
        wishes=[_wish(each) for each in told["inferred"]],
        queries=[
            Query(**{**each, "within": filter_from(each["within"])}) for each in told["queries"]
        ],
        hits=[Hit(**each) for each in told["hits"]],
        copies={each["article"]: each["copies"] for each in told["copies"]},
        **told["left_out"],
    )


def _wish(told: Json) -> Wish:
    within = Filter(**{name: told[name] for name in ("sources", "authors", "since", "until")})
    return Wish(told["kind"], told["text"], within, told["firm"])
