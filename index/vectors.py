"""The store: articles, passages, vectors and settings, kept by Chroma. Nothing else imports chromadb.

Two collections. `passages` has one record a passage: its text, its vector, its article and where it starts.
`articles` has one record an article: what is known about it, the text before its body, and the mean of its
passages' vectors. Passages tile the body, so the text of an article is put together from its passages and is not
kept twice. An article is there once its record is: passages are written first, and removed last.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.api.models.Collection import Collection
from chromadb.config import Settings
from chromadb.errors import ChromaError

from .articles import Article, FullArticle, Passage, digest
from .errors import ArticleNotFoundError, IndexDamagedError

__all__ = ["Record", "VectorStore", "fingerprint", "is_store", "remove_store"]

# Records of one call when everything is read.
PAGE = 1_000
DATABASE = "chroma.sqlite3"
# What the record of an article holds by these names; unknown is left out.
KNOWN = ("title", "source", "author", "published", "updated", "url", "path", "checksum")


@dataclass(frozen=True)
class Record:
    """An article ready to be stored, with its passages and their vectors, one row each."""

    article: FullArticle
    passages: Sequence[Passage]
    vectors: np.ndarray


def is_store(folder: Path) -> bool:
    """Whether there is a store in `folder`; opening one where there is none would make it."""
    return (folder / DATABASE).is_file()


def remove_store(folder: Path) -> None:
    """Take the store in `folder` away, whatever state it is in."""
    shutil.rmtree(folder, ignore_errors=True)


def _read_something(database: Path) -> None:
    """Raise sqlite3.Error for a file that is no database of Chroma's.

    Chroma would take an empty file for a new store, and once it has failed on a file it fails in other ways.
    """
    with contextlib.closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("SELECT count(*) FROM collections").fetchone()


class VectorStore:
    """Articles and passages on disk in `folder`; made when it is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with self._errors():
            if is_store(folder):
                _read_something(folder / DATABASE)
            self._client: Any = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
            self._passages = self._collection("passages")
            self._articles = self._collection("articles")
            self._most = self._client.get_max_batch_size()

    def _collection(self, name: str) -> Collection:
        collection: Collection = self._client.get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        return collection

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (ChromaError, OSError, sqlite3.Error) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise IndexDamagedError(
                f"the index in {self._folder.parent} cannot be read or written ({reason}): check that the folder may "
                f"be written, or make it anew with `assistant index PATH... --index {self._folder.parent} --rebuild`"
            ) from error

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the index was made with: format, embedder, passage_tokens, generation. Empty when it is new."""
        with self._errors():
            return dict(self._client.get_collection(self._passages.name, embedding_function=None).metadata or {})

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        """Keep these settings in place of the former ones."""
        with self._errors():
            self._passages.modify(metadata=dict(settings))

    def next_generation(self) -> int:
        """Count one more write, before it is done, and say which."""
        generation = int(self.settings["generation"]) + 1
        self.write_settings({**self.settings, "generation": generation})
        return generation

    def counts(self) -> tuple[int, int]:
        """How many articles and how many passages there are."""
        with self._errors():
            return self._articles.count(), self._passages.count()

    def write(self, records: Sequence[Record]) -> None:
        """Put these articles in, each in place of the one with its id if there is one."""
        if not records:
            return
        passages = [passage for record in records for passage in record.passages]
        vectors = np.concatenate([record.vectors for record in records])
        outdated = self._passage_ids([record.article.id for record in records]) - {passage.id for passage in passages}
        with self._errors():
            for first in range(0, len(passages), self._most):
                some = slice(first, first + self._most)
                self._write_passages(passages[some], vectors[some])
            self._remove_passages(sorted(outdated))
            self._articles.upsert(
                ids=[record.article.id for record in records],
                embeddings=[_mean(record.vectors) for record in records],
                metadatas=[_to_metadata(record.article) for record in records],
            )

    def _write_passages(self, passages: Sequence[Passage], vectors: np.ndarray) -> None:
        self._passages.upsert(
            ids=[passage.id for passage in passages],
            embeddings=vectors,
            documents=[passage.text for passage in passages],
            metadatas=[{"article": passage.article.id, "start": passage.start} for passage in passages],
        )

    def remove(self, articles: Sequence[str]) -> None:
        """Take these articles out; ids that are not there are no error."""
        passages = sorted(self._passage_ids(articles))
        with self._errors():
            if articles:
                self._articles.delete(ids=list(articles))
            self._remove_passages(passages)

    def _remove_passages(self, ids: Sequence[str]) -> None:
        for some in _pieces(ids):
            self._passages.delete(ids=some)

    def _passage_ids(self, articles: Sequence[str]) -> set[str]:
        with self._errors():
            return {
                id
                for some in _pieces(articles)
                for id in self._passages.get(where=_any_of("article", some), include=[])["ids"]
            }

    def vectors(self, passages: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors of those passages that are stored, by id."""
        found: dict[str, np.ndarray] = {}
        with self._errors():
            for some in _pieces(passages):
                rows = self._passages.get(ids=some, include=["embeddings"])
                found.update(zip(rows["ids"], np.asarray(rows["embeddings"], dtype=np.float32), strict=True))
        return found

    def fingerprints(self, articles: Sequence[str]) -> dict[str, str]:
        """What `fingerprint` said of each article when it was written, for those that are stored."""
        return {id: str(data["fingerprint"]) for id, data in self._stored(ids=articles)}

    def articles_at(self, paths: Sequence[str]) -> dict[str, str]:
        """The articles that were read from these files: their ids, and for each the file."""
        return {id: str(data["path"]) for id, data in self._stored(paths=paths)}

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """Those of these articles that are stored, by id."""
        return {id: _from_metadata(id, data) for id, data in self._stored(ids=sorted(set(ids)))}

    def _stored(self, *, ids: Sequence[str] = (), paths: Sequence[str] = ()) -> Iterator[tuple[str, Mapping[str, Any]]]:
        with self._errors():
            for some in _pieces(ids):
                yield from _rows(self._articles.get(ids=some, include=["metadatas"]))
            for some in _pieces(paths):
                yield from _rows(self._articles.get(where=_any_of("path", some), include=["metadatas"]))

    def each_article(self) -> Iterator[Article]:
        """All articles, in no particular order."""
        for rows in self._pages(self._articles, ["metadatas"]):
            yield from (_from_metadata(id, data) for id, data in _rows(rows))

    def full_article(self, id: str) -> FullArticle:
        """The article with its text; raises ArticleNotFoundError."""
        with self._errors():
            parts: Any = self._passages.get(where={"article": id}, include=["documents", "metadatas"])
        data = next((data for _, data in self._stored(ids=[id])), None)
        if data is None:
            raise ArticleNotFoundError(f"no article {id!r} in this index: `assistant search` prints ids")
        texts = sorted(
            (int(about["start"]), text) for (_, about), text in zip(_rows(parts), parts["documents"], strict=True)
        )
        head = str(data.get("head", ""))
        return FullArticle(
            **vars(_from_metadata(id, data)),
            text=head + "".join(text for _, text in texts),
            body=len(head),
        )

    def nearest(self, vector: np.ndarray, k: int) -> list[tuple[str, float]]:
        """Ids of the `k` passages whose vectors are nearest to `vector`, and their cosines, best first."""
        with self._errors():
            found = self._passages.query(query_embeddings=[vector], n_results=k, include=["distances"])
            distances = (found["distances"] or [[]])[0]
            return [(id, 1 - distance) for id, distance in zip(found["ids"][0], distances, strict=True)]

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """The passages with these ids, in this order; those of an article that is not wholly stored are left out."""
        by_id: dict[str, Passage] = {}
        with self._errors():
            for some in _pieces(ids):
                rows = self._passages.get(ids=some, include=["documents", "metadatas"])
                by_id.update((passage.id, passage) for passage in self._to_passages(rows))
        return [by_id[id] for id in ids if id in by_id]

    def each_passage(self) -> Iterator[Passage]:
        """All passages of whole articles, in no particular order."""
        for rows in self._pages(self._passages, ["documents", "metadatas"]):
            yield from self._to_passages(rows)

    def _to_passages(self, rows: Any) -> Iterator[Passage]:
        articles = self.articles([data["article"] for data in rows["metadatas"]])
        for id, text, data in zip(rows["ids"], rows["documents"], rows["metadatas"], strict=True):
            if data["article"] in articles:
                article, start = articles[data["article"]], int(data["start"])
                yield Passage(id=id, article=article, start=start, end=start + len(text), text=text)

    def _pages(self, collection: Collection, include: Any) -> Iterator[Any]:
        with self._errors():
            for offset in range(0, collection.count(), PAGE):
                yield collection.get(limit=PAGE, offset=offset, include=include)


