"""Read articles from files, folders and standard input."""

from __future__ import annotations

import codecs
import functools
import gzip
import hashlib
import io
import itertools
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
from .formats import (
    MAX_ARTICLE_BYTES,
    PARSERS,
    Skipped,
    parse_article,
    parse_jsonl,
    parse_sniffed,
)

__all__ = ["Reader", "Unchanged", "absolute", "holds_many"]

JSONL_ENDINGS = (".jsonl", ".jsonl.gz")
ENDINGS = (*PARSERS, *JSONL_ENDINGS)
STDIN = "standard input"
CHANGED_WHILE_READ = "changed while it was read: run the same command again"
# Hidden files; and a README, which is about the folder.
LEFT_OUT = re.compile(r"\.|readme(\.\w+)?$", re.IGNORECASE)
# In a name that is not UTF-8; it could not be stored.
SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Unchanged:
    """A file whose checksum (SHA-256) is the known one, so it was not parsed."""

    path: str
    checksum: str


Outcome = FullArticle | Unchanged | Skipped


class Reader:
    """The articles of `inputs`: paths of files and folders, `-` for standard input.

    `skipped` lists what could not be read, and why; `ignored` counts hidden files and files of
    other types in the folders. Both are complete at the end of the iteration.
    """

    def __init__(self, inputs: Sequence[str | Path]) -> None:
        self.inputs = [str(item) for item in inputs]
        self._paths = [item for item in self.inputs if item != "-"]
        self.skipped: list[Skipped] = []
        self.ignored = 0
        self._seen: set[str] = set()
        self._known: Mapping[str, str] = {}
        self._bytes_read = 0
        self._open: IO[bytes] | None = None

    def __iter__(self) -> Iterator[FullArticle]:
        return (item for item in self.read({}) if isinstance(item, FullArticle))

    def read(self, known: Mapping[str, str]) -> Iterator[FullArticle | Unchanged]:
        """All articles; `Unchanged` for files whose checksum is the known one."""
        self.skipped, self.ignored, self._seen, self._known = [], 0, set(), known
        self._bytes_read = 0
        for item in itertools.chain.from_iterable(map(self._input, self.inputs)):
            if isinstance(item, Skipped):
                self.skipped.append(item)
            else:
                yield item

    def share_read(self) -> float | None:
        """The share of all bytes that is read, 0 to 1; None with standard input."""
        if not self._total_bytes:
            return None
        under_way = self._open.tell() if self._open else 0
        return min(1.0, (self._bytes_read + under_way) / self._total_bytes)

    @functools.cached_property
    def _total_bytes(self) -> int:
        """The size of all files that may be read, at the first call; 0 with standard input."""
        return 0 if "-" in self.inputs else sum(map(_total_size, self._covered))

    def missing(self) -> list[str]:
        """The inputs that do not exist."""
        return [path for path in self._paths if not os.path.lexists(path)]

    @functools.cached_property
    def _covered(self) -> list[str]:
        return list(map(absolute, filter(os.path.exists, self._paths)))

    def covers(self, path: str) -> bool:
        """Whether a file is one of the inputs that exist, or lies in one."""
        return any(_is_below(path, place) for place in self._covered)

    def may_hold(self, path: str) -> bool:
        """Whether a file, or a folder above it, could not be read: its content is unknown."""
        return any(skipped.path and _is_below(path, skipped.path) for skipped in self.skipped)

    def _input(self, item: str) -> Iterator[Outcome]:
        if item == "-":
            return self._stdin()
        return self._path(absolute(item), os.path.realpath(item))

    def _stdin(self) -> Iterator[Outcome]:
        if sys.stdin is None:
            yield Skipped(STDIN, "it is closed")
            return
        stream = cast(io.BufferedReader, sys.stdin.buffer)
        if stream.peek(1).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
            yield from parse_jsonl(stream, None, STDIN)
        else:
            yield parse_article(parse_sniffed, stream.read(MAX_ARTICLE_BYTES + 1), None, STDIN)

    def _path(self, path: str, real: str, above: tuple[str, ...] = ()) -> Iterator[Outcome]:
        """The articles at a path; `real` is its real path, `above` those of its folders."""
        try:
            about = os.stat(path)
            if stat.S_ISDIR(about.st_mode):
                yield from self._folder(path, real, above)
            else:
                yield from self._file(path, real, about)
        except OSError as error:
            yield Skipped(path, _os_reason(error), path)

    def _folder(self, folder: str, real: str, above: tuple[str, ...]) -> Iterator[Outcome]:
        if real in above:
            yield Skipped(folder, "a symbolic link to a folder above it", folder)
            return
        with os.scandir(folder) as entries:
            in_order = sorted(entries, key=lambda entry: entry.name)
        for entry in in_order:
            if not _is_readable(entry):
                self.ignored += 1
                continue
            below = os.path.join(real, entry.name)
            if entry.is_symlink():
                below = os.path.realpath(entry.path)
            yield from self._path(entry.path, below, (*above, real))

    def _file(self, path: str, real: str, about: os.stat_result) -> Iterator[Outcome]:
        if real in self._seen:
            return
        if not stat.S_ISREG(about.st_mode):
            raise OSError("not a regular file")
        self._seen.add(real)
        ending = _ending(path)
        if not ending:
            raise OSError(f"unsupported type of file (supported: {', '.join(ENDINGS)})")
        if SURROGATE.search(path):
            raise OSError("its name is not UTF-8: rename it")
        if ending in JSONL_ENDINGS:
            yield from self._lines(path, ending)
        else:
            yield self._whole(path, ending)
        self._bytes_read += about.st_size

    def _whole(self, path: str, ending: str) -> Outcome:
        with open(path, "rb") as file:
            before = os.fstat(file.fileno())
            data = file.read(min(before.st_size, MAX_ARTICLE_BYTES) + 1)
            if _has_changed(before, file):
                return Skipped(path, CHANGED_WHILE_READ, path)
        checksum = hashlib.sha256(data).hexdigest()
        if self._known.get(path) == checksum:
            return Unchanged(path, checksum)
        parsed = parse_article(PARSERS[ending], data, path, path)
        return replace(parsed, checksum=checksum) if isinstance(parsed, FullArticle) else parsed

    def _lines(self, path: str, ending: str) -> Iterator[Outcome]:
        with open(path, "rb") as file:
            before = os.fstat(file.fileno())
            self._open = file
            try:
                lines = gzip.GzipFile(fileobj=file) if ending == ".jsonl.gz" else file
                yield from parse_jsonl(cast(BinaryIO, lines), path, path)
            finally:
                self._open = None
            if _has_changed(before, file):
                yield Skipped(path, CHANGED_WHILE_READ, path)


