"""Chroma, embedded or on a server. Nothing else imports chromadb.

Facts about the embedded Chroma that shape this module:

- An open client does not see the writes of another process in its queries, and would lose them if
  it wrote. So it is opened again whenever another process has written (`reopen`).
- Vector files are written in place: a process that dies in between leaves files that cannot be
  read, or that crash their reader. So the log of all writes, which is in SQLite, is never purged:
  the files are made again from it (`repair`), and they are not opened while they are written
  (`Locks.gate`).
- A `document` goes into a trigram index, which costs more than all the rest. So texts are kept as
  metadata.
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

__all__ = ["FILES_EVERY", "Chroma", "Collection", "repair", "torn", "vector_folders"]

DATABASE = "chroma.sqlite3"
# Records that are read in one call.
MAX_PAGE_RECORDS = 5_000
# Writes after which Chroma writes its vector files; when it is opened, it reads the later ones from
# its log.
FILES_EVERY = 1_000
# Chroma's vector files, in the order in which they are written.
VECTOR_FILE, COUNT_FILE, NAME_FILE = "data_level0.bin", "length.bin", "index_metadata.pickle"
# Bytes of a record in VECTOR_FILE beside the vector: 32 neighbours, their count, and a number.
LINK_BYTES = 140

_open_slots: set[tuple[Path, int]] = set()
_slots_lock = threading.Lock()


class Chroma:
    """A Chroma that is open. Safe to use from several threads, one call at a time."""

    def __init__(self, place: Place, locks: Locks, *, create: bool) -> None:
        """Open the store; if there is none, make it with `create`, or raise IndexMissingError."""
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
                self._max_batch = int(self._client.get_max_batch_size())
        except IndexReplacedError:
            # The server lacks the tenant or the database.
            raise self.place.missing() from None

    @property
    def page(self) -> int:
        """The number of records that may be read in one call."""
        server = self.place.server
        is_cloud = server is not None and server.host.endswith("trychroma.com")
        return 300 if is_cloud else MAX_PAGE_RECORDS

    def _connect(self, create: bool) -> Any:
        if self.place.server:
            return _client_of(self.place.server, create)
        database = self.place.store / DATABASE
        if not database.is_file() or self._is_unfinished():
            if not create:
                raise self.place.missing()
            self._embedded().close()
        _check_database(database)
        _keep_log(database)
        return self._embedded()

    def _is_unfinished(self) -> bool:
        """Whether the process that made the database died at once: it has no tables."""
        with _sqlite(self.place.store / DATABASE) as connection:
            query = "SELECT count(*) FROM sqlite_master WHERE name = 'collections'"
            (tables,) = connection.execute(query).fetchone()
        return not (tables or vector_folders(self.place.store) or self.place.words.exists())

    def _embedded(self) -> Any:
        """A client of its own: Chroma shares outdated vectors between folders of one name."""
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
        """Open everything again, because another process has written."""
        # The gate comes before the lock everywhere: a thread that writes has it and waits for the
        # lock.
        with self._locks.gate(), self.errors():
            self.close()
            self._collections = {}
            self._client = self._connect(create=False)

    def close(self) -> None:
        """Close the files."""
        self._client.close()
        self._release_slot()

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Make one call at a time, and raise our own errors for those of Chroma."""
        with self._lock:
            try:
                yield
            except NotFoundError as error:
                raise IndexReplacedError(
                    f"the index in {self.place} was rebuilt meanwhile: ask again"
                ) from error
            except (ChromaError, OSError, sqlite3.Error, httpx.HTTPError) as error:
                raise self._error(error) from error
            except Exception as error:
                # Chroma's client raises these if it reaches no server, or does not understand the
                # answer.
                if self.place.server and type(error) in (ValueError, Exception):
                    raise self._error(error) from error
                raise

    def _error(self, error: Exception) -> IndexDamagedError | IndexUnreachableError:
        reason = (
            str(error).partition("\n")[0].partition(" (trace ID")[0][:300] or type(error).__name__
        )
        if self.place.server:
            return IndexUnreachableError(
                f"the Chroma server at {self.place} cannot be used ({reason}): check that it runs "
                f"there, that tenant and database exist, and the token in {TOKEN} if it needs one"
            )
        if any(word in reason for word in ("full", "No space", "too large", "disk I/O")):
            return IndexDamagedError(
                f"the index in {self.place} cannot be written ({reason}): free some space and run "
                "the same command again; what was written so far is kept"
            )
        return IndexDamagedError(
            f"the index in {self.place} cannot be read or written ({reason}): check that the "
            f"folder is writable; `assistant doctor --fix --index {self.place}` repairs it as far "
            f"as possible, and `assistant index PATH... --index {self.place} --rebuild` makes a "
            "new one"
        )

    def names(self) -> list[str]:
        """The names of all collections."""
        with self.errors():
            return [collection.name for collection in self._client.list_collections()]

    def metadata(self, name: str) -> Mapping[str, Any] | None:
        """The metadata of a collection, as it is now; None if there is no such collection."""
        with self.errors():
            try:
                collection = self._client.get_collection(name, embedding_function=None)
            except NotFoundError:
                return None
            self._collections.setdefault(name, collection)
            return dict(collection.metadata or {})

    def note(self, name: str, metadata: Mapping[str, Any], files_every: int = FILES_EVERY) -> None:
        """Replace the metadata of a collection, or make the collection.

        files_every: the writes after which its vector files will be written.
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
        """A collection, to be used inside `errors`."""
        if name not in self._collections:
            self._collections[name] = self._client.get_collection(name, embedding_function=None)
        return self._collections[name]

    def load(self, names: Sequence[str]) -> None:
        """Read the vector files of these collections, while no process writes them."""
        if not self.place.server:
            with self._locks.gate(), self.errors():
                for name in names:
                    self.collection(name).count()

    def write_files_every(self, name: str, writes: int) -> None:
        """Set the writes after which vector files are written; valid once it is opened again."""
        with self.errors():
            self.collection(name).modify(configuration={"hnsw": {"sync_threshold": writes}})

    def delete(self, names: Sequence[str]) -> None:
        """Delete collections with their files. No other process may be writing."""
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
        """Slices of `count` records of this size, each short enough for one call."""
        size = self._max_batch
        if self.place.server:
            # A server takes 40 MB in a call, and a number of a vector has up to 20 characters.
            size = min(size, self.page, max(1, 1_000_000 // numbers))
        return (slice(first, first + size) for first in range(0, count, size))

    def settle(self) -> None:
        """Write the vector files to disk; raises IndexDamagedError if one of them is torn."""
        if self.place.server:
            return
        with self.errors():
            for folder in vector_folders(self.place.store):
                if (folder / NAME_FILE).exists() and (reason := torn(folder)):
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
            client._server._session.timeout = 120  # type: ignore[attr-defined]
        return client

    try:
        return connected()
    except NotFoundError:
        if not create:
            raise
    _make_database(server, settings())
    return connected()


def _make_database(server: Server, settings: Settings) -> None:
    """Make tenant and database if they are missing."""
    settings.chroma_api_impl = "chromadb.api.fastapi.FastAPI"
    settings.chroma_server_host, settings.chroma_server_http_port = server.host, server.port
    settings.chroma_server_ssl_enabled, settings.chroma_server_headers = server.ssl, server.headers
    admin = chromadb.AdminClient(settings)
    try:
        admin.get_tenant(server.tenant)
    except NotFoundError:
        admin.create_tenant(server.tenant)
    admin.create_database(server.database, server.tenant)


def _check_database(database: Path) -> None:
    """Raise sqlite3.Error unless a file is a database of Chroma's.

    Chroma would take an empty file for a new store, and after a failure on a file it fails in other
    ways.
    """
    with _sqlite(database) as connection:
        connection.execute("SELECT count(*) FROM collections").fetchone()


def _keep_log(database: Path) -> None:
    """Have Chroma keep its log, from which the vectors can be restored (`repair`)."""
    with _sqlite(database) as connection:
        row = connection.execute("SELECT config_json_str FROM embeddings_queue_config").fetchone()
        config = json.loads(row[0]) if row else {"_type": "EmbeddingsQueueConfigurationInternal"}
        if config.get("automatically_purge", True):
            config["automatically_purge"] = False
            connection.execute(
                "INSERT OR REPLACE INTO embeddings_queue_config (id, config_json_str) "
                "VALUES (1, ?)",
                (json.dumps(config),),
            )


def _segments(database: Path) -> set[str]:
    with _sqlite(database) as connection:
        return {str(id) for (id,) in connection.execute("SELECT id FROM segments")}


@contextlib.contextmanager
def _sqlite(database: Path) -> Iterator[sqlite3.Connection]:
    # Even to read it must be writable: the transaction of a writer that died is rolled back first.
    address = f"{database.absolute().as_uri()}?mode=rw"
    with (
        contextlib.closing(sqlite3.connect(address, uri=True, timeout=30)) as connection,
        connection,
    ):
        yield connection


def vector_folders(store: Path) -> list[Path]:
    """The folders with Chroma's vector files, one for each collection that was large enough."""
    return [path for path in store.iterdir() if path.is_dir()] if store.is_dir() else []


