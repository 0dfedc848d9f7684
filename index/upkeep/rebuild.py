"""Rebuild an index beside the present one, which answers until the new one is complete."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..embedding.embedders import DEFAULT_EMBEDDER
from ..errors import IndexDamagedError, RemovalError
from ..index import Index
from ..storage.chroma import Chroma
from ..storage.connection import Connection
from ..storage.locks import Notice
from ..storage.place import to_place
from ..storage.records import (
    IndexSettings,
    VectorStore,
    collections_of,
    current_set,
    leftovers,
    make_current,
    other_sets,
)
from ..text.passages import PASSAGE_TOKENS

__all__ = ["rebuild"]

# The name of a damaged store until it is replaced.
DAMAGED = "chroma-damaged"


@contextlib.contextmanager
def rebuild(
    where: str | Path,
    *,
    embedder: str | None = None,
    passage_tokens: int | None = None,
    cache: Path | None = None,
    notice: Notice | None = None,
) -> Iterator[Index]:
    """An empty index that replaces the present one, damaged or not, when the block ends well.

    Until then the present one answers. Embedder and length of passages are those that are named,
    else those of the present index, else the defaults. An unfinished rebuild with the same settings
    is continued.
    """
    connection = Connection(to_place(where), notice)
    damaged = connection.place.folder / DAMAGED
    with (
        contextlib.closing(connection),
        connection.locks.writing(connection.notice),
        _put_back(connection, damaged),
    ):
        former = _former(connection)
        index = Index.over(connection, cache=cache)
        settings = index.new_settings(
            embedder or (former.embedder_name if former else DEFAULT_EMBEDDER),
            passage_tokens or (former.passage_tokens if former else PASSAGE_TOKENS),
        )
        current, chroma = former.number if former else 0, connection.chroma
        number = _begun(chroma, current, settings) or _begin(chroma, current, settings)
        connection.pin(number, former)
        had_articles = damaged.exists() or (former is not None and former.counts()[0] > 0)
        yield index
        if had_articles and not index.counts()[0]:
            raise RemovalError("no article could be read: the index stays as it was")
        _make_current(connection, number)
        shutil.rmtree(damaged, ignore_errors=True)


def _former(connection: Connection) -> VectorStore | None:
    """The current set; None where there is none, or where it is damaged."""
    place = connection.place
    try:
        connection.open_chroma(create=True)
        number = current_set(connection.chroma)
        if number is None:
            return None
        if connection.locks.batch_was_cut_short:
            connection.use(number)
            connection.finish_batch()
        former = VectorStore(connection.chroma, number)
        # A set that lost its settings is damaged.
        _ = former.settings
        return former
    except IndexDamagedError:
        if place.server:
            raise
    connection.notice(f"the index in {place} cannot be read: it is rebuilt from the articles alone")
    shutil.rmtree(place.folder / DAMAGED, ignore_errors=True)
    place.store.rename(place.folder / DAMAGED)
    connection.locks.forget_batch()
    connection.open_chroma(create=True)
    return None


@contextlib.contextmanager
def _put_back(connection: Connection, damaged: Path) -> Iterator[None]:
    """After an error, put a damaged store back."""
    try:
        yield
    except BaseException:
        if damaged.exists():
            connection.close()
            shutil.rmtree(connection.place.store, ignore_errors=True)
            damaged.rename(connection.place.store)
        raise


def _begun(chroma: Chroma, current: int, settings: IndexSettings) -> int | None:
    """The set of an unfinished rebuild with these settings; others are deleted."""
    begun = None
    for number, names in sorted(other_sets(chroma, current).items()):
        made = chroma.metadata(collections_of(number)[0]) or {}
        is_complete = set(names) == set(collections_of(number))
        if is_complete and all(
            made.get(name) == settings[name] for name in ("format", "embedder", "passage_tokens")
        ):
            begun = number
        else:
            chroma.delete(names)
    if begun:
        store = VectorStore(chroma, begun)
        store.remove_passages(store.orphans())
        store.finish(store.latest(store.generation))
    return begun


def _begin(chroma: Chroma, current: int, settings: IndexSettings) -> int:
    VectorStore.begin(chroma, current + 1, settings)
    return current + 1


def _make_current(connection: Connection, number: int) -> None:
    """Make the new set current, and delete the former one, or leave that to the next rebuild."""
    _ = connection.words
    make_current(connection.chroma, number)
    _replace(connection.words_folder, connection.place.words)
    connection.unpin()
    connection.chroma.delete(leftovers(connection.chroma, number))


def _replace(new: Path, old: Path) -> None:
    """Replace a folder by another one. Processes that have it open keep it."""
    if old.is_dir():
        shutil.rmtree(old)
    else:
        old.unlink(missing_ok=True)
    new.rename(old)
