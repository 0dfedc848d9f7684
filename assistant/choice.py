"""Choose the sentences that answer each part of a question, from the articles that the part means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.articles import Article
from index.sentences import sentences
from index.store import Index
from index.terms import terms

from .answer import Status
from .question import Part
from .quotes import Choice, Quote, choose
from .retrieval import Found
from .verify.proof import quotable

__all__ = ["choose_for_parts"]

# The most quotes of an answer to a question of several parts, unless it has more parts.
MOST = 3


def choose_for_parts(found: Found, index: Index) -> Choice:
    """The quotes that answer each part, the first of each first; those for the whole question if no part has any."""
    choice = _choice(found, index)
    return replace(choice, quotes=tuple(_with_copies(quote, found, index) for quote in choice.quotes))


def _choice(found: Found, index: Index) -> Choice:
    whole = found.understood.whole
    choices = [_choose(part, text, found, index) for part, text in found.understood.questions]
    answered = [choice for choice in choices if choice.quotes]
    if len(choices) == 1 or not answered:
        return choices[0] if len(choices) == 1 else _choose(whole, whole.about, found, index)
    statuses = {choice.status for choice in choices}
    return Choice(Status.ANSWERED if statuses == {Status.ANSWERED} else Status.PARTIAL, _merged(answered))


def _choose(part: Part, text: str, found: Found, index: Index) -> Choice:
    """Quotes of the articles that are meant; if they do not answer, of the others, and then partly at most."""
    meant = [passage for passage in found.passages if part.means(passage.article)]
    choice = choose(text, meant, index)
    if choice.quotes or len(meant) == len(found.passages):
        return choice
    others = choose(text, found.passages, index)
    return Choice(Status.PARTIAL if others.quotes else others.status, others.quotes)


def _with_copies(quote: Quote, found: Found, index: Index) -> Quote:
    """The quote with those near-copies of its article, too, that have the same sentence."""
    said = terms(quote.text)
    same = [
        copy
        for copy in found.copies.get(quote.article.id, ())
        if copy not in quote.also and said in map(terms, _sentences(copy, index))
    ]
    return replace(quote, also=(*quote.also, *same))


def _sentences(article: Article, index: Index) -> Iterator[str]:
    text = quotable(article.id, index)
    return (text[stretch.start : stretch.end] for stretch in sentences(text))


def _merged(choices: Sequence[Choice]) -> tuple[Quote, ...]:
    """The first quote of each, then the second of each, and so on, none twice."""
    longest = max(len(choice.quotes) for choice in choices)
    ranked = [choice.quotes[rank] for rank in range(longest) for choice in choices if rank < len(choice.quotes)]
    return tuple({(quote.article.id, quote.start): quote for quote in reversed(ranked)}.values())[::-1][
        : max(MOST, len(choices))
    ]
