"""Cut an article into passages: stretches that tile its body and fit the embedder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from ..articles import FullArticle, Stretch
from .sentences import paragraphs, sentences
from .tokens import count_tokens

__all__ = ["PASSAGE_TOKENS", "cut"]

# Chosen on news articles: shorter passages lose their context, longer ones blur their vector (docs/retrieval.md).
PASSAGE_TOKENS = 180
# Whatever is longer than this many characters is divided without counting its tokens first.
LONGEST_UNIT = 4_000

Counter = Callable[[Sequence[str]], list[int]]
Splitter = Callable[[str], Iterable[Stretch]]

# A word with the white space before it, as tokens are. A Chinese or Japanese character stands for a word itself.
WORD = regex.compile(
    r"\s*(?:[\p{Han}\p{Hiragana}\p{Katakana}]|[^\s\p{Han}\p{Hiragana}\p{Katakana}]+)|\s+\Z"
)
# Inside what has no white space (an address, a table): runs of letters and digits, and single other characters.
RUN = regex.compile(r"[\p{L}\p{M}\p{N}]+|\X")
# Inside a run longer than a whole passage there is no border left but that between characters as a reader sees them.
CHARACTERS = regex.compile(r"\X{1,12}", regex.DOTALL)
# And inside a character with marks without end, that between code points.
CODE_POINTS = regex.compile(r".{1,12}", regex.DOTALL)


@dataclass(frozen=True)
class _Unit:
    """A stretch that is not divided further; cost is its share of what a passage can hold."""

    start: int
    end: int
    cost: float


def cut(
    article: FullArticle, count: Counter, limit: int, tokens: int = PASSAGE_TOKENS
) -> list[Stretch]:
    """Passages of the article's body, in order: each character of it is in exactly one.

    A passage has at most `tokens` cl100k tokens, and at most `limit` of the embedder's own tokens as `count`
    counts them. Borders are those of paragraphs where possible, else of sentences, else of words; only a run of
    letters longer than a passage is divided inside.
    """
    body = Stretch(article.body, len(article.text))
    measure = _measure(article.text, count, limit, tokens)
    passages: list[Stretch] = []
    filled = 0.0
    for paragraph in _shifted(paragraphs(article.text[body.start :]), body.start):
        units = list(_units(article.text, paragraph, measure))
        whole = sum(unit.cost for unit in units)
        if passages and filled + whole > 1 and (whole <= 1 or filled >= 0.5):
            filled = 2.0
        for unit in units:
            if not passages or filled + unit.cost > 1:
                passages.append(Stretch(unit.start, unit.end))
                filled = unit.cost
            else:
                passages[-1] = Stretch(passages[-1].start, unit.end)
                filled += unit.cost
    return passages


def _measure(
    text: str, count: Counter, limit: int, most: int
) -> Callable[[list[Stretch]], list[_Unit]]:
    def measure(stretches: list[Stretch]) -> list[_Unit]:
        pieces = [
            text[s.start : s.end] if s.end - s.start <= LONGEST_UNIT else "" for s in stretches
        ]
        tokens, own = count_tokens(pieces), count(pieces)
        return [
            _Unit(s.start, s.end, max(t / most, o / limit) if piece else 2.0)
            for s, piece, t, o in zip(stretches, pieces, tokens, own, strict=True)
        ]

    return measure


def _units(
    text: str, stretch: Stretch, measure: Callable[[list[Stretch]], list[_Unit]], level: int = 0
) -> Iterator[_Unit]:
    parts = list(_shifted(SPLITTERS[level](text[stretch.start : stretch.end]), stretch.start))
    for unit in measure(parts):
        if unit.cost <= 1 or level + 1 == len(SPLITTERS):
            yield unit
        else:
            yield from _units(text, Stretch(unit.start, unit.end), measure, level + 1)


def _shifted(stretches: Iterable[Stretch], by: int) -> Iterator[Stretch]:
    return (Stretch(s.start + by, s.end + by) for s in stretches)


def _by_sentence(text: str) -> list[Stretch]:
    """Sentences with the white space and bullets before and after them, so that they tile the text."""
    starts = [0, *(sentence.start for sentence in sentences(text)[1:])]
    return [Stretch(a, b) for a, b in zip(starts, [*starts[1:], len(text)], strict=True) if a < b]


def _by(pattern: regex.Pattern[str]) -> Splitter:
    def split(text: str) -> Iterator[Stretch]:
        return (Stretch(*match.span()) for match in pattern.finditer(text) if match.group())

    return split


SPLITTERS: list[Splitter] = [_by_sentence, _by(WORD), _by(RUN), _by(CHARACTERS), _by(CODE_POINTS)]
