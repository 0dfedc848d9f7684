"""The model that finds answers: the probability that a passage has one, and its characters.

A BERT-sized encoder (12 layers of 384) with two heads, trained by us (training/README.md), int8;
docs/reader.md is its card. It reads English.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from index.embedding.onnx import Encoder

from .files import READER_TOKENIZER, model_file
from .support import lead

__all__ = ["AnswerModel", "Reading", "Span", "answer_model", "log_odds"]

ANSWER_MODEL = model_file(
    "answer.onnx", "cd07266df047cbea18c692939d67bc815c3a5c38b8d8e7a31b1fb9eb41f6f191"
)
MAX_READ_TOKENS = 256
# The longest answer.
MAX_SPAN_TOKENS = 40
MAX_THREADS = os.cpu_count() or 1


@dataclass(frozen=True)
class Span:
    """Characters of a passage that may be the answer.

    share: the probability that the answer lies in the part that was searched, if the passage has
    one, 0 to 1.
    """

    start: int
    end: int
    share: float


@dataclass(frozen=True, eq=False)
class Reading:
    """The model's probabilities for a question and a passage.

    answered: that the passage answers the question, calibrated, 0 to 1. places: start and end of
    each token in the passage. starts, ends: that the answer starts, or ends, with each token,
    (tokens,).
    """

    answered: float
    places: Sequence[tuple[int, int]]
    starts: np.ndarray
    ends: np.ndarray

    def span_within(self, start: int, end: int) -> Span | None:
        """The likeliest answer among these characters; None if none of them was read."""
        tokens = [
            n for n, (first, last) in enumerate(self.places) if first >= start and last <= end
        ]
        if not tokens:
            return None
        chosen = slice(tokens[0], tokens[-1] + 1)
        starts, ends = self.starts[chosen], self.ends[chosen]
        joint = np.triu(np.outer(starts, ends))
        joint -= np.triu(joint, MAX_SPAN_TOKENS)
        begin, stop = divmod(int(joint.argmax()), len(starts))
        places = self.places[chosen]
        return Span(places[begin][0], places[stop][1], math.sqrt(float(starts.sum() * ends.sum())))


def log_odds(probability: float) -> float:
    """The log odds of a probability, which is first moved a millionth away from 0 and 1."""
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


class AnswerModel:
    """Reads passages, in several threads at once. Safe to share between threads."""

    def __init__(self) -> None:
        self._encoder = Encoder(ANSWER_MODEL, READER_TOKENIZER)

    def has_word(self, word: str) -> bool:
        """Whether it is one of the 30,000 most frequent English words and parts of words."""
        return self._encoder.has_word(word)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading of each passage, which is given as the line about its article and its text.

        The end of a long text is not read.
        """
        with ThreadPoolExecutor(max(1, min(len(passages), MAX_THREADS))) as pool:
            return list(pool.map(lambda passage: self._read(question, *passage), passages))

    @functools.lru_cache(maxsize=1024)  # noqa: B019 - one instance a process
    def _read(self, question: str, head: str, text: str) -> Reading:
        before = lead(head)
        run = self._encoder.run_pair(
            question, before + text, max_tokens=MAX_READ_TOKENS, cut="second"
        )
        logits, answered = run.outputs
        tokens = [n for n, (start, _) in enumerate(run.places) if start >= len(before)]
        places = [(run.places[n][0] - len(before), run.places[n][1] - len(before)) for n in tokens]
        first = run.second_at + (tokens[0] if tokens else 0)
        odds = logits[first : first + len(tokens)]
        shares = np.exp(odds - odds.max(axis=0, initial=-np.inf))
        starts, ends = (shares / shares.sum(axis=0)).T if tokens else np.zeros((2, 0))
        return Reading(float(1 / (1 + np.exp(-answered))), places, starts, ends)


@functools.cache
def answer_model() -> AnswerModel:
    """The model that this process shares: its files are checked and loaded once."""
    return AnswerModel()
