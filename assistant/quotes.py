"""Answer without a model: the sentences of the articles that come nearest to answering the question, verbatim.

Each sentence of the passages that were found gets a score, a weighted sum of what can be seen of it. The weights are
round numbers from the middle of a plateau, the same for all sets that they were tried on (docs/answers.md).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import regex

from index.articles import Article, Passage
from index.sentences import sentences
from index.store import Index
from index.terms import FUNCTION_TERMS, is_english, stem, terms

from .answer import Status
from .boilerplate import APPEAL, is_boilerplate

__all__ = ["Choice", "Quote", "choose", "quotes_of"]

# A second and a third sentence are quoted only if their scores are this near to the first one's: fewer is better.
NEAR = (0.0, 0.6, 0.25)
# The sentences whose meaning is compared too; the others are out of the race by their words.
SHORTLIST = 3
# What the cosine of question and sentence counts for.
MEANING = 0.5

# Below a fit (`_fit`) of UNFIT, the articles do not say; less than DOUBT above it, they may not. Among more passages
# the best of those that have nothing to say fits better, so the border rises with the logarithm of their number.
UNFIT, UNFIT_GROWTH = 0.275, 0.0178
DOUBT = 0.06

ASKS_FOR_NAME = regex.compile(
    r"\b(?:who|whom|whose|where|(?:what|which) (?:city|country|town|person|place))\b", regex.I
)
ASKS_FOR_DATE = regex.compile(
    r"\b(?:when|(?:what|which|on what|in which) (?:year|date|day|month|century|time))\b", regex.I
)
ASKS_FOR_NUMBER = regex.compile(
    r"\bhow (?:many|much|old|long|far|high|tall|big|large|often|fast|deep|wide|heavy)\b"
    r"|\b(?:what|which) (?:percentage|per ?cent|number|amount|share|proportion)\b",
    regex.I,
)
NAME = regex.compile(r"\p{Lu}[\p{L}\p{M}'’-]+")
DATE = regex.compile(
    r"\b(?:1\d{3}|20\d{2})s?\b|\b(?:Jan|Feb|Mar|Apr|May|June|July|Aug|Sep|Sept|Oct|Nov|Dec)\b"
    r"|\b(?:January|February|March|April|August|September|October|November|December)\b"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:century|yesterday|today|tomorrow|midnight|noon)\b"
)
NUMBER = regex.compile(
    r"\p{N}|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|"
    r"billions?|half|third|quarter|once|twice)\b",
    regex.I,
)
# What says what was said before and is not so: on its own it would pass for an answer.
WITHDRAWN = regex.compile(
    r"\b(?:earlier|previous|original) version of (?:this|the) (?:article|story|report|post)\b"
    r"|\b(?:misstated|misreported|(?:incorrectly|wrongly|mistakenly) (?:said|stated|reported|gave|described))\b",
    regex.I,
)
ASKS_FOR_CORRECTION = regex.compile(r"\b(?:correct\w*|earlier version|mistake\w*|error|wrong\w*|amend\w*)\b", regex.I)
ENDS_AS_SENTENCE = regex.compile(r"[.!?…。！？][\"'”’»)\]]*$")


@dataclass(frozen=True)
class Quote:
    """A sentence of an article, as it stands there at start to end; `also` are other articles with the same one."""

    article: Article
    start: int
    end: int
    text: str
    also: tuple[Article, ...] = ()


@dataclass(frozen=True)
class Choice:
    """The sentences that answer, best first, and how far they do."""

    status: Status
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True)
class _Question:
    """A question as sentences are compared with it: what its words weigh, its pairs of neighbouring words."""

    text: str
    weights: Mapping[str, float]
    pairs: frozenset[tuple[str, str]]

    def coverage(self, found: frozenset[str]) -> float:
        """The share of the question's weight that these terms carry, 0 to 1."""
        whole = sum(self.weights.values())
        return sum(weight for term, weight in self.weights.items() if term in found) / whole if whole else 0.0


@dataclass(frozen=True)
class _Candidate:
    """A sentence, what of the question's passage it stands in, and its score so far."""

    passage: Passage
    start: int
    end: int
    text: str
    words: tuple[str, ...]
    score: float = 0.0
    cosine: float = 0.0

    def quote(self, also: tuple[Article, ...]) -> Quote:
        return Quote(self.passage.article, self.start, self.end, self.text, also)


def choose(question: str, passages: Sequence[Passage], index: Index) -> Choice:
    """The one to three sentences of `passages` (best first) that answer the question best, and whether they do."""
    asked = _read(question, index)
    candidates = [candidate for passage in passages for candidate in _candidates(passage, asked)]
    if not candidates or not asked.weights:
        return Choice(Status.UNANSWERED)
    own = (group for group in _grouped(_ranked(candidates)) if not _is_of_the_page(group[0], asked, index))
    groups = _by_meaning(list(itertools.islice(own, SHORTLIST)), asked, index)
    if not groups:
        return Choice(Status.UNANSWERED)
    best = groups[0][0]
    fit = _fit(best, asked, index)
    unfit = UNFIT + UNFIT_GROWTH * math.log(index.counts()[1])
    if fit < unfit:
        return Choice(Status.UNANSWERED)
    near = [group for group, room in zip(groups, NEAR, strict=False) if group[0].score >= best.score - room]
    quotes = tuple(group[0].quote(_others(group)) for group in near)
    lacking = all(_has_what_is_asked_for(quote.text, asked) is False for quote in quotes)
    doubtful = fit < unfit + DOUBT or lacking or _unknown_names(asked, index)
    return Choice(Status.PARTIAL if doubtful else Status.ANSWERED, quotes)