def _pieces(values: Sequence[str]) -> Iterator[list[str]]:
    """The values in lists short enough for one call."""
    for first in range(0, len(values), PAGE):
        yield list(values[first : first + PAGE])


def _any_of(key: str, values: list[str]) -> Any:
    return {key: {"$in": values}}


def _rows(answer: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return zip(answer["ids"], answer["metadatas"], strict=True)


def _mean(vectors: np.ndarray) -> np.ndarray:
    mean = vectors.mean(axis=0)
    return np.asarray(mean / (np.linalg.norm(mean) or 1.0))


def fingerprint(article: FullArticle) -> str:
    """A hash of all that is stored of an article but the place of its file: where it is the same, nothing changed."""
    known = {**_known(article), "path": None}
    return digest(article.text, str(article.body), json.dumps(known, sort_keys=True))


def _known(article: Article) -> dict[str, Any]:
    known = {name: getattr(article, name) for name in KNOWN if getattr(article, name) is not None}
    return {**known, "pages": json.dumps(article.pages)} if article.pages else known


def _to_metadata(article: FullArticle) -> dict[str, Any]:
    head = {"head": article.text[: article.body]} if article.body else {}
    return {**_known(article), **head, "fingerprint": fingerprint(article)}


def _from_metadata(id: str, data: Mapping[str, Any]) -> Article:
    known: Any = {name: data[name] for name in KNOWN if name in data}
    known["pages"] = tuple(json.loads(data.get("pages", "[]")))
    return Article(id=id, **known)
