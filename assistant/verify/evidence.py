"""Which quotes support a claim: windows of sentences that share its words are shown to the model, the best first."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from index.articles import Article
from index.loading.dates import day_of
from index.text.sentences import sentences
from index.text.terms import content_terms, function_share, is_english

from ..answer.parts import Verdict
from ..reading.support import Judgement, premise, support_model
from .facts import read_facts, worded_as
from .rules import Objection, objection

__all__ = ["Evidence", "Finding", "Line", "Tried", "Window", "decide", "lines_of"]

# Chosen on the development answers by `benchmarks/support.py --choose` (docs/models.md): from this probability on a
# window supports a claim, and one that has most of the claim contradicts it.
SUPPORTED, CONTRADICTED = 0.68, 0.55
# The share of the claim's words, weighted by rarity, that a window has to have to be near it at all.
NEAR_COVERAGE = 0.3
# Lines with most of the claim's words from which windows are made; windows that the model reads at most.
SHORTLIST, MAX_WINDOWS = 6, 3
# What a window's coverage has to be better by, for each further sentence, and for sentences from different places.
SENTENCE_COST, APART_COST = 0.03, 0.06
# What the coverage counts more of a passage that the writer of the claim named.
MARKED_BONUS = 0.05
NEAREST = 3
# English sentences have a greater share of function words; others share few words with English lines.
ENGLISH_CLAIM, SAME_LANGUAGE_COVERAGE = 0.2, 0.6


WORD = regex.compile(r"\w+")


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
class Tried:
    """A window that was held against a claim, and what was found. coverage: how much of the claim's words it has."""

    window: Window
    judgement: Judgement
    objection: Objection | None
    coverage: float

    @property
    def supports(self) -> bool:
        """Whether the window supports the claim."""
        return self.judgement.supported >= SUPPORTED and self.objection is None


@dataclass(frozen=True)
class Finding:
    """The verdict on a claim, how likely it is that the quotes support it (0 to 1), and why it is no better.

    quotes: one to three, each of neighbouring lines; the one that comes nearest where none supports the claim.
    nearest: the windows that come nearest, best first.
    """

    verdict: Verdict
    confidence: float
    quotes: tuple[Window, ...] = ()
    nearest: tuple[Window, ...] = ()
    reason: str = ""


def lines_of(block: int, article: Article, head: str, text: str, *, start: int = 0) -> list[Line]:
    """The sentences of a stretch of an article that begins at `start`."""
    return [
        Line(
            block,
            place,
            article,
            head,
            start + stretch.start,
            start + stretch.end,
            text[stretch.start : stretch.end],
        )
        for place, stretch in enumerate(sentences(text))
    ]


