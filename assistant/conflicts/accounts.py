"""Accounts of one thing: the figure, date or name that each article gives for what a question asks.

Sentences, and headlines, that have such a value are shown to the support model beside a statement
made of the question and the value: does this sentence say that the answer is V? The limits were
chosen on the pairs of reports in tests/test_disagreement.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from index.articles import Passage
from index.loading.dates import day_of
from index.text.terms import content_terms, terms

from ..answer.quotes import WITHDRAWN, Quote, quotes_of
from ..llm.packing import head_line
from ..reading.support import premise, support_model
from ..verify.facts import read_facts
from .statements import make_statements
from .values import AskedValue, Value, ValueKind

__all__ = ["Account", "find_accounts", "read_accounts"]

# The least probability that a sentence gives the value that is asked for: of each, of the likeliest
# one, and of each where a name is asked for, since texts are full of names.
MIN_PROBABILITY, MIN_BEST_PROBABILITY, MIN_NAME_PROBABILITY = 0.6, 0.65, 0.76
# Amounts that differ by a greater factor are hardly of one thing.
MAX_FACTOR = 10
# Sentences that the model reads, those that have most of the question's words, and values of each.
MAX_READ_SENTENCES, MAX_VALUES = 10, 3
# The least share of the question's words that such a sentence has, with its headline.
MIN_WORD_SHARE = 0.25
# Where a question names no year, a report of one so long before the article is of something else.
MIN_PAST_YEARS = 2

# Headings, and sentences that take something back.
NO_ACCOUNT = regex.compile(rf"\A#|{WITHDRAWN.pattern}", regex.I)


@dataclass(frozen=True)
class Account:
    """A value that a sentence gives for what is asked, and the probability that it does."""

    value: Value
    quote: Quote
    probability: float = 1.0

    @property
    def article_id(self) -> str:
        """The id of the article that gives it."""
        return self.quote.article.id


def read_accounts(asked: AskedValue, quotes: Iterable[Quote]) -> list[Account]:
    """The values of quotes that are of the kind that is asked for, as sure accounts."""
    accounts = []
    for quote in quotes:
        for value in asked.select_values(quote.text, quote.article):
            accounts.append(Account(value, quote))
    return accounts


def find_accounts(asked: AskedValue, question: str, passages: Sequence[Passage]) -> list[Account]:
    """The likeliest account of each article; none where no sentence surely answers."""
    # Passages may overlap, and have a sentence in common.
    in_text = list(dict.fromkeys(read_accounts(asked, _candidate_sentences(passages))))
    candidates = [*in_text, *read_accounts(asked, _headlines(passages))]
    if len({candidate.article_id for candidate in candidates}) < 2:
        return []
    accounts: list[Account] = []
    for quote in _nearest(question, candidates):
        accounts += _select_probable(question, quote, candidates)
    accounts.sort(key=lambda account: account.probability, reverse=True)
    if not accounts or accounts[0].probability < MIN_BEST_PROBABILITY:
        return []
    best: dict[str, Account] = {}
    for account in accounts:
        quoted = _find_in_text(account, in_text)
        if quoted and _may_be_of_one_thing(quoted.value, accounts[0].value):
            best.setdefault(quoted.article_id, quoted)
    return list(best.values())


def _candidate_sentences(passages: Sequence[Passage]) -> list[Quote]:
    """The sentences of the passages that may report something."""
    quotes = itertools.chain.from_iterable(map(quotes_of, passages))
    return [quote for quote in quotes if not NO_ACCOUNT.search(quote.text)]


def _headlines(passages: Sequence[Passage]) -> Iterable[Quote]:
    """The headlines, which sum the articles up but are no part of their texts."""
    headlines = {}
    for passage in passages:
        article = passage.article
        headlines[article.id] = Quote(article, -1, -1, article.title)
    return headlines.values()


def _is_headline(quote: Quote) -> bool:
    """Whether it is one of `_headlines`, which have no place in a text."""
    return quote.start < 0


def _nearest(question: str, candidates: Sequence[Account]) -> list[Quote]:
    """The sentences that have most of the question's words, headlines counted in."""
    words = set(content_terms(question))
    common = {}
    for candidate in candidates:
        quote = candidate.quote
        count = len(words.intersection(terms(f"{quote.article.title}\n{quote.text}")))
        if count >= max(1, MIN_WORD_SHARE * len(words)):
            common[quote] = count
    return sorted(common, key=common.__getitem__, reverse=True)[:MAX_READ_SENTENCES]


def _select_probable(
    question: str, quote: Quote, candidates: Sequence[Account]
) -> Iterator[Account]:
    """The values of a sentence that it gives, by the model, for what is asked."""
    # In a sentence of another year, only a date may be of the year that is asked for.
    kinds = {ValueKind.DATE} if _is_of_another_year(question, quote) else set(ValueKind)
    values = [candidate.value for candidate in candidates if candidate.quote == quote]
    current = [value for value in values if value.kind in kinds and not value.former]
    for value in current[:MAX_VALUES]:
        least = MIN_NAME_PROBABILITY if value.kind is ValueKind.NAME else MIN_PROBABILITY
        for statement in make_statements(question, value.text):
            probability = _probability_of(quote, statement)
            if probability >= least:
                yield Account(value, quote, probability)
                break


def _probability_of(quote: Quote, statement: str) -> float:
    """The probability that a sentence says so, read with its headline, or that a headline does."""
    shown = quote.text if _is_headline(quote) else premise(head_line(quote.article), [quote.text])
    return support_model().judge(shown, statement).supported


def _find_in_text(account: Account, in_text: Sequence[Account]) -> Account | None:
    """The account; for a headline's, that of a sentence of its article with the same value.

    A headline cannot be quoted.
    """
    if not _is_headline(account.quote):
        return account
    of_article = (other for other in in_text if other.article_id == account.article_id)
    same = (other for other in of_article if other.value.agrees_with(account.value))
    return next((replace(other, probability=account.probability) for other in same), None)


def _may_be_of_one_thing(one: Value, other: Value) -> bool:
    """Whether two values can be compared and are of one order of magnitude."""
    less, more = sorted((abs(one.amount), abs(other.amount)))
    return one.is_comparable_with(other) and more <= MAX_FACTOR * less


def _is_of_another_year(question: str, quote: Quote) -> bool:
    """Whether a sentence is of a year that the question does not mean.

    A sentence without a year is of its article's.
    """
    asked = _years(question)
    published = day_of(quote.article.published)
    years = _years(quote.text) or ({published.year} if published else set())
    if asked:
        return bool(years) and asked.isdisjoint(years)
    return published is not None and max(years) <= published.year - MIN_PAST_YEARS


def _years(text: str) -> set[int]:
    """The years of the dates in a text."""
    return {date.year for date in read_facts(text).dates if date.year}
