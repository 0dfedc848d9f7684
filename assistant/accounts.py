"""Accounts of one thing: what different articles give as the figure, date or name that a question asks for.

Sentences, and headlines, that give such a value are compared with the question in meaning (the cosine of their
vectors), and word by word, a word counting as another one that means the same in its place (`wording`). The limits were
chosen on pairs of reports that were written for it (tests/test_disagreement.py).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import regex

from index.articles import Passage
from index.dates import day_of
from index.store import Index
from index.terms import stem, terms

from .comparison import CLAUSE, SAME_WORD, Comparison, lines_of
from .facts import Reading, base, bases, read
from .quotes import WITHDRAWN, Quote, quotes_of
from .support import objection
from .values import Value, Wanted, comparable, same
from .wording import Text, likeness, text

__all__ = ["Account", "Accounts"]

# Sentences give values for the same thing if the cosine of the question to each is at most this much smaller than to
# the nearest one, and if so much of what the question says of the value stands with it.
FARTHER, FIT = 0.1, 0.64
# What is said of names is checked word by word, so that meaning need not tell.
FARTHER_NAMES = 0.4
# At least one says this much of it, else it may be that none of them is meant.
SURELY, SURELY_IF_SUPERSEDED = 0.75, 0.69
# Where one names the other's value as what it was before ("to 14, from 11"), so much will do.
SUPERSEDES = 0.1
# Where a question names no year, what a report dates so many years back is of something else.
LONG_BEFORE = 2
# What is said elsewhere in a sentence counts less than what is said in the clause of the value.
ELSEWHERE = 0.7
# So many sentences, those that have most of the question's words, are compared in meaning. If none of so many of them
# fits, those that are farther do not either.
COMPARED, TRIED = 16, 12
# Of a question with so many words, such a share stands with its value as it is; others may be said in other words.
ENOUGH, LEAST = 3, 0.25
# Words of questions that say nothing of what is asked for.
ASKING = frozenset(
    map(stem, "many much number amount figure total day date year month time exactly altogether end now far".split())
)
# What says that somebody died, in many ways: where one of question and clause does, the other has to.
DEATH = frozenset(map(base, "die dead death kill fatality fatal perish life lives toll victim claim".split()))
COMING = regex.compile(r"\bwill\b", regex.I)
ASKS_WHO = regex.compile(r"^\W*who\b", regex.I)
TOLD = regex.compile(
    r"\b(?P<verb>said|says|told|announced|reported|confirmed|warned|added|wrote)\b(?:\s+\w+){0,2}\s+on\s+$", regex.I
)
LOST_LIVES = regex.compile(r"\blos[et](?:ing)?\s+(?:their|his|her)\s+li(?:ves|fe)\b", regex.I)


@dataclass(frozen=True)
class Account:
    """A value that a sentence, or a headline, gives for what is asked.

    fit: how much it says of what is asked, 0 to 1. former: values that it names as no longer true.
    """

    value: Value
    quote: Quote
    fit: float
    former: tuple[Value, ...]


class Accounts:
    """What sentences and headlines say for what is asked; those that are nearest to the question first."""

    def __init__(self, asked: Wanted, question: str, passages: Sequence[Passage], index: Index) -> None:
        self._asked = asked
        self._text = question
        self._question = text(LOST_LIVES.sub("died", question))
        self._made: dict[Quote, Account] = {}
        asking = {word.stem for word in self._question.reading.words if word.content} - ASKING
        there = (*_sentences(passages), *_headlines(passages))
        self._values = {quote: found for quote in there if (found := asked.among(quote.text, quote.article))}
        several = len({quote.article.id for quote in self._values}) > 1
        common = (
            {quote: len(asking & bases(f"{quote.article.title}\n{quote.text}")) for quote in self._values}
            if several
            else {}
        )
        quotes = sorted(common, key=lambda quote: -common[quote])[:COMPARED]
        if len(asking) >= ENOUGH:
            quotes = [quote for quote in quotes if common[quote] >= LEAST * len(asking)]
        vectors = index.vectors_of([quote.text for quote in quotes])
        cosines = (vectors @ index.query_vector(question)).tolist() if quotes else []
        self._ranked = sorted(zip(quotes, cosines, strict=True), key=lambda pair: -pair[1])

    def of_one_thing(self) -> list[Account]:
        """Those that are about what the nearest one that fits is about, the best of each article."""
        # Headlines are shorter, and so nearer: they are measured against each other.
        found = [*self._fitting(headlines=False), *self._fitting(headlines=True)]
        kept = [account for account in found if comparable(account.value, found[0].value)]
        fit = max((account.fit for account in kept), default=0.0)
        kept = list(filter(None, map(self._quoted, kept)))
        superseding = [account for one in kept for account in self._superseding(one)]
        if fit < (SURELY_IF_SUPERSEDED if superseding else SURELY):
            return []
        kept += superseding
        best: dict[str, Account] = {}
        for account in kept:
            best.setdefault(account.quote.article.id, account)
        return list(best.values())

    def _fitting(self, *, headlines: bool) -> Iterator[Account]:
        ranked = [(quote, cosine) for quote, cosine in self._ranked if _is_headline(quote) == headlines]
        farther = FARTHER_NAMES if "name" in self._asked.kinds else FARTHER
        nearest = None
        for tried, (quote, cosine) in enumerate(ranked):
            if tried >= TRIED if nearest is None else cosine < nearest - farther:
                return
            account = self._account(quote)
            if account.fit >= FIT:
                nearest = cosine if nearest is None else nearest
                yield account

    def _account(self, quote: Quote) -> Account:
        """The value of a sentence that is the likeliest to be the one that is asked for."""
        if quote not in self._made:
            found = self._values[quote]
            fits = _Fits(self._asked, self._question, quote)
            of_name = "name" in self._asked.kinds
            fit, value = max(
                ((fits.of_name(value, self._text) if of_name else fits.of(value), value) for value in found),
                key=lambda pair: (not pair[1].former, round(pair[0], 2), -pair[1].start),
            )
            former = tuple(v for v in found if v.former and v is not value and comparable(v, value))
            self._made[quote] = Account(value, quote, fit, former)
        return self._made[quote]

    def _quoted(self, account: Account) -> Account | None:
        """The account; for that of a headline, the one of its article's sentences that says the same, and fits best."""
        if not _is_headline(account.quote):
            return account
        there = [
            self._account(quote)
            for quote in self._sentences_with(account.value)
            if quote.article.id == account.quote.article.id
        ]
        there = [other for other in there if other.fit >= SUPERSEDES and same(other.value, account.value)]
        return max(there, key=lambda other: other.fit, default=None)

    def _superseding(self, one: Account) -> Iterator[Account]:
        """Accounts that name the value of this one as a former one, or the other way round."""
        for value in (one.value, *one.former):
            for quote in self._sentences_with(value):
                account = self._account(quote)
                pairs = ((account, one), (one, account))
                if account.fit >= SUPERSEDES and any(same(f, b.value) for a, b in pairs for f in a.former):
                    yield account

    def _sentences_with(self, value: Value) -> Iterator[Quote]:
        for quote, _ in self._ranked:
            if not _is_headline(quote) and any(same(value, there) for there in self._values[quote]):
                yield quote


