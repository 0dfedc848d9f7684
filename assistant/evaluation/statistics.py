"""Intervals, paired tests and risk-coverage curves, all from a fixed seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

__all__ = ["Difference", "Mean", "difference", "mcnemar_p", "mean", "risk_coverage"]

Values = Sequence[float] | np.ndarray

RESAMPLES = 2_000
# The percentiles of a 95 % interval.
LOW, HIGH = 0.025, 0.975


@dataclass(frozen=True)
class Mean:
    """A mean of n values with its 95 % interval."""

    mean: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, float]:
        """The fields, rounded."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Difference(Mean):
    """A mean difference of paired values. p: the chance of one as large without any difference."""

    p: float


def mean(values: Values) -> Mean:
    """The mean of one or more values from 0 to 1, with a bootstrap interval (Efron, 1979).

    Where all values are equal, all resamples are too, and the interval would have no width. Then
    values that may not have been seen (Clopper and Pearson's bound, the rule of three) count as 0
    and as 1.
    """
    # Sorted, so that the order of the questions changes nothing.
    data = np.sort(np.asarray(values, dtype=float))
    low, high = _bootstrap_interval(data)
    if data[0] == data[-1]:
        unseen = 1 - LOW ** (1 / len(data))
        low = float(data[0]) * (1 - unseen)
        high = low + unseen
    return Mean(float(data.mean()), low, high, len(data))


def difference(one: Values, other: Values) -> Difference:
    """`one` less `other`, value by value: one or more of them.

    The interval is a bootstrap interval; p is two-sided, from flipping signs at random.
    """
    data = np.sort(np.asarray(one, dtype=float) - np.asarray(other, dtype=float))
    low, high = _bootstrap_interval(data)
    flips = np.random.default_rng(0).choice([-1.0, 1.0], (RESAMPLES, len(data)))
    larger = int((np.abs((flips * data).mean(axis=1)) >= abs(data.mean()) - 1e-12).sum())
    p = (larger + 1) / (RESAMPLES + 1)
    return Difference(float(data.mean()), low, high, len(data), p)


def _bootstrap_interval(data: np.ndarray) -> tuple[float, float]:
    """The percentiles of the means of resamples."""
    random = np.random.default_rng(0)
    # In batches, to bound the memory: a resample is as long as the data.
    batches = [random.integers(0, len(data), (100, len(data))) for _ in range(RESAMPLES // 100)]
    means = np.concatenate([data[batch].mean(axis=1) for batch in batches])
    return float(np.quantile(means, LOW)), float(np.quantile(means, HIGH))


def mcnemar_p(won: int, lost: int) -> float:
    """The chance of so unequal a split of the pairs that differ; exact and two-sided.

    McNemar, 1947, with the binomial distribution in place of its approximation.
    """
    n = won + lost
    tail: float = sum(math.comb(n, i) for i in range(min(won, lost) + 1)) / 2**n
    return min(1.0, 2 * tail)


def risk_coverage(answers: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Pairs of coverage and risk: a share of the answers, the surest, and the wrong share of it.

    The answers are pairs of confidence and rightness. The mean of the risks is the area under the
    curve (El-Yaniv and Wiener, 2010; Geifman, Uziel and El-Yaniv, 2019). Equally sure answers share
    their errors evenly, so that their order changes nothing.
    """
    if not answers:
        return []
    confidences, right = np.array(answers).T
    # The equally sure are in the same group, the surest in the first one.
    _, group, sizes = np.unique(-confidences, return_inverse=True, return_counts=True)
    wrong_shares = np.bincount(group, weights=1 - right) / sizes
    wrong = np.repeat(wrong_shares, sizes).cumsum()
    taken = np.arange(1, len(answers) + 1)
    return list(zip((taken / len(answers)).tolist(), (wrong / taken).tolist(), strict=True))
