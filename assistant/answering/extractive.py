"""Answer without a chat model: quote the sentence that holds the answer.

The reader (`assistant.reading.answers`) gives for each passage the probability that it answers the
question, and the spans that may be the answer. A sentence gets the share of its spans. The
probability that the best one answers is a logistic regression, fitted on development questions
(docs/answers.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

import regex

from index.articles import Passage, Stretch
from index.embedding.embedders import DEFAULT_EMBEDDER
from index.index import Index
from index.text.terms import content_terms, is_english, terms

from ..answer.parts import Status, articles_of
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

__all__ = ["MEANT_PROBABILITY", "PARTIAL_PROBABILITY", "Choice", "choose"]

# Thresholds on the probability that the first quote answers.
ANSWERED_PROBABILITY, PARTIAL_PROBABILITY = 0.2, 0.1
# Instead of PARTIAL_PROBABILITY where the question names outlets, authors or times, or has several
# parts: there is little to choose from, and a part says less than a question.
MEANT_PROBABILITY = 0.03
# The same thresholds on the share of the question's words, where the reader cannot read.
ANSWERED_COVERAGE, PARTIAL_COVERAGE = 0.65, 0.57
# Below the first there may be a second quote, if its probability has this share of the first one's.
SURE_PROBABILITY, SECOND_SHARE = 0.7, 0.4
# The cosine of question and passage where it is not known.
USUAL_COSINE = 0.70

# Punctuation around an answer is not part of it.
EDGE_PUNCTUATION = " .,;:!?-–—\n\r\t"
YES_OR_NO = regex.compile(
    r"\W*(?:did|does|do|is|are|was|were|has|have|had|can|could|will|would|should|must|may)\b",
    regex.I,
)


@dataclass(frozen=True)
class Choice:
    """The quotes that answer, best first; of a question of several parts the first of each.

    confidence: the calibrated probability that the first quote answers, 0 to 1; the lowest of
    several parts. silent: the parts that the articles do not answer.
    """

    status: Status
    quotes: tuple[Quote, ...] = ()
    confidence: float = 0.0
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Candidate:
    """A sentence with the likeliest answer in it.

    probability: the reader's, that the sentence holds the answer, reduced for missing names.
    """

    passage: Passage
    quote: Quote
    probability: float

    @property
    def score(self) -> float:
        """The log probability plus three times the search score."""
        return math.log(max(self.probability, 1e-9)) + 3.0 * self.passage.score


def choose(
    question: str, passages: Sequence[Passage], index: Index, *, least: float = PARTIAL_PROBABILITY
) -> Choice:
    """The one or two sentences of `passages` (best first) that answer the question.

    least: the probability below which nothing is quoted; ANSWERED_PROBABILITY for a question with
    a name that no article has.
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
    candidates: list[_Candidate] = []
    for passage, reading in zip(passages, read_passages(question, passages), strict=True):
        candidates += _candidates(passage, reading, question, names)
    candidates.sort(key=lambda one: (-one.score, one.passage.article.id, one.quote.start))
    groups = iter(_grouped_by_words(candidates))
    best = next((group for group in groups if not _is_page_text(group[0], question, index)), None)
    if best is None:
        return Choice(Status.UNANSWERED)
    confidence = _calibrated(best[0], question, index)
    names_known = all(_is_known(name, index) for name in names)
    if confidence < (least if names_known else ANSWERED_PROBABILITY):
        return Choice(Status.UNANSWERED, confidence=confidence)
    chosen = [best]
    if confidence < SURE_PROBABILITY:
        chosen += _second(best[0], groups, question, index)
    quotes = [_quote(group, question, index) for group in chosen]
    doubts = (
        not names_known,
        confidence < ANSWERED_PROBABILITY,
        _lacks_value(question, quotes),
    )
    status = Status.PARTIAL if any(doubts) else Status.ANSWERED
    return Choice(status, tuple(quotes), confidence)


def _is_known(name: str, index: Index) -> bool:
    """Whether an article, an outlet or an author has the name."""
    if index.words.count_with(name):
        return True
    sources = (*index.words.names("source"), *index.words.names("author"))
    return any(name in terms(source) for source in sources)


