"""The model that judges claims: the probability that a premise supports a claim.

A BERT-sized encoder (12 layers of 384), trained by us (training/README.md), int8; docs/reader.md
is its card. It reads English.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.embedding.onnx import Encoder

from .files import READER_TOKENIZER, model_file

__all__ = ["Judgement", "SupportModel", "lead", "premise", "support_model"]

SUPPORT_MODEL = model_file(
    "support.onnx", "42a230bc7ef4fb943aa7d32307ba66fa8a50153bf049ebe87c3938f81ce74d13"
)
MAX_PAIR_TOKENS = 208


@dataclass(frozen=True)
class Judgement:
    """Calibrated probabilities that a premise supports a claim, and that it contradicts it."""

    supported: float
    contradicted: float


class SupportModel:
    """Judges claims one by one. Safe to share between threads."""

    def __init__(self) -> None:
        self._encoder = Encoder(SUPPORT_MODEL, READER_TOKENIZER)

    @functools.lru_cache(maxsize=4096)  # noqa: B019 - one instance a process
    def judge(self, premise: str, claim: str) -> Judgement:
        """The judgement of a claim by a premise; the end of a long premise is not read."""
        (logits,) = self._encoder.run_pair(
            premise, claim, max_tokens=MAX_PAIR_TOKENS, cut="first"
        ).outputs
        odds = np.exp(logits - logits.max())
        supported, _, contradicted = (odds / odds.sum()).tolist()
        return Judgement(supported, contradicted)


def premise(head: str, sentences: Sequence[str]) -> str:
    """The text that a claim is judged by: the line about an article, then sentences of it."""
    body = " ".join(" ".join(sentence.split()) for sentence in sentences)
    return lead(head) + body


def lead(head: str) -> str:
    """The start of a premise: the line about the article, and a bar."""
    return f"{head} | " if head else ""


@functools.cache
def support_model() -> SupportModel:
    """The model that this process shares: its files are checked and loaded once."""
    return SupportModel()