def absolute(path: str) -> str:
    """The absolute path of a file; symbolic links are resolved only if `..` is in it."""
    return os.path.realpath(path) if ".." in path.split(os.sep) else os.path.abspath(path)


def holds_many(path: str) -> bool:
    """Whether a file of that name holds an article a line, and not one article."""
    return path.lower().endswith(JSONL_ENDINGS)


def _total_size(place: str) -> int:
    """Bytes of a file, or of the files below a folder, that may be read."""
    if not os.path.isdir(place):
        return _size(place)
    total = 0
    for folder, folders, names in os.walk(place):
        folders[:] = [name for name in folders if not name.startswith(".")]
        total += sum(_size(os.path.join(folder, name)) for name in names)
    return total


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size if _ending(path) else 0
    except OSError:
        return 0


def _has_changed(before: os.stat_result, file: IO[bytes]) -> bool:
    now = os.fstat(file.fileno())
    return (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns)


def _is_below(path: str, place: str) -> bool:
    """Whether a path is a place or lies in it."""
    return path == place or path.startswith(place.rstrip(os.sep) + os.sep)


def _is_readable(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder, an article, or a broken link, which is worth a message.

    A question set (lines with a "question" and no "text") may lie beside articles.
    """
    if LEFT_OUT.match(entry.name) or _holds_questions(entry.path):
        return False
    try:
        return bool(_ending(entry.name)) or entry.is_dir() or not os.path.exists(entry.path)
    except OSError:
        # A circular link, or one into a forbidden folder: reading it tells why.
        return True


def _ending(path: str) -> str | None:
    """The supported ending of a file's name."""
    name = os.path.basename(path).lower()
    return next(filter(name.endswith, ENDINGS), None)


def _holds_questions(path: str) -> bool:
    if not holds_many(path) or not os.path.isfile(path):
        return False
    try:
        with gzip.open(path) if path.lower().endswith(".gz") else open(path, "rb") as file:
            first = json.loads(file.readline(MAX_ARTICLE_BYTES))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return False
    return isinstance(first, dict) and {"question", "text"} & first.keys() == {"question"}


def _os_reason(error: OSError) -> str:
    return error.strerror.lower() if error.strerror else str(error)
