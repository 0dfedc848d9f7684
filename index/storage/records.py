"""The records of Chroma's collections: articles, passages, vectors and settings.

A set of records is three numbered collections. `assistant-passages-N` has a record for each passage
(text, vector, article), `assistant-articles-N` one for each article (facts, the text before its
body, the starts of its passages), `assistant-removed-N` one for each article that was removed. The
collection `assistant-settings` names the current set; another may be in the making beside it.

Passages tile the body, so the text of an article is joined from them and not stored twice. The id
of a passage is the version of its article (a hash of all that is stored of it) and its start, so a
changed article has other passages. They are written before the record of the article, and the
former ones are removed after it: all passages that the record names are there, and those that no
record names are not shown.
"""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..articles import Article, FullArticle, Passage, digest, fingerprint, known_facts, passage_id
from ..errors import ArticleNotFoundError, IndexDamagedError, IndexMismatchError
from .chroma import FILES_EVERY, Chroma

__all__ = [
    "FORMAT",
    "ArticleRecord",
    "IndexSettings",
    "Mark",
    "Summary",
    "VectorStore",
    "collections_of",
    "current_set",
    "is_unit",
    "leftovers",
    "make_current",
    "new_settings",
    "other_sets",
    "passages_of",
    "vector_key",
]

FORMAT = 2
SETTINGS = "assistant-settings"
SET_KINDS = ("assistant-passages", "assistant-articles", "assistant-removed")
# Chroma wants a vector for each record, but articles have none.
NO_VECTOR = [1.0]

IndexSettings = Mapping[str, Any]
# The id and the metadata of a record.
StoredRow = tuple[str, Mapping[str, Any]]


class Mark(NamedTuple):
    """A state of a store: `born` names the store, `generation` counts its writes."""

    born: str
    generation: int

    def is_before(self, other: Mark) -> bool:
        """Whether the same store was later in the other state."""
        return self.born == other.born and self.generation < other.generation


@dataclass(frozen=True)
class ArticleRecord:
    """An article to be stored, with its passages and their vectors, one row each."""

    article: FullArticle
    passages: Sequence[Passage]
    vectors: np.ndarray


