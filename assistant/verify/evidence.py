"""The quotes that support a claim.

Windows of sentences that share the claim's words are shown to the model, the best first.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from index.articles import Article
from index.loading.dates import day_of
from index.text.sentences import sentences
from index.text.terms import content_terms, function_share, is_english

from ..answer.parts import Verdict
from ..reading.support import Judgement, premise, support_model
from .facts import read_facts, reword_like
from .rules import Objection, find_objection

__all__ = [
    "Assessment",
    "Evidence",
    "Line",
    "TriedWindow",
    "Window",
    "decide",
    "group_into_quotes",
    "lines_of",
]

# Chosen on the development answers by `benchmarks/support.py --choose` (docs/models.md).
MIN_SUPPORT_PROBABILITY = 0.68
MIN_CONTRADICTION_PROBABILITY = 0.55
# Coverage is the share of the claim's words that a window has, weighted by rarity. Below this, no
# window is near the claim.
NEAR_COVERAGE = 0.3
# Windows are made around the lines that have most of the claim's words; the model reads the best.
MAX_LINES, MAX_WINDOWS = 6, 3
# The first and the last line of such a window, counted from the one that it is made around.
NEIGHBOURS = ((0, 0), (-1, 0), (0, 1), (-1, 1))
# The coverage that each further sentence has to add; sentences from different places cost as much
# as two more.
SENTENCE_COVERAGE = 0.03
# The coverage that a passage is worth more if the writer of the claim named it.
MARKED_COVERAGE = 0.05
# English sentences have a greater share of function words; a claim with fewer is English if English
# lines cover this much of it.
FUNCTION_WORD_SHARE, SAME_LANGUAGE_COVERAGE = 0.2, 0.6

NOTHING_NEAR = "nothing in the passages comes near it"
WORDS = regex.compile(r"\w+")


@dataclass(frozen=True, eq=False)
class Line:
    """A sentence of a block that a model was shown: the article's text[start:end].

    place: its number in the block. head: outlet, date and headline of the article.
    """

    block: int
    place: int
    article: Article
    head: str
    start: int
    end: int
    text: str


Window = tuple[Line, ...]


@dataclass(frozen=True)
class TriedWindow:
    """A window with the judgement of the model and the objection of the rules against a claim.

    coverage: the share of the claim's words that it has, weighted by rarity.
    """

    window: Window
    judgement: Judgement
    objection: Objection | None
    coverage: float

    @property
    def supports(self) -> bool:
        """Whether the window supports the claim."""
        return self.objection is None and self.judgement.supported >= MIN_SUPPORT_PROBABILITY

    @property
    def contradiction(self) -> float:
        """The probability that it contradicts the claim, as far as it speaks of the same."""
        return self.judgement.contradicted * self.coverage


@dataclass(frozen=True)
class Assessment:
    """The verdict on a claim, the probability that the quotes support it, and why it is no better.

    quotes: one to three, each of neighbouring lines; the nearest one where none supports the claim.
    nearest: the windows that come nearest, best first.
    """

    verdict: Verdict
    confidence: float
    quotes: tuple[Window, ...] = ()
    nearest: tuple[Window, ...] = ()
    reason: str = ""


def lines_of(block: int, article: Article, head: str, text: str, *, start: int = 0) -> list[Line]:
    """The sentences of a stretch of an article that begins at `start`."""
    lines = []
    for place, (first, last) in enumerate(sentences(text)):
        stretch = start + first, start + last
        lines.append(Line(block, place, article, head, *stretch, text[first:last]))
    return lines


class Evidence:
    """The lines that may support claims, read once."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._at: dict[tuple[int, int], Line] = {}
        self._by_words: dict[tuple[str, ...], Line] = {}
        self._keys: dict[Line, frozenset[str]] = {}
        self._keys_with_head: dict[Line, frozenset[str]] = {}
        self._shown: dict[str, str] = {}
        frequency: Counter[str] = Counter()
        for line in lines:
            self._at[_position(line)] = line
            self._by_words.setdefault(_word_sequence(line.text), line)
            self._keys[line] = _keys(line.text)
            self._keys_with_head[line] = self._keys[line] | _keys(line.head)
            before = self._shown.get(line.article.id, line.head)
            self._shown[line.article.id] = f"{before}\n{line.text}"
            frequency.update(self._keys[line])
        self._rarity = {key: math.log(1 + len(lines) / count) for key, count in frequency.items()}

    def check(self, claim: str, marked: frozenset[int] = frozenset()) -> Assessment:
        """The verdict on a claim; `marked` are the blocks that its writer named for it."""
        windows = self._windows(claim, marked)[:MAX_WINDOWS]
        if self._is_foreign(claim, windows):
            quotes = group_into_quotes(windows[0]) if windows else ()
            reason = "not checked: not English"
            return Assessment(Verdict.UNCERTAIN, 0.0, quotes, tuple(windows), reason)
        same = self._by_words.get(_word_sequence(claim))
        if same:
            return Assessment(Verdict.SUPPORTED, 1.0, ((same,),), ((same,),))
        tried: list[TriedWindow] = []
        for window in windows:
            tried.append(self._try_window(claim, window))
            if tried[-1].supports:
                return decide(self._narrower(claim, window) or tried)
        return decide(tried)

    def try_windows(self, claim: str, marked: frozenset[int] = frozenset()) -> list[TriedWindow]:
        """All the windows that may support a claim, tried against it, the likeliest first."""
        windows = self._windows(claim, marked)[:MAX_WINDOWS]
        return [self._try_window(claim, window) for window in windows]

    def find_objection(self, claim: str, window: Window) -> Objection | None:
        """The objection of a rule to a window as support of a claim; None if there is none."""
        heads = dict.fromkeys(line.head for line in window)
        shown = dict.fromkeys(self._shown[line.article.id] for line in window)
        return find_objection(
            claim,
            "\n".join([*heads, _text_of(window)]),
            context="\n".join(shown),
            published=day_of(window[0].article.published),
        )

    def _narrower(self, claim: str, window: Window) -> list[TriedWindow]:
        """Those of several quotes in a window that support the claim by themselves."""
        quotes = group_into_quotes(window)
        if len(quotes) == 1:
            return []
        tried = map(functools.partial(self._try_window, claim), quotes)
        return [one for one in tried if one.supports]

    def _try_window(self, claim: str, window: Window) -> TriedWindow:
        """The window as the model judges it, with the claim in its wording, and as rules do."""
        parts = [
            premise(head, [line.text for line in lines])
            for head, lines in itertools.groupby(window, key=lambda line: line.head)
        ]
        published = day_of(window[0].article.published)
        reworded = reword_like(claim, _text_of(window), published)
        return TriedWindow(
            window,
            support_model().judge(" ".join(parts), reworded),
            self.find_objection(claim, window),
            self._coverage(self._weights(claim), window),
        )

    def _is_foreign(self, claim: str, nearest: Sequence[Window]) -> bool:
        """Whether the claim, or the text nearest to it, is not English, which the reader knows.

        A claim without function words ("Two dead, 1,400 evacuated") is English if English lines
        have its words.
        """
        if not is_english(" ".join(map(_text_of, nearest))):
            return True
        weights = self._weights(claim)
        covered = max((self._coverage(weights, window) for window in nearest), default=0.0)
        return function_share(claim) < FUNCTION_WORD_SHARE and covered < SAME_LANGUAGE_COVERAGE

    def _weights(self, claim: str) -> dict[str, float]:
        """The rarity, among the lines, of each key of the claim."""
        unknown = math.log(1 + len(self._lines))
        return {key: self._rarity.get(key, unknown) for key in _keys(claim)}

    def _coverage(self, weights: dict[str, float], window: Window) -> float:
        """The share of the claim's weight that a window has, with the lines about its articles."""
        keys = frozenset().union(*map(self._keys_with_head.__getitem__, window))
        return _common_weight(weights, keys) / (math.fsum(weights.values()) or 1.0)

    def _windows(self, claim: str, marked: frozenset[int]) -> list[Window]:
        """Lines that share the claim's words, alone, with neighbours, and in pairs; best first."""
        weights = self._weights(claim)
        lines = self._best_lines(weights)
        windows = [
            self._stretch(line, *around) for line, around in itertools.product(lines, NEIGHBOURS)
        ]
        windows += [tuple(sorted(pair, key=_position)) for pair in itertools.combinations(lines, 2)]
        scores = {}
        for window in windows:
            is_marked = not marked.isdisjoint(line.block for line in window)
            further = len(window) + 2 * (len(group_into_quotes(window)) - 1)
            extra = MARKED_COVERAGE * is_marked - SENTENCE_COVERAGE * further
            scores[window] = self._coverage(weights, window) + extra
        return sorted(scores, key=scores.__getitem__, reverse=True)

    def _best_lines(self, weights: dict[str, float]) -> list[Line]:
        """The lines that have most of the claim's weight, their articles' lines left out."""
        shares = {line: _common_weight(weights, keys) for line, keys in self._keys.items()}
        order = sorted(self._lines, key=shares.__getitem__, reverse=True)
        return [line for line in order[:MAX_LINES] if shares[line]]

    def _stretch(self, line: Line, first: int, last: int) -> Window:
        """The lines from `first` to `last` places after a line, those that there are."""
        places = range(line.place + first, line.place + last + 1)
        lines = (self._at.get((line.block, place)) for place in places)
        return tuple(filter(None, lines))


