"""Measures: small functions of what was found or said and of what is right, from 0 to 1.

A ranking is a list of sets: at each rank the right pieces there, none where it is wrong. A piece
counts once.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Callable, Collection, Sequence

__all__ = [
    "all_answers",
    "as_squad",
    "average_precision",
    "contains",
    "exact_match",
    "hit",
    "ndcg",
    "normalised",
    "recall",
    "reciprocal_rank",
    "token_f1",
]

Ranking = Sequence[Collection[str]]


def hit(ranking: Ranking, k: int) -> float:
    """1 if any of the first k is right."""
    return float(any(ranking[:k]))


def recall(ranking: Ranking, k: int, pieces: int) -> float:
    """The share of the pieces that are among the first k."""
    return len(set().union(*ranking[:k])) / pieces if pieces else 0.0


def reciprocal_rank(ranking: Ranking) -> float:
    """One over the rank of the first that is right; 0 without one."""
    return next((1 / rank for rank, right in enumerate(ranking, start=1) if right), 0.0)


def average_precision(ranking: Ranking, k: int, pieces: int) -> float:
    """The mean over the pieces of the precision at the rank where each is found.

    It is 0 for a piece that is not among the first k. Of several ranks of a piece the first counts.
    A ranking that begins with all pieces gets 1 (Manning, Raghavan and Schuetze, Introduction to
    Information Retrieval, 8.4).
    """
    total = 0.0
    found: set[str] = set()
    useful = 0
    for rank, right in enumerate(ranking[:k], start=1):
        new = set(right) - found
        useful += bool(new)
        total += len(new) * useful / rank
        found |= new
    return min(1.0, total / pieces) if pieces else 0.0


def ndcg(ranking: Ranking, k: int, pieces: int) -> float:
    """Discounted cumulative gain of the first k, as a share of the best possible.

    Gain is the number of new pieces at a rank, discounted by log2(rank + 1); best is one piece at
    each of the first ranks (Jaervelin and Kekaelaeinen, 2002).
    """
    found: set[str] = set()
    gain = 0.0
    for rank, right in enumerate(ranking[:k], start=1):
        gain += len(set(right) - found) / math.log2(rank + 1)
        found |= set(right)
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(pieces, k) + 1))
    return min(1.0, gain / best) if best else 0.0


ARTICLES = re.compile(r"\b(?:a|an|the)\b")
# "It's" and "U.S." are a word each.
WITHIN_WORDS = re.compile(r"['’‘]|(?<=\b[^\W\d])\.")
PERCENT = re.compile(r"%|\bper cent\b")
# "1,400" is 1400, but "6.4" is not 64, and "-5" is not 5.
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
BETWEEN_WORDS = re.compile(r"(?!(?<=\d)[.:](?=\d))(?!(?<!\w)-(?=\d))[^\w\s]|_")


def normalised(text: str) -> str:
    """The text in lower case, without articles, punctuation and extra blanks.

    After SQuAD's normalisation (Rajpurkar et al., 2016), which joins the words at a dash and the
    parts of a number; here numbers stay as they are.
    """
    words = PERCENT.sub(" percent", WITHIN_WORDS.sub("", text.lower()))
    plain = BETWEEN_WORDS.sub(" ", THOUSANDS.sub("", words))
    # An article alone may be the answer, such as a grade or a vitamin.
    return " ".join(ARTICLES.sub(" ", plain).split()) or " ".join(plain.split())


def exact_match(
    said: str, answers: Sequence[str], plain: Callable[[str], str] = normalised
) -> float:
    """1 if what is said is one of the answers, both normalised by `plain`."""
    return float(any(plain(said) == plain(answer) for answer in answers))


PUNCTUATION = str.maketrans("", "", string.punctuation)


def as_squad(text: str) -> str:
    """SQuAD's own normalisation: lower case, without ASCII punctuation and articles."""
    return " ".join(ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split())


def contains(said: str, answer: str) -> bool:
    """Whether what is said has the answer in whole words, both normalised."""
    wanted = normalised(answer)
    return bool(wanted) and f" {wanted} " in f" {normalised(said)} "


def all_answers(said: str, groups: Sequence[Sequence[str]]) -> float:
    """The share of the groups of which what is said has an answer; 1 is a full answer."""
    return (
        sum(any(contains(said, answer) for answer in group) for group in groups) / len(groups)
        if groups
        else 0.0
    )


def token_f1(said: str, answers: Sequence[str], plain: Callable[[str], str] = normalised) -> float:
    """The harmonic mean of precision and recall of words, with the best answer (SQuAD)."""
    return max((_f1(plain(said).split(), plain(answer).split()) for answer in answers), default=0.0)


def _f1(said: Sequence[str], answer: Sequence[str]) -> float:
    if not said or not answer:
        return float(list(said) == list(answer))
    common = sum((Counter(said) & Counter(answer)).values())
    return 2 * common / (len(said) + len(answer))