def _is_of_the_page(candidate: _Candidate, asked: _Question, index: Index) -> bool:
    """Whether a sentence is none of the report: an appeal to readers, or what stands under many articles."""
    if APPEAL.search(candidate.text) and not APPEAL.search(asked.text):
        return True
    return is_boilerplate(candidate.text, candidate.passage.article, index)


def _fit(best: _Candidate, asked: _Question, index: Index) -> float:
    """How well the best sentence and its passage fit the question, from 0 to about 1."""
    around = frozenset(terms(f"{best.passage.article.title}\n{best.passage.text}"))
    cosine = index.cosines(asked.text, [best.passage.id]).get(best.passage.id, 0.0)
    fit = 0.45 * cosine + 0.3 * best.cosine + 0.25 * asked.coverage(around)
    # In a language that the embedder may not know, and in mere keywords, words tell more than meaning.
    return fit if is_english(asked.text) else max(fit, 0.7 * asked.coverage(around))


def _unknown_names(asked: _Question, index: Index) -> list[str]:
    """Names in the question, other than its first word, that no article has."""
    names = (match.group() for match in NAME.finditer(asked.text) if match.start() > 0)
    return [name for name in names if stem(name) in asked.weights and not index.has_term(stem(name))]


def _read(question: str, index: Index) -> _Question:
    words = terms(question)
    meant = [word for word in dict.fromkeys(words) if word not in FUNCTION_TERMS]
    pairs = {pair for pair in itertools.pairwise(words) if not FUNCTION_TERMS.issuperset(pair)}
    # One more for each word: among few passages rarity says little.
    return _Question(question, {word: 1 + index.rarity(word) for word in meant}, frozenset(pairs))


def quotes_of(passage: Passage) -> Iterator[Quote]:
    """The sentences of a passage, headings among them, in order."""
    for stretch in sentences(passage.text):
        text = passage.text[stretch.start : stretch.end]
        yield Quote(passage.article, passage.start + stretch.start, passage.start + stretch.end, text)


def _candidates(passage: Passage, asked: _Question) -> Iterator[_Candidate]:
    before: frozenset[str] = frozenset()
    title = tuple(terms(passage.article.title))
    for quote in quotes_of(passage):
        words = tuple(terms(quote.text))
        candidate = _Candidate(passage, quote.start, quote.end, quote.text, words)
        headline = quote.text.startswith("#") or (words == title and not ENDS_AS_SENTENCE.search(quote.text))
        if words and not headline:
            yield replace(candidate, score=_score(candidate, before, asked))
        before = frozenset(words)


def _score(candidate: _Candidate, before: frozenset[str], asked: _Question) -> float:
    words = frozenset(candidate.words)
    covered = asked.coverage(words)
    new = [word for word in candidate.words if word not in asked.weights and word not in FUNCTION_TERMS]
    pairs = len(asked.pairs.intersection(itertools.pairwise(candidate.words)))
    return (
        candidate.passage.score
        + covered
        # The sentence before often names what this one calls "it" or "the company".
        + 0.4 * (asked.coverage(words | before) - covered)
        + 0.6 * pairs / (len(asked.pairs) or 1)
        + 0.2 * (_has_what_is_asked_for(candidate.text, asked) or 0)
        # A sentence that has nothing but the question's own words answers nothing, and longer ones say more.
        + 0.1 * min(len(new), 5) / 5
        + 0.1 * math.log1p(len(candidate.words))
        - (0.0 if ENDS_AS_SENTENCE.search(candidate.text) else 0.2)
        - (1.0 if WITHDRAWN.search(candidate.text) and not ASKS_FOR_CORRECTION.search(asked.text) else 0.0)
    )


def _has_what_is_asked_for(text: str, asked: _Question) -> bool | None:
    """Whether there is a name for a question that asks who, a date for when, a number for how many; None for others."""
    if ASKS_FOR_DATE.search(asked.text):
        return DATE.search(text) is not None
    if ASKS_FOR_NUMBER.search(asked.text):
        return NUMBER.search(text) is not None
    if ASKS_FOR_NAME.search(asked.text):
        names = (stem(match.group()) for match in NAME.finditer(text))
        return any(name not in asked.weights and name not in FUNCTION_TERMS for name in names)
    return None


def _ranked(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    return sorted(candidates, key=lambda c: (-c.score, c.passage.article.id, c.start))


def _by_meaning(groups: Sequence[list[_Candidate]], asked: _Question, index: Index) -> list[list[_Candidate]]:
    """The groups ranked again, with half the cosine between question and sentence added to each score.

    Those that would not be quoted whatever their cosine are left out, so that they need not be embedded.
    """
    first = _scored(groups[:1], asked, index)
    least = first[0][0].score - max(NEAR) - MEANING if first else 0.0
    others = _scored([group for group in groups[1:] if group[0].score >= least], asked, index)
    return sorted([*first, *others], key=lambda group: -group[0].score)


def _scored(groups: Sequence[list[_Candidate]], asked: _Question, index: Index) -> list[list[_Candidate]]:
    cosines = index.vectors_of([group[0].text for group in groups]) @ index.query_vector(asked.text)
    return [
        [replace(each, score=each.score + MEANING * float(cosine), cosine=float(cosine)) for each in group]
        for group, cosine in zip(groups, cosines, strict=True)
    ]


def _grouped(ranked: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Candidates with the same words together, in the order of the best of each."""
    groups: dict[tuple[str, ...], list[_Candidate]] = {}
    for candidate in ranked:
        groups.setdefault(candidate.words, []).append(candidate)
    return list(groups.values())


def _others(group: Sequence[_Candidate]) -> tuple[Article, ...]:
    articles = {candidate.passage.article.id: candidate.passage.article for candidate in group[1:]}
    articles.pop(group[0].passage.article.id, None)
    return tuple(articles.values())
