"""Prove the citations: whatever leaves here is, character for character, in the article that is named."""

from __future__ import annotations

from collections.abc import Mapping

from index.articles import Article, FullArticle, checksum

from ..answer.parts import AnswerSpan, Citation, FileState
from ..answer.quotes import Quote

__all__ = ["NO_COPIES", "UNPROVEN", "Copies", "citation", "file_state", "stands"]

# Near-copies of an article, by its id.
Copies = Mapping[str, tuple[Article, ...]]
NO_COPIES: Copies = {}
UNPROVEN = "its article does not have these characters there"


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
    """Whether the article's file is still as it was indexed; None where it came from no file of its own."""
    if article.path is None or article.checksum is None:
        return None
    now = checksum(article.path)
    if now is None:
        return FileState.MISSING
    return FileState.SAME if now == article.checksum else FileState.CHANGED
