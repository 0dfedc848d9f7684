"""An index: what is stored about a set of articles, and the two ways to search it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from filelock import FileLock

from .articles import Article, FullArticle, Passage
from .cache import Cache, CachedEmbedder
from .embedders import DEFAULT_EMBEDDER, Embedder, make_embedder
from .errors import IndexDamagedError, IndexMismatchError, IndexMissingError
from .passages import PASSAGE_TOKENS
from .vectors import VectorStore, is_store, remove_store
from .words import GENERATION, WordIndex
from .writing import Changes, Progress, Writer

__all__ = ["Index", "files_state"]

FORMAT = 1
STORE, WORDS, LOCK = "chroma", "words", "lock"


def files_state(folder: Path) -> tuple[int, int] | None:
    """Something that is equal to what it was as long as no process has written to the index in `folder`.

    It is taken from the file that is written last. Chroma's own files will not do: opening them changes them.
    """
    try:
        about = (folder / WORDS / GENERATION).stat()
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns


class Index:
    """All that is stored about a set of articles, in one folder."""

    def __init__(
        self, folder: Path, *, embedder: str | None = None, create: bool = False, cache: Path | None = None
    ) -> None:
        """Open the index in `folder`.

        embedder: the name that the index must have been made with (None: whichever it was made with).
        cache: a folder in which to keep vectors for the next time that the same text is embedded.
        create: make an empty index where there is none; otherwise that raises IndexMissingError.
        Raises IndexMismatchError for another embedder or a newer format, IndexDamagedError for a broken store.
        """
        self.folder = folder
        self._cache = cache
        self._last_query: tuple[str | None, np.ndarray] = (None, np.zeros(0))
        if not is_store(folder / STORE):
            if not create:
                raise IndexMissingError(
                    f"no index in {folder}: make one with `assistant index PATH... --index {folder}`"
                )
            self.embedder = _working(embedder or DEFAULT_EMBEDDER)
        self._store = VectorStore(folder / STORE)
        # Held by whoever writes, and let go by the system when its process ends.
        self._lock = FileLock(folder / LOCK)
        if not self._store.settings:
            self._write_settings(embedder or DEFAULT_EMBEDDER, generation=0)
        self._check(embedder)

    def _check(self, embedder: str | None) -> None:
        made = self._store.settings
        if made["format"] > FORMAT:
            raise IndexMismatchError(f"the index in {self.folder} was made by a newer version: upgrade this program")
        if embedder and embedder != made["embedder"]:
            raise IndexMismatchError(
                f"the index in {self.folder} was made with the embedder {made['embedder']}, not {embedder}: go on "
                f"with that one, or run `assistant index PATH... --index {self.folder} --embedder {embedder} --rebuild`"
            )

    def _write_settings(self, embedder: str, generation: int) -> None:
        self._store.write_settings(
            {"format": FORMAT, "embedder": embedder, "passage_tokens": PASSAGE_TOKENS, "generation": generation}
        )

    @classmethod
    def made_anew(cls, folder: Path, *, embedder: str | None = None, cache: Path | None = None) -> Index:
        """An empty index in place of what is in `folder`, even if that is damaged.

        It gets the embedder that is named, else that of the former index, else the default.
        """
        name = embedder or _former_embedder(folder) or DEFAULT_EMBEDDER
        _working(name)
        # The word index first: it refuses what is none.
        WordIndex(folder / WORDS).clear()
        remove_store(folder / STORE)
        return cls(folder, embedder=name, create=True, cache=cache)

    def close(self) -> None:
        """Let go of the files."""
        self._store.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def embedder_name(self) -> str:
        """The embedder that the index was made with."""
        return str(self._store.settings["embedder"])

    @property
    def generation(self) -> int:
        """Counts the writes: where it is the same, nothing has changed."""
        return int(self._store.settings["generation"])

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder, loaded when first needed."""
        embedder = make_embedder(self.embedder_name)
        return CachedEmbedder(embedder, Cache(self._cache)) if self._cache else embedder

    @cached_property
    def _words(self) -> WordIndex:
        """The word index, made anew from the store where the two do not agree."""
        words = WordIndex(self.folder / WORDS)
        if words.generation == self.generation:
            return words
        with self._lock:
            # Another process may have been about to write it.
            words = WordIndex(self.folder / WORDS)
            if words.generation != self.generation:
                words.clear()
                words.update(self.each_passage(), [], self.generation)
        return words

    def counts(self) -> tuple[int, int]:
        """How many articles and how many passages there are."""
        return self._store.counts()

    def articles(self) -> Iterator[Article]:
        """All articles, in no particular order."""
        return self._store.each_article()

    def article(self, id: str) -> FullArticle:
        """One article with its text; raises ArticleNotFoundError."""
        return self._store.full_article(id)

    def article_named(self, name: str) -> FullArticle:
        """One article by its id, or by the file it was read from; raises ArticleNotFoundError."""
        if not self._store.articles([name]):
            there = list(self._store.articles_at([str(Path(name).absolute())]))
            name = there[0] if len(there) == 1 else name
        return self._store.full_article(name)

    def facts(self) -> dict[str, Any]:
        """What the index holds and what it was made with, as `assistant status --json` prints it."""
        articles, passages = self.counts()
        sources = Counter[str]()
        dates = []
        for article in self.articles():
            sources[article.source or "unknown"] += 1
            if article.published:
                dates.append(article.published[:10])
        return {
            "index": str(self.folder),
            "articles": articles,
            "passages": passages,
            "sources": dict(sources.most_common()),
            "published": [min(dates, default=None), max(dates, default=None)],
            "embedder": self.embedder_name,
        }

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """The passages with these ids, in this order."""
        return self._store.passages(ids)

    def each_passage(self) -> Iterator[Passage]:
        """All passages, in no particular order."""
        return self._store.each_passage()

    def by_vector(self, query: str, k: int) -> list[tuple[str, float]]:
        """Ids of the `k` passages nearest in meaning to the query, with cosines, best first."""
        return self._store.nearest(self.query_vector(query), k)

    def query_vector(self, query: str) -> np.ndarray:
        """The unit vector of a query; that of the last one is kept."""
        last, vector = self._last_query
        if last != query:
            vector = self.embedder.embed([query])[0]
            self._last_query = query, vector
        return vector

    def passage_vector(self, passage: Passage) -> np.ndarray:
        """The unit vector that is stored for a passage."""
        return self._store.vectors([passage.id])[passage.id]

    def by_words(self, query: str, k: int) -> list[tuple[str, float]]:
        """Ids of the `k` passages that fit the words of the query best, with BM25 scores, best first."""
        return self._words.search(query, k)

    def rarity(self, term: str) -> float:
        """How much it tells that a passage has this term (of `index.terms`), at least 0, higher for rarer ones."""
        return self._words.rarity(term)

    def has_term(self, term: str) -> bool:
        """Whether any title or passage has this term."""
        return self._words.count_with(term) > 0

    def add(self, articles: Iterable[FullArticle], progress: Progress | None = None) -> Changes:
        """Put articles in, each in place of the one with its id, or that was read from its file.

        One that is stored as it is costs a hash. `progress` is called after each batch with what was done so far.
        """
        return Writer(self._store, self._words, self.embedder, self._lock).add(articles, progress)


def _working(name: str) -> Embedder:
    """The embedder of that name, once it has embedded something: no index is begun or cleared for one that fails."""
    embedder = make_embedder(name)
    embedder.embed(["Is anybody there?"])
    return embedder


def _former_embedder(folder: Path) -> str | None:
    try:
        with Index(folder) as index:
            return index.embedder_name
    except (IndexMissingError, IndexDamagedError, IndexMismatchError):
        return None
