"""Locks: one process at a time writes to an index, and notes its batch in case it dies."""

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

# Called at once with a line for the user, while something takes time.
Notice = Callable[[str], None]


class Locks:
    """The locks in one folder. The system releases them when their process ends in any way.

    A writer holds `writing` for a whole command. `gate` is held while records are written and while
    a store is opened, because Chroma writes its vector files in place, and half written ones must
    not be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = FileLock(folder / "lock")
        self._gate = FileLock(folder / "gate")
        self._writer_note = folder / "writer.json"
        self._batch_note = folder / "batch.json"

    @contextlib.contextmanager
    def writing(self, notice: Notice | None = None) -> Iterator[None]:
        """Hold the index for writing. If another process holds it, name it to `notice` and wait."""
        if not self._take(self._writer):
            if notice:
                notice(f"{self._holder()} is writing to this index: waiting until it is done")
            self._writer.acquire()
        try:
            self._writer_note.write_text(
                json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()})
            )
            yield
        finally:
            self._writer.release()

    def _holder(self) -> str:
        about = _read_json(self._writer_note)
        if not isinstance(about, dict) or "pid" not in about:
            return "another process"
        since = time.strftime("%H:%M", time.localtime(float(about.get("since", 0))))
        return f"process {about['pid']} on {about.get('host')} (since {since})"

    @contextlib.contextmanager
    def try_writing(self) -> Iterator[bool]:
        """Hold the index for writing unless another process does; gives whether it is held."""
        taken = self._take(self._writer)
        try:
            yield taken
        finally:
            if taken:
                self._writer.release()

    @contextlib.contextmanager
    def gate(self) -> Iterator[None]:
        """Keep others from writing or opening the files."""
        if not self._take(self._gate):
            self._gate.acquire()
        try:
            yield
        finally:
            self._gate.release()

    def _take(self, lock: BaseFileLock) -> bool:
        """Take a lock unless another process has it; returns whether it was taken."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
        except Timeout:
            return False
        except OSError as error:
            reason = "Not a directory" if self._folder.is_file() else error.strerror
            raise IndexDamagedError(
                f"the index in {self._folder} cannot be read or written ({reason}): check that it "
                "is a writable folder, or name another --index"
            ) from error
        return True

    @contextlib.contextmanager
    def batch(self, put: Sequence[str] = (), gone: Sequence[str] = ()) -> Iterator[None]:
        """Write a batch that puts and removes these articles. Its note outlives an error."""
        with self.gate():
            note = json.dumps({"put": list(put), "gone": list(gone)})
            with self._batch_note.open("w", encoding="utf-8") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            _sync_folder(self._folder)
            yield
            self.forget_batch()

    @property
    def batch_was_cut_short(self) -> bool:
        """Whether a batch was begun and not finished. If no process is writing, its writer died."""
        return self._batch_note.exists()

    def interrupted(self) -> tuple[list[str], list[str]]:
        """The articles that the batch that was cut short puts, and those that it removes."""
        note = _read_json(self._batch_note)
        if not isinstance(note, dict):
            return [], []
        return list(map(str, note.get("put", []))), list(map(str, note.get("gone", [])))

    def forget_batch(self) -> None:
        """Note that the batch is whole."""
        self._batch_note.unlink(missing_ok=True)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _sync_folder(folder: Path) -> None:
    """Write the names in a folder to disk: otherwise a new file may be lost with the power."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
