"""The word index: BM25 over titles and passages, kept by tantivy. Derived from the store; can be made anew from it."""

from __future__ import annotations

import datetime
import json
import math
import shutil
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import tantivy

from ..articles import Filter, Passage
from ..bylines import authors_of, matching
from ..errors import IndexDamagedError
from ..loading.dates import date_of
from ..text.terms import FUNCTION_TERMS, terms
from .records import Mark

__all__ = ["Document", "WordIndex", "document"]

Document = tantivy.Document

# Written beside tantivy's files after each commit: what they agree with, and what they are, by size, time and CRC-32.
# Whatever is not as it says is made anew: a damaged file can stop tantivy, or mislead it.
NOTE = "generation"
HEAP_BYTES = 64_000_000
# Different words of a query that are looked up.
LONGEST_QUERY = 256


NONE = Mark("", -1)


class WordIndex:
    """Which passages hold which words, and of which outlet, author and day they are. One process writes at a time."""

    def __init__(self, folder: Path, *, thoroughly: bool = False) -> None:
        """The word index in `folder`, an empty one where there is none. A damaged one has to be cleared first.

        The mark of both is that of no store. thoroughly: read all files, even those that are as long and as old as
        they were.
        """
        self._folder = folder
        # The outlets and authors of the state that is open, once they were asked for.
        self._names: dict[str, tuple[str, ...]] = {}
        self.mark, self._known = _read_note(folder)
        if not folder.is_file() and _agree(
            self._known, _files(folder, {} if thoroughly else self._known)
        ):
            self._open()
        else:
            self.mark = NONE

    @property
    def is_usable(self) -> bool:
        """Whether it holds what some store held once."""
        return self.mark != NONE

    def _open(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(_schema(), str(self._folder))
            self._index.register_tokenizer(
                "terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            )
            self._index.config_reader("manual")
            self._reload()
        except (OSError, ValueError) as error:
            # One of another version, with other fields, is as good as none.
            if self.mark != NONE:
                self.mark = NONE
                return
            raise IndexDamagedError(
                f"the word index in {self._folder} cannot be opened ({error})"
            ) from error

    def clear(self) -> None:
        """Forget everything, whatever state it is in; raises IndexDamagedError for a folder of something else."""
        try:
            if self._folder.is_dir():
                names = {path.name for path in self._folder.iterdir()}
                if names and not names & {NOTE, "meta.json"}:
                    raise IndexDamagedError(
                        f"{self._folder} is no word index: move it away, or name another --index"
                    )
                shutil.rmtree(self._folder)
            self._folder.unlink(missing_ok=True)
        except OSError as error:
            raise IndexDamagedError(
                f"the word index in {self._folder} cannot be replaced ({error.strerror})"
            ) from error
        self.mark, self._known = NONE, {}
        self._open()

    def count(self) -> int:
        """How many passages it holds."""
        return self._index.searcher().num_docs

    def update(self, add: Iterable[Document], remove_articles: Iterable[str], mark: Mark) -> None:
        """Take out the articles with these ids, put in these documents, and note the mark: all or nothing."""
        try:
            with self._index.writer(HEAP_BYTES, num_threads=1) as writer:
                for article in remove_articles:
                    writer.delete_documents_by_term("article", article)
                for one in add:
                    writer.add_document(one)
                writer.commit()
        except ValueError as error:
            raise IndexDamagedError(
                f"the word index in {self._folder} cannot be written ({error})"
            ) from error
        self.note(mark)
        self._reload()

    def _reload(self) -> None:
        self._index.reload()
        self._names = {}

    def note(self, mark: Mark) -> None:
        """It agrees with that state."""
        self._known = _files(self._folder, self._known)
        note = {"born": mark.born, "generation": mark.generation, "files": self._known}
        partial = self._folder / f"{NOTE}.new"
        try:
            partial.write_text(json.dumps(note), "utf-8")
            partial.replace(self._folder / NOTE)
        except OSError as error:
            raise IndexDamagedError(
                f"the word index in {self._folder} cannot be written ({error.strerror}): free some space"
            ) from error
        self.mark = mark

    def rarity(self, term: str) -> float:
        """How much it tells that a passage has this term: BM25's inverse document frequency, at least 0."""
        having = self.count_with(term)
        return math.log(1 + (self.count() - having + 0.5) / (having + 0.5))

    def count_with(self, term: str) -> int:
        """How many passages have this term, their titles included."""
        query = tantivy.Query.term_query(self._index.schema, "text", term)
        # tantivy's own document frequency still counts what was removed.
        found: Any = self._index.searcher().search(query, 1, count=True)
        return int(found.count)

    def like(self, term: str, k: int) -> list[str]:
        """Ids of `k` passages with a term that is one edit away: a letter more, less or other, or two swapped."""
        query = tantivy.Query.fuzzy_term_query(self._index.schema, "text", term, distance=1)
        searcher = self._index.searcher()
        return [
            searcher.doc(address)["id"][0]
            for _, address in searcher.search(query, k, count=False).hits
        ]

    def first_day_of(self, terms: Sequence[str]) -> datetime.date | None:
        """The day of the first article that has all these terms in one passage or its title."""
        dated = tantivy.Query.range_query(
            self._index.schema, "day", tantivy.FieldType.Integer, 1, LAST_DAY
        )
        query = tantivy.Query.boolean_query([*self._all(terms), (tantivy.Occur.Must, dated)])
        first: Any = self._index.searcher().search(
            query, 1, order_by_field="day", order=tantivy.Order.Asc, count=False
        )
        return date_of(int(first.hits[0][0])) if first.hits else None

    def articles_with(self, terms: Sequence[str], least: int) -> list[str]:
        """Ids of the articles that have all these terms in one passage or its title; none if fewer than `least`."""
        query = tantivy.Query.boolean_query(self._all(terms))
        passages: Any = self._index.searcher().search(query, 1, count=True)
        if passages.count < least:
            return []
        found = self._articles(query)
        return found if len(found) >= least else []

    def _all(self, terms: Sequence[str]) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        schema = self._index.schema
        return [
            (tantivy.Occur.Must, tantivy.Query.term_query(schema, "text", term))
            for term in set(terms)
        ]

    def search(self, query: str, k: int, within: Filter | None = None) -> list[tuple[str, float]]:
        """Ids of the `k` passages that fit the words of `query` best, and their BM25 scores, best first."""
        parsed = self._query(query)
        if parsed is None:
            return []
        if within:
            # A condition that changes no score.
            allowed = tantivy.Query.const_score_query(self._of(within), 0.0)
            parsed = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, parsed), (tantivy.Occur.Must, allowed)]
            )
        searcher = self._index.searcher()
        hits = searcher.search(parsed, k, count=False).hits
        return [(searcher.doc(address)["id"][0], score) for score, address in hits]

    def ids_within(
        self, within: Filter, among: Sequence[str] | None = None, most: int = 1_000_000
    ) -> set[str]:
        """Ids of passages of articles that count, of these or of all."""
        query = self._of(within)
        if among is not None:
            these = tantivy.Query.term_set_query(self._index.schema, "id", list(among))
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Must, these)]
            )
        searcher = self._index.searcher()
        hits = searcher.search(
            query, max(1, len(among) if among is not None else most), count=False
        ).hits
        return {searcher.doc(address)["id"][0] for _, address in hits}

    def count_of(self, ids: Sequence[str]) -> int:
        """How many of these passages it has."""
        found = 0
        for first in range(0, len(ids), 1_000):
            query = tantivy.Query.term_set_query(
                self._index.schema, "id", list(ids[first : first + 1_000])
            )
            hits: Any = self._index.searcher().search(query, 1, count=True)
            found += int(hits.count)
        return found

    def names(self, field: Literal["source", "author"]) -> tuple[str, ...]:
        """The outlets, or the authors."""
        if field not in self._names:
            self._names[field] = tuple(
                name for name, _ in self._index.searcher().terms_with_prefix(field, "")
            )
        return self._names[field]

    def count_articles(self, within: Filter) -> int:
        """How many articles count."""
        return len(self._articles(self._of(within)))

    def has_within(self, within: Filter) -> bool:
        """Whether any article counts."""
        return bool(self._index.searcher().search(self._of(within), 1, count=False).hits)

    def count_undated(self) -> int:
        """How many articles have no date, or none that could be read."""
        return len(self._articles(tantivy.Query.term_query(self._index.schema, "day", 0)))

    def _articles(self, query: tantivy.Query) -> list[str]:
        return [
            id
            for id, count in self._index.searcher().terms_with_prefix("article", "", query)
            if count > 0
        ]

    def days(self, ids: Sequence[str]) -> dict[str, datetime.date | None]:
        """The days on which the articles of these passages were published, as far as they are known."""
        searcher = self._index.searcher()
        these = tantivy.Query.term_set_query(self._index.schema, "id", list(ids))
        addresses = [
            address for _, address in searcher.search(these, max(1, len(ids)), count=False).hits
        ]
        days = searcher.fast_field_values("day", addresses)
        return {
            searcher.doc(a)["id"][0]: date_of(int(day or 0))
            for a, day in zip(addresses, days, strict=True)
        }

    def _of(self, within: Filter) -> tantivy.Query:
        """Passages of articles that count."""
        schema = self._index.schema
        parts = []
        if within.articles:
            parts.append(tantivy.Query.term_set_query(schema, "article", list(within.articles)))
        if within.sources:
            these = matching(within.sources, self.names("source"))
            parts.append(tantivy.Query.term_set_query(schema, "source", sorted(these)))
        if within.authors:
            these = matching(within.authors, self.names("author"))
            parts.append(tantivy.Query.term_set_query(schema, "author", sorted(these)))
        if within.since or within.until:
            first, last = _day(within.since) or 1, _day(within.until, fill="9") or LAST_DAY
            parts.append(
                tantivy.Query.range_query(schema, "day", tantivy.FieldType.Integer, first, last)
            )
        if within.also:
            parts.append(self._of(within.also))
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in parts])

    def _query(self, query: str) -> tantivy.Query | None:
        counts = Counter(terms(query))
        meant = {term: n for term, n in counts.items() if term not in FUNCTION_TERMS} or counts
        schema = self._index.schema
        clauses = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(tantivy.Query.term_query(schema, "text", term), float(n)),
            )
            for term, n in list(meant.items())[:LONGEST_QUERY]
        ]
        return tantivy.Query.boolean_query(clauses) if clauses else None


