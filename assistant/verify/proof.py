"""Prove the citations: whatever leaves here is, character for character, in the article that is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.articles import Article, FullArticle, checksum
from index.index import Index

from ..answer.parts import Citation, Dropped, FileState, Sentence
from ..answer.quotes import Quote, stored

__all__ = [
    "NO_COPIES",
    "UNPROVEN",
    "Checked",
    "Copies",
    "check",
    "citation",
    "file_state",
    "stands",
]

# Near-copies of an article, by its id.
Copies = Mapping[str, tuple[Article, ...]]
NO_COPIES: Copies = {}
UNPROVEN = "its article does not have these characters there"


@dataclass(frozen=True)
class Checked:
    """Sentences that are proven, their citations, and what was dropped because it was not."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    dropped: tuple[Dropped, ...]


def check(quotes: Sequence[Quote], index: Index, copies: Copies = NO_COPIES) -> Checked:
    """A sentence and a citation, numbered from 1, for each quote that stands in its article where it says."""
    articles = {id: stored(id, index) for id in {quote.article.id for quote in quotes}}
    proven = [quote for quote in quotes if stands(quote, articles[quote.article.id])]
    citations = tuple(
        citation(number, quote, copies) for number, quote in enumerate(proven, start=1)
    )
    return Checked(
        sentences=tuple(Sentence(cited.quote, (cited.number,)) for cited in citations),
        citations=citations,
        dropped=tuple(Dropped(quote.text, UNPROVEN) for quote in quotes if quote not in proven),
    )


def stands(quote: Quote, article: FullArticle | None) -> bool:
    """Whether the quote is exactly what the article has at that place, part of its body, with the answer within it."""
    if (
        article is None
        or quote.start < article.body
        or article.text[quote.start : quote.end] != quote.text
    ):
        return False
    return quote.answer is None or quote.start <= quote.answer.start < quote.answer.end <= quote.end


def citation(number: int, quote: Quote, copies: Copies) -> Citation:
    """The quote under that number, with the near-copies of its article, and the state of its file now."""
    return Citation(
        number=number,
        quote=quote.text,
        start=quote.start,
        end=quote.end,
        article=quote.article,
        also=quote.also,
        copies=copies.get(quote.article.id, ()),
        file=file_state(quote.article),
        answer=quote.answer,
    )


def file_state(article: Article) -> FileState | None:
    """Whether the article's file is still as it was indexed; None where it came from no file of its own."""
    if article.path is None or article.checksum is None:
        return None
    now = checksum(article.path)
    if now is None:
        return FileState.MISSING
    return FileState.SAME if now == article.checksum else FileState.CHANGED