def _candidates(
    passage: Passage, reading: Reading, question: str, names: Set[str]
) -> Iterator[_Candidate]:
    """The sentences of a passage that hold a span; no headlines, questions or corrections.

    None of a passage without a word of the question, where the reader would take anything.
    """
    present = frozenset(terms(f"{head_line(passage.article)}\n{passage.text}"))
    if present.isdisjoint(content_terms(question)):
        return
    # The first two names that the passage lacks reduce the probability.
    answered = reading.answered * 0.6 ** min(2, len(names - present))
    for quote in quotes_of(passage):
        span = reading.span_within(quote.start - passage.start, quote.end - passage.start)
        if span is None or is_headline(quote) or is_question(quote.text):
            continue
        if WITHDRAWN.search(quote.text) and not ASKS_FOR_CORRECTION.search(question):
            continue
        answer = None if YES_OR_NO.match(question) else _trimmed(passage, span)
        yield _Candidate(passage, replace(quote, answer=answer), answered * span.share)


def _trimmed(passage: Passage, span: Span) -> Stretch | None:
    """The place of the span in the article, without the punctuation around it."""
    text = passage.text[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip(EDGE_PUNCTUATION))
    end = span.start + len(text.rstrip(EDGE_PUNCTUATION))
    return Stretch(passage.start + start, passage.start + end) if start < end else None


def _lacks_value(question: str, quotes: Sequence[Quote]) -> bool:
    """Whether the question asks for a figure or a date, and no quote has one of its kind."""
    asked = read_asked_value(question)
    if asked is None:
        return False
    return not any(asked.select_values(quote.text, quote.article) for quote in quotes)


def _grouped_by_words(candidates: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Candidates grouped by their words, in the order of the best of each group."""
    groups: dict[tuple[str, ...], list[_Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(tuple(terms(candidate.quote.text)), []).append(candidate)
    return list(groups.values())


def _is_page_text(candidate: _Candidate, question: str, index: Index) -> bool:
    """Whether a sentence belongs to the page: an appeal to readers, or boilerplate."""
    text = candidate.quote.text
    if APPEAL.search(text) and not APPEAL.search(question):
        return True
    return is_boilerplate(text, candidate.passage.article, index)


def _calibrated(best: _Candidate, question: str, index: Index) -> float:
    """The calibrated probability that the sentence answers.

    A logistic regression on the log odds of the sentence and on the cosine of its passage, which
    is comparable for the default embedder only.
    """
    cosine = USUAL_COSINE
    if index.store.embedder_name == DEFAULT_EMBEDDER:
        cosine = index.cosines(question, [best.passage.id]).get(best.passage.id, USUAL_COSINE)
    logit = -0.59 + 0.89 * log_odds(best.probability) + 1.9 * (cosine - USUAL_COSINE)
    return 1 / (1 + math.exp(-logit))


def _second(
    best: _Candidate, groups: Iterable[list[_Candidate]], question: str, index: Index
) -> Iterator[list[_Candidate]]:
    """The first of the next groups that is nearly as likely as the best, with another answer."""
    words = set(terms(best.quote.text))
    for group in groups:
        one = group[0]
        if one.probability < SECOND_SHARE * best.probability:
            continue
        start, end = one.quote.answer or (one.quote.start, one.quote.end)
        answer = one.quote.text[start - one.quote.start : end - one.quote.start]
        if not (words.issuperset(terms(answer)) or _is_page_text(one, question, index)):
            yield group
            return


def _quote(group: Sequence[_Candidate], question: str, index: Index) -> Quote:
    """The sentence with its context, and the other articles that have its words."""
    best = group[0].quote
    # The first article is that of the sentence itself.
    _, *also = articles_of(candidate.quote for candidate in group)
    return replace(with_context(best, question, index.article(best.article.id)), also=tuple(also))


def _choose_by_words(question: str, passages: Sequence[Passage], index: Index) -> Choice:
    """The sentence that shares most words with the question."""
    match = best_by_words(question, passages, index)
    if match is None or match.coverage < PARTIAL_COVERAGE:
        return Choice(Status.UNANSWERED)
    status = Status.ANSWERED if match.coverage >= ANSWERED_COVERAGE else Status.PARTIAL
    return Choice(status, (match.quote,), match.coverage)
