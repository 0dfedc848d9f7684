"""An index: what is stored about a set of articles, and the two ways to search it."""

from __future__ import annotations

import contextlib
import datetime
import logging
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import numpy as np

from .articles import Article, Filter, FullArticle, Passage
from .embedding.cache import Cache, CachedEmbedder, Remembered
from .embedding.embedders import DEFAULT_EMBEDDER, Embedder, make_embedder
from .errors import ArticleNotFoundError, IndexMismatchError
from .loading.folders import Reader, absolute
from .storage.chroma import Chroma, mend
from .storage.locks import Locks, Notice
from .storage.place import Place, to_place
from .storage.records import FORMAT, Summary, VectorStore, current_set, make_current, other_sets
from .storage.words import Mark, WordIndex, document
from .sync.plan import Changes, Confirm, Progress, Sync
from .sync.write import Writer
from .text.passages import PASSAGE_TOKENS

__all__ = ["Index"]

logger = logging.getLogger(__name__)

# How far down the vectors are read for those that pass a filter, before all that pass it are compared.
DEEP = 1_000
# So many vectors are compared one by one; among more, Chroma finds the nearest sooner.
FEW = 1_000


class Index:
    """All that is stored about a set of articles, in one place. Safe to use from several threads.

    What other processes write is seen after `refresh`. An article is read as it was before or after a change.
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

        embedder, passage_tokens: what the index must have been made with (None: whatever it was made with).
        create: make an empty index where there is none; otherwise that raises IndexMissingError.
        cache: a folder in which to keep vectors for the next time that the same text is embedded.
        notice: is told at once what takes its time: another process writes, something has to be mended.
        Raises IndexMismatchError for another embedder or a newer format, IndexDamagedError for a broken store.
        """
        begun = time.perf_counter()
        self._begin(to_place(where), cache, notice)
        wanted = embedder or DEFAULT_EMBEDDER, passage_tokens or PASSAGE_TOKENS
        # Nothing is begun with an embedder that does not work.
        fresh = self.new_settings(*wanted) if create and not self.place.is_there else None
        self.open_store(create)
        number = current_set(self.chroma)
        self._use(self._first_set(create, fresh, wanted) if number is None else number)
        self._finish_interrupted()
        self._check(embedder, passage_tokens)
        logger.info("opened the index in %s in %.2f s", self.place, time.perf_counter() - begun)

    def _begin(self, place: Place, cache: Path | None, notice: Notice | None) -> None:
        self.place = place
        self.words_folder = place.words
        self.locks = Locks(place.folder)
        self.notice = notice
        self._cache = cache
        self._lock = threading.RLock()
        self._pinned: int | None = None
        self._remembered = Remembered(lambda texts: self.embedder.embed(texts))
        self._word_index: WordIndex | None = None
        # The set of which this one takes the place.
        self.former: VectorStore | None = None

    def open_store(self, create: bool) -> None:
        """Open the store, whatever is in it."""
        if self.place.is_there:
            self._mend()
        self.chroma = Chroma(self.place, self.locks, create=create)

    def _mend(self) -> None:
        """Put right, before they are opened, the files that a writer left half written when it died."""
        if self.locks.batch_was_cut_short and not self.place.server:
            with self.locks.try_writing() as alone:
                if alone and self.locks.batch_was_cut_short and mend(self.place.store):
                    self.tell("a writing was cut short: its vectors are put in order")

    def tell(self, text: str) -> None:
        """Give notice of something that the user should know now."""
        if self.notice:
            self.notice(text)

    def _first_set(
        self, create: bool, fresh: dict[str, Any] | None, wanted: tuple[str, int]
    ) -> int:
        with self.locks.writing(self.notice):
            # Another process may have been about to make it.
            self.chroma.reopen()
            number = current_set(self.chroma)
            if number is not None:
                return number
            if not create:
                raise self.place.missing()
            VectorStore.begin(self.chroma, 1, fresh or self.new_settings(*wanted))
            make_current(self.chroma, 1)
        return 1

    def new_settings(self, embedder: str, passage_tokens: int) -> dict[str, Any]:
        """The settings of a new index; raises EmbedderError or SettingsError where the embedder does not work."""
        self.embedder = self._cached(make_embedder(embedder))
        self.embedder.embed(["Is anybody there?"])
        return {
            "format": FORMAT,
            "embedder": embedder,
            "passage_tokens": passage_tokens,
            "generation": 0,
            "born": uuid.uuid4().hex,
        }

    def _use(self, number: int) -> None:
        store = VectorStore(self.chroma, number)
        self._seen = self._state(store)
        store.load()
        self.store = store
        if "embedder" in vars(self) and self.embedder.name != self.embedder_name:
            # Another process has made the index anew with another one.
            del self.embedder

    def _state(self, store: VectorStore) -> tuple[int, Mark, Any]:
        """What changes when anybody writes, or puts another index in this place."""
        settings = store.settings
        return (
            store.number,
            Mark(str(settings["born"]), int(settings["generation"])),
            self.place.file_state,
        )

    def _check(self, embedder: str | None, passage_tokens: int | None) -> None:
        made = self.store.settings
        again = f"run `assistant index PATH... --index {self.place}"
        if embedder and embedder != made["embedder"]:
            raise IndexMismatchError(
                f"the index in {self.place} was made with the embedder {made['embedder']}, not {embedder}: go on "
                f"with that one, or {again} --embedder {embedder} --rebuild`"
            )
        if passage_tokens and passage_tokens != made["passage_tokens"]:
            raise IndexMismatchError(
                f"the index in {self.place} was made with passages of up to {made['passage_tokens']} tokens, not "
                f"{passage_tokens}: go on with that, or {again} --passage-tokens {passage_tokens} --rebuild`"
            )

    @classmethod
    def unopened(
        cls, where: str | Path, *, cache: Path | None = None, notice: Notice | None = None
    ) -> Index:
        """An index of which nothing is open yet, for `index.upkeep.rebuild.rebuild`."""
        index = cls.__new__(cls)
        index._begin(to_place(where), cache, notice)
        return index

    def finish_interrupted(self, number: int) -> None:
        """Make good what was cut short in this set, before another one is made beside it."""
        if self.locks.batch_was_cut_short:
            self._use(number)
            self._finish_interrupted()

    def pin(self, number: int) -> None:
        """Work at a set that does not count yet, with a word index of its own."""
        self._pinned = number
        self.words_folder = self.place.folder / "words-next"
        self._use(number)

    def unpin(self) -> None:
        """The set counts now, and its word index is where it belongs."""
        self._pinned = None
        self.words_folder, self._word_index = self.place.words, None

    def bring_words_up_to_date(self) -> None:
        """Have the word index agree with the store."""
        _ = self._words

    def close(self) -> None:
        """Let go of the files."""
        if hasattr(self, "chroma"):
            self.chroma.close()

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
        """See what other processes have written; costs little where they have not."""
        with self._lock:
            if not self.place.is_there:
                raise self.place.missing()
            state = self._state(self._current())
            if state[:2] == (self.store.number, Mark(self._seen[1].born, self.store.wrote or -1)):
                self._seen = (*state[:2], self._seen[2])
            if state != self._seen:
                self._reopen()

    def _current(self) -> VectorStore:
        number = self._pinned or current_set(self.chroma)
        if number is None:
            raise self.place.missing()
        return self.store if number == self.store.number else VectorStore(self.chroma, number)

    def _reopen(self) -> None:
        with self._lock:
            self._mend()
            self.chroma.reopen()
            self._use(self._current().number)
            self._remembered = Remembered(lambda texts: self.embedder.embed(texts))

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the index for writing: nobody else does, and what they wrote is seen."""
        with self.locks.writing(self.notice):
            self._finish_interrupted()
            self.refresh()
            yield
            self._seen = self._state(self.store)

    def _finish_interrupted(self) -> None:
        """Make good a batch that was cut short: its articles are as they were before or after it, and nothing else."""
        if not self.locks.batch_was_cut_short:
            return
        with self.locks.try_writing() as alone:
            if not alone or not self.locks.batch_was_cut_short:
                return
            self._reopen()
            put, gone = self.locks.interrupted()
            generation = self.store.latest(self.generation)
            if generation > self.generation:
                # What was to be put in is in; what it replaces has to go.
                self.store.remove(gone, generation)
            self.store.remove_orphans([*put, *gone])
            self.store.finish(generation)
            self._seen = self._state(self.store)
            self._words_in_agreement()
            self.locks.forget_batch()

    @property
    def embedder_name(self) -> str:
        """The embedder that the index was made with."""
        return str(self.store.settings["embedder"])

    @property
    def passage_tokens(self) -> int:
        """The most tokens (cl100k) that a passage has."""
        return int(self.store.settings["passage_tokens"])

    @property
    def generation(self) -> int:
        """Counts the writes: where it is the same, nothing has changed."""
        return self.store.generation

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder, loaded when first needed."""
        return self._cached(make_embedder(self.embedder_name))

    def _cached(self, embedder: Embedder) -> Embedder:
        return CachedEmbedder(embedder, Cache(self._cache)) if self._cache else embedder

    @property
    def _words(self) -> WordIndex:
        """The word index, brought up to date where it does not agree with the store that is open."""
        with self._lock:
            if self._word_index is None or self._word_index.mark != self._seen[1]:
                self._word_index = self._words_in_agreement()
            return self._word_index

    def _words_in_agreement(self) -> WordIndex:
        words = WordIndex(self.words_folder)
        if words.mark == self._seen[1]:
            return words
        with self.locks.try_writing() as alone:
            if alone:
                return self._updated(self.words_folder)
        if words.is_usable and words.mark.born == self._seen[1].born:
            # Whoever writes has brought it further than what is open here, or is about to.
            return words
        with self.locks.writing(self.notice):
            return self._updated(self.words_folder)

    def _updated(self, folder: Path) -> WordIndex:
        """The word index, made anew, or given what was written since; nobody else may be writing."""
        words = WordIndex(folder)
        store, (_, now, _) = self.store, self._state(self.store)
        if words.mark == now:
            return words
        if words.mark.born != now.born or words.mark.generation > now.generation:
            words.clear()
            words.update(map(document, store.each_passage()), [], now)
            return words
        since = words.mark.generation
        changed = store.changed_since(since)
        ids = [id for summary in changed.values() for id in summary.passages]
        words.update(
            map(document, store.passages(ids)), [*store.removed_since(since), *changed], now
        )
        return words

    def counts(self) -> tuple[int, int]:
        """How many articles and how many passages there are."""
        return self.store.counts()

    def articles(self, ids: Sequence[str] | None = None) -> Iterator[Article]:
        """All articles, or those with these ids, in no particular order."""
        return (summary.article for summary in self.store.summaries(ids).values())

    def article(self, id: str) -> FullArticle:
        """One article with its text; raises ArticleNotFoundError."""
        return self.store.full_article(id)

    def article_named(self, name: str) -> FullArticle:
        """One article by its id, or by a file that it was read from; raises ArticleNotFoundError."""
        return self.store.full_article(self._id_of(name))

    def _id_of(self, name: str) -> str:
        if not self.store.summaries([name]):
            path = absolute(name)
            there = self.store.articles_at(path) or [
                id for id, summary in self.store.summaries().items() if path in summary.files
            ]
            name = there[0] if len(there) == 1 else name
        return name

    def facts(self) -> dict[str, Any]:
        """What the index holds and what it was made with, as `assistant status --json` prints it."""
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
            "embedder": self.embedder_name,
        }

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """The passages with these ids, in this order."""
        return self.store.passages(ids)

    def each_passage(self) -> Iterator[Passage]:
        """All passages, in no particular order."""
        return self.store.each_passage()

    def passages_of(self, article: str) -> list[tuple[Passage, np.ndarray]]:
        """The passages of an article in order, with their unit vectors."""
        return self.store.passages_of(article)

    def neighbours(self, passage: Passage) -> list[Passage]:
        """The passages of the same article before and after this one."""
        return self.store.neighbours(passage)

    def by_vector(
        self, query: str, k: int, within: Filter | None = None
    ) -> list[tuple[str, float]]:
        """Ids of the `k` passages nearest in meaning to the query, with cosines, best first."""
        vector = self.query_vector(query)
        if not within:
            return self.store.nearest(vector, k)
        # Chroma's own filter takes longer than to look further down, or at all that pass.
        deep = self.store.nearest(vector, max(DEEP, k))
        passing = self._words.ids_within(within, [id for id, _ in deep])
        found = [(id, cosine) for id, cosine in deep if id in passing][:k]
        if len(found) == k or len(deep) < max(DEEP, k):
            return found
        ids = sorted(self._words.ids_within(within))
        if len(ids) > FEW:
            return self.store.nearest(vector, k, among=ids)
        return sorted(self.cosines(query, ids).items(), key=lambda item: (-item[1], item[0]))[:k]

    def cosines(self, query: str, passages: Sequence[str]) -> dict[str, float]:
        """How near in meaning these passages are to the query; ids that are not there are left out."""
        vector = self.query_vector(query)
        return {id: float(found @ vector) for id, found in self.vectors(passages).items()}

    def names(self, field: Literal["source", "author"]) -> tuple[str, ...]:
        """All outlets, or all authors, as the articles write them."""
        return self._words.names(field)

    def within(self, within: Filter, among: Sequence[str]) -> set[str]:
        """Those of these passages whose articles count."""
        return self._words.ids_within(within, among)

    def days(self, passages: Sequence[str]) -> dict[str, datetime.date | None]:
        """The days on which the articles of these passages were published, as far as they are known."""
        return self._words.days(passages)

    def count_within(self, within: Filter) -> int:
        """How many articles count."""
        return self._words.count_articles(within)

    def has_within(self, within: Filter) -> bool:
        """Whether any article counts."""
        return self._words.has_within(within)

    def count_undated(self) -> int:
        """How many articles have no date, or none that could be read."""
        return self._words.count_undated()

    def query_vector(self, query: str) -> np.ndarray:
        """The unit vector of a query."""
        vector: np.ndarray = self.vectors_of([query])[0]
        return vector

    def vectors_of(self, texts: Sequence[str]) -> np.ndarray:
        """The unit vectors of queries or sentences, a row each; those of the last ones are remembered."""
        return self._remembered.embed(texts)

    def vectors(self, passages: Sequence[str]) -> dict[str, np.ndarray]:
        """The unit vectors that are stored for these passages; ids that are not there are left out."""
        return self.store.vectors(passages)

    def by_words(self, query: str, k: int, within: Filter | None = None) -> list[tuple[str, float]]:
        """Ids of the `k` passages that fit the words of the query best, with BM25 scores, best first."""
        return self._words.search(query, k, within)

    def rarity(self, term: str) -> float:
        """How much it tells that a passage has this term (of `index.text.terms`), at least 0, higher for rarer ones."""
        return self._words.rarity(term)

    def has_term(self, term: str) -> bool:
        """Whether any title or passage has this term."""
        return self._words.count_with(term) > 0

    def like(self, term: str, k: int) -> list[str]:
        """Ids of `k` passages with a term (of `index.text.terms`) that is one edit away from this one."""
        return self._words.like(term, k)

    def first_day_of(self, terms: Sequence[str]) -> datetime.date | None:
        """The day of the first article with all these terms (of `index.text.terms`) in one passage."""
        return self._words.first_day_of(terms)

    def articles_with(self, terms: Sequence[str], least: int) -> list[str]:
        """Ids of the articles with all these terms in one passage; none if fewer than `least`."""
        return self._words.articles_with(terms, least)

    def add(self, articles: Iterable[FullArticle], progress: Progress | None = None) -> Changes:
        """Put articles in, each in place of the one with its id, or that was read from its file.

        One that is stored as it is costs a hash. `progress` is called now and then with what was done so far.
        """
        return self._run(lambda sync: sync.add(articles), progress)

    def sync(
        self,
        reader: Reader,
        *,
        keep: bool = False,
        dry_run: bool = False,
        confirm: Confirm | None = None,
        progress: Progress | None = None,
    ) -> Changes:
        """Make the index agree with the reader's paths: what is there is put in, what came from there and is gone, out.

        keep: remove nothing. dry_run: write nothing, and say what would be done. confirm: is asked before more than a
        third of what came from there is removed; where it does not say yes, that raises RemovalError, after the rest.
        """
        if dry_run:
            return Sync(None, self.store.summaries()).sync(
                reader, keep=keep, confirm=confirm or (lambda *_: True)
            )

        def run(sync: Sync) -> Changes:
            changes = sync.sync(reader, keep=keep, confirm=confirm)
            if self.former:
                rest = sync.left_over(self.former.summaries(), reader, keep=keep, confirm=confirm)
                sync.carry(self.former.each_full_article(rest))
            return changes

        return self._run(run, progress)

    def remove(self, names: Sequence[str]) -> Changes:
        """Take out articles, each named by its id or by a file, of which all are meant.

        Raises ArticleNotFoundError before any is removed.
        """

        def remove(sync: Sync) -> Changes:
            stored = self.store.summaries()
            found: dict[str, Summary] = {}
            for name in names:
                ids = (
                    [name]
                    if name in stored
                    else [id for id in stored if absolute(name) in stored[id].files]
                )
                if not ids:
                    raise ArticleNotFoundError(
                        f"no article {name!r} in this index: `assistant search` prints ids"
                    )
                found.update((id, stored[id]) for id in ids)
            return sync.remove(list(found.values()))

        return self._run(remove)

    def _run(self, run: Callable[[Sync], Changes], progress: Progress | None = None) -> Changes:
        with self.writing():
            if self.store.grow():
                self._reopen()
            writer = self._writer()
            changes = run(Sync(writer, self.store.summaries(), progress))
            writer.finish()
            return changes

    def _writer(self) -> Writer:
        return Writer(self.store, self._words, self.embedder, self.locks, self.passage_tokens)

    def embed_again(self, passages: Sequence[Passage]) -> None:
        """Put new vectors in place of those of these passages."""
        self._writer().embed_again(passages)

    def words_fault(self, passages: Sequence[str]) -> str:
        """What is wrong with the word index, which should have these passages; nothing if nothing is."""
        if self.place.server and not self.words_folder.exists():
            return ""
        words = WordIndex(self.words_folder, thoroughly=True)
        now = self._state(self.store)[1]
        if (
            self.place.server
            and words.mark.born == now.born
            and words.mark.generation < now.generation
        ):
            # Another machine has written: the next search here brings it up to date.
            return ""
        if words.mark != now:
            return "the word index is missing, damaged, or of another state than the store"
        missing = len(passages) - words.count_of(passages)
        more = words.count() - len(passages)
        return (
            f"the word index lacks {missing} passages and has {more + missing} others"
            if missing or more
            else ""
        )

    def make_words_anew(self) -> None:
        """Make the word index from the store."""
        words = WordIndex(self.words_folder)
        words.clear()
        words.update(map(document, self.each_passage()), [], self._state(self.store)[1])
        self._word_index = words

    def leftovers(self) -> list[str]:
        """Collections that belong to nothing: of a rebuild that was cut short."""
        return [
            name for names in other_sets(self.chroma, self.store.number).values() for name in names
        ]