def torn(folder: Path) -> str | None:
    """The fault of vector files, as far as sizes, ends and times tell; None if there is none.

    All files but NAME_FILE are written before it. Files that were never finished hold nothing and
    do no harm.
    """
    files = {path.name: path.stat() for path in folder.iterdir()}
    names = files.pop(NAME_FILE, None)
    if names is None:
        return "its vector files were never finished"
    if any(about.st_mtime_ns > names.st_mtime_ns for about in files.values()):
        return "its vector files are newer than the names in them"
    if _last_byte(folder / NAME_FILE) != b".":
        # Every pickle ends with a full stop.
        return f"its {NAME_FILE} is cut short"
    count = files[COUNT_FILE].st_size // 4 if COUNT_FILE in files else 0
    size = files[VECTOR_FILE].st_size if VECTOR_FILE in files else 0
    if count == 0:
        return None
    record_bytes, rest = divmod(size, count)
    if rest or record_bytes <= LINK_BYTES or (record_bytes - LINK_BYTES) % 4:
        return f"its {VECTOR_FILE} is cut short"
    return None


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        if not file.tell():
            return b""
        file.seek(-1, os.SEEK_END)
        return file.read()


def repair(store: Path, *, all: bool = False) -> list[str]:
    """Delete torn vector files, or all: Chroma makes them again from its log.

    Returns the faults. Vectors of an index whose version did not keep the log are lost.
    """
    faults = []
    for folder in vector_folders(store):
        fault = torn(folder)
        if fault or all:
            _forget_files(store, folder)
            faults.append(fault or "made again")
    return faults


def _forget_files(store: Path, folder: Path) -> None:
    try:
        with _sqlite(store / DATABASE) as connection:
            connection.execute("DELETE FROM max_seq_id WHERE segment_id = ?", (folder.name,))
    except sqlite3.Error as error:
        raise IndexDamagedError(
            f"the database {store / DATABASE} is damaged ({error}), and nothing can be made from "
            f"it: make a new index with `assistant index PATH... --index {store.parent} --rebuild`"
        ) from error
    shutil.rmtree(folder)
