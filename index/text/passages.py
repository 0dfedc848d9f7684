"""Cut an article into passages: stretches that tile its body and fit into the embedder."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from ..articles import FullArticle, Stretch
from .sentences import paragraphs, sentences
from .tokens import count_tokens

__all__ = ["PASSAGE_TOKENS", "cut_passages"]

# Chosen on news articles: shorter passages lose context, longer ones blur their vector
# (docs/retrieval.md).
PASSAGE_TOKENS = 180
# Longer units are divided without counting their tokens first.
MAX_UNIT_CHARS = 4_000
# The cost of a unit that does not fit into a passage.
TOO_MUCH = 2.0

Counter = Callable[[Sequence[str]], list[int]]
Splitter = Callable[[str], Iterable[Stretch]]

# A word with the white space before it, like a token. A Chinese or Japanese character is a word of
# its own.
SPACED_WORD = regex.compile(
    r"\s*(?:[\p{Han}\p{Hiragana}\p{Katakana}]|[^\s\p{Han}\p{Hiragana}\p{Katakana}]+)|\s+\Z"
)
# In text without white space (an address, a table): runs of letters and digits, and single other
# characters.
LETTER_RUN = regex.compile(r"[\p{L}\p{M}\p{N}]+|\X")
# In a run longer than a passage, the only borders left are between characters as a reader sees
# them,
CHARACTERS = regex.compile(r"\X{1,12}", regex.DOTALL)
# and in a character with endless combining marks, between code points.
CODE_POINTS = regex.compile(r".{1,12}", regex.DOTALL)


@dataclass(frozen=True)
class _Unit:
    """A stretch that is not divided further, and its cost as a share of what a passage can hold."""

    stretch: Stretch
    cost: float


Measure = Callable[[list[Stretch]], Iterator[_Unit]]


def cut_passages(
    article: FullArticle, count: Counter, limit: int, tokens: int = PASSAGE_TOKENS
) -> list[Stretch]:
    """Passages of the article's body, in order: each character of it is in exactly one.

    A passage has at most `tokens` cl100k tokens, and at most `limit` of the embedder's own tokens
    as `count` counts them. Passages end where paragraphs do if possible, else after a sentence,
    else after a word; only a run of letters longer than a passage is divided inside.
    """
    measure = functools.partial(_measure, article.text, count, limit, tokens)
    passages: list[Stretch] = []
    filled = TOO_MUCH
    for paragraph in _shifted(paragraphs(article.text[article.body :]), article.body):
        units = list(_divide(article.text, paragraph, measure))
        whole = sum(unit.cost for unit in units)
        # A paragraph that fits into a passage is not divided, and a longer one does not begin in a
        # passage that is half full.
        if filled + whole > 1 if whole <= 1 else filled >= 0.5:
            filled = TOO_MUCH
        for unit in units:
            if filled + unit.cost > 1:
                passages.append(unit.stretch)
                filled = unit.cost
            else:
                passages[-1] = Stretch(passages[-1].start, unit.stretch.end)
                filled += unit.cost
    return passages


def _measure(
    text: str, count: Counter, limit: int, tokens: int, stretches: list[Stretch]
) -> Iterator[_Unit]:
    pieces = [text[start:end] if end - start <= MAX_UNIT_CHARS else "" for start, end in stretches]
    counts = zip(count_tokens(pieces), count(pieces), strict=True)
    for stretch, piece, (general, own) in zip(stretches, pieces, counts, strict=True):
        cost = max(general / tokens, own / limit) if piece else TOO_MUCH
        yield _Unit(stretch, cost)


def _divide(text: str, stretch: Stretch, measure: Measure, level: int = 0) -> Iterator[_Unit]:
    parts = SPLITTERS[level](text[stretch.start : stretch.end])
    for unit in measure(list(_shifted(parts, stretch.start))):
        if unit.cost <= 1 or level + 1 == len(SPLITTERS):
            yield unit
        else:
            yield from _divide(text, unit.stretch, measure, level + 1)


def _shifted(stretches: Iterable[Stretch], by: int) -> Iterator[Stretch]:
    return (Stretch(start + by, end + by) for start, end in stretches)


def _split_after_sentences(text: str) -> Iterator[Stretch]:
    """The sentences with the white space and bullets between them, so that they tile the text."""
    starts = [sentence.start for sentence in sentences(text)[1:]]
    return itertools.starmap(Stretch, itertools.pairwise([0, *starts, len(text)]))


def _split_by(pattern: regex.Pattern[str]) -> Splitter:
    def split(text: str) -> Iterator[Stretch]:
        return (Stretch(*match.span()) for match in pattern.finditer(text))

    return split


SPLITTERS: list[Splitter] = [
    _split_after_sentences,
    *map(_split_by, (SPACED_WORD, LETTER_RUN, CHARACTERS, CODE_POINTS)),
]
