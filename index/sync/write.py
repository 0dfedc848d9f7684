"""Write articles into a store and its word index: cut them, embed what is new in them, keep the two in agreement."""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..articles import Article, ExportedArticle, FullArticle, Passage, fingerprint, to_passage
from ..embedding.embedders import Embedder
from ..errors import IndexMismatchError
from ..storage.locks import Locks
from ..storage.records import Mark, Record, Summary, VectorStore, embedded, is_unit
from ..storage.words import WordIndex, document
from ..text.passages import cut
from ..text.terms import is_english, terms

__all__ = ["Writer", "Written"]

logger = logging.getLogger(__name__)

# Of the embedder's tokens, at most this share goes to the title that stands before each passage.
TITLE_SHARE = 0.25
# Tokens that mark the beginning and the end of a text.
MARKS = 2
LANGUAGE_SAMPLE = 2_000
# Of a text of fewer terms nobody can tell the language by its function words.
TOO_FEW_TERMS = 12
# Passages that are embedded between two words on how far it is.
TOLD_EVERY = 256


@dataclass(frozen=True)
class Written:
    """What a writing did: passages written, and how many of them had to be embedded."""

    passages: int
    embedded: int


class Writer:
    """Writes to a store and its word index, a batch at a time. Nobody else may be writing.

    A batch that is cut short is made good by whoever opens the index next (`Index`).
    """

    def __init__(
        self,
        store: VectorStore,
        words: WordIndex,
        embedder: Embedder,
        locks: Locks,
    ) -> None:
        self._store = store
        self._words = words
        self._embedder = embedder
        self._locks = locks
        self._passages = 0
        self._born, self._generation = store.mark

    def write(
        self,
        articles: Sequence[FullArticle],
        former: Sequence[Summary],
        gone: Sequence[str],
        tell: Callable[[int, int], None] = lambda done, of: None,
    ) -> Written:
        """Put these articles in and take those out. `former`: what is stored of them, or was read from their files.

        tell: is called, while it goes on, with how many of how many passages have a vector.
        """
        begun = time.perf_counter()
        records, fresh = self._records(articles, former, tell)
        documents = [document(passage) for record in records for passage in record.passages]
        ids = [article.id for article in articles]
        with self._batch(ids, gone) as generation:
            self._store.write(records, generation)
            self._store.remove(gone, generation)
            self._words.update(documents, [*gone, *ids], Mark(self._born, generation))
        self._passages += len(documents)
        logger.info(
            "written: articles %d, passages %d (%d embedded); removed: articles %d; %.2f s",
            len(ids),
            len(documents),
            fresh,
            len(gone),
            time.perf_counter() - begun,
        )
        return Written(len(documents), fresh)

    def finish(self) -> None:
        """All is written."""
        if self._passages:
            with self._locks.batch():
                self._store.settle(writes=self._passages)

    def move(self, articles: Sequence[Article]) -> None:
        """Note in which files these articles are now."""
        with self._batch() as generation:
            self._store.move(articles, generation)
            self._words.note(Mark(self._born, generation))

    def embed_again(self, passages: Sequence[Passage]) -> None:
        """Put new vectors in place of those of these passages."""
        titles = {
            passage.article.id: self._short_title(passage.article.title) for passage in passages
        }
        vectors = self._embedder.embed([_text(titles, passage) for passage in passages])
        with self._batch() as generation:
            self._store.write_passages(passages, vectors)
            self._words.note(Mark(self._born, generation))

    @contextlib.contextmanager
    def _batch(self, put: Sequence[str] = (), gone: Sequence[str] = ()) -> Iterator[int]:
        """Write what is one generation, and note that it is whole; gives its number.

        On one machine the lock sees to it that nobody else writes the same.
        """
        with self._locks.batch(put, gone):
            if self._store.generation != self._generation:
                raise IndexMismatchError(
                    "another machine is writing to this index: let it end, then run the same command again; what was "
                    "written so far stays"
                )
            self._generation += 1
            yield self._generation
            self._store.settle()
            self._store.finish(self._generation)

    def reads(self, article: FullArticle) -> bool:
        """Whether the embedder knows the article's language, or nobody can tell."""
        sample = article.text[article.body :][:LANGUAGE_SAMPLE]
        return (
            not self._embedder.languages or is_english(sample) or len(terms(sample)) < TOO_FEW_TERMS
        )

    def _records(
        self,
        articles: Sequence[FullArticle],
        former: Sequence[Summary],
        tell: Callable[[int, int], None],
    ) -> tuple[list[Record], int]:
        """The articles cut into passages, with vectors; what was not in their former versions is embedded."""
        titles = {article.id: self._short_title(article.title) for article in articles}
        cuts = [self._cut(article, titles[article.id]) for article in articles]
        passages = [passage for found in cuts for passage in found]
        keys = [embedded(passage.article.title, passage.text) for passage in passages]
        vectors = self._store.vectors_by_text(former) | self._brought(articles, passages)
        fresh = {
            key: passage for key, passage in zip(keys, passages, strict=True) if key not in vectors
        }
        for first in range(0, len(fresh), TOLD_EVERY):
            some = dict(itertools.islice(fresh.items(), first, first + TOLD_EVERY))
            texts = [_text(titles, passage) for passage in some.values()]
            vectors.update(zip(some, self._embedder.embed(texts), strict=True))
            tell(len(passages) - len(fresh) + first + len(some), len(passages))
        rows = iter(keys)
        records = [
            Record(article, found, np.array([vectors[next(rows)] for _ in found]))
            for article, found in zip(articles, cuts, strict=True)
        ]
        return records, len(fresh)

    def _brought(
        self, articles: Sequence[FullArticle], passages: Sequence[Passage]
    ) -> dict[str, np.ndarray]:
        """The vectors that exported articles bring, where this embedder made them of the same passages."""
        brought = {
            a.id: a.vectors
            for a in articles
            if isinstance(a, ExportedArticle) and a.embedder == self._embedder.name
        }
        if not brought:
            return {}
        length = self._embedder.embed(["How long is a vector?"]).shape[1]
        found = {}
        for passage in passages:
            data = brought.get(passage.article.id, {}).get((passage.start, passage.end), b"")
            vector = np.frombuffer(data, dtype="<f4") if len(data) == 4 * length else np.zeros(0)
            if is_unit(vector):
                found[embedded(passage.article.title, passage.text)] = vector
        return found

    def _cut(self, article: FullArticle, title: str) -> list[Passage]:
        room = self._embedder.max_tokens - MARKS - self._embedder.count([title])[0]
        version = fingerprint(article)
        return [
            to_passage(article, stretch, version)
            for stretch in cut(article, self._embedder.count, room, self._store.passage_tokens)
        ]

    def _short_title(self, title: str) -> str:
        """As much of the title as may stand before each passage when it is embedded."""
        while self._embedder.count([title])[0] > TITLE_SHARE * self._embedder.max_tokens:
            title = title[: len(title) * 3 // 4]
        return title


def _text(titles: Mapping[str, str], passage: Passage) -> str:
    """What is embedded of a passage: the short title of its article, by id, stands before it."""
    return f"{titles[passage.article.id]}\n{passage.text.strip()}"
