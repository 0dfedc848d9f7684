"""Write articles: cut them into passages, embed these, and store both."""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..articles import Article, ExportedArticle, FullArticle, Passage, fingerprint, to_passage
from ..embedding.embedders import Embedder
from ..errors import IndexMismatchError
from ..storage.locks import Locks
from ..storage.records import ArticleRecord, Mark, Summary, VectorStore, is_unit, vector_key
from ..storage.words import WordIndex, document
from ..text.passages import cut_passages
from ..text.terms import is_english, terms

__all__ = ["DRY_RUN", "DryRun", "Writer", "Written"]

logger = logging.getLogger(__name__)

# The share of the embedder's tokens for the title, which is put before each passage.
TITLE_SHARE = 0.25
# Passages that are embedded between two reports of progress.
REPORT_PASSAGES = 256


@dataclass(frozen=True)
class Written:
    """The number of passages that were written, and of those that had to be embedded."""

    passages: int
    embedded: int


class DryRun:
    """Stands in for a writer where nothing is to be written."""

    def write(self, articles: object, former: object, gone: object, report: object) -> Written:
        """Write nothing."""
        return Written(0, 0)

    def move(self, articles: object) -> None:
        """Note nothing."""

    def reads(self, article: object) -> bool:
        """Nothing is embedded, so no language is foreign."""
        return True


DRY_RUN = DryRun()


class Writer:
    """Writes batches to the store and the word index. No other process may be writing.

    A batch that is cut short is completed or undone when the index is opened next
    (`Connection.finish_batch`).
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
        report: Callable[[int, int], None],
    ) -> Written:
        """Put `articles` and remove `gone`.

        former: the stored articles that they replace, whose vectors are used again.
        report: is called now and then with the number of passages that have a vector, and of all.
        """
        begun = time.perf_counter()
        records, fresh = self._records(articles, former, report)
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
        """Write everything to disk."""
        if self._passages:
            with self._locks.batch():
                self._store.settle(writes=self._passages)

    def move(self, articles: Sequence[Article]) -> None:
        """Note the present files of these articles."""
        with self._batch() as generation:
            self._store.move(articles, generation)
            self._words.note(Mark(self._born, generation))

    def embed_again(self, passages: Sequence[Passage]) -> None:
        """Replace the vectors of these passages."""
        titles = self._short_titles(passage.article for passage in passages)
        vectors = self._embedder.embed([_embedded_text(titles, passage) for passage in passages])
        with self._batch() as generation:
            self._store.write_passages(passages, vectors)
            self._words.note(Mark(self._born, generation))

    @contextlib.contextmanager
    def _batch(self, put: Sequence[str] = (), gone: Sequence[str] = ()) -> Iterator[int]:
        """Write one generation, and note at the end that it is whole; gives its number.

        The lock keeps out other processes of this machine, and the number those of other machines.
        """
        with self._locks.batch(put, gone):
            if self._store.generation != self._generation:
                raise IndexMismatchError(
                    "another machine is writing to this index: wait for its end, then run the same "
                    "command again; what was written so far is kept"
                )
            self._generation += 1
            yield self._generation
            self._store.settle()
            self._store.finish(self._generation)

    def reads(self, article: FullArticle) -> bool:
        """Whether the embedder knows the language of the article, or the language is unknown."""
        if not self._embedder.languages:
            return True
        sample = article.text[article.body :][:2_000]
        # A few terms do not tell the language.
        return is_english(sample) or len(terms(sample)) < 12

    def _records(
        self,
        articles: Sequence[FullArticle],
        former: Sequence[Summary],
        report: Callable[[int, int], None],
    ) -> tuple[list[ArticleRecord], int]:
        """Articles, passages and vectors; and the number of passages that were embedded."""
        titles = self._short_titles(articles)
        cuts = [self._cut(article, titles[article.id]) for article in articles]
        passages = list(itertools.chain.from_iterable(cuts))
        vectors = self._store.vectors_by_key(former) | self._brought(articles, passages)
        fresh = {}
        for passage in passages:
            if (key := _key(passage)) not in vectors:
                fresh[key] = passage
        for first in range(0, len(fresh), REPORT_PASSAGES):
            some = dict(itertools.islice(fresh.items(), first, first + REPORT_PASSAGES))
            texts = [_embedded_text(titles, passage) for passage in some.values()]
            vectors.update(zip(some, self._embedder.embed(texts), strict=True))
            report(len(passages) - len(fresh) + first + len(some), len(passages))
        records = []
        for article, own in zip(articles, cuts, strict=True):
            rows = np.array([vectors[_key(passage)] for passage in own])
            records.append(ArticleRecord(article, own, rows))
        return records, len(fresh)

    def _brought(
        self, articles: Sequence[FullArticle], passages: Sequence[Passage]
    ) -> dict[str, np.ndarray]:
        """The vectors that exported articles bring from this embedder, by `vector_key`."""
        brought = {}
        for article in articles:
            if isinstance(article, ExportedArticle) and article.embedder == self._embedder.name:
                brought[article.id] = article.vectors
        if not brought:
            return {}
        length = self._embedder.embed(["How long is a vector?"]).shape[1]
        found = {}
        for passage in passages:
            data = brought.get(passage.article.id, {}).get((passage.start, passage.end), b"")
            vector = np.frombuffer(data, dtype="<f4") if len(data) == 4 * length else np.zeros(0)
            if is_unit(vector):
                found[_key(passage)] = vector
        return found

    def _cut(self, article: FullArticle, title: str) -> list[Passage]:
        marks = 2
        limit = self._embedder.max_tokens - marks - self._embedder.count([title])[0]
        version = fingerprint(article)
        stretches = cut_passages(article, self._embedder.count, limit, self._store.passage_tokens)
        return [to_passage(article, stretch, version) for stretch in stretches]

    def _short_titles(self, articles: Iterable[Article]) -> dict[str, str]:
        """The beginnings of titles that are put before passages, by the id of the article."""
        titles = {article.id: article.title for article in articles}
        for id in titles:
            while self._embedder.count([titles[id]])[0] > TITLE_SHARE * self._embedder.max_tokens:
                titles[id] = titles[id][: len(titles[id]) * 3 // 4]
        return titles


def _key(passage: Passage) -> str:
    return vector_key(passage.article.title, passage.text)


def _embedded_text(titles: Mapping[str, str], passage: Passage) -> str:
    return f"{titles[passage.article.id]}\n{passage.text.strip()}"
