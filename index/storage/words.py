"""The word index: BM25 over titles and passages in tantivy, derived from the store."""

from __future__ import annotations

import datetime
import itertools
import json
import math
import re
import shutil
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

# Written beside tantivy's files after each commit: the state of the store that they agree with, and
# the size, time and CRC-32 of each. If they differ, the index is rebuilt: a damaged file can stop
# tantivy, or mislead it.
STATE_FILE = "generation"
LAST_DAY = 99_999_999
DIGITS = re.compile(r"[0-9]+")
NO_STORE = Mark("", -1)
# Size, time of the last change in ns, and CRC-32 of tantivy's files, by name.
FileStates = Mapping[str, Sequence[int]]


class WordIndex:
    """The terms of passages, their outlets, authors and days. One process writes at a time."""

    def __init__(self, folder: Path, *, thoroughly: bool = False) -> None:
        """Open the word index in `folder`. A damaged one, whose mark is NO_STORE, must be cleared.

        thoroughly: check the content of all files, even if size and time are unchanged.
        """
        self._folder = folder
        # The outlets and authors, once they were needed.
        self._names: dict[str, tuple[str, ...]] = {}
        self.mark, self._known = _read_note(folder)
        files = _file_states(folder, {} if thoroughly else self._known)
        if not folder.is_file() and _same_content(self._known, files):
            self._open()
        else:
            self.mark = NO_STORE

    @property
    def is_usable(self) -> bool:
        """Whether it agrees with some state of a store."""
        return self.mark != NO_STORE

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
            # An index of another version has other fields.
            if self.mark != NO_STORE:
                self.mark = NO_STORE
                return
            raise IndexDamagedError(
                f"the word index in {self._folder} cannot be opened ({error})"
            ) from error

    def clear(self) -> None:
        """Empty the index, damaged or not; raises IndexDamagedError for a foreign folder."""
        try:
            if self._folder.is_dir():
                names = {path.name for path in self._folder.iterdir()}
                if names and not names & {STATE_FILE, "meta.json"}:
                    raise IndexDamagedError(
                        f"{self._folder} is not a word index: move it away, or name another --index"
                    )
                shutil.rmtree(self._folder)
            self._folder.unlink(missing_ok=True)
        except OSError as error:
            raise IndexDamagedError(
                f"the word index in {self._folder} cannot be replaced ({error.strerror})"
            ) from error
        self.mark, self._known = NO_STORE, {}
        self._open()

    def count(self) -> int:
        """The number of passages."""
        return self._index.searcher().num_docs

    def update(self, add: Iterable[Document], remove_articles: Iterable[str], mark: Mark) -> None:
        """Remove these articles, add these documents, and note the mark: all or nothing."""
        try:
            with self._index.writer(heap_size=64_000_000, num_threads=1) as writer:
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
        """Note that it agrees with this state of the store."""
        self._known = _file_states(self._folder, self._known)
        note = {"born": mark.born, "generation": mark.generation, "files": self._known}
        partial = self._folder / f"{STATE_FILE}.new"
        try:
            partial.write_text(json.dumps(note), "utf-8")
            partial.replace(self._folder / STATE_FILE)
        except OSError as error:
            raise IndexDamagedError(
                f"the word index in {self._folder} cannot be written ({error.strerror}): "
                "free some space"
            ) from error
        self.mark = mark

    def rarity(self, term: str) -> float:
        """BM25's inverse document frequency of a term, at least 0, higher for rarer terms."""
        count = self.count_with(term)
        return math.log(1 + (self.count() - count + 0.5) / (count + 0.5))

    def count_with(self, term: str) -> int:
        """The number of passages with this term in text or title."""
        query = tantivy.Query.term_query(self._index.schema, "text", term)
        # tantivy's own document frequency still counts removed passages.
        found: Any = self._index.searcher().search(query, 1, count=True)
        return int(found.count)

    def like(self, term: str, k: int) -> list[str]:
        """The ids of `k` passages with a term at edit distance 1 (swapped neighbours included)."""
        query = tantivy.Query.fuzzy_term_query(self._index.schema, "text", term, distance=1)
        return list(self._ids(query, k))

    def first_day_of(self, terms: Sequence[str]) -> datetime.date | None:
        """The day of the first article with all these terms in one passage (or the title)."""
        dated = tantivy.Query.range_query(
            self._index.schema, "day", tantivy.FieldType.Integer, 1, LAST_DAY
        )
        query = _all_of([*self._with_terms(terms), dated])
        first: Any = self._index.searcher().search(
            query, 1, order_by_field="day", order=tantivy.Order.Asc, count=False
        )
        return date_of(int(first.hits[0][0])) if first.hits else None

    def articles_with(self, terms: Sequence[str], least: int) -> list[str]:
        """The ids of articles with all these terms in one passage; none if fewer than `least`."""
        query = _all_of(self._with_terms(terms))
        passages: Any = self._index.searcher().search(query, 1, count=True)
        if passages.count < least:
            return []
        articles = self._articles(query)
        return articles if len(articles) >= least else []

    def _with_terms(self, terms: Sequence[str]) -> list[tantivy.Query]:
        schema = self._index.schema
        return [tantivy.Query.term_query(schema, "text", term) for term in set(terms)]

    def search(self, query: str, k: int, within: Filter | None = None) -> list[tuple[str, float]]:
        """The ids of the `k` best passages for a query, with BM25 scores, best first."""
        parsed = self._query(query)
        if parsed is None:
            return []
        if within:
            # The filter must not change the scores.
            allowed = tantivy.Query.const_score_query(self._passing(within), 0.0)
            parsed = _all_of([parsed, allowed])
        searcher = self._index.searcher()
        hits = searcher.search(parsed, k, count=False).hits
        return [(searcher.doc(address)["id"][0], score) for score, address in hits]

    def ids_within(self, within: Filter, among: Sequence[str] | None = None) -> set[str]:
        """The ids of the passages, of these or of all, whose articles pass the filter."""
        query = self._passing(within)
        if among is None:
            return set(self._ids(query, 1_000_000))
        return set(self._ids(_all_of([query, self._with_ids(among)]), len(among)))

    def _ids(self, query: tantivy.Query, k: int) -> Iterator[str]:
        searcher = self._index.searcher()
        for _, address in searcher.search(query, max(1, k), count=False).hits:
            yield searcher.doc(address)["id"][0]

    def _with_ids(self, ids: Sequence[str]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._index.schema, "id", list(ids))

    def count_of(self, ids: Sequence[str]) -> int:
        """The number of these passages that it has."""
        found = 0
        for first in range(0, len(ids), 1_000):
            some = self._with_ids(ids[first : first + 1_000])
            hits: Any = self._index.searcher().search(some, 1, count=True)
            found += int(hits.count)
        return found

    def names(self, field: Literal["source", "author"]) -> tuple[str, ...]:
        """All outlets, or all authors, as the articles write them."""
        if field not in self._names:
            counts = dict(self._index.searcher().terms_with_prefix(field, ""))
            self._names[field] = tuple(counts)
        return self._names[field]

    def count_articles(self, within: Filter) -> int:
        """The number of articles that pass the filter."""
        return len(self._articles(self._passing(within)))

    def has_within(self, within: Filter) -> bool:
        """Whether any article passes the filter."""
        return any(self._ids(self._passing(within), 1))

    def count_undated(self) -> int:
        """The number of articles without a date that could be parsed."""
        return len(self._articles(tantivy.Query.term_query(self._index.schema, "day", 0)))

    def _articles(self, query: tantivy.Query) -> list[str]:
        counts = self._index.searcher().terms_with_prefix("article", "", query)
        return [id for id, count in counts if count > 0]

    def days(self, ids: Sequence[str]) -> dict[str, datetime.date | None]:
        """The days on which the articles of these passages were published; None if unknown."""
        searcher = self._index.searcher()
        hits = searcher.search(self._with_ids(ids), max(1, len(ids)), count=False).hits
        addresses = [address for _, address in hits]
        found = {}
        for address, day in zip(
            addresses, searcher.fast_field_values("day", addresses), strict=True
        ):
            found[searcher.doc(address)["id"][0]] = date_of(int(day or 0))
        return found

    def _passing(self, within: Filter) -> tantivy.Query:
        """A query for the passages of articles that pass the filter."""
        schema = self._index.schema
        parts = []
        if within.articles:
            parts.append(tantivy.Query.term_set_query(schema, "article", list(within.articles)))
        if within.sources:
            names = matching(within.sources, self.names("source"))
            parts.append(tantivy.Query.term_set_query(schema, "source", sorted(names)))
        if within.authors:
            names = matching(within.authors, self.names("author"))
            parts.append(tantivy.Query.term_set_query(schema, "author", sorted(names)))
        if within.since or within.until:
            first = max(1, _day_number(within.since))
            last = _day_number(within.until, fill="9") or LAST_DAY
            kind = tantivy.FieldType.Integer
            parts.append(tantivy.Query.range_query(schema, "day", kind, first, last))
        if within.also:
            parts.append(self._passing(within.also))
        return _all_of(parts)

    def _query(self, query: str) -> tantivy.Query | None:
        counts = Counter(terms(query))
        content = {term: n for term, n in counts.items() if term not in FUNCTION_TERMS}
        schema = self._index.schema
        clauses = []
        for term, n in itertools.islice((content or counts).items(), 256):
            one = tantivy.Query.term_query(schema, "text", term)
            clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(one, float(n))))
        return tantivy.Query.boolean_query(clauses) if clauses else None


