"""What is stored: articles, passages, vectors and settings, as records of Chroma's collections.

A set of records is three collections, numbered: `assistant-passages-N` has one record a passage (its text, its vector,
its article); `assistant-articles-N` one an article: what is known about it, the text before its body, and where its
passages begin; `assistant-removed-N` one an article that was taken out. The collection `assistant-settings` names the
set that counts; another may be in the making beside it.

Passages tile the body, so the text of an article is put together from them and is not kept twice. A passage's id is
the version of its article (a hash of all that is stored of it) and the place where it begins: a changed article has
other passages. They are written before the article's record, and those that it had are removed after it: whatever the
record names is there, and whatever no record names is not shown.
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

from ..articles import Article, FullArticle, Passage, digest, fingerprint, known, passage_id
from ..errors import ArticleNotFoundError, IndexDamagedError, IndexMismatchError
from .chroma import FILES_EVERY, Chroma

__all__ = [
    "FORMAT",
    "Mark",
    "Record",
    "Settings",
    "Summary",
    "VectorStore",
    "current_set",
    "embedded",
    "is_unit",
    "leftovers",
    "make_current",
    "names_of",
    "new_settings",
    "other_sets",
]

FORMAT = 2
SETTINGS = "assistant-settings"
KINDS = ("assistant-passages", "assistant-articles", "assistant-removed")
# Chroma wants a vector for each record: articles have none.
NO_VECTOR = [1.0]
# How far the length of a unit vector may be from 1.
NEAR = 1e-3
# How often a text is read again that another process was changing.
PATIENCE = 5
# Articles that are read whole in one go.
SOME = 200
# How often a large set's vector files are written: after a hundredth of it was written, and at least so often.
FILES_SHARE, MOST_BETWEEN_FILES = 100, 10_000

Settings = Mapping[str, Any]
# The id of a record, and what is kept of it beside its vector.
Row = tuple[str, Mapping[str, Any]]


class Mark(NamedTuple):
    """A state of a store: `born` names the store, `generation` counts its writes."""

    born: str
    generation: int


@dataclass(frozen=True)
class Record:
    """An article ready to be stored, with its passages and their vectors, one row each."""

    article: FullArticle
    passages: Sequence[Passage]
    vectors: np.ndarray


@dataclass(frozen=True)
class Summary:
    """What has to be known of a stored article to tell whether it is the same, and where its passages begin."""

    article: Article
    version: str
    starts: tuple[int, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """All files that hold it."""
        return ((self.article.path,) if self.article.path else ()) + self.article.also_at

    @property
    def passages(self) -> list[str]:
        """The ids of its passages."""
        return [passage_id(self.version, start) for start in self.starts]


class VectorStore:
    """One set of records in a Chroma. Reading sees whole articles only, as they were before or after a change."""

    def __init__(self, chroma: Chroma, number: int) -> None:
        self.number = number
        # The last generation that was finished through this very store.
        self.wrote: int | None = None
        self._chroma = chroma
        self.passages_name, self.articles_name, self.removed_name = names_of(number)

    def load(self) -> None:
        """Read the vector files now."""
        self._chroma.load([self.passages_name, self.articles_name, self.removed_name])

    @classmethod
    def begin(cls, chroma: Chroma, number: int, settings: Settings) -> VectorStore:
        """A new set, empty. What makes it a set is noted last."""
        passages, articles, removed = names_of(number)
        # Chroma reads its whole log for each write to a collection that has no vector files yet: few are ever removed.
        chroma.note(removed, {"format": FORMAT}, files_every=2)
        chroma.note(articles, {"format": FORMAT})
        chroma.note(passages, settings)
        return cls(chroma, number)

    @property
    def settings(self) -> Settings:
        """What the set was made with: format, embedder, passage_tokens, generation."""
        found = self._chroma.metadata(self.passages_name)
        if not found:
            raise IndexDamagedError(
                f"the index in {self._chroma.place} lacks its settings: make it anew with `assistant index PATH... "
                f"--index {self._chroma.place} --rebuild`"
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
        """Counts the writes that were finished."""
        return self.mark.generation

    def finish(self, generation: int) -> None:
        """A write is whole."""
        self._chroma.note(self.passages_name, {**self.settings, "generation": generation})
        self.wrote = generation

    def latest(self, generation: int) -> int:
        """The generation, or a later one that was begun and not finished."""
        rows = [
            *self._since(self.articles_name, generation),
            *self._since(self.removed_name, generation),
        ]
        return max([generation, *(int(data["generation"]) for _, data in rows)])

    def counts(self) -> tuple[int, int]:
        """How many articles and how many passages there are."""
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

    def write(self, records: Sequence[Record], generation: int) -> None:
        """Put these articles in, each in place of the one with its id if there is one."""
        if not records:
            return
        former = self.summaries([record.article.id for record in records])
        passages = [passage for record in records for passage in record.passages]
        self.write_passages(passages, np.concatenate([record.vectors for record in records]))
        self._write_articles(records, generation)
        current = {passage.id for record in records for passage in record.passages}
        self.remove_passages(
            [id for summary in former.values() for id in summary.passages if id not in current]
        )

    def write_passages(self, passages: Sequence[Passage], vectors: np.ndarray) -> None:
        """Put these passages in with their vectors, one row each, in place of those with their ids."""
        for some in self._chroma.pieces(len(passages), vectors.shape[1]):
            with self._chroma.errors():
                self._passages.upsert(
                    ids=[passage.id for passage in passages[some]],
                    embeddings=vectors[some],
                    metadatas=[{"article": p.article.id, "text": p.text} for p in passages[some]],
                )

    def _write_articles(self, records: Sequence[Record], generation: int) -> None:
        for some in self._chroma.pieces(len(records)):
            with self._chroma.errors():
                self._articles.upsert(
                    ids=[record.article.id for record in records[some]],
                    embeddings=[NO_VECTOR] * len(records[some]),
                    metadatas=[_to_metadata(record, generation) for record in records[some]],
                )

    def move(self, articles: Sequence[Article], generation: int) -> None:
        """Note in which files these articles are now; their texts are the same."""
        stored = self.summaries([article.id for article in articles])
        moved = [article for article in articles if article.id in stored]
        for some in self._chroma.pieces(len(moved)):
            with self._chroma.errors():
                self._articles.update(
                    ids=[article.id for article in moved[some]],
                    metadatas=[
                        {
                            "about": _about(
                                article, stored[article.id].version, stored[article.id].starts
                            ),
                            "generation": generation,
                            "path": article.path or "",
                        }
                        for article in moved[some]
                    ],
                )

    def remove(self, articles: Sequence[str], generation: int) -> None:
        """Take these articles out; ids that are not there are no error."""
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
        self.remove_passages([id for summary in former.values() for id in summary.passages])

    def remove_passages(self, ids: Sequence[str]) -> None:
        """Remove these passages; ids that are not there are no error."""
        for some in self._chroma.pieces(len(ids)):
            with self._chroma.errors():
                self._passages.delete(ids=list(ids[some]))

    def grow(self) -> bool:
        """Have a large set's vector files written less often: they name all vectors each time.

        Whether the set has to be opened again for that.
        """
        wanted = min(MOST_BETWEEN_FILES, self.counts()[1] // FILES_SHARE)
        if self._chroma.place.server or wanted < 2 * self._files_every:
            return False
        self._chroma.write_files_every(self.passages_name, wanted)
        self._chroma.note(self.passages_name, {**self.settings, "files_every": wanted})
        return True

    @property
    def _files_every(self) -> int:
        return int(self.settings.get("files_every", FILES_EVERY))

    def settle(self, writes: int = 0) -> None:
        """See to it that what was written is whole on disk; after many writes, in Chroma's vector files too.

        Chroma writes them after a number of writes, such as the removal of what is not there.
        """
        if writes and writes >= self._files_every and not self._chroma.place.server:
            self.remove_passages([f"none:{n}" for n in range(self._files_every)])
        self._chroma.settle()

    def remove_orphans(self, articles: Sequence[str]) -> None:
        """Remove passages of these articles that no record names, as a writing that was cut short leaves them."""
        current = {id for summary in self.summaries(articles).values() for id in summary.passages}
        orphans = []
        for some in self._chroma.pieces(len(articles)):
            with self._chroma.errors():
                found = self._passages.get(
                    where={"article": {"$in": list(articles[some])}}, include=[]
                )["ids"]
            orphans += [id for id in found if id not in current]
        self.remove_passages(orphans)

    def orphans(self) -> list[str]:
        """The ids of all passages that no record names."""
        named = {id for summary in self.summaries().values() for id in summary.passages}
        return [id for id in self.passage_ids() if id not in named]

    def passage_ids(self) -> list[str]:
        """The ids of all passages that are stored, of whole articles or not."""
        with self._chroma.errors():
            return list(self._passages.get(include=[])["ids"])

    def _with_ids(self, name: str, ids: Sequence[str], *include: Any) -> Iterator[Any]:
        """Chroma's answers that hold the records with these ids, as many at a time as it gives."""
        for some in self._chroma.pieces(len(ids)):
            with self._chroma.errors():
                answer: Any = self._chroma.collection(name).get(
                    ids=list(ids[some]), include=list(include)
                )
            yield answer

    def vectors(self, passages: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors of those passages that are stored, by id."""
        found: dict[str, np.ndarray] = {}
        for rows in self._with_ids(self.passages_name, passages, "embeddings"):
            found.update(
                zip(rows["ids"], np.asarray(rows["embeddings"], dtype=np.float32), strict=True)
            )
        return found

    def vectors_by_text(self, summaries: Iterable[Summary]) -> dict[str, np.ndarray]:
        """The vectors of the passages of these articles, by what was embedded: see `embedded`."""
        titles = {id: summary.article.title for summary in summaries for id in summary.passages}
        found: dict[str, np.ndarray] = {}
        for rows in self._with_ids(self.passages_name, list(titles), "embeddings", "metadatas"):
            for id, data, vector in zip(
                rows["ids"], rows["metadatas"], rows["embeddings"], strict=True
            ):
                found[embedded(titles[id], data["text"])] = np.asarray(vector, dtype=np.float32)
        return found

    def summaries(self, ids: Sequence[str] | None = None) -> dict[str, Summary]:
        """The stored articles with these ids, or all, by id."""
        return {id: _summary(id, data) for id, data in self._stored(ids)}

    def articles_at(self, path: str) -> list[str]:
        """The ids of the articles whose record names this file first."""
        with self._chroma.errors():
            return list(self._articles.get(where={"path": path}, include=[])["ids"])

    def _stored(self, ids: Sequence[str] | None = None) -> Iterator[Row]:
        if ids is None:
            return self._rows(self.articles_name)
        answers = self._with_ids(self.articles_name, sorted(set(ids)), "metadatas")
        return (row for answer in answers for row in _rows(answer))

    def _since(self, name: str, generation: int) -> Iterator[Row]:
        return self._rows(name, where={"generation": {"$gt": generation}})

    def _rows(self, name: str, where: Any = None) -> Iterator[Row]:
        return (row for page in self._pages(name, where) for row in page)

    def _pages(self, name: str, where: Any = None) -> Iterator[list[Row]]:
        """All records of a collection, or those that fit, without vectors."""
        offset, page = 0, self._chroma.page
        while True:
            with self._chroma.errors():
                answer = self._chroma.collection(name).get(
                    where=where, limit=page, offset=offset, include=["metadatas"]
                )
            yield list(_rows(answer))
            if len(answer["ids"]) < page:
                return
            offset += page

    def changed_since(self, generation: int) -> dict[str, Summary]:
        """Articles that were written or moved after that generation."""
        return {id: _summary(id, data) for id, data in self._since(self.articles_name, generation)}

    def removed_since(self, generation: int) -> list[str]:
        """Articles that were taken out after that generation; some of them may be back."""
        return [id for id, _ in self._since(self.removed_name, generation)]

    def full_article(self, id: str) -> FullArticle:
        """The article with its text; raises ArticleNotFoundError."""
        for _ in range(PATIENCE):
            if found := self.full_articles([id]):
                return found[id]
            if not self.summaries([id]):
                raise ArticleNotFoundError(
                    f"no article {id!r} in this index: `assistant search` prints ids"
                )
        raise IndexDamagedError(
            f"passages of the article {id!r} are missing: `assistant doctor --fix` takes it out, and indexing its file "
            "again puts it back"
        )

    def full_articles(self, ids: Sequence[str]) -> dict[str, FullArticle]:
        """Those of these articles of which all passages are there, one where the other ends."""
        rows = dict(self._stored(ids))
        summaries = {id: _summary(id, data) for id, data in rows.items()}
        named = [passage for summary in summaries.values() for passage in summary.passages]
        answers = self._with_ids(self.passages_name, named, "metadatas")
        texts = {id: str(data["text"]) for answer in answers for id, data in _rows(answer)}
        found = {}
        for id, summary in summaries.items():
            parts = [
                str(rows[id].get("head", "")),
                *(texts.get(passage, "") for passage in summary.passages),
            ]
            ends = itertools.accumulate(map(len, parts))
            if [end for end, _ in zip(ends, summary.starts, strict=False)] == list(
                summary.starts
            ) and all(parts[1:]):
                found[id] = FullArticle(
                    **vars(summary.article), text="".join(parts), body=len(parts[0])
                )
        return found

    def each_full_article(self, ids: Sequence[str]) -> Iterator[FullArticle]:
        """Those of these articles of which all passages are there, a few at a time."""
        for first in range(0, len(ids), SOME):
            yield from self.full_articles(ids[first : first + SOME]).values()

    def nearest(
        self, vector: np.ndarray, k: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Ids of the `k` passages whose vectors are nearest to `vector`, and their cosines, best first."""
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
        """The passages with these ids, in this order; those that are not of an article as it is now are left out."""
        by_id: dict[str, Passage] = {}
        for answer in self._with_ids(self.passages_name, ids, "metadatas"):
            by_id.update(
                (passage.id, passage) for passage in self._to_passages(list(_rows(answer)))
            )
        return [by_id[id] for id in ids if id in by_id]

    def passages_of(self, article: str) -> list[tuple[Passage, np.ndarray]]:
        """The passages of an article in order, with their vectors."""
        ids = [id for summary in self.summaries([article]).values() for id in summary.passages]
        vectors = self.vectors(ids)
        return [(passage, vectors[passage.id]) for passage in self.passages(ids)]

    def neighbours(self, passage: Passage) -> list[Passage]:
        """The passages of the same article before and after this one."""
        ids = [
            id
            for summary in self.summaries([passage.article.id]).values()
            for id in summary.passages
        ]
        place = ids.index(passage.id) if passage.id in ids else None
        return (
            []
            if place is None
            else self.passages([*ids[max(0, place - 1) : place], *ids[place + 1 : place + 2]])
        )

    def each_passage(self) -> Iterator[Passage]:
        """All passages of whole articles, in no particular order."""
        return (
            passage
            for page in self._pages(self.passages_name)
            for passage in self._to_passages(page)
        )

    def _to_passages(self, rows: Sequence[Row]) -> Iterator[Passage]:
        summaries = self.summaries([str(data["article"]) for _, data in rows])
        for id, data in rows:
            summary = summaries.get(str(data["article"]))
            version, _, start = id.rpartition(":")
            if summary and summary.version == version:
                begin, text = int(start), str(data["text"])
                yield Passage(
                    id=id, article=summary.article, start=begin, end=begin + len(text), text=text
                )


def new_settings(embedder: str, passage_tokens: int) -> Settings:
    """The settings of a set that is begun."""
    return {
        "format": FORMAT,
        "embedder": embedder,
        "passage_tokens": passage_tokens,
        "generation": 0,
        "born": uuid.uuid4().hex,
    }


def names_of(number: int) -> tuple[str, str, str]:
    """The collections of a set."""
    passages, articles, removed = (f"{kind}-{number}" for kind in KINDS)
    return passages, articles, removed


def current_set(chroma: Chroma) -> int | None:
    """The set that counts; None where there is none yet. Raises IndexMismatchError for one of a newer version."""
    found = chroma.metadata(SETTINGS)
    if found is None:
        return None
    if int(found["format"]) > FORMAT:
        raise IndexMismatchError(
            f"the index in {chroma.place} was made by a newer version: upgrade this program"
        )
    return int(found["current"])


def make_current(chroma: Chroma, number: int) -> None:
    """Have this set count, in one step."""
    chroma.note(SETTINGS, {"format": FORMAT, "current": number})


def other_sets(chroma: Chroma, current: int) -> dict[int, list[str]]:
    """The collections of sets that do not count, by their numbers."""
    found: dict[int, list[str]] = {}
    for name in chroma.names():
        kind, _, number = name.rpartition("-")
        if kind in KINDS and number.isdecimal() and int(number) != current:
            found.setdefault(int(number), []).append(name)
    return found


def leftovers(chroma: Chroma, current: int) -> list[str]:
    """The collections of a rebuild that was cut short."""
    return [name for names in other_sets(chroma, current).values() for name in names]


def is_unit(vector: np.ndarray) -> bool:
    """Whether a vector is of length 1, as embedders make them and cosines want them."""
    return bool(abs(float(np.linalg.norm(vector)) - 1) < NEAR)


def embedded(title: str, text: str) -> str:
    """A key for what the vector of a passage depends on."""
    return digest(title, text.strip())


def _about(article: Article, version: str, starts: Sequence[int]) -> str:
    """All that is not looked for, in one value: Chroma keeps, and reads, each value of a record apart."""
    return json.dumps(
        {**known(article), "version": version, "starts": list(starts)}, ensure_ascii=False
    )


def _to_metadata(record: Record, generation: int) -> dict[str, Any]:
    """The record of an article, each value there even if it is empty: Chroma keeps former ones that are not given.

    `path` stands there once more because it is looked for.
    """
    article = record.article
    return {
        "about": _about(
            article, fingerprint(article), [passage.start for passage in record.passages]
        ),
        "generation": generation,
        "path": article.path or "",
        "head": article.text[: article.body],
    }


def _summary(id: str, data: Mapping[str, Any]) -> Summary:
    about = json.loads(str(data["about"]))
    version, starts = about.pop("version"), about.pop("starts")
    return Summary(article=_article(id, about), version=version, starts=tuple(starts))


def _article(id: str, about: Mapping[str, Any]) -> Article:
    lists: Any = {name: tuple(about[name]) for name in ("also_at", "pages") if name in about}
    return Article(id=id, **{**about, **lists})


def _rows(answer: Any) -> Iterator[Row]:
    return zip(answer["ids"], answer["metadatas"], strict=True)
