"""Answer a question without a chat model: search, and quote what answers each of its parts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.index import Index
from index.text.sentences import sentences
from index.text.terms import terms

from ..answer.answer import Answer
from ..answer.events import Event, Restated
from ..answer.parts import Citation, Status, articles_of
from ..answer.quotes import ASKS_FOR_CORRECTION, Quote, quotable
from ..query.followup import follow_up
from ..query.question import Part
from ..query.requests import wants_all
from ..retrieval.search import Found, Rerank, Scope, find_passages
from .builder import AnswerBuilder, milliseconds_since
from .extractive import MEANT_PROBABILITY, PARTIAL_PROBABILITY, Choice, choose

__all__ = ["stream_quotes"]

ONLY_BEST_READ = "there may be more than what is quoted: only the best passages were read"


def stream_quotes(
    question: str,
    index: Index,
    *,
    history: Sequence[Answer] = (),
    k: int,
    scope: Scope,
    rerank: Rerank | None = None,
) -> Iterator[Event]:
    """The events of an answer of quotes, the `Answer` last; see `Assistant.ask`."""
    begun = time.perf_counter()
    follow = follow_up(question, history[-1], index) if history else None
    standalone = follow.text if follow else None
    if follow:
        scope = replace(scope, recalled=_cited_ids(history[-1]))
    found = find_passages(index, standalone or question, k, scope, rerank=rerank)
    builder = AnswerBuilder(
        question,
        scope,
        index,
        found=found,
        standalone=standalone,
        search_ms=milliseconds_since(begun),
    )
    if standalone:
        yield Restated(standalone)
    choice = choose_for_parts(found, index)
    yield from builder.quote(choice.quotes)
    notices = [f"the articles do not say: “{part}”" for part in choice.silent]
    absent = _absent_names(follow.names, builder.citations, index) if follow else []
    notices += [f"“{name}” stands in none of the articles that are quoted" for name in absent]
    if builder.citations and wants_all(question):
        notices.append(ONLY_BEST_READ)
    yield builder.answer(
        Status.PARTIAL if choice.silent or absent else choice.status,
        notices=notices,
        confidence=round(choice.confidence, 3),
    )


def _cited_ids(answer: Answer) -> tuple[str, ...]:
    return tuple(article.id for article in articles_of(answer.citations))


def _absent_names(names: Sequence[str], citations: Sequence[Citation], index: Index) -> list[str]:
    """The names of which no cited article has all words; none where nothing is cited."""
    absent = list(names) if citations else []
    for article in articles_of(citations):
        text = quotable(article.id, index)
        words = set(terms(f"{article.source} {article.author} {article.title}\n{text}"))
        absent = [name for name in absent if not words.issuperset(terms(name))]
    return absent


def choose_for_parts(found: Found, index: Index) -> Choice:
    """The first quote of each part; those for the whole question if no part has any."""
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
    understood = found.understood
    choices = [_choose(part, part.question, found, index) for part in understood.asked]
    if len(choices) == 1:
        return choices[0]
    quotes = {}
    silent = []
    confidence = 1.0
    for part, choice in zip(understood.asked, choices, strict=True):
        if choice.quotes:
            first = choice.quotes[0]
            quotes[first.article.id, first.start] = first
            confidence = min(confidence, choice.confidence)
        else:
            silent.append(part.text)
    if not quotes:
        return _choose(understood.whole, understood.whole.about, found, index)
    # A part without a quote is unanswered.
    complete = {choice.status for choice in choices} == {Status.ANSWERED}
    status = Status.ANSWERED if complete else Status.PARTIAL
    return Choice(status, tuple(quotes.values()), confidence, tuple(silent))


def _choose(part: Part, text: str, found: Found, index: Index) -> Choice:
    """Quotes of the articles that are meant; else, for a partial answer, of the others."""
    meant = [passage for passage in found.passages if part.means(passage.article)]
    firm = any(wish.firm for wish in part.wishes)
    narrow = firm or found.understood.parts or ASKS_FOR_CORRECTION.search(text)
    least = MEANT_PROBABILITY if narrow else PARTIAL_PROBABILITY
    choice = choose(text, meant, index, least=least)
    if choice.quotes or len(meant) == len(found.passages):
        return choice
    others = choose(text, found.passages, index)
    return replace(others, status=Status.PARTIAL) if others.quotes else others


def _with_copies(quote: Quote, found: Found, index: Index) -> Quote:
    """The quote, with the near-copies of its article that have the same sentence, too."""
    copies = found.copies.get(quote.article.id, ())
    same = [copy for copy in copies if _has_sentence(quotable(copy.id, index), terms(quote.text))]
    return replace(quote, also=tuple(dict.fromkeys([*quote.also, *same])))


def _has_sentence(text: str, words: Sequence[str]) -> bool:
    return any(terms(text[start:end]) == words for start, end in sentences(text))
