"""Caches of vectors: on disk for texts that were indexed, in memory for questions."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ..articles import digest
from ..errors import SettingsError
from .embedders import Embedder

__all__ = ["Cache", "CachedEmbedder", "Remembered"]

CACHE_FILE = "cache.sqlite3"


class Cache:
    """Bytes by key in an SQLite file for several processes; only its owner may read it."""

    def __init__(self, folder: Path) -> None:
        """Use the cache in `folder`, or make one; raises SettingsError if that fails."""
        self._path = folder / CACHE_FILE
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value BLOB NOT NULL)"
            )

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values that are there, by key."""
        query = "SELECT key, value FROM entries WHERE key IN (SELECT value FROM json_each(?))"
        with self._open() as connection:
            return dict(connection.execute(query, [json.dumps(list(keys))]))

    def put(self, values: dict[str, bytes]) -> None:
        """Store the values under their keys."""
        with self._open() as connection:
            connection.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?)", values.items())

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if not self._path.exists():
                os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
            with (
                contextlib.closing(sqlite3.connect(self._path, timeout=30)) as connection,
                connection,
            ):
                yield connection
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(
                f"the cache {self._path} cannot be used ({error}): delete it, or set no cache"
            ) from error


class CachedEmbedder:
    """An embedder that embeds only texts whose vectors are not in the cache."""

    def __init__(self, embedder: Embedder, cache: Cache) -> None:
        self.name = embedder.name
        self.identity = embedder.identity
        self.max_tokens, self.languages = embedder.max_tokens, embedder.languages
        self._embedder = embedder
        self._cache = cache

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without marks."""
        return self._embedder.count(texts)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, float32, one row a text, in their order."""
        if not texts:
            return self._embedder.embed(texts)
        keys = [digest("vector", self.identity, text) for text in texts]
        stored = self._cache.get(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in stored}
        if missing:
            vectors = self._embedder.embed(list(missing.values())).astype(np.float32)
            new = {key: row.tobytes() for key, row in zip(missing, vectors, strict=True)}
            self._cache.put(new)
            stored |= new
        return np.array([np.frombuffer(stored[key], dtype=np.float32) for key in keys])


class Remembered:
    """The vectors of the last texts that were embedded; several threads may use it."""

    # 30 MB of vectors of 384 numbers.
    MAX_TEXTS = 20_000

    def __init__(self) -> None:
        self._vectors: OrderedDict[tuple[str, str], np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def embed(self, embedder: Embedder, text: str) -> np.ndarray:
        """The vector of a text, made by this embedder unless it is remembered."""
        key = embedder.identity, text
        with self._lock:
            vector = self._vectors.get(key)
        if vector is None:
            vector = embedder.embed([text])[0]
        with self._lock:
            self._vectors[key] = vector
            self._vectors.move_to_end(key)
            if len(self._vectors) > self.MAX_TEXTS:
                self._vectors.popitem(last=False)
        return vector
