"""Articles, the passages that they are cut into, and filters over articles."""

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
    "known_facts",
    "passage_id",
    "to_passage",
]


@dataclass(frozen=True, kw_only=True)
class Article:
    """An article without its text. Unknown facts are None, dates in ISO 8601 if they were parsed.

    path: the absolute path of the file that it was read from, None for standard input.
    checksum: SHA-256 of that file, None where the file holds other articles as well.
    also_at: other files with the same article.
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

    @property
    def files(self) -> tuple[str, ...]:
        """All files that hold the article."""
        return (self.path, *self.also_at) if self.path else self.also_at

    def page_at(self, offset: int) -> int | None:
        """The page (from 1) of the character at `offset`; None for formats without pages."""
        return bisect.bisect_right(self.pages, offset) if self.pages else None

    def to_dict(self, at: int | None = None) -> dict[str, Any]:
        """The fields of the JSON contract, with the page of the character at offset `at`."""
        public = {name: getattr(self, name) for name in PUBLIC_FIELDS}
        page = None if at is None else self.page_at(at)
        lists = {"also_at": list(self.also_at), "page": page, "pages": list(self.pages)}
        return {**public, **lists, "checksum": self.checksum}


PUBLIC_FIELDS = ("id", "title", "source", "author", "published", "updated", "url", "path")
FACTS = ("title", "source", "author", "published", "updated", "url", "pages")
STORED_FIELDS = (*FACTS, "path", "checksum", "also_at")


@dataclass(frozen=True, kw_only=True)
class FullArticle(Article):
    """An article with its text.

    text: all characters, front matter and byte order mark included. Offsets count its code points.
    body: offset of the part that may be searched and quoted.
    """

    text: str
    body: int = 0

    def without_text(self) -> Article:
        """The same article without its text."""
        return Article(**{field.name: getattr(self, field.name) for field in fields(Article)})


@dataclass(frozen=True, kw_only=True)
class ExportedArticle(FullArticle):
    """An article that comes with the vectors of its passages.

    embedder: the name of the embedder that made them.
    vectors: little-endian float32, by start and end of the passage.
    """

    embedder: str
    vectors: Mapping[tuple[int, int], bytes]


class Stretch(NamedTuple):
    """A range of an article's text: code points from `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A stretch of an article: `text` is the article's text[start:end].

    score: relevance to the query, higher is better; comparable only within one result.
    """

    id: str
    article: Article
    start: int
    end: int
    text: str
    score: float = 0.0

    def to_dict(self) -> dict[str, object]:
        """The fields of the JSON contract of `search`."""
        return {
            "article": self.article.to_dict(at=self.start),
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "score": round(self.score, 6),
        }


@dataclass(frozen=True, kw_only=True)
class Filter:
    """The articles of any of these outlets, by any of these authors, published in that time.

    sources, authors: names in any spelling that `index.bylines.matching` accepts. articles: ids.
    since, until: ISO 8601 dates, both included. If either is set, articles without a date do not
    pass.
    also: another filter that has to be passed.
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
        """Whether the article passes."""
        if self.articles and article.id not in self.articles:
            return False
        if self.sources and not matching(self.sources, (article.source or "",)):
            return False
        if self.authors and not matching(self.authors, authors_of(article.author)):
            return False
        if self.also and not self.also.takes(article):
            return False
        return self._takes_day((article.published or "")[:10])

    def _takes_day(self, day: str) -> bool:
        if not self.since and not self.until:
            return True
        first, last = self.since or "0", self.until or "9"
        return first <= day and day[: len(last)] <= last

    def __and__(self, other: Filter) -> Filter:
        """The filter that passes what passes both."""
        if not self:
            return other
        if not other:
            return self
        return replace(self, also=self.also & other if self.also else other)


def to_passage(article: FullArticle, stretch: Stretch, version: str) -> Passage:
    """The passage of this stretch; `version` is the fingerprint of the article."""
    return Passage(
        id=passage_id(version, stretch.start),
        article=article.without_text(),
        start=stretch.start,
        end=stretch.end,
        text=article.text[stretch.start : stretch.end],
    )


def passage_id(version: str, start: int) -> str:
    """The id of a passage: the fingerprint of its article, and its start."""
    return f"{version}:{start}"


def fingerprint(article: FullArticle) -> str:
    """A hash of an article's text and facts, its files left out: it changes whenever they do."""
    facts = json.dumps(known_facts(article, FACTS), sort_keys=True)
    return digest(article.id, article.text, str(article.body), facts)[:24]


def known_facts(article: Article, names: tuple[str, ...] = STORED_FIELDS) -> dict[str, Any]:
    """The fields of an article by name, unknown ones left out."""
    values = {name: getattr(article, name) for name in names}
    return {name: value for name, value in values.items() if value not in (None, ())}


def checksum(path: str) -> str | None:
    """SHA-256 of a file's bytes, in hex; None where it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return None


def digest(*parts: str) -> str:
    """SHA-256 of the parts, in hex: the same on every machine and in every run."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()


def content_id(*content: str) -> str:
    """The id of an article without one of its own: 16 hex digits of the hash of its content."""
    return digest(*content)[:16]