def decide(tried: Sequence[TriedWindow]) -> Assessment:
    """The verdict from all windows that were tried."""
    if not tried:
        return Assessment(Verdict.UNSUPPORTED, 0.0, reason=NOTHING_NEAR)
    order = sorted(
        tried, key=lambda one: (one.objection is None, one.judgement.supported), reverse=True
    )
    best, nearest = order[0], tuple(one.window for one in order)
    confidence = 0.0 if best.objection else best.judgement.supported
    if best.supports:
        return Assessment(Verdict.SUPPORTED, confidence, group_into_quotes(best.window), nearest)
    if max(one.coverage for one in tried) < NEAR_COVERAGE:
        return Assessment(Verdict.UNSUPPORTED, confidence, reason=NOTHING_NEAR)
    against = max(tried, key=lambda one: one.contradiction)
    if against.judgement.contradicted >= MIN_CONTRADICTION_PROBABILITY:
        quotes, reason = group_into_quotes(against.window), "the articles say otherwise"
        return Assessment(Verdict.UNSUPPORTED, confidence, quotes, nearest, reason)
    whole = [one for one in tried if len(group_into_quotes(one.window)) == 1]
    near = max(whole, key=lambda one: one.coverage, default=best)
    quotes = group_into_quotes(near.window)[:1]
    reason = str(best.objection or "no quote was found that says it")
    return Assessment(Verdict.UNCERTAIN, confidence, quotes, nearest, reason)


def group_into_quotes(window: Window) -> tuple[Window, ...]:
    """The lines of a window as quotes: lines that follow each other are one."""
    quotes: list[Window] = []
    for line in window:
        last = quotes[-1][-1] if quotes else None
        if last and (line.block, line.place) == (last.block, last.place + 1):
            quotes[-1] += (line,)
        else:
            quotes.append((line,))
    return tuple(quotes)


def _text_of(window: Window) -> str:
    return "\n".join(line.text for line in window)


def _word_sequence(text: str) -> tuple[str, ...]:
    """The words of a text, which are the same where it is set in other capitals or punctuation."""
    return tuple(WORDS.findall(text.lower()))


def _position(line: Line) -> tuple[int, int]:
    return line.block, line.place


def _common_weight(weights: dict[str, float], keys: frozenset[str]) -> float:
    """The weight of the keys, the same whatever their order."""
    return math.fsum(weights[key] for key in weights.keys() & keys)


@functools.lru_cache(maxsize=4096)
def _keys(text: str) -> frozenset[str]:
    """Stems of content words, and values of numbers in any form: what two texts may share."""
    numbers = read_facts(" ".join(text.split())).numbers
    return frozenset(content_terms(text)).union(f"{number.value:g}" for number in numbers)
