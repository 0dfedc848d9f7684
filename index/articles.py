"""The two things an index is made of: articles, and the passages they are cut into."""

from __future__ import annotations

import bisect
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from .bylines import authors_of, matching

__all__ = [
    "Article",
    "ExportedArticle",
    "Filter",
    "FullArticle",
    "Passage",
    "Stretch",
    "checksum",
    "content_id",
    "digest",
    "fingerprint",
    "known",
    "passage_id",
    "to_passage",
]


@dataclass(frozen=True, kw_only=True)
class Article:
    """What is known about one article. Unknown is None; dates are ISO 8601 where they could be read as dates.

    path: the absolute path of the file it was read from, None for standard input.
    checksum: SHA-256 of that file, None where the file holds more than this article.
    also_at: other files that hold the same.
    pages: offsets at which the pages of a PDF begin, empty for other formats.
    """

    id: str
    title: str
    source: str | None = None
    author: str | None = None
    published: str | None = None
    updated: str | None = None
    url: str | None = None
    path: str | None = None
    checksum: str | None = None
    also_at: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()

    def page_at(self, offset: int) -> int | None:
        """The page (from 1) that holds the character at `offset`; None where there are no pages."""
        return bisect.bisect_right(self.pages, offset) if self.pages else None

    def to_dict(self, at: int | None = None) -> dict[str, Any]:
        """The article as the JSON contract names it, with the page of the character at offset `at`."""
        public = {name: getattr(self, name) for name in PUBLIC}
        page = None if at is None else self.page_at(at)
        lists = {"also_at": list(self.also_at), "page": page, "pages": list(self.pages)}
        return {**public, **lists, "checksum": self.checksum}


PUBLIC = ("id", "title", "source", "author", "published", "updated", "url", "path")
FACTS = ("title", "source", "author", "published", "updated", "url", "pages")
FILES = ("path", "checksum", "also_at")


@dataclass(frozen=True, kw_only=True)
class FullArticle(Article):
    """An article with its text.

    text: all characters, front matter and byte order mark included; every offset counts code points of it.
    body: offset at which the part that may be searched and quoted begins.
    """

    text: str
    body: int = 0

    def without_text(self) -> Article:
        """The same article as what is known about it only."""
        return Article(**{field.name: getattr(self, field.name) for field in fields(Article)})


@dataclass(frozen=True, kw_only=True)
class ExportedArticle(FullArticle):
    """An article that comes with the vectors of its passages.

    embedder: the name of what made them. vectors: little-endian float32 by start and end of the passage.
    """

    embedder: str
    vectors: Mapping[tuple[int, int], bytes]


class Stretch(NamedTuple):
    """A piece of an article's text: code points start (included) to end (excluded)."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A stretch of an article: `text` is the article's text[start:end].

    score: how well it fits the query it was found with, higher is better, comparable within one result only.
    """

    id: str
    article: Article
    start: int
    end: int
    text: str
    score: float = 0.0

    def to_dict(self) -> dict[str, object]:
        """The passage as the JSON contract of `search` names it."""
        return {
            "article": self.article.to_dict(at=self.start),
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "score": round(self.score, 6),
        }


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which articles count: those of one of these outlets and one of these authors, published in that time.

    sources, authors: names in any spelling that `index.bylines.matching` takes for theirs. articles: ids.
    since, until: ISO 8601 dates, both included. Where one is set, an article without a date does not count.
    also: another filter that they have to pass.
    """

    sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    also: Filter | None = None

    def __post_init__(self) -> None:
        for name in ("sources", "authors", "articles"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))

    def __bool__(self) -> bool:
        return any((self.sources, self.authors, self.articles, self.since, self.until, self.also))

    def takes(self, article: Article) -> bool:
        """Whether this article counts."""
        day = (article.published or "")[:10]
        return (
            (not self.sources or bool(matching(self.sources, (article.source or "",))))
            and (not self.authors or bool(matching(self.authors, authors_of(article.author))))
            and (not self.articles or article.id in self.articles)
            and (not self.since or (day[:1].isdecimal() and day >= self.since))
            and (not self.until or (day[:1].isdecimal() and day[: len(self.until)] <= self.until))
            and (not self.also or self.also.takes(article))
        )

    def __and__(self, other: Filter) -> Filter:
        """What passes both."""
        return (
            replace(self, also=self.also & other if self.also else other)
            if self and other
            else self or other
        )


def to_passage(article: FullArticle, stretch: Stretch, version: str) -> Passage:
    """The passage at that place of an article, of which `version` is the fingerprint."""
    return Passage(
        id=passage_id(version, stretch.start),
        article=article.without_text(),
        start=stretch.start,
        end=stretch.end,
        text=article.text[stretch.start : stretch.end],
    )


def passage_id(version: str, start: int) -> str:
    """The id of a passage: the fingerprint of its article, and where it begins."""
    return f"{version}:{start}"


def fingerprint(article: FullArticle) -> str:
    """A hash of all that is known of an article but its files: where it is the same, nothing changed."""
    facts = json.dumps(known(article, FACTS), sort_keys=True)
    return digest(article.id, article.text, str(article.body), facts)[:24]


def known(article: Article, names: tuple[str, ...] = (*FACTS, *FILES)) -> dict[str, Any]:
    """What is known of an article by these names; unknown is left out."""
    return {name: value for name in names if (value := getattr(article, name)) not in (None, ())}


def checksum(path: str) -> str | None:
    """SHA-256 of a file's bytes; None where it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return None


def digest(*parts: str) -> str:
    """SHA-256 of the parts, hex: the same on every machine and in every run."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()


def content_id(*content: str) -> str:
    """The id of an article that brings none: 16 hex digits of the hash of its content."""
    return digest(*content)[:16]
