"""An index: what is stored about a set of articles, and search by vectors and by words."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from .articles import Article, Filter, FullArticle
from .embedding.cache import Cache, CachedEmbedder, Remembered
from .embedding.embedders import DEFAULT_EMBEDDER, Embedder, make_embedder
from .errors import ArticleNotFoundError, IndexMismatchError
from .loading.folders import Reader, absolute
from .storage.connection import Connection
from .storage.locks import Notice
from .storage.place import Place, to_place
from .storage.records import IndexSettings, Summary, VectorStore, new_settings
from .storage.words import WordIndex
from .sync.plan import Changes, Confirm, Progress, Sync, no_progress
from .sync.write import Writer
from .text.passages import PASSAGE_TOKENS

__all__ = ["Index"]

logger = logging.getLogger(__name__)

# Vectors that are compared one by one; with more, Chroma is faster.
MAX_COMPARED_PASSAGES = 1_000


class Index:
    """All that is stored about a set of articles, in one place. Safe to use from several threads.

    `store` holds articles, passages and vectors, `words` is the word index. The writes of other
    processes are seen after `refresh`. An article is read as it was before or after a change.
    """

    def __init__(
        self,
        where: str | Path,
        *,
        embedder: str | None = None,
        passage_tokens: int | None = None,
        create: bool = False,
        cache: Path | None = None,
        notice: Notice | None = None,
    ) -> None:
        """Open the index in a folder, or at the address of a Chroma server.

        embedder, passage_tokens: what the index must have been made with (None: whatever it was
        made with).
        create: make an empty index where there is none; otherwise that raises IndexMissingError.
        cache: a folder that keeps vectors for the next time that the same text is embedded.
        notice: is called at once when another process is writing, or when files have to be
        repaired. Raises IndexMismatchError for another embedder or a newer format,
        IndexDamagedError for a broken store.
        """

        def settings() -> IndexSettings:
            return self.new_settings(embedder or DEFAULT_EMBEDDER, passage_tokens or PASSAGE_TOKENS)

        begun = time.perf_counter()
        self._prepare(Connection(to_place(where), notice), cache)
        self.connection.open(settings if create else None)
        self._check_settings(embedder, passage_tokens)
        logger.info("opened the index in %s in %.2f s", self.place, time.perf_counter() - begun)

    @classmethod
    def over(cls, connection: Connection, *, cache: Path | None = None) -> Index:
        """An index over a connection that its caller opens and closes, such as a rebuild."""
        index = cls.__new__(cls)
        index._prepare(connection, cache)
        return index

    def _prepare(self, connection: Connection, cache: Path | None) -> None:
        self.connection = connection
        self._cache = cache
        self._embedder: Embedder | None = None
        self._remembered = Remembered()

    def _check_settings(self, embedder: str | None, passage_tokens: int | None) -> None:
        store, place = self.store, self.place
        again = f"run `assistant index PATH... --index {place}"
        if embedder and embedder != store.embedder_name:
            raise IndexMismatchError(
                f"the index in {place} was made with the embedder {store.embedder_name}, "
                f"not {embedder}: go on with that one, or {again} --embedder {embedder} --rebuild`"
            )
        if passage_tokens and passage_tokens != store.passage_tokens:
            raise IndexMismatchError(
                f"the index in {place} was made with passages of up to {store.passage_tokens} "
                f"tokens, not {passage_tokens}: go on with that, or {again} "
                f"--passage-tokens {passage_tokens} --rebuild`"
            )

    def new_settings(self, embedder: str, passage_tokens: int) -> IndexSettings:
        """The settings of a new index; raises EmbedderError if its embedder does not work."""
        self._embedder = self._load_embedder(embedder)
        self._embedder.embed(["Is anybody there?"])
        return new_settings(embedder, passage_tokens)

    def _load_embedder(self, name: str) -> Embedder:
        embedder = make_embedder(name)
        return CachedEmbedder(embedder, Cache(self._cache)) if self._cache else embedder

    @property
    def embedder(self) -> Embedder:
        """The embedder that the index was made with, loaded when first needed."""
        name = self.store.embedder_name
        if self._embedder is None or self._embedder.name != name:
            # This is the first use, or another process has rebuilt the index with another embedder.
            self._embedder = self._load_embedder(name)
        return self._embedder

    @embedder.setter
    def embedder(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def place(self) -> Place:
        """Where the index is."""
        return self.connection.place

    @property
    def store(self) -> VectorStore:
        """Articles, passages and vectors."""
        return self.connection.store

    @property
    def words(self) -> WordIndex:
        """The word index, in agreement with the store."""
        return self.connection.words

    def close(self) -> None:
        """Close the files."""
        self.connection.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def refresh(self) -> None:
        """See the writes of other processes; costs little where there are none."""
        self.connection.refresh()

    def counts(self) -> tuple[int, int]:
        """The numbers of articles and of passages."""
        return self.store.counts()

    def articles(self, ids: Sequence[str] | None = None) -> Iterator[Article]:
        """All articles, or those with these ids, in no particular order."""
        return (summary.article for summary in self.store.summaries(ids).values())

    def article(self, id: str) -> FullArticle:
        """The article with its text; raises ArticleNotFoundError."""
        return self.store.full_article(id)

    def article_named(self, name: str) -> FullArticle:
        """An article by its id, or by one of its files; raises ArticleNotFoundError."""
        if self.store.summaries([name]):
            return self.store.full_article(name)
        ids = self.store.articles_at(absolute(name)) or list(_named(name, self.store.summaries()))
        return self.store.full_article(ids[0] if len(ids) == 1 else name)

    def facts(self) -> dict[str, Any]:
        """The facts that `assistant status --json` prints."""
        articles, passages = self.counts()
        sources = Counter[str]()
        dates = []
        for article in self.articles():
            sources[article.source or "unknown"] += 1
            if article.published and article.published[:4].isdecimal():
                dates.append(article.published[:10])
        return {
            "index": str(self.place),
            "articles": articles,
            "passages": passages,
            "sources": dict(sources.most_common()),
            "published": [min(dates, default=None), max(dates, default=None)],
            "embedder": self.store.embedder_name,
        }

    def by_vector(
        self, query: str, k: int, within: Filter | None = None
    ) -> list[tuple[str, float]]:
        """The ids of the `k` passages nearest in meaning to the query, with cosines, best first."""
        vector = self.query_vector(query)
        if not within:
            return self.store.nearest(vector, k)
        # Chroma's own filter takes longer than these two ways.
        depth = max(MAX_COMPARED_PASSAGES, k)
        nearest = self.store.nearest(vector, depth)
        passing = self.words.ids_within(within, [id for id, _ in nearest])
        found = [(id, cosine) for id, cosine in nearest if id in passing][:k]
        if len(found) == k or len(nearest) < depth:
            return found
        ids = sorted(self.words.ids_within(within))
        if len(ids) > MAX_COMPARED_PASSAGES:
            return self.store.nearest(vector, k, among=ids)
        return sorted(self.cosines(query, ids).items(), key=lambda item: (-item[1], item[0]))[:k]

    def cosines(self, query: str, passages: Sequence[str]) -> dict[str, float]:
        """The cosines of these passages and the query, by id; unknown ids are left out."""
        vector = self.query_vector(query)
        return {id: float(found @ vector) for id, found in self.store.vectors(passages).items()}

    def query_vector(self, query: str) -> np.ndarray:
        """The unit vector of a query; those of the last queries are remembered."""
        return self._remembered.embed(self.embedder, query)

    def add(self, articles: Iterable[FullArticle], progress: Progress = no_progress) -> Changes:
        """Put articles, each in place of the one with its id, or from its file.

        An unchanged article costs a hash. `progress` is called now and then with the changes so
        far.
        """
        return self._run(lambda sync: sync.add(articles), progress)

    def sync(
        self,
        reader: Reader,
        *,
        keep: bool = False,
        dry_run: bool = False,
        confirm: Confirm | None = None,
        progress: Progress = no_progress,
    ) -> Changes:
        """Make the index agree with the reader's paths: put what is there, remove what is gone.

        keep: remove nothing. dry_run: write nothing, and return the changes that would be made.
        confirm: is called before more than a third of the articles from there is removed. Unless it
        returns True, this raises RemovalError, after everything else is done.
        """
        if dry_run:
            return Sync(self.store.summaries()).sync(
                reader, keep=keep, confirm=confirm or (lambda *_: True)
            )

        def run(sync: Sync) -> Changes:
            changes = sync.sync(reader, keep=keep, confirm=confirm)
            if former := self.connection.former:
                rest = sync.left_over(former.summaries(), reader, keep=keep, confirm=confirm)
                sync.carry(former.each_full_article(rest))
            return changes

        return self._run(run, progress)

    def remove(self, names: Sequence[str]) -> Changes:
        """Remove articles, each named by its id, or all of a file by its path.

        Raises ArticleNotFoundError before any is removed.
        """

        def remove(sync: Sync) -> Changes:
            stored = self.store.summaries()
            found: dict[str, Summary] = {}
            for name in names:
                named = _named(name, stored)
                if not named:
                    raise ArticleNotFoundError(
                        f"no article {name!r} in this index: `assistant search` prints ids"
                    )
                found |= named
            return sync.remove(found)

        return self._run(remove)

    def _run(self, run: Callable[[Sync], Changes], progress: Progress = no_progress) -> Changes:
        with self.connection.writing():
            if self.store.grow():
                self.connection.reopen()
            writer = self.writer()
            changes = run(Sync(self.store.summaries(), writer, progress))
            writer.finish()
            return changes

    def writer(self) -> Writer:
        """What writes articles and vectors, while the connection is held for writing."""
        return Writer(self.store, self.words, self.embedder, self.connection.locks)


def _named(name: str, stored: dict[str, Summary]) -> dict[str, Summary]:
    """The article with this id, or else all articles of the file with this path."""
    if name in stored:
        return {name: stored[name]}
    path = absolute(name)
    return {id: summary for id, summary in stored.items() if path in summary.files}
