"""Where articles give different figures, dates or names for one thing: what each of them says, the latest first.

No rule can tell which of them is right, nor always whether they mean the same thing. So what they say is put side by
side, each quoted with its outlet and day, and the answer says that they differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from index.articles import Article, Passage
from index.text.sentences import sentences
from index.text.terms import content_terms

from ..answer.parts import Citation, Disagreement, Version
from ..answer.quotes import WITHDRAWN, Quote, quotes_of
from ..retrieval.search import Found
from ..verify.proof import NO_COPIES, Copies
from .accounts import Account, accounts_of_one_thing
from .values import Value, same, values, wanted

__all__ = ["Difference", "Saying", "differences", "differing", "notice", "told", "with_sayings"]

# So many different values are shown; of articles that say the same, so many are quoted.
MOST, EACH = 4, 2
# A sentence of so many content words asks by itself.
ENOUGH = 4
# What asks for a value that is known not to be the last one.
EARLIER = regex.compile(
    r"\b(?:original(?:ly)?|initial(?:ly)?|at (?:first|the (?:start|beginning|outset))|used to)\b",
    regex.I,
)


@dataclass(frozen=True)
class Saying:
    """What some articles say where others say something else: the value or date as one of them writes it.

    corrected: whether one of the articles takes it back.
    """

    text: str
    quotes: tuple[Quote, ...]
    corrected: bool = False


@dataclass(frozen=True)
class Difference:
    """What articles say differently, and of what question."""

    question: str
    sayings: tuple[Saying, ...]


def differences(found: Found, quotes: Sequence[Quote]) -> list[Difference]:
    """For each part of a question what the articles say differently from each other; see `differing`."""
    understood = found.understood
    if understood.order:
        # Each part is one thing of its own time.
        return []
    different = []
    for part in [understood.whole] if understood.sides else understood.asked:
        meant = [
            passage for passage in (*found.passages, *found.rest) if part.means(passage.article)
        ]
        sayings = differing(
            part.question, quotes, meant, as_of=found.trace.as_of, copies=found.copies
        )
        if sayings:
            different.append(Difference(part.text, sayings))
    return different


def with_sayings(
    differences: Sequence[Difference], quotes: Sequence[Quote], found: Found
) -> list[Quote]:
    """Quotes for each saying, and then the others, unless an article has said its part."""
    known = {(quote.article.id, quote.start): quote for quote in quotes}
    chosen: dict[tuple[str, int], Quote] = {}
    for difference in differences:
        for saying in difference.sayings:
            for quote in saying.quotes[:EACH]:
                place = (quote.article.id, quote.start)
                chosen[place] = known.get(place, quote)
    heard = set() if found.understood.parts else {quote.article.id for quote in chosen.values()}
    others = (
        q for q in quotes if q.article.id not in heard and (q.article.id, q.start) not in chosen
    )
    return [*chosen.values(), *others]


def told(
    differences: Sequence[Difference], citations: Sequence[Citation]
) -> tuple[Disagreement, ...]:
    """The differences by the citations that prove them: what has none is not told."""
    numbers = {(citation.article.id, citation.start): citation.number for citation in citations}
    found = []
    for difference in differences:
        versions = [
            Version(saying.text, proven, saying.corrected)
            for saying in difference.sayings
            if (
                proven := tuple(
                    n for q in saying.quotes if (n := numbers.get((q.article.id, q.start)))
                )
            )
        ]
        if len(versions) > 1:
            found.append(Disagreement(difference.question, tuple(versions)))
    return tuple(found)


def notice(disagreement: Disagreement, citations: Sequence[Citation]) -> str:
    """What articles say differently, with outlets and days; what older reports say as "earlier"."""
    by_number = {citation.number: citation.article for citation in citations}
    latest = _day(by_number[disagreement.versions[0].citations[0]])
    versions = []
    for version in disagreement.versions:
        articles = [by_number[number] for number in version.citations]
        earlier = "earlier " if max(map(_day, articles)) < latest else ""
        references = ", ".join(
            _reference(number, by_number[number]) for number in version.citations
        )
        corrected = ", corrected since" if version.corrected else ""
        versions.append(f"{earlier}“{version.says}” {references}{corrected}")
    return f"the articles differ, the latest first: {'; '.join(versions)}"


def _reference(number: int, article: Article) -> str:
    known = ", ".join(filter(None, (article.source, article.published)))
    return f"[{number}] ({known})" if known else f"[{number}]"


def differing(
    question: str,
    quotes: Sequence[Quote],
    passages: Sequence[Passage],
    *,
    as_of: str | None = None,
    copies: Copies = NO_COPIES,
) -> tuple[Saying, ...]:
    """What the articles of `passages` say for the value or date that is asked for; nothing where they agree.

    Nothing, too, where the quotes that answer the question give values for it, and none of these. At most one sentence
    of an article counts, and a near-copy only for what it changed. What was corrected (by the day `as_of`) comes last,
    of the others the latest first.
    """
    question = _asking(question)
    asked = None if EARLIER.search(question) else wanted(question)
    if asked is None:
        return ()
    groups = _grouped(accounts_of_one_thing(asked, question, passages), copies)
    quoted = [
        (quote, value) for quote in quotes for value in asked.among(quote.text, quote.article)
    ]
    answers = not quoted or any(
        same(group[0].value, value) for group in groups for _, value in quoted
    )
    if len(groups) < 2 or not answers:
        return ()
    telling = {account.quote.article.id for group in groups for account in group}
    known = [
        passage
        for passage in passages
        if not as_of or (passage.article.updated or "")[:10] <= as_of
    ]
    taken_back = [
        value for passage in known if passage.article.id in telling for value in _withdrawn(passage)
    ]
    sayings = [
        Saying(
            group[0].value.text,
            tuple(_chosen(account, quoted) for account in group),
            any(same(group[0].value, value) for value in taken_back),
        )
        for group in groups[:MOST]
    ]
    sayings.sort(key=lambda saying: _day(saying.quotes[0].article), reverse=True)
    return tuple(sorted(sayings, key=lambda saying: saying.corrected))


def _asking(question: str) -> str:
    """The sentence that asks for a value, if it says enough by itself: what stands before only leads up to it."""
    for stretch in sentences(question):
        text = question[stretch.start : stretch.end]
        if wanted(text) and len(content_terms(text)) >= ENOUGH:
            return text
    return question


def _chosen(account: Account, quoted: Sequence[tuple[Quote, Value]]) -> Quote:
    """The quote of the account, or one that was chosen as an answer and gives the same value in the same words."""
    return next(
        (
            quote
            for quote, value in quoted
            if quote.article.id == account.quote.article.id and value.text == account.value.text
        ),
        account.quote,
    )


def _grouped(accounts: Sequence[Account], copies: Copies) -> list[list[Account]]:
    """The accounts by what they say, without near-copies that say the same as what they are copies of."""
    report = {article.id: first for first, same in copies.items() for article in same}
    groups: list[list[Account]] = []
    for account in sorted(accounts, key=lambda account: account.quote.article.id in report):
        group = next((group for group in groups if same(group[0].value, account.value)), None)
        if not group:
            groups.append([account])
        elif report.get(account.quote.article.id) not in {
            other.quote.article.id for other in group
        }:
            group.append(account)
    return groups


def _withdrawn(passage: Passage) -> Iterator[Value]:
    """The values that an article says it had wrong."""
    for quote in quotes_of(passage):
        withdrawn = WITHDRAWN.search(quote.text)
        # What stands before says when it was corrected.
        yield from (
            v
            for v in values(quote.text, quote.article)
            if withdrawn and v.start > withdrawn.start()
        )


def _day(article: Article) -> str:
    return max(article.published or "", article.updated or "")
