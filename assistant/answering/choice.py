"""Choose the sentences that answer each part of a question, from the articles that the part means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from index.articles import Article
from index.index import Index
from index.text.sentences import sentences
from index.text.terms import terms

from ..answer.parts import Status
from ..answer.quotes import ASKS_FOR_CORRECTION, Quote, quotable
from ..query.question import Part
from ..retrieval.search import Found
from .extractive import LEAST_MEANT, PARTIAL, Choice, choose

__all__ = ["choose_for_parts"]


def choose_for_parts(found: Found, index: Index) -> Choice:
    """The quotes that answer each part, the first of each; those for the whole question if no part has any."""
    choice = _choice(found, index)
    # A name one letter off may be somebody else's.
    other_name = any(change.typed[0].isupper() for change in found.understood.respelled)
    status = Status.PARTIAL if other_name and choice.quotes else choice.status
    return replace(
        choice,
        status=status,
        quotes=tuple(_with_copies(quote, found, index) for quote in choice.quotes),
    )


def _choice(found: Found, index: Index) -> Choice:
    whole = found.understood.whole
    choices = [
        (part, _choose(part, text, found, index)) for part, text in found.understood.questions
    ]
    answered = [choice for _, choice in choices if choice.quotes]
    if len(choices) == 1 or not answered:
        return choices[0][1] if len(choices) == 1 else _choose(whole, whole.about, found, index)
    silent = tuple(part.text for part, choice in choices if not choice.quotes)
    all_answered = not silent and all(choice.status is Status.ANSWERED for choice in answered)
    quotes = {
        (choice.quotes[0].article.id, choice.quotes[0].start): choice.quotes[0]
        for choice in answered
    }
    return Choice(
        Status.ANSWERED if all_answered else Status.PARTIAL,
        tuple(quotes.values()),
        min(choice.confidence for choice in answered),
        silent,
    )


def _choose(part: Part, text: str, found: Found, index: Index) -> Choice:
    """Quotes of the articles that are meant; if they do not answer, of the others, and then partly at most."""
    meant = [passage for passage in found.passages if part.means(passage.article)]
    says_whose = any(wish.firm for wish in part.wishes)
    little = found.understood.parts or says_whose or ASKS_FOR_CORRECTION.search(text)
    least = LEAST_MEANT if little else PARTIAL
    choice = choose(text, meant, index, least=least)
    if choice.quotes or len(meant) == len(found.passages):
        return choice
    others = choose(text, found.passages, index)
    return replace(others, status=Status.PARTIAL) if others.quotes else others


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
