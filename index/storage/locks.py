"""Who writes to an index: one process at a time, and what it was writing if it died."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from ..errors import IndexDamagedError

__all__ = ["Locks", "Notice"]

# Is told at once what the user should know while something takes its time.
Notice = Callable[[str], None]


class Locks:
    """The locks in one folder. The system lets go of them when their process ends, however it ends.

    `writing` is held by whoever writes, for as long as a command takes. `gate` is held while records are written and
    while a store is opened: Chroma writes its vector files in place, and half of them is no file to read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = FileLock(folder / "lock")
        self._gate = FileLock(folder / "gate")
        self._about = folder / "writer.json"
        self._batch = folder / "batch.json"

    @contextlib.contextmanager
    def writing(self, notice: Notice | None = None) -> Iterator[None]:
        """Hold the index for writing; where another process holds it, say which and wait."""
        if not self._taken(self._writer):
            if notice:
                notice(f"{self._holder()} is writing to this index: waiting until it is done")
            self._writer.acquire()
        try:
            self._about.write_text(
                json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()})
            )
            yield
        finally:
            self._writer.release()

    def _holder(self) -> str:
        about = _read(self._about)
        if not isinstance(about, dict) or "pid" not in about:
            return "another process"
        since = time.strftime("%H:%M", time.localtime(float(about.get("since", 0))))
        return f"process {about['pid']} on {about.get('host')} (since {since})"

    @contextlib.contextmanager
    def try_writing(self) -> Iterator[bool]:
        """Hold the index for writing if nobody else does; whether that is so."""
        taken = self._taken(self._writer)
        try:
            yield taken
        finally:
            if taken:
                self._writer.release()

    @contextlib.contextmanager
    def gate(self) -> Iterator[None]:
        """Hold the files as they are while they are opened."""
        if not self._taken(self._gate):
            self._gate.acquire()
        try:
            yield
        finally:
            self._gate.release()

    def _taken(self, lock: BaseFileLock) -> bool:
        """Take a lock, if nobody else has it; whether that is so."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
        except Timeout:
            return False
        except OSError as error:
            reason = "Not a directory" if self._folder.is_file() else error.strerror
            raise IndexDamagedError(
                f"the index in {self._folder} cannot be read or written ({reason}): check that it is a folder that may "
                "be written, or name another --index"
            ) from error
        return True

    @contextlib.contextmanager
    def batch(self, put: Sequence[str] = (), gone: Sequence[str] = ()) -> Iterator[None]:
        """Put these articles in and take those out. The note of them outlives an error, and the process."""
        with self.gate():
            note = json.dumps({"put": list(put), "gone": list(gone)})
            with self._batch.open("w", encoding="utf-8") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            _sync_folder(self._folder)
            yield
            self.forget_batch()

    @property
    def batch_was_cut_short(self) -> bool:
        """Whether a batch was begun and not finished: by one that died, if nobody is writing now."""
        return self._batch.exists()

    def interrupted(self) -> tuple[list[str], list[str]]:
        """The articles that were put in, and those that were taken out, by the batch that was cut short."""
        note = _read(self._batch)
        put, gone = (
            (note.get(name, []) for name in ("put", "gone")) if isinstance(note, dict) else ([], [])
        )
        return list(map(str, put)), list(map(str, gone))

    def forget_batch(self) -> None:
        """The batch is whole."""
        self._batch.unlink(missing_ok=True)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder last: a file that was just made could be gone after a loss of power."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
