"""Intervals and paired tests, all from a fixed seed: the same figures each time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Difference", "Mean", "difference", "mcnemar", "mean"]

ROUNDS = 2_000
SEED = 0
# 95 %.
LOW, HIGH = 0.025, 0.975


@dataclass(frozen=True)
class Mean:
    """A mean with its 95 % interval, of n values."""

    mean: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, Any]:
        """As the report's JSON names it."""
        return {
            "mean": round(self.mean, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
            "n": self.n,
        }


@dataclass(frozen=True)
class Difference:
    """A mean difference of paired values, with its 95 % interval, and the chance of one so large without any (p)."""

    mean: float
    low: float
    high: float
    p: float
    n: int

    def to_dict(self) -> dict[str, Any]:
        """As the report's JSON names it."""
        return {
            name: round(value, 6) if name != "n" else value for name, value in vars(self).items()
        }


def mean(values: Sequence[float]) -> Mean | None:
    """The mean, with the percentiles of the means of resamples (Efron, 1979); None of nothing.

    Where all values are the same, so are those of all resamples, though "always" has been seen only n times: then what
    may be unseen (the bound of Clopper and Pearson, the rule of three) counts as 0 and as 1. Values are from 0 to 1.
    """
    if not len(values):
        return None
    # In their order, so that the order in which questions were asked changes nothing.
    data = np.sort(np.asarray(values, dtype=float))
    means = _resampled(data)
    low, high = (float(np.quantile(means, share)) for share in (LOW, HIGH))
    if data[0] == data[-1]:
        unseen = 1 - LOW ** (1 / len(data))
        low = float(data[0]) * (1 - unseen)
        high = low + unseen
    return Mean(float(data.mean()), low, high, len(data))


def difference(one: Sequence[float], other: Sequence[float]) -> Difference | None:
    """`one` less `other`, value by value: bootstrap interval, and p by flipping signs at random (two-sided)."""
    if not len(one):
        return None
    data = np.sort(np.asarray(one, dtype=float) - np.asarray(other, dtype=float))
    means = _resampled(data)
    random = np.random.default_rng(SEED)
    flips = random.choice([-1.0, 1.0], (ROUNDS, len(data)))
    larger = int((np.abs((flips * data).mean(axis=1)) >= abs(data.mean()) - 1e-12).sum())
    low, high = (float(np.quantile(means, share)) for share in (LOW, HIGH))
    return Difference(float(data.mean()), low, high, (larger + 1) / (ROUNDS + 1), len(data))


def mcnemar(one: Sequence[bool], other: Sequence[bool]) -> tuple[int, int, float]:
    """How many only the one has, how many only the other, and p that so unequal a split is chance (exact, two-sided).

    McNemar, 1947, with the binomial distribution in place of its approximation.
    """
    won = sum(a and not b for a, b in zip(one, other, strict=True))
    lost = sum(b and not a for a, b in zip(one, other, strict=True))
    n, least = won + lost, min(won, lost)
    tail = sum(math.comb(n, i) for i in range(least + 1)) / 2**n
    return won, lost, min(1.0, 2 * tail)


def _resampled(data: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(SEED)
    # In pieces, for memory: a resample is as long as the data.
    pieces = [random.integers(0, len(data), (100, len(data))) for _ in range(ROUNDS // 100)]
    return np.concatenate([data[piece].mean(axis=1) for piece in pieces])
