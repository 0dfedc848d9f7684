"""Small models on onnxruntime: sessions, tokenizers, and scores of pairs of texts."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime
from onnxruntime import InferenceSession as Session
from tokenizers import Encoding, Tokenizer

from ..files import HashedFile, checked_file

__all__ = [
    "Encoder",
    "Encoding",
    "PairRun",
    "Session",
    "encodable",
    "load_session",
    "load_tokenizer",
]


@dataclass(frozen=True)
class PairRun:
    """The outputs of a model for a pair of texts, the first row of each.

    second_at: the token at which the second text begins. places: the characters of each of its
    tokens.
    """

    outputs: list[np.ndarray]
    second_at: int
    places: list[tuple[int, int]]


class Encoder:
    """A BERT-like model with its tokenizer, loaded when first used; threads may share it."""

    def __init__(self, model: HashedFile, tokenizer: HashedFile) -> None:
        self._files = model, tokenizer

    @functools.cached_property
    def _loaded(self) -> tuple[Session, Tokenizer]:
        model, tokenizer = self._files
        return load_session(checked_file(*model)), load_tokenizer(checked_file(*tokenizer))

    def has_word(self, word: str) -> bool:
        """Whether the lower-case word is a single token."""
        return self._loaded[1].token_to_id(word.lower()) is not None

    def run_pair(
        self, first: str, second: str, *, max_tokens: int, cut: Literal["first", "second"]
    ) -> PairRun:
        """The outputs for a pair of texts. `cut` is cut to fit; the other may take half."""
        session, tokenizer = self._loaded
        encoded = [
            tokenizer.encode(encodable(text), add_special_tokens=False) for text in (first, second)
        ]
        one, two = (encoding.ids for encoding in encoded)
        if cut == "first":
            two = two[: max_tokens // 2]
            one = one[: max_tokens - len(two) - 3]
        else:
            one = one[: max_tokens // 2]
            two = two[: max_tokens - len(one) - 3]
        start, end = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        ids = np.array([[start, *one, end, *two, end]], dtype=np.int64)
        kinds = np.array([[0] * (len(one) + 2) + [1] * (len(two) + 1)], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": kinds}
        outputs = [np.asarray(output[0]) for output in session.run(None, feed)]
        return PairRun(outputs, len(one) + 2, encoded[1].offsets[: len(two)])


def encodable(text: str) -> str:
    """The text with lone surrogates replaced, which UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode()


def load_session(path: Path) -> Session:
    """A session with one thread, because several sessions run side by side."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return Session(str(path), options, providers=["CPUExecutionProvider"])


def load_tokenizer(path: Path) -> Tokenizer:
    """A tokenizer that neither cuts off nor pads, whatever its file says."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
