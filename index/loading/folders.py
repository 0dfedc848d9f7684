"""Find the articles in files, folders and standard input."""

from __future__ import annotations

import codecs
import contextlib
import functools
import gzip
import hashlib
import io
import json
import os
import re
import stat
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, BinaryIO, cast

from ..articles import FullArticle
from .formats import LARGEST, PARSERS, Skipped, UnreadableError, parse_jsonl, sniff

__all__ = ["Reader", "Unchanged", "absolute", "holds_many"]

LINES = (".jsonl", ".jsonl.gz")
KINDS = (*PARSERS, *LINES)
STDIN = "standard input"
ABOUT_THE_FOLDER = re.compile(r"readme(\.\w+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Unchanged:
    """A file that has the checksum (SHA-256) that was known of it: it was not read any further."""

    path: str
    checksum: str


Found = FullArticle | Unchanged | Skipped


class Reader:
    """The articles of `inputs` (paths of files and folders, `-` for standard input), one at a time.

    What cannot be read is not lost: `skipped` says what and why, `ignored` counts the hidden files and the files of
    other kinds that lay in the folders; both are complete once the iteration is over.
    """

    def __init__(self, inputs: Sequence[str | Path]) -> None:
        self.inputs = [str(item) for item in inputs]
        self.skipped: list[Skipped] = []
        self.ignored = 0
        self._seen: set[str] = set()
        self._known: Mapping[str, str] = {}
        self._bytes_read = 0
        self._open: IO[bytes] | None = None

    def __iter__(self) -> Iterator[FullArticle]:
        return (found for found in self.read({}) if isinstance(found, FullArticle))

    def read(self, known: Mapping[str, str]) -> Iterator[FullArticle | Unchanged]:
        """The articles, once more; of files that have the checksum known of them only that they have it."""
        self.skipped, self.ignored, self._seen, self._known = [], 0, set(), known
        self._bytes_read = 0
        for item in self.inputs:
            for found in (
                self._stdin() if item == "-" else self._path(absolute(item), os.path.realpath(item))
            ):
                if isinstance(found, Skipped):
                    self.skipped.append(found)
                else:
                    yield found

    def share_read(self) -> float | None:
        """How much of all bytes was read so far, 0 to 1; None where nobody knows how many there will be."""
        if not self._bytes:
            return None
        under_way = self._open.tell() if self._open else 0
        return min(1.0, (self._bytes_read + under_way) / self._bytes)

    @functools.cached_property
    def _bytes(self) -> int:
        """The size of all files that may be read, when it was first asked for; 0 with standard input."""
        if "-" in self.inputs:
            return 0
        sizes = 0
        for place in self._covered:
            for folder, folders, names in (
                os.walk(place) if os.path.isdir(place) else [("", [], [place])]
            ):
                folders[:] = [name for name in folders if not name.startswith(".")]
                for name in names:
                    with contextlib.suppress(OSError):
                        sizes += os.stat(os.path.join(folder, name)).st_size if _kind(name) else 0
        return sizes

    def missing(self) -> list[str]:
        """The inputs that are not there at all."""
        return [item for item in self.inputs if item != "-" and not os.path.lexists(item)]

    @functools.cached_property
    def _covered(self) -> list[str]:
        return [absolute(item) for item in self.inputs if item != "-" and os.path.exists(item)]

    def covers(self, path: str) -> bool:
        """Whether a file is, or lies in, one of the inputs that are there."""
        return any(_is_in(path, place) for place in self._covered)

    def may_hold(self, path: str) -> bool:
        """Whether a file, or a folder above it, could not be read: nobody knows what it holds."""
        return any(skipped.path and _is_in(path, skipped.path) for skipped in self.skipped)

    def _stdin(self) -> Iterator[Found]:
        if sys.stdin is None:
            yield Skipped(STDIN, "it is closed")
            return
        stream = cast(io.BufferedReader, sys.stdin.buffer)
        if stream.peek(1).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
            yield from parse_jsonl(stream, None, STDIN)
        else:
            yield _parsed(stream.read(LARGEST + 1), None, STDIN)

    def _path(self, path: str, real: str, above: tuple[str, ...] = ()) -> Iterator[Found]:
        """What is at `path`, of which the real path is `real`; `above` are those of the folders that led here."""
        try:
            about = os.stat(path)
            if stat.S_ISDIR(about.st_mode):
                yield from self._folder(path, real, above)
            else:
                yield from self._file(path, real, about)
        except OSError as error:
            yield Skipped(path, _reason(error), path)

    def _folder(self, folder: str, real: str, above: tuple[str, ...]) -> Iterator[Found]:
        if real in above:
            yield Skipped(folder, "a symbolic link to a folder that it lies in", folder)
            return
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            if self._matters(entry):
                below = (
                    os.path.realpath(entry.path)
                    if entry.is_symlink()
                    else os.path.join(real, entry.name)
                )
                yield from self._path(entry.path, below, (*above, real))
            else:
                self.ignored += 1

    def _matters(self, entry: os.DirEntry[str]) -> bool:
        """Whether a folder's entry is a folder, an article or a link that leads nowhere (which is worth a word).

        A README is about the folder, and a question set (lines with a "question" and no "text") lies beside articles.
        """
        if (
            entry.name.startswith(".")
            or ABOUT_THE_FOLDER.match(entry.name)
            or _holds_questions(entry.path)
        ):
            return False
        try:
            return _kind(entry.name) is not None or entry.is_dir() or not os.path.exists(entry.path)
        except OSError:
            # A link in a circle, or into a folder that may not be seen, is named as what cannot be read.
            return True

    def _file(self, path: str, real: str, about: os.stat_result) -> Iterator[Found]:
        if not stat.S_ISREG(about.st_mode):
            raise OSError("not a regular file")
        if real in self._seen:
            return
        self._seen.add(real)
        extension = _kind(path)
        if not extension:
            raise OSError(f"not a kind of file that is read ({', '.join(KINDS)})")
        if extension not in LINES and about.st_size > LARGEST:
            raise OSError(f"over {LARGEST // 1_000_000} MB")
        if not _is_utf8(path):
            raise OSError("its name is not UTF-8: rename it")
        if extension in LINES:
            yield from self._lines(path, extension)
        else:
            yield self._whole(path, extension)
        self._bytes_read += about.st_size

    def _whole(self, path: str, extension: str) -> Found:
        with open(path, "rb") as file:
            before = os.fstat(file.fileno())
            data = file.read(min(before.st_size, LARGEST) + 1)
            if _has_changed(before, file):
                return Skipped(path, "changed while it was read: run the same command again", path)
        checksum = hashlib.sha256(data).hexdigest()
        if self._known.get(path) == checksum:
            return Unchanged(path, checksum)
        found = _parsed(data, path, path, extension)
        return replace(found, checksum=checksum) if isinstance(found, FullArticle) else found

    def _lines(self, path: str, extension: str) -> Iterator[Found]:
        with open(path, "rb") as file:
            before = os.fstat(file.fileno())
            self._open = file
            try:
                with (
                    gzip.open(file)
                    if extension == LINES[1]
                    else contextlib.nullcontext(file) as lines
                ):
                    yield from parse_jsonl(cast(BinaryIO, lines), path, path)
            finally:
                self._open = None
            if _has_changed(before, file):
                yield Skipped(path, "changed while it was read: run the same command again", path)


def absolute(path: str) -> str:
    """The absolute path by which a file is known; through a symbolic link, if there is no way back (`..`) in it."""
    return os.path.realpath(path) if ".." in path.split(os.sep) else os.path.abspath(path)


def _has_changed(before: os.stat_result, file: IO[bytes]) -> bool:
    now = os.fstat(file.fileno())
    return (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns)


def _is_in(path: str, place: str) -> bool:
    """Whether a path is a place or lies in it."""
    return path == place or path.startswith(place.rstrip(os.sep) + os.sep)


def holds_many(path: str) -> bool:
    """Whether a file of that name holds an article a line, and not one article."""
    return path.lower().endswith(LINES)


def _kind(path: str) -> str | None:
    """The known extension that the file's name ends with."""
    name = os.path.basename(path).lower()
    return next((extension for extension in KINDS if name.endswith(extension)), None)


def _holds_questions(path: str) -> bool:
    if not holds_many(path) or not os.path.isfile(path):
        return False
    try:
        with gzip.open(path) if path.lower().endswith(".gz") else open(path, "rb") as file:
            first = json.loads(file.readline(LARGEST))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return False
    return isinstance(first, dict) and "question" in first and "text" not in first


def _parsed(
    data: bytes, path: str | None, where: str, extension: str | None = None
) -> FullArticle | Skipped:
    try:
        if len(data) > LARGEST:
            raise UnreadableError(f"over {LARGEST // 1_000_000} MB")
        return PARSERS[extension or sniff(data)](data, path)
    except UnreadableError as error:
        return Skipped(where, str(error), path)


def _is_utf8(name: str) -> bool:
    """Whether a file's name can be stored, and found again by what is stored."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower() if error.errno else str(error)
