"""Find the articles in files, folders and standard input."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import json
import os
import re
import stat
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, BinaryIO, cast

from .articles import FullArticle
from .formats import LARGEST, PARSERS, Skipped, UnreadableError, parse_jsonl, sniff

__all__ = ["Reader", "holds_many"]

LINES = (".jsonl", ".jsonl.gz")
KINDS = (*PARSERS, *LINES)
STDIN = "standard input"
ABOUT_THE_FOLDER = re.compile(r"readme(\.\w+)?$", re.IGNORECASE)


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

    def __iter__(self) -> Iterator[FullArticle]:
        for item in self.inputs:
            for found in self._stdin() if item == "-" else self._path(Path(item).absolute()):
                if isinstance(found, Skipped):
                    self.skipped.append(found)
                else:
                    yield found

    def missing(self) -> list[str]:
        """The inputs that are not there at all."""
        return [item for item in self.inputs if item != "-" and not os.path.lexists(item)]

    def _stdin(self) -> Iterator[FullArticle | Skipped]:
        if sys.stdin is None:
            yield Skipped(STDIN, "it is closed")
            return
        stream = cast(io.BufferedReader, sys.stdin.buffer)
        if stream.peek(1).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
            yield from parse_jsonl(stream, None, STDIN)
        else:
            yield _parsed(stream, None, STDIN)

    def _path(self, path: Path, above: tuple[str, ...] = ()) -> Iterator[FullArticle | Skipped]:
        """The articles at `path`; `above` are the real paths of the folders that led here."""
        try:
            if path.is_dir():
                yield from self._folder(path, above)
            else:
                yield from self._file(path)
        except OSError as error:
            yield Skipped(str(path), _reason(error))

    def _folder(self, folder: Path, above: tuple[str, ...]) -> Iterator[FullArticle | Skipped]:
        real = os.path.realpath(folder)
        if real in above:
            yield Skipped(str(folder), "a symbolic link to a folder that it lies in")
            return
        for entry in sorted(folder.iterdir()):
            if self._matters(entry):
                yield from self._path(entry, (*above, real))
            else:
                self.ignored += 1

    def _matters(self, entry: Path) -> bool:
        """Whether a folder's entry is a folder, an article or a link that leads nowhere (which is worth a word).

        A README is about the folder, and a question set (lines with a "question" and no "text") lies beside articles.
        """
        if entry.name.startswith(".") or ABOUT_THE_FOLDER.match(entry.name) or _holds_questions(entry):
            return False
        return _kind(entry) is not None or entry.is_dir() or not entry.exists()

    def _file(self, path: Path) -> Iterator[FullArticle | Skipped]:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise OSError("not a regular file")
        real = os.path.realpath(path)
        if real in self._seen:
            return
        self._seen.add(real)
        extension = _kind(path)
        if not extension:
            raise OSError(f"not a kind of file that is read ({', '.join(KINDS)})")
        if extension not in LINES and about.st_size > LARGEST:
            raise OSError(f"over {LARGEST // 1_000_000} MB")
        name = str(path)
        if not _is_utf8(name):
            raise OSError("its name is not UTF-8: rename it")
        with path.open("rb") as file:
            if extension == ".jsonl":
                yield from parse_jsonl(file, name, name)
            elif extension == ".jsonl.gz":
                with gzip.open(file) as lines:
                    yield from parse_jsonl(cast(BinaryIO, lines), name, name)
            else:
                yield _parsed(file, name, name, extension)


def holds_many(path: str) -> bool:
    """Whether a file of that name holds an article a line, and not one article."""
    return path.lower().endswith(LINES)


def _kind(path: Path) -> str | None:
    """The known extension that the file's name ends with."""
    name = path.name.lower()
    return next((extension for extension in KINDS if name.endswith(extension)), None)


def _holds_questions(path: Path) -> bool:
    if not holds_many(path.name) or not path.is_file():
        return False
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            first = json.loads(file.readline(LARGEST))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return False
    return isinstance(first, dict) and "question" in first and "text" not in first


def _parsed(stream: IO[bytes], path: str | None, where: str, extension: str | None = None) -> FullArticle | Skipped:
    data = stream.read(LARGEST + 1)
    try:
        if len(data) > LARGEST:
            raise UnreadableError(f"over {LARGEST // 1_000_000} MB")
        article = PARSERS[extension or sniff(data)](data, path)
        return replace(article, checksum=hashlib.sha256(data).hexdigest()) if path else article
    except UnreadableError as error:
        return Skipped(where, str(error))


def _is_utf8(name: str) -> bool:
    """Whether a file's name can be stored, and found again by what is stored."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower() if error.errno else str(error)