def _all_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in queries])


def _day_number(date: str | None, fill: str = "0") -> int:
    """An ISO 8601 date as the number YYYYMMDD, missing digits filled; 0 if there is none."""
    digits = (date or "")[:10].replace("-", "")
    return int(digits.ljust(8, fill)) if DIGITS.fullmatch(digits) else 0


def _read_note(folder: Path) -> tuple[Mark, FileStates]:
    try:
        note = json.loads((folder / STATE_FILE).read_text("utf-8"))
        return Mark(str(note["born"]), int(note["generation"])), dict(note["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return NO_STORE, {}


def _same_content(noted: FileStates, found: FileStates) -> bool:
    """Whether names, sizes and CRC-32s are the same; times may differ."""
    if noted.keys() != found.keys():
        return False
    return all(noted[name][::2] == found[name][::2] for name in noted)


def _file_states(folder: Path, known: FileStates) -> FileStates:
    """The states of tantivy's files. A file with known size and time is not read."""
    if not folder.is_dir():
        return {}
    found: dict[str, list[int]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(STATE_FILE) or path.suffix == ".lock":
            continue
        about = path.stat()
        state = [about.st_size, about.st_mtime_ns]
        *known_state, crc = known.get(path.name) or [0]
        found[path.name] = [*state, crc if known_state == state else _crc(path)]
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
    """The record of a passage in the word index."""
    article = passage.article
    return tantivy.Document(
        id=passage.id,
        article=article.id,
        text=" ".join(terms(f"{article.title}\n{passage.text}")),
        source=[article.source] if article.source else [],
        author=list(authors_of(article.author)),
        day=_day_number(article.published),
    )
