"""A sentence beside the lines that may hold it: which words of it each line has, and which line speaks of what."""

from __future__ import annotations

import datetime
import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex

from index.articles import Article
from index.dates import day_of
from index.sentences import sentences
from index.terms import terms

from .facts import Date, Number, Reading, base
from .names import PRONOUNS, Mention, has_name, mentions
from .wording import Text, likeness, text

__all__ = [
    "ALIKE",
    "BACKWARD",
    "CLAUSE",
    "COVERED_AROUND",
    "EXCLUDES_AT_ALL",
    "EXCLUDES_TO_END",
    "EXCLUDING",
    "NEARLY_SAME",
    "NOT_THAT",
    "PRONOUN",
    "SAME_WORD",
    "Comparison",
    "Line",
    "has_word_of_name",
    "lines_of",
]

# How many content words beside a place of the claim tell what is spoken of there.
AROUND = 3
# What share of the words around a fact the line that has it must have.
COVERED_AROUND = 0.4
# From this likeness on, a word is taken for the same as another.
ALIKE, NEARLY_SAME = 0.6, 0.9
# What forms of one word have.
SAME_WORD = 0.95
# Verbs that carry little of what a sentence says.
LIGHT = frozenset(
    map(
        base,
        """say tell make have take get give go come become include use call accord report also add state note article
        source provide describe mention write wrote publish""".split(),
    )
)
CLAUSE = regex.compile(
    r"[,;:—–]\s|\s-\s|\b(?:and|but|while|whereas|because|which|who|after|before|when|since|although|though|so|as)\b",
    regex.I,
)
# Content words that make a clause.
LEAST_CLAUSE = 2
# Words after which a line names something only to say that it is not meant.
EXCLUDING = "instead of|rather than|other than|except|unlike|apart from|excluding"
# "Oslo, not Bergen"; but "not being renewed" excludes nothing.
NOT_THAT = r"(?:[,;—–]|\band|\bbut)\s+not\b(?!\s+(?:\w+(?:ing|ed)|only|just|yet|all)\b)"
EXCLUDES_TO_END = regex.compile(rf"(?:\b(?:{EXCLUDING})\b|{NOT_THAT})[^.;:!?]{{0,60}}", regex.I)
EXCLUDES_AT_ALL = regex.compile(rf"\b(?:{EXCLUDING}|not|no longer)\b", regex.I)


@dataclass(frozen=True)
class Line:
    """A sentence that a model was shown.

    block, place: the block it stands in, and which sentence of the block it is. start, end: where in the article.
    context: all of the article that was shown.
    """

    block: int
    place: int
    article: Article
    start: int
    end: int
    text: str
    context: str

    @functools.cached_property
    def read(self) -> Text:
        """The sentence, read and embedded."""
        return text(self.text)

    @functools.cached_property
    def stems(self) -> frozenset[str]:
        """Stems of its words."""
        return frozenset(word.stem for word in self.read.reading.words)

    @functools.cached_property
    def known(self) -> frozenset[str]:
        """Stems of what the article's title, source and author say."""
        article = self.article
        return frozenset(terms(" ".join(filter(None, [article.title, article.source, article.author]))))

    @property
    def published(self) -> datetime.date | None:
        """The day on which the article was published."""
        return day_of(self.article.published)

    @property
    def days(self) -> list[datetime.date]:
        """The days on which the article appeared or was changed."""
        return [day for day in (self.published, day_of(self.article.updated)) if day]

    @functools.cached_property
    def segments(self) -> list[tuple[int, int]]:
        """Where the clauses of the sentence begin and end, and the sentence as a whole."""
        whole = (0, len(self.text) + 1)
        return list(dict.fromkeys([*_spans(self.read.reading), whole]))

    @functools.cached_property
    def names(self) -> list[Mention]:
        """The names in it."""
        return [m for m in mentions(self.text) if m.kind == "name" and not _is_first_word(self.read.reading, m)]


def lines_of(block: int, article: Article, text: str, *, start: int = 0, context: str | None = None) -> list[Line]:
    """The sentences of a stretch of an article that begins at `start`; it is its own context if none is given."""
    return [
        Line(
            block=block,
            place=place,
            article=article,
            start=start + stretch.start,
            end=start + stretch.end,
            text=text[stretch.start : stretch.end],
            context=text if context is None else context,
        )
        for place, stretch in enumerate(sentences(text))
    ]


