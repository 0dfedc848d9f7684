"""The proof of citations: each quote is, character for character, in the article that it names."""

from __future__ import annotations

from collections.abc import Mapping

from index.articles import Article, FullArticle, checksum

from ..answer.parts import AnswerSpan, Citation, FileState
from ..answer.quotes import Quote

__all__ = ["NO_COPIES", "UNPROVEN", "Copies", "file_state", "is_proven", "make_citation"]

# Near-copies of an article, by its id.
Copies = Mapping[str, tuple[Article, ...]]
NO_COPIES: Copies = {}
UNPROVEN = "its article does not have these characters there"


def is_proven(quote: Quote, article: FullArticle | None) -> bool:
    """Whether the article's body has exactly the quote at its place, and the quote the answer."""
    if (
        article is None
        or quote.start < article.body
        or article.text[quote.start : quote.end] != quote.text
    ):
        return False
    return quote.answer is None or quote.start <= quote.answer.start < quote.answer.end <= quote.end


def make_citation(number: int, quote: Quote, copies: Copies) -> Citation:
    """The citation of a quote, with the near-copies of its article and the state of its file."""
    answer = None
    if quote.answer:
        start, end = quote.answer
        answer = AnswerSpan(start, end, quote.text[start - quote.start : end - quote.start])
    return Citation(
        number=number,
        quote=quote.text,
        start=quote.start,
        end=quote.end,
        article=quote.article,
        also=quote.also,
        copies=copies.get(quote.article.id, ()),
        file=file_state(quote.article),
        answer=answer,
    )


def file_state(article: Article) -> FileState | None:
    """The state of the article's file since it was indexed; None if it has no file of its own."""
    if article.path is None or article.checksum is None:
        return None
    now = checksum(article.path)
    if now is None:
        return FileState.MISSING
    return FileState.SAME if now == article.checksum else FileState.CHANGED