class Evidence:
    """The lines that may support claims, read once."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._at = {(line.block, line.place): line for line in lines}
        self._keys = {line: _keys(line.text) for line in lines}
        self._heads = {line.head: _keys(line.head) for line in lines}
        frequency = Counter(itertools.chain.from_iterable(self._keys.values()))
        self._rarity = {key: math.log(1 + len(lines) / count) for key, count in frequency.items()}
        self._shown: dict[str, str] = {}
        for line in lines:
            self._shown[line.article.id] = (
                f"{self._shown.get(line.article.id, line.head)}\n{line.text}"
            )

    def check(self, claim: str, marked: frozenset[int] = frozenset()) -> Finding:
        """The verdict on a claim; `marked` are the blocks that its writer named for it."""
        windows = self._windows(claim, marked)
        nearest = tuple(windows[:NEAREST])
        if self._is_foreign(claim, nearest):
            quotes = quotes_of(nearest[0]) if nearest else ()
            return Finding(Verdict.UNCERTAIN, 0.0, quotes, nearest, "not checked: not English")
        if same := next((line for line in self._lines if _words(line.text) == _words(claim)), None):
            return Finding(Verdict.SUPPORTED, 1.0, ((same,),), ((same,),))
        tried: list[Tried] = []
        for window in windows[:MAX_WINDOWS]:
            tried.append(self.try_window(claim, window))
            if tried[-1].supports:
                return decide([*self._narrower(claim, tried[-1])] or tried)
        return decide(tried)

    def tried(self, claim: str, marked: frozenset[int] = frozenset()) -> list[Tried]:
        """All the windows that may support a claim, held against it, the likeliest first."""
        return [
            self.try_window(claim, window) for window in self._windows(claim, marked)[:MAX_WINDOWS]
        ]

    def _narrower(self, claim: str, one: Tried) -> Iterator[Tried]:
        """Quotes of a window of several that support the claim by themselves."""
        quotes = quotes_of(one.window)
        if len(quotes) > 1:
            yield from filter(
                lambda part: part.supports, (self.try_window(claim, quote) for quote in quotes)
            )

    def try_window(self, claim: str, window: Window) -> Tried:
        """What the model and the rules say of a claim beside a window."""
        parts = [
            premise(head, [line.text for line in lines])
            for head, lines in itertools.groupby(window, key=lambda line: line.head)
        ]
        quotes = "\n".join(line.text for line in window)
        worded = worded_as(claim, quotes, day_of(window[0].article.published))
        judgement = support_model().judge(" ".join(parts), worded)
        return Tried(
            window,
            judgement,
            self.object(claim, window),
            self._coverage(self._weights(claim), window),
        )

    def object(self, claim: str, window: Window) -> Objection | None:
        """What a rule has against a window as support of a claim."""
        heads = dict.fromkeys(line.head for line in window)
        quotes = "\n".join([*heads, *(line.text for line in window)])
        context = "\n".join(
            self._shown[id] for id in dict.fromkeys(line.article.id for line in window)
        )
        return objection(
            claim, quotes, context=context, published=day_of(window[0].article.published)
        )

    def _is_foreign(self, claim: str, nearest: Sequence[Window]) -> bool:
        """Whether the claim, or what comes nearest to it, is in a language that the reader does not know.

        A claim without function words ("Two dead, 1,400 evacuated") is English if English lines have its words.
        """
        if nearest and not is_english(" ".join(line.text for window in nearest for line in window)):
            return True
        covered = max(
            (self._coverage(self._weights(claim), window) for window in nearest), default=0.0
        )
        return function_share(claim) < ENGLISH_CLAIM and covered < SAME_LANGUAGE_COVERAGE

    def _weights(self, claim: str) -> dict[str, float]:
        """How rare each thing is among the lines that the claim can have in common with them."""
        unknown = math.log(1 + len(self._lines))
        return {key: self._rarity.get(key, unknown) for key in _keys(claim)}

    def _coverage(self, weights: dict[str, float], window: Window) -> float:
        """The share of the claim's weight that a window has, the lines about its articles included."""
        found: set[str] = set()
        for line in window:
            found |= self._keys[line] | self._heads[line.head]
        return sum(weights[key] for key in found & weights.keys()) / (sum(weights.values()) or 1.0)

    def _windows(self, claim: str, marked: frozenset[int]) -> list[Window]:
        """Windows that share the claim's words: lines, lines with their neighbours, lines that complete each other."""
        weights = self._weights(claim)
        scores = {
            line: sum(weights[key] for key in keys & weights.keys())
            for line, keys in self._keys.items()
        }
        best = [
            line
            for line in sorted(self._lines, key=lambda line: -scores[line])[:SHORTLIST]
            if scores[line]
        ]
        windows: dict[Window, float] = {}
        for line in best:
            for first, last in ((0, 0), (-1, 0), (0, 1), (-1, 1)):
                places = [(line.block, line.place + step) for step in range(first, last + 1)]
                if all(place in self._at for place in places):
                    windows[tuple(self._at[place] for place in places)] = 0.0
        for pair in itertools.combinations(best, 2):
            windows[tuple(sorted(pair, key=lambda line: (line.block, line.place)))] = 0.0
        for window in windows:
            bonus = MARKED_BONUS * any(line.block in marked for line in window)
            cost = SENTENCE_COST * len(window) + APART_COST * (len(quotes_of(window)) - 1)
            windows[window] = self._coverage(weights, window) + bonus - cost
        return sorted(windows, key=lambda window: -windows[window])


def decide(tried: Sequence[Tried]) -> Finding:
    """The verdict from all windows that were tried."""
    if not tried:
        return Finding(Verdict.UNSUPPORTED, 0.0, reason="nothing in the passages comes near it")
    order = sorted(
        tried, key=lambda one: (one.objection is None, one.judgement.supported), reverse=True
    )
    best = order[0]
    nearest = tuple(one.window for one in order[:NEAREST])
    confidence = best.judgement.supported if best.objection is None else 0.0
    if best.supports:
        return Finding(Verdict.SUPPORTED, confidence, quotes_of(best.window), nearest)
    against = max(tried, key=lambda one: one.judgement.contradicted * one.coverage)
    if max(one.coverage for one in tried) < NEAR_COVERAGE:
        return Finding(
            Verdict.UNSUPPORTED, confidence, reason="nothing in the passages comes near it"
        )
    if against.judgement.contradicted >= CONTRADICTED:
        return Finding(
            Verdict.UNSUPPORTED,
            confidence,
            quotes_of(against.window),
            nearest,
            "the articles say otherwise",
        )
    reason = str(best.objection) if best.objection else "no quote was found that says it"
    whole = [one for one in tried if len(quotes_of(one.window)) == 1]
    near = max(whole, key=lambda one: one.coverage, default=best)
    return Finding(Verdict.UNCERTAIN, confidence, quotes_of(near.window)[:1], nearest, reason)


def quotes_of(window: Window) -> tuple[Window, ...]:
    """The lines of a window as quotes: lines that follow each other are one."""
    quotes: list[list[Line]] = []
    for line in window:
        last = quotes[-1][-1] if quotes else None
        if last and (line.block, line.place) == (last.block, last.place + 1):
            quotes[-1].append(line)
        else:
            quotes.append([line])
    return tuple(map(tuple, quotes))


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def _keys(text: str) -> frozenset[str]:
    """What two texts can have in common: stems of content words, and the values of numbers in any form."""
    numbers = {f"{number.value:g}" for number in read_facts(" ".join(text.split())).numbers}
    return frozenset(numbers.union(content_terms(text)))
