"""Answer without a chat model: the sentence that holds what the reader points at, verbatim.

The reader (`assistant.reading.answers`) says of each passage how likely it is that it answers the question, and which
characters do. A sentence is as good as what it holds of that. How likely it is that the best one answers is a logistic
regression on what can be seen of it, fitted on development questions (docs/answers.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

import regex

from index.articles import Article, Passage, Stretch
from index.embedding.embedders import DEFAULT_EMBEDDER
from index.index import Index
from index.text.terms import content_terms, is_english, terms

from ..answer.parts import Status
from ..answer.quotes import (
    ASKS_FOR_CORRECTION,
    WITHDRAWN,
    Quote,
    is_headline,
    is_question,
    quotes_of,
)
from ..conflicts.values import read_asked_value
from ..llm.packing import head_line
from ..reading.answers import Reading, Span, log_odds
from ..retrieval.rerank import MAX_READ_PASSAGES, read_passages
from .boilerplate import APPEAL, is_boilerplate
from .context import names_of, with_context
from .words_only import best_by_words

__all__ = ["LEAST_MEANT", "PARTIAL", "Choice", "choose"]

# The probability that the first quote answers, from which on a question is answered, and answered in part.
ANSWERED, PARTIAL = 0.2, 0.13
# Where the question says whose words it wants, or has several parts, less is enough: there is little to choose from,
# and a part says less than a question.
LEAST_MEANT = 0.08
# The same by the share of the question's words, where the reader cannot read.
ANSWERED_BY_WORDS, PARTIAL_BY_WORDS = 0.65, 0.57
# The first quote of which the reader is so sure needs no second; a second one is so likely against the first.
SURE, SECOND_SHARE = 0.7, 0.4
# What the score of a passage in the search counts beside the logarithm of the probability.
SEARCH_WEIGHT = 3.0
# What the probability is multiplied by for each name of the question that the passage does not have, up to so many.
NAME_MISSING, MOST_MISSING = 0.6, 2
# The logistic regression: a constant, and what count the log odds of the sentence's probability, and how much nearer
# than usual the passage is to the question: cosines of the default embedder, of which others know nothing.
CONSTANT, SENTENCE_WEIGHT, NEARNESS_WEIGHT = -0.49, 0.90, 5.2
USUAL_COSINE = 0.70

# Marks that are no part of an answer where it begins or ends.
MARKS = " .,;:!?-–—\n\r\t"
YES_OR_NO = regex.compile(
    r"\W*(?:did|does|do|is|are|was|were|has|have|had|can|could|will|would|should|must|may)\b",
    regex.I,
)


@dataclass(frozen=True)
class Choice:
    """The quotes that answer, best first; of a question of several parts the first of each.

    confidence: the calibrated probability that the first quote answers, 0 to 1; of several parts the least sure one's.
    silent: the parts for which the articles have no answer.
    """

    status: Status
    quotes: tuple[Quote, ...] = ()
    confidence: float = 0.0
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Candidate:
    """A sentence with the likeliest answer in it.

    likely: the probability, as the reader reads, that the sentence holds the answer; less for each name of the question
    that the passage does not have.
    """

    passage: Passage
    quote: Quote
    likely: float

    @property
    def score(self) -> float:
        """By which candidates are ranked."""
        return math.log(max(self.likely, 1e-9)) + SEARCH_WEIGHT * self.passage.score


def choose(
    question: str, passages: Sequence[Passage], index: Index, *, least: float = PARTIAL
) -> Choice:
    """The one or two sentences of `passages` (best first) that answer the question, and how sure that is.

    least: the probability below which nothing is quoted; it is ANSWERED for a question with a name that no article has.
    """
    read: list[Passage] = []
    unread: list[Passage] = []
    for passage in passages[:MAX_READ_PASSAGES]:
        (read if is_english(passage.text) else unread).append(passage)
    choice = _choose_by_reading(question, read, index, least)
    return choice if choice.quotes or not unread else _choose_by_words(question, unread, index)


def _choose_by_reading(
    question: str, passages: Sequence[Passage], index: Index, least: float
) -> Choice:
    names = names_of(question)
    readings = read_passages(question, passages)
    candidates = [
        candidate
        for passage, reading in zip(passages, readings, strict=True)
        for candidate in _candidates(passage, reading, question, names)
    ]
    candidates.sort(key=lambda one: (-one.score, one.passage.article.id, one.quote.start))
    groups = _grouped(candidates)
    best = next((group for group in groups if not _is_of_the_page(group[0], question, index)), None)
    if best is None:
        return Choice(Status.UNANSWERED)
    confidence = _confidence(best[0], question, index)
    names_known = all(
        index.words.count_with(name) or _is_of_a_source(name, index) for name in names
    )
    if confidence < (least if names_known else ANSWERED):
        return Choice(Status.UNANSWERED, confidence=confidence)
    chosen = [best]
    second = _second(best[0], groups, question, index) if confidence < SURE else None
    chosen += [second] if second else []
    quotes = tuple(_quote(group, question, index) for group in chosen)
    doubtful = confidence < ANSWERED or _lacks_value(question, quotes) or not names_known
    return Choice(Status.PARTIAL if doubtful else Status.ANSWERED, quotes, confidence)


def _is_of_a_source(name: str, index: Index) -> bool:
    """Whether an outlet or an author has the name."""
    return any(
        name in terms(source)
        for field in ("source", "author")
        for source in index.words.names(field)
    )


def _candidates(
    passage: Passage, reading: Reading, question: str, names: Set[str]
) -> Iterator[_Candidate]:
    """The sentences of a passage that hold a span; no headline, no question, nothing that was taken back.

    None of a passage that has, with its headline, no word of the question: the reader would take anything there.
    """
    there = frozenset(terms(f"{head_line(passage.article)}\n{passage.text}"))
    if there.isdisjoint(content_terms(question)):
        return
    missing = min(MOST_MISSING, sum(name not in there for name in names))
    answered = reading.answered * NAME_MISSING**missing
    for quote in quotes_of(passage):
        span = reading.span_within(quote.start - passage.start, quote.end - passage.start)
        if span is None or is_headline(quote) or is_question(quote.text):
            continue
        if WITHDRAWN.search(quote.text) and not ASKS_FOR_CORRECTION.search(question):
            continue
        answer = None if YES_OR_NO.match(question) else _trimmed(passage, span)
        yield _Candidate(passage, replace(quote, answer=answer), answered * span.share)


def _trimmed(passage: Passage, span: Span) -> Stretch | None:
    """Where the span is in the article, without the marks around it."""
    text = passage.text[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip(MARKS))
    end = span.start + len(text.rstrip(MARKS))
    return Stretch(passage.start + start, passage.start + end) if start < end else None


def _lacks_value(question: str, quotes: Sequence[Quote]) -> bool:
    """Whether a figure or a date is asked for, and no quote has one of that kind."""
    asked = read_asked_value(question)
    return asked is not None and not any(
        asked.select_values(quote.text, quote.article) for quote in quotes
    )


def _grouped(candidates: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Candidates with the same words together, in the order of the best of each."""
    groups: dict[tuple[str, ...], list[_Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(tuple(terms(candidate.quote.text)), []).append(candidate)
    return list(groups.values())


def _is_of_the_page(candidate: _Candidate, question: str, index: Index) -> bool:
    """Whether a sentence is none of the report: an appeal to readers, or what stands under many articles."""
    text = candidate.quote.text
    if APPEAL.search(text) and not APPEAL.search(question):
        return True
    return is_boilerplate(text, candidate.passage.article, index)


def _confidence(best: _Candidate, question: str, index: Index) -> float:
    """The calibrated probability that the sentence answers."""
    cosine = USUAL_COSINE
    if index.store.embedder_name == DEFAULT_EMBEDDER:
        cosine = index.cosines(question, [best.passage.id]).get(best.passage.id, USUAL_COSINE)
    found = (
        CONSTANT
        + SENTENCE_WEIGHT * log_odds(best.likely)
        + NEARNESS_WEIGHT * (cosine - USUAL_COSINE)
    )
    return 1 / (1 + math.exp(-found))


def _second(
    best: _Candidate, groups: Sequence[list[_Candidate]], question: str, index: Index
) -> list[_Candidate] | None:
    """The next best sentence, if it is nearly as likely and gives another answer."""
    told = set(terms(best.quote.text))
    for group in groups:
        one = group[0]
        if one.quote == best.quote or one.likely < SECOND_SHARE * best.likely:
            continue
        start, end = one.quote.answer or (one.quote.start, one.quote.end)
        answer = one.quote.text[start - one.quote.start : end - one.quote.start]
        if not set(terms(answer)) <= told and not _is_of_the_page(one, question, index):
            return group
    return None


def _quote(group: Sequence[_Candidate], question: str, index: Index) -> Quote:
    """The sentence with what it needs to be understood, and the other articles that have the same words."""
    best = group[0].quote
    others = {candidate.quote.article.id: candidate.quote.article for candidate in group[1:]}
    others.pop(best.article.id, None)
    also: tuple[Article, ...] = tuple(others.values())
    return replace(with_context(best, question, index.article(best.article.id)), also=also)


def _choose_by_words(question: str, passages: Sequence[Passage], index: Index) -> Choice:
    """The sentence that shares most words with the question, where the reader cannot read."""
    match = best_by_words(question, passages, index)
    if match is None or match.coverage < PARTIAL_BY_WORDS:
        return Choice(Status.UNANSWERED)
    status = Status.ANSWERED if match.coverage >= ANSWERED_BY_WORDS else Status.PARTIAL
    return Choice(status, (match.quote,), match.coverage)
