"""Articles that give different figures, dates or names for one thing: their versions, latest first.

No rule can tell which of them is right, nor always whether they mean the same thing. So they are
put side by side, each quoted with its outlet and day, and the answer says that they differ.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from index.articles import Article, Passage
from index.text.sentences import sentences
from index.text.terms import content_terms

from ..answer.parts import Citation, Disagreement, Version
from ..answer.quotes import WITHDRAWN, Quote, quotes_of
from ..retrieval.search import Found
from ..verify.proof import NO_COPIES, Copies
from .accounts import Account, find_accounts, read_accounts
from .values import Value, read_asked_value, read_values

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
    left_out = set() if found.understood.parts else {id for id, _ in chosen}
    for quote in quotes:
        if quote.article.id not in left_out:
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
            places = map(_quote_place, version.quotes)
            cited_numbers = tuple(numbers[place] for place in places if place in numbers)
            if cited_numbers:
                versions.append(Version(version.says, cited_numbers, version.corrected))
        if len(versions) > 1:
            cited.append(Disagreement(disagreement.question, tuple(versions)))
    return tuple(cited)


def describe_disagreement(disagreement: Disagreement, citations: Sequence[Citation]) -> str:
    """The versions on one line, with outlets and days; those of older reports as "earlier"."""
    articles = {citation.number: citation.article for citation in citations}
    latest = _last_day(articles[disagreement.versions[0].citations[0]])
    versions = []
    for version in disagreement.versions:
        cited = [articles[number] for number in version.citations]
        is_earlier = max(map(_last_day, cited)) < latest
        references = ", ".join(map(_reference, version.citations, cited))
        versions.append(
            f"{'earlier ' if is_earlier else ''}“{version.says}” {references}"
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
    answers = read_accounts(asked, quotes)
    pairs = itertools.product(answers, groups)
    is_answered = any(answer.value.agrees_with(group[0].value) for answer, group in pairs)
    if len(groups) < 2 or (answers and not is_answered):
        return ()
    articles = {account.article_id for account in itertools.chain.from_iterable(groups)}
    withdrawn = _withdrawn_values(passages, articles, as_of)
    # A value that an answer gives in the same words is quoted as it is there.
    answered = {_written_value(answer): answer.quote for answer in reversed(answers)}
    versions = []
    for group in groups[:MAX_VERSIONS]:
        value = group[0].value
        chosen = tuple(answered.get(_written_value(one), one.quote) for one in group)
        is_corrected = any(value.agrees_with(other) for other in withdrawn)
        versions.append(QuotedVersion(value.text, chosen, is_corrected))
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


def _group(accounts: Sequence[Account], copies: Copies) -> list[list[Account]]:
    """The accounts by their values, without near-copies that give the value of their original."""
    originals = {copy.id: id for id, articles in copies.items() for copy in articles}
    groups: list[list[Account]] = []
    for account in sorted(accounts, key=lambda account: account.article_id in originals):
        for group in groups:
            if group[0].value.agrees_with(account.value):
                known = {other.article_id for other in group}
                if originals.get(account.article_id) not in known:
                    group.append(account)
                break
        else:
            groups.append([account])
    return groups


def _written_value(account: Account) -> tuple[str, str]:
    """The article of an account, and its value in the words of the article."""
    return account.article_id, account.value.text


def _withdrawn_values(
    passages: Sequence[Passage], articles: set[str], as_of: str | None
) -> list[Value]:
    """The values that these articles, as they were on that day, say they had wrong."""
    current = [
        passage
        for passage in passages
        if passage.article.id in articles and not _is_updated_after(passage.article, as_of)
    ]
    quotes = itertools.chain.from_iterable(map(quotes_of, current))
    return list(itertools.chain.from_iterable(map(_withdrawn_in, quotes)))


def _is_updated_after(article: Article, day: str | None) -> bool:
    """Whether the article is of a later state than on that day (ISO 8601)."""
    return day is not None and (article.updated or "")[:10] > day


def _withdrawn_in(quote: Quote) -> list[Value]:
    """The values of a correction that it says were wrong."""
    withdrawn = WITHDRAWN.search(quote.text)
    if not withdrawn:
        return []
    values = read_values(quote.text, quote.article)
    # A date before says when it was corrected.
    return [value for value in values if value.start > withdrawn.start()]


def _quote_place(quote: Quote) -> tuple[str, int]:
    """The article and the offset of a quote, which tell it from others."""
    return quote.article.id, quote.start


def _last_day(article: Article) -> str:
    """The day of publication or of the last update, in ISO 8601."""
    return max(filter(None, (article.published, article.updated)), default="")