def _sentences(passages: Sequence[Passage]) -> Iterator[Quote]:
    for passage in passages:
        for quote in quotes_of(passage):
            if not WITHDRAWN.search(quote.text) and not quote.text.startswith("#"):
                yield quote


def _headlines(passages: Sequence[Passage]) -> Iterator[Quote]:
    """The headlines, which tell in few words what an article says but are no part of its text."""
    for article in {passage.article.id: passage.article for passage in passages}.values():
        yield Quote(article, -1, -1, article.title)


def _is_headline(quote: Quote) -> bool:
    return quote.start < 0


def _is_of_another_year(question: Reading, quote: Quote) -> bool:
    """Whether question and sentence name years, and not the same; what names none means that of its article."""
    asked = {date.year for date in question.dates if date.year}
    published = day_of(quote.article.published)
    said = {date.year for date in read(quote.text).dates if date.year} or ({published.year} if published else asked)
    return bool(asked) and asked.isdisjoint(said)


def _has_been(date: Value, quote_day: datetime.date | None) -> bool:
    """Whether a whole date lies before the article: "will open" asks for none of those."""
    year, month, day = date.key
    if quote_day is None or not (year and month and day):
        return False
    return (year, month, day) <= (quote_day.year, quote_day.month, quote_day.day)


class _Fits:
    """How much of what a question says of a value is said of the values of a sentence."""

    def __init__(self, asked: Wanted, question: Text, quote: Quote) -> None:
        sentence = text(quote.text)
        self._quote = quote
        self._day = day_of(quote.article.published)
        self._words = sentence.reading.words
        self._deadly = any(word.stem in DEATH for word in question.reading.words)
        self._out_of_time = _is_of_another_year(question.reading, quote)
        self._asked_words = {word.stem for word in question.reading.words}
        self._dated = any(date.year for date in question.reading.dates)
        self._coming = COMING.search(question.reading.text) is not None
        rows = [
            i
            for i, word in enumerate(question.reading.words)
            if word.content and word.stem not in asked.nouns | ASKING | DEATH
        ]
        self._alike = likeness(question, sentence)[rows]
        title = set(terms(quote.article.title))
        self._known = np.array([question.reading.words[i].stem in title for i in rows], dtype=float)
        self._borders = [0, *(match.end() for match in CLAUSE.finditer(quote.text)), len(quote.text) + 1]

    def of(self, value: Value) -> float:
        """The share, 0 to 1."""
        begin = max(border for border in self._borders if border <= value.start)
        end = min(border for border in self._borders if border > value.start)
        inside = np.array([begin <= word.start < end for word in self._words], dtype=bool)
        if self._out_of_time or (self._coming and value.kind == "date" and _has_been(value, quote_day=self._day)):
            return 0.0
        if self._is_of_long_before(begin, end) if value.kind != "date" else self._is_when_told(value):
            return 0.0
        if self._deadly != any(word.stem in DEATH for word in self._words if begin <= word.start < end):
            return 0.0
        if not len(self._known):
            # "How many died?" asks for enough, "How old is he?" does not.
            return float(self._deadly)
        whole = self._alike.max(axis=1, initial=0)
        clause = self._alike[:, inside].max(axis=1, initial=0)
        return float(np.maximum.reduce([clause, ELSEWHERE * whole, ELSEWHERE * self._known]).mean())

    def _is_when_told(self, date: Value) -> bool:
        """Whether it is the day on which somebody said so, and that is not what is asked."""
        told = TOLD.search(self._quote.text[: date.start])
        return told is not None and stem(told["verb"]) not in self._asked_words

    def _is_of_long_before(self, begin: int, end: int) -> bool:
        said = [date.year for date in read(self._quote.text[begin:end]).dates if date.year]
        if self._dated or not said or not self._day:
            return False
        return max(said) <= self._day.year - LONG_BEFORE

    def of_name(self, name: Value, question: str) -> float:
        """1 if the sentence says of this name what the question asks, as a claim would be checked; else 0.

        What is asked about, all but the verb, has to be there in so many words.
        """
        if self._out_of_time:
            return 0.0
        there = np.maximum(self._alike.max(axis=1, initial=0), self._known)[1:]
        said = ASKS_WHO.sub(name.text, question).rstrip("? ") + "."
        (line, *_) = lines_of(0, self._quote.article, self._quote.text)
        return float((there >= SAME_WORD).all() and objection(Comparison(said, [[line]])) is None)
