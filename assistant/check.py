"""Prove the citations: whatever leaves here is, character for character, in the article that is named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.articles import Article
from index.errors import ArticleNotFoundError
from index.store import Index

from .answer import Citation, Dropped, FileState, Sentence
from .quotes import Quote

__all__ = ["Checked", "check", "file_state"]


@dataclass(frozen=True)
class Checked:
    """Sentences that are proven, their citations, and what was dropped because it was not."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    dropped: tuple[Dropped, ...]


def check(quotes: Sequence[Quote], index: Index) -> Checked:
    """A sentence and a citation, numbered from 1, for each quote that stands in its article where it says."""
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    dropped: list[Dropped] = []
    for quote in quotes:
        if not stands(quote, index):
            dropped.append(Dropped(quote.text, f"not found at {quote.start}-{quote.end} of {quote.article.id}"))
            continue
        number = len(citations) + 1
        sentences.append(Sentence(quote.text, (number,)))
        citations.append(
            Citation(
                number=number,
                quote=quote.text,
                start=quote.start,
                end=quote.end,
                article=quote.article,
                also=quote.also,
                file=file_state(quote.article),
            )
        )
    return Checked(tuple(sentences), tuple(citations), tuple(dropped))


def stands(quote: Quote, index: Index) -> bool:
    """Whether the quote is exactly what the article, as it is stored now, has at that place."""
    try:
        article = index.article(quote.article.id)
    except ArticleNotFoundError:
        return False
    return article.body <= quote.start and article.text[quote.start : quote.end] == quote.text


def file_state(article: Article) -> FileState | None:
    """Whether the article's file is still as it was indexed; None where it came from no file of its own."""
    if article.path is None or article.checksum is None:
        return None
    try:
        data = Path(article.path).read_bytes()
    except OSError:
        return FileState.MISSING
    return FileState.SAME if hashlib.sha256(data).hexdigest() == article.checksum else FileState.CHANGED
