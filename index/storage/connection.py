"""A connection to an index: its store and its word index, opened, whole and in agreement."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .chroma import Chroma, repair
from .locks import Locks, Notice
from .place import Place
from .records import IndexSettings, Mark, VectorStore, current_set, make_current, passages_of
from .words import WordIndex, document

__all__ = ["Connection"]


class State(NamedTuple):
    """Changes whenever anybody writes, or puts another index in the same place."""

    number: int
    mark: Mark
    file_state: int | None


class Connection:
    """The store and the word index in one place. Safe to use from several threads.

    The writes of other processes are seen after `refresh`. A batch that was cut short when its
    writer died is completed or undone by the next process that opens the index or writes to it.
    """

    def __init__(self, place: Place, notice: Notice | None = None) -> None:
        """Prepare the connection; `open` opens it.

        notice: is called at once when another process is writing, or when files have to be
        repaired.
        """
        self.place = place
        self.words_folder = place.words
        self.locks = Locks(place.folder)
        self.notice: Notice = notice or (lambda text: None)
        # The set that the pinned one replaces.
        self.former: VectorStore | None = None
        self._pinned: int | None = None
        self._words: WordIndex | None = None
        self._lock = threading.RLock()

    def open(self, new_settings: Callable[[], IndexSettings] | None = None) -> None:
        """Open the current set.

        new_settings: makes the settings of an empty set where there is none. Without it, that
        raises IndexMissingError.
        """
        settings = None
        if new_settings and not self.place.is_there:
            # Before anything is written: the settings may be refused.
            settings = new_settings()
        self.open_chroma(create=new_settings is not None)
        number = current_set(self.chroma)
        if number is None:
            with self.locks.writing(self.notice):
                number = self._begin_first_set(settings, new_settings)
        self.use(number)
        self.finish_batch()

    def _begin_first_set(
        self, settings: IndexSettings | None, new_settings: Callable[[], IndexSettings] | None
    ) -> int:
        # Another process may have made it while this one waited.
        self.chroma.reopen()
        number = current_set(self.chroma)
        if number is not None:
            return number
        if new_settings is None:
            raise self.place.missing()
        VectorStore.begin(self.chroma, 1, settings or new_settings())
        make_current(self.chroma, 1)
        return 1

    def open_chroma(self, *, create: bool) -> None:
        """Open Chroma whatever it holds, without choosing a set."""
        if self.place.is_there:
            self._repair_files()
        self.chroma = Chroma(self.place, self.locks, create=create)

    def _repair_files(self) -> None:
        """Repair the files that a writer left half written when it died, before they are opened."""
        if self.locks.batch_was_cut_short and not self.place.server:
            with self.locks.try_writing() as alone:
                if alone and self.locks.batch_was_cut_short and repair(self.place.store):
                    self.notice("a write was cut short: its vectors were repaired")

    def use(self, number: int) -> None:
        """Read and write this set from now on."""
        store = VectorStore(self.chroma, number)
        self._seen = self._state(store)
        store.load()
        self.store = store

    def _state(self, store: VectorStore) -> State:
        return State(store.number, store.mark, self.place.file_state)

    def pin(self, number: int, former: VectorStore | None) -> None:
        """Use a set that is to replace `former`, with a word index of its own."""
        self._pinned = number
        self.former = former
        self.words_folder = self.place.folder / "words-next"
        self.use(number)

    def unpin(self) -> None:
        """Follow the current set again, whose word index is in its usual place."""
        self._pinned = None
        self.words_folder, self._words = self.place.words, None

    def close(self) -> None:
        """Close the files."""
        if hasattr(self, "chroma"):
            self.chroma.close()

    def refresh(self) -> None:
        """See the writes of other processes; costs little where there are none."""
        with self._lock:
            if not self.place.is_there:
                raise self.place.missing()
            state = self._state(self._current())
            own = Mark(self._seen.mark.born, self.store.wrote or -1)
            if state.number == self.store.number and state.mark == own:
                self._seen = self._seen._replace(mark=own)
            if state != self._seen:
                self.reopen()

    def _current(self) -> VectorStore:
        number = self._pinned or current_set(self.chroma)
        if number is None:
            raise self.place.missing()
        return self.store if number == self.store.number else VectorStore(self.chroma, number)

    def reopen(self) -> None:
        """Open everything again, as it is now."""
        with self._lock:
            self._repair_files()
            self.chroma.reopen()
            self.use(self._current().number)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the index for writing, with the writes of others seen."""
        with self.locks.writing(self.notice):
            self.finish_batch()
            self.refresh()
            yield
            self._seen = self._state(self.store)

    def finish_batch(self) -> None:
        """Complete or undo a batch that was cut short, so that all its articles are whole."""
        if not self.locks.batch_was_cut_short:
            return
        with self.locks.try_writing() as alone:
            if not alone or not self.locks.batch_was_cut_short:
                return
            self.reopen()
            put, gone = self.locks.interrupted()
            written = self.store.generation
            generation = self.store.latest(written)
            if generation > written:
                # The new articles are in, so the ones that they replace have to go.
                self.store.remove(gone, generation)
            self.store.remove_orphans([*put, *gone])
            self.store.finish(generation)
            self._seen = self._state(self.store)
            self._agreeing_words()
            self.locks.forget_batch()

    @property
    def words(self) -> WordIndex:
        """The word index, updated if it does not agree with the store."""
        with self._lock:
            if self._words is None or self._words.mark != self._seen.mark:
                self._words = self._agreeing_words()
            return self._words

    def _agreeing_words(self) -> WordIndex:
        words = WordIndex(self.words_folder)
        if words.mark == self._seen.mark:
            return words
        with self.locks.try_writing() as alone:
            if alone:
                return self._updated_words()
        if words.is_usable and words.mark.born == self._seen.mark.born:
            # The writer has brought it further than what is open here, or is about to.
            return words
        with self.locks.writing(self.notice):
            return self._updated_words()

    def _updated_words(self) -> WordIndex:
        """The word index with all that the store has; nobody else may be writing."""
        words, store = WordIndex(self.words_folder), self.store
        since, now = words.mark, store.mark
        if since == now:
            return words
        if not since.is_before(now):
            return self._fill_words(words)
        changed = store.changed_since(since.generation)
        removed = store.removed_since(since.generation)
        passages = store.passages(passages_of(changed.values()))
        words.update(map(document, passages), [*removed, *changed], now)
        return words

    def _fill_words(self, words: WordIndex) -> WordIndex:
        words.clear()
        words.update(map(document, self.store.each_passage()), [], self.store.mark)
        return words

    def rebuild_words(self) -> None:
        """Make the word index again from the store, whatever state it is in."""
        self._words = self._fill_words(WordIndex(self.words_folder))
