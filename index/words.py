"""The word index: BM25 over titles and passages, kept by tantivy. Derived from the store; can be made anew from it."""

from __future__ import annotations

import json
import math
import shutil
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tantivy

from .articles import Passage
from .errors import IndexDamagedError
from .terms import FUNCTION_TERMS, terms

__all__ = ["GENERATION", "WordIndex"]

# Written beside tantivy's files after each commit: the generation of the store that they agree with, and what they
# are, by size and CRC-32. Whatever is not as it says is made anew: a damaged file can stop tantivy, or mislead it.
GENERATION = "generation"
HEAP_BYTES = 64_000_000
# Different words of a query that are looked up.
LONGEST_QUERY = 256


class WordIndex:
    """Which passages hold which words. One process writes at a time."""

    def __init__(self, folder: Path) -> None:
        """The word index in `folder`, an empty one where there is none. A damaged one has to be cleared first.

        The generation of both is -1, which no store has.
        """
        self._folder = folder
        self.generation, files = _read_note(folder)
        if files == _files(folder) and not folder.is_file():
            self._open()
        else:
            self.generation = -1

    def _open(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(_schema(), str(self._folder))
            self._index.register_tokenizer("terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
            self._index.config_reader("manual")
            self._index.reload()
        except (OSError, ValueError) as error:
            raise IndexDamagedError(f"the word index in {self._folder} cannot be opened ({error})") from error

    def clear(self) -> None:
        """Forget everything, whatever state it is in; raises IndexDamagedError for a folder of something else."""
        try:
            if self._folder.is_dir():
                names = {path.name for path in self._folder.iterdir()}
                if names and not names & {GENERATION, "meta.json"}:
                    raise IndexDamagedError(f"{self._folder} is no word index: move it away, or name another --index")
                shutil.rmtree(self._folder)
            self._folder.unlink(missing_ok=True)
        except OSError as error:
            raise IndexDamagedError(
                f"the word index in {self._folder} cannot be replaced ({error.strerror})"
            ) from error
        self.generation = -1
        self._open()

    def count(self) -> int:
        """How many passages it holds."""
        return self._index.searcher().num_docs

    def update(self, add: Iterable[Passage], remove_articles: Iterable[str], generation: int) -> None:
        """Take out the articles with these ids, put in these passages, and note the generation: all or nothing."""
        try:
            with self._index.writer(HEAP_BYTES, num_threads=1) as writer:
                for article in remove_articles:
                    writer.delete_documents_by_term("article", article)
                for passage in add:
                    writer.add_document(_document(passage))
                writer.commit()
        except ValueError as error:
            raise IndexDamagedError(f"the word index in {self._folder} cannot be written ({error})") from error
        note = {"generation": generation, "files": _files(self._folder)}
        (self._folder / GENERATION).write_text(json.dumps(note), "utf-8")
        self.generation = generation
        self._index.reload()

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

    def search(self, query: str, k: int) -> list[tuple[str, float]]:
        """Ids of the `k` passages that fit the words of `query` best, and their BM25 scores, best first."""
        parsed = self._query(query)
        if parsed is None:
            return []
        searcher = self._index.searcher()
        hits = searcher.search(parsed, k, count=False).hits
        return [(searcher.doc(address)["id"][0], score) for score, address in hits]

    def _query(self, query: str) -> tantivy.Query | None:
        counts = Counter(terms(query))
        meant = {term: n for term, n in counts.items() if term not in FUNCTION_TERMS} or counts
        schema = self._index.schema
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(tantivy.Query.term_query(schema, "text", term), float(n)))
            for term, n in list(meant.items())[:LONGEST_QUERY]
        ]
        return tantivy.Query.boolean_query(clauses) if clauses else None


def _read_note(folder: Path) -> tuple[int, Mapping[str, Any]]:
    try:
        note = json.loads((folder / GENERATION).read_text("utf-8"))
        return int(note["generation"]), note["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return -1, {}


def _files(folder: Path) -> dict[str, list[int]]:
    """Size and CRC-32 of each of tantivy's files, but its locks."""
    if not folder.is_dir():
        return {}
    paths = (path for path in sorted(folder.iterdir()) if path.name != GENERATION and path.suffix != ".lock")
    return {path.name: [path.stat().st_size, _crc(path)] for path in paths}


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
    return builder.build()


def _document(passage: Passage) -> tantivy.Document:
    return tantivy.Document(
        id=passage.id,
        article=passage.article.id,
        text=" ".join(terms(f"{passage.article.title}\n{passage.text}")),
    )
