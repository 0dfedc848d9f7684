"""An index: what is stored about a set of articles, and the two ways to search it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from .articles import Article, FullArticle, Passage, to_passage
from .embedders import DEFAULT_EMBEDDER, Embedder, make_embedder
from .errors import IndexMismatchError, IndexMissingError
from .passages import PASSAGE_TOKENS, cut
from .reading import holds_many
from .terms import is_english
from .vectors import Record, VectorStore, fingerprint, is_store
from .words import GENERATION, WordIndex

__all__ = ["Changes", "Index", "files_state"]

FORMAT = 1
STORE, WORDS = "chroma", "words"
# What is read, embedded and written in one go: enough passages to sort by length, little to keep in memory.
BATCH_CHARACTERS = 400_000
BATCH_ARTICLES = 500
# Of the embedder's tokens, at most this share goes to the title that stands before each passage.
TITLE_SHARE = 0.25
# Tokens that mark the beginning and the end of a text.
MARKS = 2
LANGUAGE_SAMPLE = 2_000

Progress = Callable[["Changes"], None]


@dataclass
class Changes:
    """What `Index.add` did, in articles by id and in passages."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    read: int = 0
    foreign: int = 0  # of those added and changed, how many are in a language that the embedder does not know
    passages: int = 0  # written
    embedded: int = 0  # of those, how many had no vector yet

    def __str__(self) -> str:
        return f"{len(self.added)} added, {len(self.changed)} changed, {len(self.unchanged)} unchanged"


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

    def __init__(self, folder: Path, *, embedder: str | None = None, create: bool = False) -> None:
        """Open the index in `folder`.

        embedder: the name that the index must have been made with (None: whichever it was made with).
        create: make an empty index where there is none; otherwise that raises IndexMissingError.
        Raises IndexMismatchError for another embedder or a newer format, IndexDamagedError for a broken store.
        """
        self.folder = folder
        self._last_query: tuple[str | None, np.ndarray] = (None, np.zeros(0))
        if not is_store(folder / STORE):
            if not create:
                raise IndexMissingError(
                    f"no index in {folder}: make one with `assistant index PATH... --index {folder}`"
                )
            self.embedder = make_embedder(embedder or DEFAULT_EMBEDDER)
        self._store = VectorStore(folder / STORE)
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
        return make_embedder(self.embedder_name)

    @cached_property
    def _words(self) -> WordIndex:
        """The word index, made anew from the store where the two do not agree."""
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
        if self._last_query[0] != query:
            self._last_query = query, self.embedder.embed([query])[0]
        return self._last_query[1]

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

    def clear(self, embedder: str | None = None) -> None:
        """Forget all articles; what comes next is embedded with `embedder`, or the one used so far."""
        name, generation = embedder or self.embedder_name, self.generation
        self.embedder = make_embedder(name)
        self._store.clear()
        self._write_settings(name, generation + 1)
        self._words.clear()

    def add(self, articles: Iterable[FullArticle], progress: Progress | None = None) -> Changes:
        """Put articles in, each in place of the one with its id, or that was read from its file.

        One that is stored as it is costs a hash. `progress` is called after each batch with what was done so far.
        """
        changes = Changes()
        for batch in _batches(articles):
            self._add_batch(batch, changes)
            if progress:
                progress(changes)
        return changes

    def _add_batch(self, batch: list[FullArticle], changes: Changes) -> None:
        stored = self._store.fingerprints([article.id for article in batch])
        by_id = {article.id: article for article in batch}
        changes.read += len(by_id)
        fresh = [article for article in by_id.values() if stored.get(article.id) != fingerprint(article)]
        outdated = self._outdated(fresh)
        for article in by_id.values():
            former = stored.get(article.id)
            if former == fingerprint(article):
                changes.unchanged.append(article.id)
            elif former or article.path in outdated.values():
                changes.changed.append(article.id)
            else:
                changes.added.append(article.id)
        if fresh:
            changes.foreign += sum(not self._knows_language_of(article) for article in fresh)
            self._write(fresh, list(outdated), changes)

    def _outdated(self, fresh: Sequence[FullArticle]) -> dict[str, str]:
        """Stored articles whose file now holds another one: their ids, and the files."""
        files = {article.path: article.id for article in fresh if article.path and not holds_many(article.path)}
        there = self._store.articles_at(list(files)) if files else {}
        return {id: path for id, path in there.items() if files[path] != id}

    def _write(self, articles: Sequence[FullArticle], outdated: list[str], changes: Changes) -> None:
        titles = {article.id: self._short_title(article.title) for article in articles}
        passages = {article.id: self._cut(article, titles[article.id]) for article in articles}
        everything = list(chain.from_iterable(passages.values()))
        vectors = self._store.vectors([passage.id for passage in everything])
        fresh = [passage for passage in everything if passage.id not in vectors]
        texts = [f"{titles[passage.article.id]}\n{passage.text.strip()}" for passage in fresh]
        vectors.update(zip((passage.id for passage in fresh), self.embedder.embed(texts), strict=True))

        words, generation = self._words, self.generation + 1
        # Cut short between here and the last line, the word index is behind: it is made anew when next opened.
        self._write_settings(self.embedder_name, generation)
        self._store.remove(outdated)
        self._store.write(
            [
                Record(
                    article, passages[article.id], np.array([vectors[passage.id] for passage in passages[article.id]])
                )
                for article in articles
            ]
        )
        words.update(everything, [*outdated, *passages], generation)
        changes.passages += len(everything)
        changes.embedded += len(fresh)

    def _cut(self, article: FullArticle, title: str) -> list[Passage]:
        room = self.embedder.max_tokens - MARKS - self.embedder.count([title])[0]
        return [to_passage(article, stretch) for stretch in cut(article, self.embedder.count, room)]

    def _short_title(self, title: str) -> str:
        """As much of the title as may stand before each passage when it is embedded."""
        while self.embedder.count([title])[0] > TITLE_SHARE * self.embedder.max_tokens:
            title = title[: len(title) * 3 // 4]
        return title

    def _knows_language_of(self, article: FullArticle) -> bool:
        return not self.embedder.languages or is_english(article.text[article.body :][:LANGUAGE_SAMPLE])


def _batches(articles: Iterable[FullArticle]) -> Iterator[list[FullArticle]]:
    batch: list[FullArticle] = []
    size = 0
    for article in articles:
        batch.append(article)
        size += len(article.text)
        if size >= BATCH_CHARACTERS or len(batch) == BATCH_ARTICLES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
