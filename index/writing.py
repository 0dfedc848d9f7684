"""Put articles into an index: what is new or changed is cut, embedded and written, the rest is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from filelock import FileLock

from .articles import Article, FullArticle, Passage, checksum, to_passage
from .embedders import Embedder
from .passages import cut
from .reading import holds_many
from .terms import is_english, terms
from .vectors import Record, VectorStore, fingerprint
from .words import WordIndex

__all__ = ["Changes", "Progress", "Writer"]

# What is read, embedded and written in one go: enough passages to sort by length, little to keep in memory.
BATCH_CHARACTERS = 400_000
BATCH_ARTICLES = 500
# Of the embedder's tokens, at most this share goes to the title that stands before each passage.
TITLE_SHARE = 0.25
# Tokens that mark the beginning and the end of a text.
MARKS = 2
LANGUAGE_SAMPLE = 2_000
# Of a text of fewer terms nobody can tell the language by its function words.
TOO_FEW_TERMS = 12

Progress = Callable[["Changes"], None]


@dataclass
class Changes:
    """What `Index.add` did, in articles by id and in passages."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    read: int = 0
    repeated: list[str] = field(default_factory=list)  # came again with another content: the later one stands
    foreign: int = 0  # of those added and changed, how many are in a language that the embedder does not know
    passages: int = 0  # written
    embedded: int = 0  # of those, how many had no vector yet

    def __str__(self) -> str:
        return f"{len(self.added)} added, {len(self.changed)} changed, {len(self.unchanged)} unchanged"


class Writer:
    """Writes to a store and its word index, which it keeps in agreement."""

    def __init__(self, store: VectorStore, words: WordIndex, embedder: Embedder, lock: FileLock) -> None:
        self._lock = lock
        self._store = store
        self._words = words
        self._embedder = embedder

    def add(self, articles: Iterable[FullArticle], progress: Progress | None = None) -> Changes:
        """What `Index.add` says."""
        changes = Changes()
        for batch in _batches(self._noting_repeated(articles, changes)):
            self._add_batch(batch, changes)
            if progress:
                progress(changes)
        return changes

    def _noting_repeated(self, articles: Iterable[FullArticle], changes: Changes) -> Iterator[FullArticle]:
        seen: dict[str, str] = {}
        for article in articles:
            content = fingerprint(article)
            if seen.setdefault(article.id, content) != content and article.id not in changes.repeated:
                changes.repeated.append(article.id)
            yield article

    def _add_batch(self, batch: list[FullArticle], changes: Changes) -> None:
        by_id = {article.id: article for article in batch}
        stored = self._store.articles(list(by_id))
        fingerprints = self._store.fingerprints(list(by_id))
        outdated = self._outdated(batch)
        fresh = []
        for article in by_id.values():
            former = stored.get(article.id)
            if former and fingerprints[article.id] == fingerprint(article) and _is_where_it_was(former, article):
                changes.unchanged.append(article.id)
                continue
            fresh.append(article)
            (changes.changed if former or article.path in outdated.values() else changes.added).append(article.id)
        changes.read += len(by_id)
        changes.foreign += sum(not self._knows_language_of(article) for article in fresh)
        if fresh or outdated:
            self._write(fresh, list(outdated), changes)

    def _outdated(self, batch: Sequence[FullArticle]) -> dict[str, str]:
        """Stored articles that nothing in the batch is and whose file now holds another: their ids, and the files."""
        files = {article.path: article.id for article in batch if article.path and not holds_many(article.path)}
        there = self._store.articles_at(list(files))
        return {id: path for id, path in there.items() if id not in files.values() and files[path] != id}

    def _write(self, articles: Sequence[FullArticle], outdated: list[str], changes: Changes) -> None:
        records = self._records(articles, changes)
        passages = [passage for record in records for passage in record.passages]
        with self._lock:
            # Cut short between here and the end, the word index is behind: it is made anew when next opened.
            generation = self._store.next_generation()
            self._store.remove(outdated)
            self._store.write(records)
            self._words.update(passages, [*outdated, *(article.id for article in articles)], generation)
        changes.passages += len(passages)

    def _records(self, articles: Sequence[FullArticle], changes: Changes) -> list[Record]:
        """The articles cut into passages, with vectors; only those that are not stored yet are embedded."""
        titles = {article.id: self._short_title(article.title) for article in articles}
        cuts = [self._cut(article, titles[article.id]) for article in articles]
        passages = [passage for found in cuts for passage in found]
        vectors = self._store.vectors([passage.id for passage in passages])
        fresh = [passage for passage in passages if passage.id not in vectors]
        texts = [f"{titles[passage.article.id]}\n{passage.text.strip()}" for passage in fresh]
        vectors.update(zip((passage.id for passage in fresh), self._embedder.embed(texts), strict=True))
        changes.embedded += len(fresh)
        return [
            Record(article, found, np.array([vectors[passage.id] for passage in found]))
            for article, found in zip(articles, cuts, strict=True)
        ]

    def _cut(self, article: FullArticle, title: str) -> list[Passage]:
        room = self._embedder.max_tokens - MARKS - self._embedder.count([title])[0]
        return [to_passage(article, stretch) for stretch in cut(article, self._embedder.count, room)]

    def _short_title(self, title: str) -> str:
        """As much of the title as may stand before each passage when it is embedded."""
        while self._embedder.count([title])[0] > TITLE_SHARE * self._embedder.max_tokens:
            title = title[: len(title) * 3 // 4]
        return title

    def _knows_language_of(self, article: FullArticle) -> bool:
        sample = article.text[article.body :][:LANGUAGE_SAMPLE]
        return not self._embedder.languages or is_english(sample) or len(terms(sample)) < TOO_FEW_TERMS


def _is_where_it_was(former: Article, article: Article) -> bool:
    """Whether the file of the stored article is that of the article, or still holds it: then this one is a copy."""
    if former.path == article.path:
        return True
    if former.path is None:
        return False
    return checksum(former.path) == former.checksum if former.checksum else Path(former.path).exists()


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