def _spans(said: Reading) -> list[tuple[int, int]]:
    """The clauses of a sentence; what is too short to say anything belongs to the next one: "Of the boats, 40"."""
    ends = [match.end() for match in CLAUSE.finditer(said.text)]
    found: list[tuple[int, int]] = []
    begin = 0
    for end in [*ends, len(said.text) + 1]:
        if sum(w.content for w in said.words if begin <= w.start < end) >= LEAST_CLAUSE or end > len(said.text):
            found.append((begin, end))
            begin = end
    return found


POINTS_BACK = regex.compile(
    r"\b(?:he|she|they|it|his|her|its|their|them|those|these|that|this|both|the \p{Ll}+)\b", regex.I
)
# A sentence that begins so speaks of somebody or something that was named before.
BACKWARD = regex.compile(
    rf"^\W*(?:(?:But|And|Yet|So|On \w+|In \w+|Later|Then|Now|Also|\w+ly),?\s+|\p{{Lu}}[^,.;:]{{2,24}},\s+)?"
    rf"(?:(?P<pronoun>{'|'.join(PRONOUNS - {'i', 'we', 'who'})})\b"
    r"|(?:the|this|that|these|those|both)\s+(?P<noun>\p{Ll}+))",
    regex.I,
)
PRONOUN = regex.compile(rf"\b(?:{'|'.join(PRONOUNS - {'i', 'we', 'who', 'it', 'its'})})\b", regex.I)


def _is_first_word(said: Reading, mention: Mention) -> bool:
    """Whether the mention is only the first word of a sentence, which is written like a name whatever it is."""
    return any(w.first and w.start == mention.start and w.end == mention.end for w in said.words)


