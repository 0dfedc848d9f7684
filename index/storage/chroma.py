"""Chroma, embedded or as a server: opening it, its collections, its errors, its files. Nothing else imports chromadb.

What the embedded Chroma does that has to be known here:

- An open client does not see in its queries what another process wrote, and would lose it if it wrote then. So it is
  opened again whenever somebody else has written (`reopen`).
- Vectors are kept in files that are written in place: a process that dies at it leaves files that cannot be read, or
  that crash whoever reads them. So the log of all writes, which is in SQLite, is kept and not purged: from it the files
  are made again (`mend`). Nobody opens them while somebody writes (`Locks.gate`).
- A `document` goes into a trigram index, which costs more than all the rest. So texts are kept as metadata.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import chromadb
import httpx
from chromadb.api.models.Collection import Collection
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from ..errors import IndexDamagedError, IndexReplacedError, IndexUnreachableError
from .locks import Locks
from .place import TOKEN, Place, Server

__all__ = ["FILES_EVERY", "Chroma", "Collection", "mend", "torn", "vector_folders"]

DATABASE = "chroma.sqlite3"
# Records of one call when many are read, and numbers in the vectors of one call when they are written: a server takes
# 40 MB at a time, and a number is up to 20 characters.
PAGE, NUMBERS = 5_000, 1_000_000
CLOUD, CLOUD_PAGE = "trychroma.com", 300
SECONDS = 120
# After so many writes Chroma's vector files are written, at first; those since are read from its log when it is opened.
FILES_EVERY = 1_000
# Chroma's vector files, in the order in which they are written.
VECTORS, COUNTS, NAMES = "data_level0.bin", "length.bin", "index_metadata.pickle"
# Bytes in VECTORS beside the vector: 32 neighbours, how many there are, and its number.
BESIDE_VECTOR = 140
PICKLE_END = b"."

_open_slots: set[tuple[Path, int]] = set()
_slots_lock = threading.Lock()


class Chroma:
    """One Chroma, open. Safe to use from several threads; each call is one step."""

    def __init__(self, place: Place, locks: Locks, *, create: bool) -> None:
        """Open what is at `place`; make it where nothing is and `create` is set, otherwise raise IndexMissingError."""
        self.place = place
        self._locks = locks
        self._lock = threading.RLock()
        self._slot: tuple[Path, int] | None = None
        self._collections: dict[str, Collection] = {}
        if not place.is_there and not create:
            raise self.place.missing()
        try:
            with self._locks.gate(), self.errors():
                self._client: Any = self._connect(create)
                self._most = int(self._client.get_max_batch_size())
        except IndexReplacedError:
            # No such tenant, or no such database.
            raise self.place.missing() from None

    @property
    def page(self) -> int:
        """How many records may be read in one call."""
        server = self.place.server
        return CLOUD_PAGE if server and server.host.endswith(CLOUD) else PAGE

    def _connect(self, create: bool) -> Any:
        if self.place.server:
            return _client_of(self.place.server, create)
        database = self.place.store / DATABASE
        if not database.is_file() or self._was_hardly_begun():
            if not create:
                raise self.place.missing()
            self._embedded().close()
        _read_something(database)
        _keep_log(database)
        return self._embedded()

    def _was_hardly_begun(self) -> bool:
        """Whether whoever made the database died before anything was in it: there are no tables, and no files."""
        with _sqlite(self.place.store / DATABASE) as connection:
            tables = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'collections'"
            ).fetchone()
        return (
            not tables[0] and not vector_folders(self.place.store) and not self.place.words.exists()
        )

    def _embedded(self) -> Any:
        """A client of its own: Chroma shares what is open by the name of its folder, outdated vectors included."""
        self._release_slot()
        with _slots_lock:
            numbers = (n for n in itertools.count() if (self.place.store, n) not in _open_slots)
            self._slot = self.place.store, next(numbers)
            _open_slots.add(self._slot)
        alias = f"{self.place.store}{os.sep}" + f".{os.sep}" * self._slot[1]
        return chromadb.PersistentClient(alias, settings=Settings(anonymized_telemetry=False))

    def _release_slot(self) -> None:
        with _slots_lock:
            _open_slots.discard(self._slot or (Path(), 0))

    def reopen(self) -> None:
        """Read everything anew: somebody else has written."""
        # The gate before the lock, as everywhere: a thread that writes has it and waits for the lock.
        with self._locks.gate(), self.errors():
            self.close()
            self._collections = {}
            self._client = self._connect(create=False)

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()
        self._release_slot()

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """One call at a time; what goes wrong at it in words of ours."""
        with self._lock:
            try:
                yield
            except NotFoundError as error:
                raise IndexReplacedError(
                    f"the index in {self.place} was made anew meanwhile: ask again"
                ) from error
            except (ChromaError, OSError, sqlite3.Error, httpx.HTTPError) as error:
                raise self._error(error) from error
            except Exception as error:
                # What Chroma's client raises where it reaches no server, or does not know the answer.
                if self.place.server and type(error) in (ValueError, Exception):
                    raise self._error(error) from error
                raise

    def _error(self, error: Exception) -> IndexDamagedError | IndexUnreachableError:
        reason = (
            str(error).partition("\n")[0].partition(" (trace ID")[0][:300] or type(error).__name__
        )
        if self.place.server:
            return IndexUnreachableError(
                f"the Chroma server at {self.place} cannot be used ({reason}): check that it runs there, "
                f"that tenant and database exist, and the token in {TOKEN} if it wants one"
            )
        if any(word in reason for word in ("full", "No space", "too large", "disk I/O")):
            return IndexDamagedError(
                f"the index in {self.place} cannot be written ({reason}): free some space and run the same command "
                "again; what was written so far stays"
            )
        return IndexDamagedError(
            f"the index in {self.place} cannot be read or written ({reason}): check that the folder may be written; "
            f"`assistant doctor --fix --index {self.place}` mends what can be mended, and "
            f"`assistant index PATH... --index {self.place} --rebuild` makes it anew"
        )

    def names(self) -> list[str]:
        """The collections that there are."""
        with self.errors():
            return [collection.name for collection in self._client.list_collections()]

    def metadata(self, name: str) -> Mapping[str, Any] | None:
        """What is noted at a collection, as it is now; None where there is no such collection."""
        with self.errors():
            try:
                collection = self._client.get_collection(name, embedding_function=None)
            except NotFoundError:
                return None
            self._collections.setdefault(name, collection)
            return dict(collection.metadata or {})

    def note(self, name: str, metadata: Mapping[str, Any], files_every: int = FILES_EVERY) -> None:
        """Put this at a collection, in place of what was noted.

        One that is not there is made: its vector files will be written after so many writes.
        """
        with self.errors():
            if self.metadata(name) is None:
                self._client.create_collection(
                    name,
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine", "sync_threshold": files_every}},
                    metadata=dict(metadata),
                )
            else:
                self._collections[name].modify(metadata=dict(metadata))

    def collection(self, name: str) -> Collection:
        """A collection, to be used within `errors`."""
        if name not in self._collections:
            self._collections[name] = self._client.get_collection(name, embedding_function=None)
        return self._collections[name]

    def load(self, names: Sequence[str]) -> None:
        """Read the vector files of these collections now, while nobody writes them."""
        if not self.place.server:
            with self._locks.gate(), self.errors():
                for name in names:
                    self.collection(name).count()

    def write_files_every(self, name: str, writes: int) -> None:
        """Have the vector files of a collection written after so many writes, once it is opened again."""
        with self.errors():
            self.collection(name).modify(configuration={"hnsw": {"sync_threshold": writes}})

    def delete(self, names: Sequence[str]) -> None:
        """Take whole collections away, with their files. Nobody else may be writing."""
        with self.errors():
            for name in names:
                self._collections.pop(name, None)
                self._client.delete_collection(name)
            if names and not self.place.server:
                kept = _segments(self.place.store / DATABASE)
                for folder in vector_folders(self.place.store):
                    if folder.name not in kept:
                        shutil.rmtree(folder, ignore_errors=True)

    def pieces(self, count: int, numbers: int = 1) -> Iterator[slice]:
        """Slices of `count` records of so many numbers each, each short enough for one call."""
        most = (
            min(self._most, max(1, NUMBERS // numbers), self.page)
            if self.place.server
            else self._most
        )
        return (slice(first, first + most) for first in range(0, count, most))

    def settle(self) -> None:
        """See to it that the vector files on disk are whole, and last; raises IndexDamagedError where they are not."""
        if self.place.server:
            return
        with self.errors():
            for folder in vector_folders(self.place.store):
                if (folder / NAMES).exists() and (reason := torn(folder)):
                    raise OSError(f"{reason}: the disk may be full")
                for file in folder.iterdir():
                    descriptor = os.open(file, os.O_RDONLY)
                    os.fsync(descriptor)
                    os.close(descriptor)


def _client_of(server: Server, create: bool) -> Any:
    def settings() -> Settings:
        return Settings(
            anonymized_telemetry=False,
            chroma_server_ssl_verify=os.environ.get("SSL_CERT_FILE") if server.ssl else None,
        )

    def connected() -> Any:
        client = chromadb.HttpClient(
            server.host,
            server.port,
            server.ssl,
            headers=server.headers,
            settings=settings(),
            tenant=server.tenant,
            database=server.database,
        )
        with contextlib.suppress(AttributeError):
            client._server._session.timeout = SECONDS  # type: ignore[attr-defined]
        return client

    try:
        return connected()
    except NotFoundError:
        if not create:
            raise
    _make_database(server, settings())
    return connected()


def _make_database(server: Server, settings: Settings) -> None:
    """Make tenant and database where they are missing."""
    settings.chroma_api_impl = "chromadb.api.fastapi.FastAPI"
    settings.chroma_server_host, settings.chroma_server_http_port = server.host, server.port
    settings.chroma_server_ssl_enabled, settings.chroma_server_headers = server.ssl, server.headers
    admin = chromadb.AdminClient(settings)
    try:
        admin.get_tenant(server.tenant)
    except NotFoundError:
        admin.create_tenant(server.tenant)
    admin.create_database(server.database, server.tenant)


def _read_something(database: Path) -> None:
    """Raise sqlite3.Error for a file that is no database of Chroma's.

    Chroma would take an empty file for a new store, and once it has failed on a file it fails in other ways.
    """
    with _sqlite(database) as connection:
        connection.execute("SELECT count(*) FROM collections").fetchone()


def _keep_log(database: Path) -> None:
    """Have Chroma keep its log: the vectors are nowhere else as safe (`mend`)."""
    with _sqlite(database) as connection:
        row = connection.execute("SELECT config_json_str FROM embeddings_queue_config").fetchone()
        config = json.loads(row[0]) if row else {"_type": "EmbeddingsQueueConfigurationInternal"}
        if config.get("automatically_purge", True):
            config["automatically_purge"] = False
            connection.execute(
                "INSERT OR REPLACE INTO embeddings_queue_config (id, config_json_str) VALUES (1, ?)",
                (json.dumps(config),),
            )


def _segments(database: Path) -> set[str]:
    with _sqlite(database) as connection:
        return {str(id) for (id,) in connection.execute("SELECT id FROM segments")}


@contextlib.contextmanager
def _sqlite(database: Path) -> Iterator[sqlite3.Connection]:
    # Not even to read can it be opened read-only: what a writer left half done when it died is rolled back first.
    address = f"{database.absolute().as_uri()}?mode=rw"
    with (
        contextlib.closing(sqlite3.connect(address, uri=True, timeout=30)) as connection,
        connection,
    ):
        yield connection


def vector_folders(store: Path) -> list[Path]:
    """The folders in which Chroma keeps vector files, one a collection that was large enough."""
    return [path for path in store.iterdir() if path.is_dir()] if store.is_dir() else []


def torn(folder: Path) -> str | None:
    """What is wrong with the vector files of a collection, as far as their sizes, ends and times tell; None if nothing.

    All but NAMES are written before it. Those that were never written are of no worth, and no harm.
    """
    files = {path.name: path.stat() for path in folder.iterdir()}
    if NAMES not in files:
        return "its vector files were never finished"
    newest = max((about.st_mtime_ns for name, about in files.items() if name != NAMES), default=0)
    if newest > files[NAMES].st_mtime_ns:
        return "its vector files are newer than the names in them"
    if _last_byte(folder / NAMES) != PICKLE_END:
        return f"its {NAMES} is cut short"
    count = files[COUNTS].st_size // 4 if COUNTS in files else 0
    size = files[VECTORS].st_size if VECTORS in files else 0
    if count and (
        size % count or (size // count - BESIDE_VECTOR) % 4 or size // count <= BESIDE_VECTOR
    ):
        return f"its {VECTORS} is cut short"
    return None


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        if not file.tell():
            return b""
        file.seek(-1, os.SEEK_END)
        return file.read()


def mend(store: Path, *, all: bool = False) -> list[str]:
    """Take away vector files that are torn, or all: Chroma makes them again from its log. Nobody may have it open.

    Returns what was wrong. Without a log (an index of a version that did not keep it) nothing can be made again.
    """
    found = {folder: torn(folder) for folder in vector_folders(store)}
    bad = {folder: reason or "made again" for folder, reason in found.items() if reason or all}
    for folder in bad:
        try:
            with _sqlite(store / DATABASE) as connection:
                connection.execute("DELETE FROM max_seq_id WHERE segment_id = ?", (folder.name,))
        except sqlite3.Error as error:
            raise IndexDamagedError(
                f"the database {store / DATABASE} is damaged ({error}), and nothing can be made from it: make the "
                f"index anew with `assistant index PATH... --index {store.parent} --rebuild`"
            ) from error
        shutil.rmtree(folder)
    return list(bad.values())
