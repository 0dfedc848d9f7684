"""Make an index anew beside the one that is there, which answers until the new one is complete."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..embedding.embedders import DEFAULT_EMBEDDER
from ..errors import IndexDamagedError, RemovalError
from ..index import Index
from ..storage.chroma import Chroma
from ..storage.locks import Notice
from ..storage.records import VectorStore, current_set, make_current, names_of, other_sets
from ..text.passages import PASSAGE_TOKENS

__all__ = ["rebuild"]

# Where a store that cannot be read waits until another has taken its place.
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
    """An empty index that takes the place of what is there, even if that is damaged, when the block ends well.

    Until then the former one answers. It gets the embedder and the length of passages that are named, else those
    of the former, else the defaults. One that was begun like this and not finished is gone on with.
    """
    index = Index.unopened(where, cache=cache, notice=notice)
    damaged = index.place.folder / DAMAGED
    with contextlib.closing(index), index.locks.writing(index.notice), _put_back(index, damaged):
        former, current = _former(index)
        name = embedder or str(former.get("embedder", DEFAULT_EMBEDDER))
        tokens = passage_tokens or int(former.get("passage_tokens", PASSAGE_TOKENS))
        settings = index.new_settings(name, tokens)
        number = _begun(index.chroma, current, settings) or _begin(index.chroma, current, settings)
        index.pin(number)
        index.former = VectorStore(index.chroma, current) if current else None
        had = damaged.exists() or _articles(index.chroma, current)
        yield index
        if had and not index.counts()[0]:
            raise RemovalError("nothing could be read: the index stays as it was")
        _take_its_place(index, number)
        shutil.rmtree(damaged, ignore_errors=True)


def _former(index: Index) -> tuple[Mapping[str, Any], int]:
    """The settings and the number of the set that counts; nothing and 0 for what is damaged, or not there."""
    try:
        index.open_store(create=True)
        number = current_set(index.chroma)
        if number is None:
            return {}, 0
        index.finish_interrupted(number)
        return VectorStore(index.chroma, number).settings, number
    except IndexDamagedError:
        if index.place.server:
            raise
    index.tell(f"what is in {index.place} cannot be read: it is made from nothing")
    shutil.rmtree(index.place.folder / DAMAGED, ignore_errors=True)
    index.place.store.rename(index.place.folder / DAMAGED)
    index.locks.forget_batch()
    index.open_store(create=True)
    return {}, 0


@contextlib.contextmanager
def _put_back(index: Index, damaged: Path) -> Iterator[None]:
    """Where nothing is made in its place, what was damaged is as it was."""
    try:
        yield
    except BaseException:
        if damaged.exists():
            index.close()
            shutil.rmtree(index.place.store, ignore_errors=True)
            damaged.rename(index.place.store)
        raise


def _articles(chroma: Chroma, current: int) -> bool:
    """Whether the former index holds any articles."""
    return current > 0 and VectorStore(chroma, current).counts()[0] > 0


def _begun(chroma: Chroma, current: int, settings: Mapping[str, Any]) -> int | None:
    """A set that was begun with the same settings and not finished. What else was begun is taken away."""
    found = None
    for number, names in sorted(other_sets(chroma, current).items()):
        made = chroma.metadata(names_of(number)[0]) or {}
        if len(names) == len(names_of(number)) and all(
            made.get(k) == settings[k] for k in ("format", "embedder", "passage_tokens")
        ):
            found = number
        else:
            chroma.delete(names)
    if found:
        store = VectorStore(chroma, found)
        store.remove_passages(store.orphans())
        store.finish(store.latest(store.generation))
    return found


def _begin(chroma: Chroma, current: int, settings: Mapping[str, Any]) -> int:
    VectorStore.begin(chroma, current + 1, settings)
    return current + 1


def _take_its_place(index: Index, number: int) -> None:
    """Have the new set count, and take away the former. Cut short in between, what is left is taken away next time."""
    index.bring_words_up_to_date()
    make_current(index.chroma, number)
    _replace(index.words_folder, index.place.words)
    index.unpin()
    index.chroma.delete(index.leftovers())


def _replace(new: Path, old: Path) -> None:
    """Put a folder in the place of another. What had it open keeps what it has."""
    if old.is_dir():
        shutil.rmtree(old)
    else:
        old.unlink(missing_ok=True)
    new.rename(old)
