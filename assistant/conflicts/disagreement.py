"""Articles that give different figures, dates or names for one thing: their versions, latest first.

No rule can tell which of them is right, nor always whether they mean the same thing. So they are
put side by side, each quoted with its outlet and day, and the answer says that they differ.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from index.articles import Article, Passage
from index.text.sentences import sentences
from index.text.terms import content_terms

from ..answer.parts import Citation, Disagreement, Version
from ..answer.quotes import WITHDRAWN, Quote, quotes_of
from ..retrieval.search import Found
from ..verify.proof import NO_COPIES, Copies
from .accounts import Account, find_accounts
from .values import AskedValue, Value, read_asked_value, read_values

__all__ = [
    "QuotedDisagreement",
    "QuotedVersion",
    "add_version_quotes",
    "cite_disagreements",
    "describe_disagreement",
    "find_disagreements",
    "find_versions",
]

# Versions that are shown, and articles that are quoted for each.
MAX_VERSIONS, MAX_VERSION_QUOTES = 4, 2
# A sentence with this many content words can be understood by itself.
MIN_CLEAR_WORDS = 4
# Words of a question for a value that is known not to be the last one.
ASKS_FOR_EARLIER = regex.compile(
    r"\b(?:original(?:ly)?|initial(?:ly)?|at (?:first|the (?:start|beginning|outset))|used to)\b",
    regex.I,
)


@dataclass(frozen=True)
class QuotedVersion:
    """The value that some articles give, as the first of them writes it, with a quote of each.

    corrected: whether one of the articles takes it back.
    """

    says: str
    quotes: tuple[Quote, ...]
    corrected: bool = False


@dataclass(frozen=True)
class QuotedDisagreement:
    """The versions of what a question, or a part of one, asks for."""

    question: str
    versions: tuple[QuotedVersion, ...]


def find_disagreements(found: Found, quotes: Sequence[Quote]) -> list[QuotedDisagreement]:
    """The disagreements of the articles, one at most for each part of the question."""
    understood = found.understood
    if understood.order:
        # Each part is one thing of its own time.
        return []
    disagreements = []
    for part in [understood.whole] if understood.sides else understood.asked:
        passages = [p for p in (*found.passages, *found.rest) if part.means(p.article)]
        versions = find_versions(
            part.question, quotes, passages, as_of=found.trace.as_of, copies=found.copies
        )
        if versions:
            disagreements.append(QuotedDisagreement(part.text, versions))
    return disagreements


def add_version_quotes(
    disagreements: Sequence[QuotedDisagreement], quotes: Sequence[Quote], found: Found
) -> list[Quote]:
    """Quotes of each version, then the others.

    Others of the same articles are left out, unless the question has several parts.
    """
    known = {_quote_place(quote): quote for quote in quotes}
    chosen: dict[tuple[str, int], Quote] = {}
    for disagreement in disagreements:
        for version in disagreement.versions:
            for quote in version.quotes[:MAX_VERSION_QUOTES]:
                chosen[_quote_place(quote)] = known.get(_quote_place(quote), quote)
    quoted_articles = {id for id, _ in chosen}
    for quote in quotes:
        if found.understood.parts or quote.article.id not in quoted_articles:
            chosen.setdefault(_quote_place(quote), quote)
    return list(chosen.values())


def cite_disagreements(
    disagreements: Sequence[QuotedDisagreement], citations: Sequence[Citation]
) -> tuple[Disagreement, ...]:
    """The disagreements with the citations of their quotes.

    A version without a citation is left out, and a disagreement with less than two versions.
    """
    numbers = {(citation.article.id, citation.start): citation.number for citation in citations}
    cited = []
    for disagreement in disagreements:
        versions = []
        for version in disagreement.versions:
            places = [place for place in map(_quote_place, version.quotes) if place in numbers]
            if places:
                cites = tuple(numbers[place] for place in places)
                versions.append(Version(version.says, cites, version.corrected))
        if len(versions) > 1:
            cited.append(Disagreement(disagreement.question, tuple(versions)))
    return tuple(cited)


def describe_disagreement(disagreement: Disagreement, citations: Sequence[Citation]) -> str:
    """The versions on one line, with outlets and days; those of older reports as "earlier"."""
    articles = {citation.number: citation.article for citation in citations}
    latest = _last_day(articles[disagreement.versions[0].citations[0]])
    versions = []
    for version in disagreement.versions:
        is_earlier = max(_last_day(articles[number]) for number in version.citations) < latest
        references = (_reference(number, articles[number]) for number in version.citations)
        versions.append(
            f"{'earlier ' if is_earlier else ''}“{version.says}” {', '.join(references)}"
            f"{', corrected since' if version.corrected else ''}"
        )
    return f"the articles differ, the latest first: {'; '.join(versions)}"


def _reference(number: int, article: Article) -> str:
    """The mark of a citation, with the outlet and day of its article."""
    known = ", ".join(filter(None, (article.source, article.published)))
    return f"[{number}] ({known})" if known else f"[{number}]"


def find_versions(
    question: str,
    quotes: Sequence[Quote],
    passages: Sequence[Passage],
    *,
    as_of: str | None = None,
    copies: Copies = NO_COPIES,
) -> tuple[QuotedVersion, ...]:
    """The versions that articles give of the value that is asked for; none where they agree.

    None, too, where the quotes that answer the question give other values for it. One sentence of
    an article counts at most, and a near-copy only for what it changed. Versions that were
    corrected (by the day `as_of`) come last, of the others the latest first.
    """
    question = _asking_sentence(question)
    asked = read_asked_value(question)
    if asked is None or ASKS_FOR_EARLIER.search(question):
        return ()
    groups = _group(find_accounts(asked, question, passages), copies)
    answers = _read_answers(asked, quotes)
    values = [group[0].value for group in groups]
    if len(groups) < 2:
        return ()
    if answers and not any(_is_among(answer.value, values) for answer in answers):
        return ()
    articles = {account.quote.article.id for group in groups for account in group}
    withdrawn = _withdrawn_values(passages, articles, as_of)
    versions = []
    for value, group in zip(values[:MAX_VERSIONS], groups, strict=False):
        chosen = tuple(_choose_quote(account, answers) for account in group)
        versions.append(QuotedVersion(value.text, chosen, _is_among(value, withdrawn)))
    versions.sort(key=lambda version: _last_day(version.quotes[0].article), reverse=True)
    versions.sort(key=lambda version: version.corrected)
    return tuple(versions)


def _asking_sentence(question: str) -> str:
    """The sentence that asks for a value if it is clear by itself; else the whole question."""
    for stretch in sentences(question):
        text = question[stretch.start : stretch.end]
        if read_asked_value(text) and len(content_terms(text)) >= MIN_CLEAR_WORDS:
            return text
    return question


def _read_answers(asked: AskedValue, quotes: Sequence[Quote]) -> list[Account]:
    """The values that the quotes of an answer give."""
    answers = []
    for quote in quotes:
        for value in asked.select_values(quote.text, quote.article):
            answers.append(Account(value, quote, 1.0))
    return answers


def _group(accounts: Sequence[Account], copies: Copies) -> list[list[Account]]:
    """The accounts by their values, without near-copies that give the value of their original."""
    originals = {copy.id: id for id, articles in copies.items() for copy in articles}
    groups: list[list[Account]] = []
    for account in sorted(accounts, key=lambda account: account.quote.article.id in originals):
        for group in groups:
            if group[0].value.agrees_with(account.value):
                known = {other.quote.article.id for other in group}
                if originals.get(account.quote.article.id) not in known:
                    group.append(account)
                break
        else:
            groups.append([account])
    return groups


def _is_among(value: Value, others: Iterable[Value]) -> bool:
    """Whether a value agrees with one of the others."""
    return any(value.agrees_with(other) for other in others)


def _choose_quote(account: Account, answers: Sequence[Account]) -> Quote:
    """The quote of the account, or that of an answer with the same value in the same words."""
    for answer in answers:
        same_article = answer.quote.article.id == account.quote.article.id
        if same_article and answer.value.text == account.value.text:
            return answer.quote
    return account.quote


def _withdrawn_values(
    passages: Sequence[Passage], articles: set[str], as_of: str | None
) -> list[Value]:
    """The values that these articles, as they were on that day, say they had wrong."""
    values: list[Value] = []
    for passage in passages:
        if passage.article.id in articles and not _is_updated_after(passage.article, as_of):
            values += itertools.chain.from_iterable(map(_withdrawn_in, quotes_of(passage)))
    return values


def _is_updated_after(article: Article, day: str | None) -> bool:
    """Whether the article is of a later state than on that day (ISO 8601)."""
    return day is not None and (article.updated or "")[:10] > day


def _withdrawn_in(quote: Quote) -> Iterator[Value]:
    """The values of a correction that it says were wrong."""
    withdrawn = WITHDRAWN.search(quote.text)
    if withdrawn:
        for value in read_values(quote.text, quote.article):
            # A date before says when it was corrected.
            if value.start > withdrawn.start():
                yield value


def _quote_place(quote: Quote) -> tuple[str, int]:
    """The article and the offset of a quote, which tell it from others."""
    return quote.article.id, quote.start


def _last_day(article: Article) -> str:
    """The day of publication or of the last update, in ISO 8601."""
    return max(article.published or "", article.updated or "")