class Comparison:
    """A claim beside the lines of its quotes."""

    def __init__(self, claim: str, quotes: Sequence[Sequence[Line]]) -> None:
        self.claim = text(claim)
        self.said = self.claim.reading
        self.quotes = quotes
        self.lines = [line for quote in quotes for line in quote]
        self.quote_of = [number for number, quote in enumerate(quotes) for _ in quote]
        self.alike = [_alike(self.claim, line) for line in self.lines]
        self.weights = _weights(self.claim)
        # For each line, how far it has each word of the claim.
        self.rows = np.array([_covered(self.claim, line) for line in self.lines])
        self.by_quote = [
            self.rows[[k for k, quote in enumerate(self.quote_of) if quote == number]].max(axis=0)
            for number in range(len(quotes))
        ]

    @functools.cached_property
    def covered(self) -> np.ndarray:
        """How far the lines together have each word of the claim."""
        return np.asarray(self.rows.max(axis=0))

    @property
    def covered_share(self) -> float:
        """The share of the claim's wording that the lines have together."""
        return self.share(self.covered)

    def label(self, mention: Mention | Number | Date) -> str:
        """What stands in the claim there."""
        return self.said.text[mention.start : mention.end].strip()

    def words_of(self, mention: Mention) -> list[int]:
        """The words of a name in the claim."""
        return [i for i, word in enumerate(self.said.words) if mention.start <= word.start < mention.end]

    @functools.cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each clause of the claim begins and ends."""
        ends = [match.end() for match in CLAUSE.finditer(self.said.text)]
        return list(itertools.pairwise([0, *ends, len(self.said.text) + 1]))

    @functools.cached_property
    def clauses(self) -> list[list[int]]:
        """The words of each clause of the claim."""
        found = [[i for i, w in enumerate(self.said.words) if begin <= w.start < end] for begin, end in self.spans]
        return [words for words in found if words]

    def share(self, row: np.ndarray, words: Sequence[int] | None = None) -> float:
        """The share of the claim's wording, or of some of its words, that a row of `rows` has."""
        weights = self.weights if words is None else self.weights[list(words)]
        covered = row if words is None else row[list(words)]
        whole = weights.sum()
        return float((covered * weights).sum() / whole) if whole else 1.0

    @functools.cached_property
    def plain(self) -> list[int]:
        """The words of the claim that say what happened: no names, no light verbs."""
        return [i for i in range(len(self.said.words)) if self.weights[i] > 0.5 and not self.named(i)]

    @functools.cached_property
    def clause_spans(self) -> list[tuple[int, int]]:
        """Where the clauses of the claim begin and end that say something."""
        return _spans(self.said)

    def share_within(self, k: int, begin: int, end: int, words: Sequence[int]) -> float:
        """The share of some words of the claim that a stretch of a line has."""
        inside = [j for j, w in enumerate(self.lines[k].read.reading.words) if begin <= w.start < end]
        if not inside:
            return 0.0
        return self.share(self.alike[k][:, inside].max(axis=1), words)

    def row_in_context(self, k: int, without: Sequence[int] = ()) -> np.ndarray:
        """What a line has of the claim; with the rest of its quote, if it points back to what was said before."""
        if not self.points_back(k):
            return np.asarray(self.rows[k])
        others = [n for n, quote in enumerate(self.quote_of) if quote == self.quote_of[k] and n not in without]
        return np.asarray(self.rows[[k, *others]].max(axis=0))

    def points_back(self, k: int) -> bool:
        """Whether a line points back to what was said before it."""
        return POINTS_BACK.search(self.lines[k].text[:40]) is not None

    def around(self, start: int, end: int, *, names: bool = False) -> list[int]:
        """The content words nearest to a place in the claim, in the same clause if that has any."""
        words = [
            i
            for i, word in enumerate(self.said.words)
            if self.weights[i] > 0.5 and (names or not self.named(i)) and not (word.start < end and start < word.end)
        ]
        begin, stop = next(span for span in self.spans if span[0] <= start < span[1])
        words = [i for i in words if begin <= self.said.words[i].start < stop] or words
        before = [i for i in words if self.said.words[i].end <= start]
        after = [i for i in words if self.said.words[i].start >= end]
        return before[-AROUND:] + after[:AROUND]

    def named(self, i: int) -> bool:
        """Whether word `i` of the claim is surely written as a name."""
        word = self.said.words[i]
        return word.name and not word.first

    def home(self, start: int, end: int, *, itself: bool = True) -> int:
        """The line that speaks of what stands around that place of the claim, and of what stands there `itself`."""
        near = self.around(start, end, names=True)
        if itself:
            near += [i for i, w in enumerate(self.said.words) if w.start < end and start < w.end]
        return int(np.argmax([self.share(row, near) + 0.001 * self.share(row) for row in self.rows]))

    def home_of(self, i: int) -> int:
        """The line that has word `i` of the claim, and of several the one that speaks of what stands around it."""
        word = self.said.words[i]
        near = self.around(word.start, word.end, names=True)
        most = self.rows[:, i].max()
        return max(
            (k for k in range(len(self.lines)) if self.rows[k][i] >= most - 0.05),
            key=lambda k: self.share(self.rows[k], near) + 0.001 * self.share(self.rows[k]),
        )

    def matches(self, line: int, i: int, least: float = ALIKE) -> list[int]:
        """The words of a line that are like word `i` of the claim."""
        return [int(j) for j in np.flatnonzero(self.alike[line][i] >= least)]

    def claimed(self, line: int, j: int, least: float = ALIKE) -> int | None:
        """The word of the claim that is most like word `j` of a line."""
        column = self.alike[line][:, j]
        return int(column.argmax()) if len(column) and column.max() >= least else None


@functools.lru_cache(maxsize=8192)
def _alike(claim: Text, line: Line) -> np.ndarray:
    return likeness(claim, line.read)


@functools.lru_cache(maxsize=8192)
def _covered(claim: Text, line: Line) -> np.ndarray:
    alike = _alike(claim, line)
    covered = alike.max(axis=1) if alike.shape[1] else np.zeros(alike.shape[0])
    for i, word in enumerate(claim.reading.words):
        if covered[i] < 1 and (word.stem in line.known or (word.name and has_word_of_name(claim.reading, i, line))):
            covered[i] = 1
    return covered


def has_word_of_name(claim: Reading, i: int, line: Line) -> bool:
    """Whether a line has the name that word `i` of the claim belongs to, and not only to say that it is not meant."""
    if EXCLUDES_TO_END.search(line.text) and not EXCLUDES_AT_ALL.search(claim.text):
        kept = EXCLUDES_TO_END.sub("", line.text)
        return has_name(claim, i, kept, frozenset(terms(kept)), line.context)
    return has_name(claim, i, line.text, line.stems, line.context)


def _weights(claim: Text) -> np.ndarray:
    return np.array([0.0 if not w.content else 0.25 if w.stem in LIGHT else 1.0 for w in claim.reading.words])