@dataclass(frozen=True)
class Summary:
    """A stored article without its text: enough to tell whether it has changed."""

    article: Article
    version: str
    starts: tuple[int, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """All files that hold the article."""
        return self.article.files

    @property
    def passages(self) -> list[str]:
        """The ids of its passages, in order."""
        return [passage_id(self.version, start) for start in self.starts]


class VectorStore:
    """A set of records in Chroma. Only whole articles are read, old or new."""

    def __init__(self, chroma: Chroma, number: int) -> None:
        self.number = number
        # The last generation that was finished through this object.
        self.wrote: int | None = None
        self._chroma = chroma
        self.passages_name, self.articles_name, self.removed_name = collections_of(number)

    def load(self) -> None:
        """Read the vector files."""
        self._chroma.load([self.passages_name, self.articles_name, self.removed_name])

    @classmethod
    def begin(cls, chroma: Chroma, number: int, settings: IndexSettings) -> VectorStore:
        """Make a new, empty set; its settings, which make it one, are written last."""
        passages, articles, removed = collections_of(number)
        # Without vector files Chroma reads its whole log for each write. Few articles are ever
        # removed.
        chroma.note(removed, {"format": FORMAT}, files_every=2)
        chroma.note(articles, {"format": FORMAT})
        chroma.note(passages, settings)
        return cls(chroma, number)

    @property
    def settings(self) -> IndexSettings:
        """The settings of the set: format, embedder, passage_tokens, generation, born."""
        found = self._chroma.metadata(self.passages_name)
        if not found:
            raise IndexDamagedError(
                f"the index in {self._chroma.place} lacks its settings: rebuild it with "
                f"`assistant index PATH... --index {self._chroma.place} --rebuild`"
            )
        return found

    @cached_property
    def embedder_name(self) -> str:
        """The embedder that the set was made with."""
        return str(self.settings["embedder"])

    @cached_property
    def passage_tokens(self) -> int:
        """The most tokens (cl100k) that a passage has."""
        return int(self.settings["passage_tokens"])

    @property
    def mark(self) -> Mark:
        """The state of the set: it changes with each write."""
        settings = self.settings
        return Mark(str(settings["born"]), int(settings["generation"]))

    @property
    def generation(self) -> int:
        """The number of batches that were finished."""
        return self.mark.generation

    def finish(self, generation: int) -> None:
        """Note that a batch is whole."""
        self._chroma.note(self.passages_name, {**self.settings, "generation": generation})
        self.wrote = generation

    def latest(self, generation: int) -> int:
        """The generation, or a later one that was begun and not finished."""
        for name in (self.articles_name, self.removed_name):
            for _, data in self._since(name, generation):
                generation = max(generation, int(data["generation"]))
        return generation

    def counts(self) -> tuple[int, int]:
        """The numbers of articles and of passages."""
        with self._chroma.errors():
            return self._articles.count(), self._passages.count()

    @property
    def _passages(self) -> Any:
        return self._chroma.collection(self.passages_name)

    @property
    def _articles(self) -> Any:
        return self._chroma.collection(self.articles_name)

    @property
    def _removed(self) -> Any:
        return self._chroma.collection(self.removed_name)

    def write(self, records: Sequence[ArticleRecord], generation: int) -> None:
        """Put these articles, each in place of the one with its id."""
        if not records:
            return
        former = self.summaries([record.article.id for record in records])
        passages = list(itertools.chain.from_iterable(record.passages for record in records))
        self.write_passages(passages, np.concatenate([record.vectors for record in records]))
        self._write_articles(records, generation)
        written = {passage.id for passage in passages}
        self.remove_passages(sorted(set(passages_of(former.values())) - written))

    def write_passages(self, passages: Sequence[Passage], vectors: np.ndarray) -> None:
        """Put these passages with their vectors, one row each, in place of those with their ids."""
        for some in self._chroma.pieces(len(passages), vectors.shape[1]):
            with self._chroma.errors():
                self._passages.upsert(
                    ids=[passage.id for passage in passages[some]],
                    embeddings=vectors[some],
                    metadatas=[{"article": p.article.id, "text": p.text} for p in passages[some]],
                )

    def _write_articles(self, records: Sequence[ArticleRecord], generation: int) -> None:
        for some in self._chroma.pieces(len(records)):
            with self._chroma.errors():
                self._articles.upsert(
                    ids=[record.article.id for record in records[some]],
                    embeddings=[NO_VECTOR] * len(records[some]),
                    metadatas=[_to_metadata(record, generation) for record in records[some]],
                )

    def move(self, articles: Sequence[Article], generation: int) -> None:
        """Note the present files of these articles, whose texts are the same."""
        stored = self.summaries([article.id for article in articles])
        moved = [article for article in articles if article.id in stored]
        for some in self._chroma.pieces(len(moved)):
            changes = []
            for article in moved[some]:
                summary = stored[article.id]
                about = _about(article, summary.version, summary.starts)
                path = article.path or ""
                changes.append({"about": about, "generation": generation, "path": path})
            with self._chroma.errors():
                self._articles.update(ids=[a.id for a in moved[some]], metadatas=changes)

    def remove(self, articles: Sequence[str], generation: int) -> None:
        """Remove these articles; unknown ids are ignored."""
        former = self.summaries(articles)
        ids = list(former)
        for some in self._chroma.pieces(len(ids)):
            with self._chroma.errors():
                self._removed.upsert(
                    ids=ids[some],
                    embeddings=[NO_VECTOR] * len(ids[some]),
                    metadatas=[{"generation": generation}] * len(ids[some]),
                )
                self._articles.delete(ids=ids[some])
        self.remove_passages(passages_of(former.values()))

    def remove_passages(self, ids: Sequence[str]) -> None:
        """Remove these passages; unknown ids are ignored."""
        for some in self._chroma.pieces(len(ids)):
            with self._chroma.errors():
                self._passages.delete(ids=list(ids[some]))

    def grow(self) -> bool:
        """Write the vector files of a large set less often, because each write costs its size.

        Returns whether the set has to be opened again for that.
        """
        wanted = min(10_000, self.counts()[1] // 100)
        if self._chroma.place.server or wanted < 2 * self._files_every:
            return False
        self._chroma.write_files_every(self.passages_name, wanted)
        self._chroma.note(self.passages_name, {**self.settings, "files_every": wanted})
        return True

    @property
    def _files_every(self) -> int:
        return int(self.settings.get("files_every", FILES_EVERY))

    def settle(self, writes: int = 0) -> None:
        """Write everything to disk; after many writes to Chroma's vector files, too.

        Chroma writes those after a number of writes, for which removals of missing passages count.
        """
        if writes and writes >= self._files_every and not self._chroma.place.server:
            self.remove_passages([f"none:{n}" for n in range(self._files_every)])
        self._chroma.settle()

    def remove_orphans(self, articles: Sequence[str]) -> None:
        """Remove passages of these articles that no record names, as a batch cut short leaves."""
        named = set(passages_of(self.summaries(articles).values()))
        found: list[str] = []
        for some in self._chroma.pieces(len(articles)):
            where = {"article": {"$in": list(articles[some])}}
            with self._chroma.errors():
                found += self._passages.get(where=where, include=[])["ids"]
        self.remove_passages([id for id in found if id not in named])

    def orphans(self) -> list[str]:
        """The ids of all passages that no record names."""
        named = set(passages_of(self.summaries().values()))
        return [id for id in self.passage_ids() if id not in named]

    def passage_ids(self) -> list[str]:
        """The ids of all stored passages, those that no record names included."""
        with self._chroma.errors():
            return list(self._passages.get(include=[])["ids"])

    def _with_ids(self, name: str, ids: Sequence[str], *include: Any) -> Iterator[Any]:
        """The records with these ids, as many in each answer of Chroma's as one call may read."""
        for some in self._chroma.pieces(len(ids)):
            with self._chroma.errors():
                answer: Any = self._chroma.collection(name).get(
                    ids=list(ids[some]), include=list(include)
                )
            yield answer

    def vectors(self, passages: Sequence[str]) -> dict[str, np.ndarray]:
        """The unit vectors of these passages by id; unknown ids are left out."""
        found: dict[str, np.ndarray] = {}
        for rows in self._with_ids(self.passages_name, passages, "embeddings"):
            vectors = np.asarray(rows["embeddings"], dtype=np.float32)
            found.update(zip(rows["ids"], vectors, strict=True))
        return found

    def vectors_by_key(self, summaries: Iterable[Summary]) -> dict[str, np.ndarray]:
        """The vectors of the passages of these articles, by `vector_key`."""
        titles = {id: summary.article.title for summary in summaries for id in summary.passages}
        found: dict[str, np.ndarray] = {}
        for rows in self._with_ids(self.passages_name, list(titles), "embeddings", "metadatas"):
            vectors = np.asarray(rows["embeddings"], dtype=np.float32)
            for (id, data), vector in zip(_stored_rows(rows), vectors, strict=True):
                found[vector_key(titles[id], str(data["text"]))] = vector
        return found

    def summaries(self, ids: Sequence[str] | None = None) -> dict[str, Summary]:
        """The articles with these ids, or all, by id."""
        return {id: _summary(id, data) for id, data in self._stored(ids)}

    def articles_at(self, path: str) -> list[str]:
        """The ids of the articles whose first file is this one."""
        with self._chroma.errors():
            return list(self._articles.get(where={"path": path}, include=[])["ids"])

    def _stored(self, ids: Sequence[str] | None = None) -> Iterator[StoredRow]:
        if ids is None:
            return self._all_rows(self.articles_name)
        answers = self._with_ids(self.articles_name, sorted(set(ids)), "metadatas")
        return itertools.chain.from_iterable(map(_stored_rows, answers))

    def _since(self, name: str, generation: int) -> Iterator[StoredRow]:
        return self._all_rows(name, where={"generation": {"$gt": generation}})

    def _all_rows(self, name: str, where: Any = None) -> Iterator[StoredRow]:
        return itertools.chain.from_iterable(self._pages(name, where))

    def _pages(self, name: str, where: Any = None) -> Iterator[list[StoredRow]]:
        """The records of a collection that pass `where`, without vectors."""
        for offset in itertools.count(0, self._chroma.page):
            with self._chroma.errors():
                answer = self._chroma.collection(name).get(
                    where=where, limit=self._chroma.page, offset=offset, include=["metadatas"]
                )
            yield list(_stored_rows(answer))
            if len(answer["ids"]) < self._chroma.page:
                return

    def changed_since(self, generation: int) -> dict[str, Summary]:
        """The articles that were written or moved after that generation, by id."""
        return {id: _summary(id, data) for id, data in self._since(self.articles_name, generation)}

    def removed_since(self, generation: int) -> list[str]:
        """The ids of articles that were removed after that generation; some may be back."""
        return [id for id, _ in self._since(self.removed_name, generation)]

    def full_article(self, id: str) -> FullArticle:
        """The article with its text; raises ArticleNotFoundError."""
        # Another process may be changing it: then it is read again.
        for _ in range(5):
            if found := self.full_articles([id]):
                return found[id]
            if not self.summaries([id]):
                raise ArticleNotFoundError(
                    f"no article {id!r} in this index: `assistant search` prints ids"
                )
        raise IndexDamagedError(
            f"passages of the article {id!r} are missing: `assistant doctor --fix` removes it, "
            "then index its file again"
        )

    def full_articles(self, ids: Sequence[str]) -> dict[str, FullArticle]:
        """Those of these articles that are whole, by id."""
        rows = dict(self._stored(ids))
        summaries = {id: _summary(id, data) for id, data in rows.items()}
        named = passages_of(summaries.values())
        texts: dict[str, str] = {}
        for answer in self._with_ids(self.passages_name, named, "metadatas"):
            texts.update((id, str(data["text"])) for id, data in _stored_rows(answer))
        found = {}
        for id, summary in summaries.items():
            head = str(rows[id].get("head", ""))
            if article := _joined(summary, head, [texts.get(p, "") for p in summary.passages]):
                found[id] = article
        return found

    def each_full_article(self, ids: Sequence[str]) -> Iterator[FullArticle]:
        """Those of these articles that are whole, a few read at a time."""
        size = 200
        for first in range(0, len(ids), size):
            yield from self.full_articles(ids[first : first + size]).values()

    def nearest(
        self, vector: np.ndarray, k: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The ids of the `k` passages nearest to a unit vector, with their cosines, best first."""
        with self._chroma.errors():
            found = self._passages.query(
                query_embeddings=[vector],
                n_results=k,
                include=["distances"],
                ids=None if among is None else list(among),
            )
        distances = (found["distances"] or [[]])[0]
        return [(id, 1 - distance) for id, distance in zip(found["ids"][0], distances, strict=True)]

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """The passages with these ids, in this order, without those of outdated versions."""
        by_id: dict[str, Passage] = {}
        for answer in self._with_ids(self.passages_name, ids, "metadatas"):
            passages = self._to_passages(list(_stored_rows(answer)))
            by_id.update((passage.id, passage) for passage in passages)
        return [by_id[id] for id in ids if id in by_id]

    def passages_of(self, article: str) -> list[tuple[Passage, np.ndarray]]:
        """The passages of an article in order, with their vectors."""
        ids = passages_of(self.summaries([article]).values())
        vectors = self.vectors(ids)
        return [(passage, vectors[passage.id]) for passage in self.passages(ids)]

    def neighbours(self, passage: Passage) -> list[Passage]:
        """The passages of the same article before and after this one."""
        ids = passages_of(self.summaries([passage.article.id]).values())
        if passage.id not in ids:
            return []
        place = ids.index(passage.id)
        return self.passages([*ids[max(0, place - 1) : place], *ids[place + 1 : place + 2]])

    def each_passage(self) -> Iterator[Passage]:
        """All passages of whole articles, in no particular order."""
        return itertools.chain.from_iterable(
            map(self._to_passages, self._pages(self.passages_name))
        )

    def _to_passages(self, rows: Sequence[StoredRow]) -> Iterator[Passage]:
        summaries = self.summaries([str(data["article"]) for _, data in rows])
        for id, data in rows:
            summary = summaries.get(str(data["article"]))
            version, _, start = id.rpartition(":")
            if summary and summary.version == version:
                begin, text = int(start), str(data["text"])
                yield Passage(
                    id=id, article=summary.article, start=begin, end=begin + len(text), text=text
                )


def new_settings(embedder: str, passage_tokens: int) -> IndexSettings:
    """The settings of a set that is to be begun."""
    return {
        "format": FORMAT,
        "embedder": embedder,
        "passage_tokens": passage_tokens,
        "generation": 0,
        "born": uuid.uuid4().hex,
    }


def collections_of(number: int) -> tuple[str, str, str]:
    """The collections of a set: of passages, of articles, of removed articles."""
    passages, articles, removed = (f"{kind}-{number}" for kind in SET_KINDS)
    return passages, articles, removed


def current_set(chroma: Chroma) -> int | None:
    """The current set, or None; raises IndexMismatchError for one of a newer version."""
    found = chroma.metadata(SETTINGS)
    if found is None:
        return None
    if int(found["format"]) > FORMAT:
        raise IndexMismatchError(
            f"the index in {chroma.place} was made by a newer version: upgrade this program"
        )
    return int(found["current"])


def make_current(chroma: Chroma, number: int) -> None:
    """Make this set the current one, in one step."""
    chroma.note(SETTINGS, {"format": FORMAT, "current": number})


def other_sets(chroma: Chroma, current: int) -> dict[int, list[str]]:
    """The collections of all sets but the current one, by number."""
    found: dict[int, list[str]] = {}
    for name in chroma.names():
        kind, _, number = name.rpartition("-")
        if kind in SET_KINDS and number.isdecimal():
            found.setdefault(int(number), []).append(name)
    found.pop(current, None)
    return found


def leftovers(chroma: Chroma, current: int) -> list[str]:
    """The collections of a rebuild that was cut short."""
    return list(itertools.chain.from_iterable(other_sets(chroma, current).values()))


def is_unit(vector: np.ndarray) -> bool:
    """Whether the length of a vector is 1."""
    return bool(abs(float(np.linalg.norm(vector)) - 1) < 1e-3)


def vector_key(title: str, text: str) -> str:
    """A hash of all that the vector of a passage depends on."""
    return digest(title, text.strip())


def _about(article: Article, version: str, starts: Sequence[int]) -> str:
    """All facts that are not queried, in one value: Chroma stores each value separately."""
    facts = {**known_facts(article), "version": version, "starts": list(starts)}
    return json.dumps(facts, ensure_ascii=False)


def _to_metadata(record: ArticleRecord, generation: int) -> dict[str, Any]:
    """The metadata of an article, all of them: Chroma keeps former values that are left out.

    `path` is there a second time because it is queried.
    """
    article = record.article
    starts = [passage.start for passage in record.passages]
    return {
        "about": _about(article, fingerprint(article), starts),
        "generation": generation,
        "path": article.path or "",
        "head": article.text[: article.body],
    }


def _summary(id: str, data: Mapping[str, Any]) -> Summary:
    about = json.loads(str(data["about"]))
    version, starts = about.pop("version"), about.pop("starts")
    for name in ("also_at", "pages"):
        about[name] = tuple(about.get(name, ()))
    return Summary(article=Article(id=id, **about), version=version, starts=tuple(starts))


def passages_of(summaries: Iterable[Summary]) -> list[str]:
    """The ids of the passages of these articles."""
    return list(itertools.chain.from_iterable(summary.passages for summary in summaries))


def _joined(summary: Summary, head: str, texts: Sequence[str]) -> FullArticle | None:
    """The article whose body is these texts; None unless each of them begins where it should."""
    end = len(head)
    for text, start in zip(texts, summary.starts, strict=True):
        if not text or start != end:
            return None
        end += len(text)
    text = head + "".join(texts)
    return FullArticle(**vars(summary.article), text=text, body=len(head))


def _stored_rows(answer: Any) -> Iterator[StoredRow]:
    return zip(answer["ids"], answer["metadatas"], strict=True)
