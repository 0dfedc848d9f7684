"""The files of the models, with their hashes as shipped."""

from __future__ import annotations

from pathlib import Path

from index.files import HashedFile

__all__ = ["READER_TOKENIZER", "model_file"]


def model_file(name: str, sha256: str) -> HashedFile:
    """A file of this folder."""
    return Path(__file__).parent / name, sha256


READER_TOKENIZER = model_file(
    "tokenizer.json", "f95f911e6c426a042e84d7983d4a882a2bc0dd1179f2f7cf4f814934c5806632"
)