LAST_DAY = 99_999_999


def _day(date: str | None, fill: str = "0") -> int:
    """An ISO 8601 date as the number YYYYMMDD, what it does not say filled; 0 for none."""
    digits = (date or "")[:10].replace("-", "")
    return int(digits.ljust(8, fill)) if digits.isascii() and digits.isdecimal() else 0


# Of tantivy's files, by name: size, time of the last change in ns, CRC-32.
Files = Mapping[str, Sequence[int]]


def _read_note(folder: Path) -> tuple[Mark, Files]:
    try:
        note = json.loads((folder / NOTE).read_text("utf-8"))
        return Mark(str(note["born"]), int(note["generation"])), dict(note["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return NONE, {}


def _agree(noted: Files, found: Files) -> bool:
    return {name: (size, crc) for name, (size, _, crc) in noted.items()} == {
        name: (size, crc) for name, (size, _, crc) in found.items()
    }


def _files(folder: Path, known: Files) -> Files:
    """What tantivy's files are, but its locks. One that is as long and as old as known is not read."""
    if not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(NOTE) and path.suffix != ".lock":
            about = path.stat()
            same = list(known.get(path.name, ()))[:2] == [about.st_size, about.st_mtime_ns]
            found[path.name] = [
                about.st_size,
                about.st_mtime_ns,
                known[path.name][2] if same else _crc(path),
            ]
    return found


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            crc = zlib.crc32(piece, crc)
    return crc


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("article", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", tokenizer_name="terms", index_option="freq")
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("author", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("day", indexed=True, fast=True)
    return builder.build()


def document(passage: Passage) -> Document:
    """What the word index keeps of a passage."""
    article = passage.article
    return tantivy.Document(
        id=passage.id,
        article=article.id,
        text=" ".join(terms(f"{article.title}\n{passage.text}")),
        source=[article.source] if article.source else [],
        author=list(authors_of(article.author)),
        day=_day(article.published),
    )
