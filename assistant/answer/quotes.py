"""Quotes: sentences of articles, as they stand there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from index.articles import Article, FullArticle, Passage, Stretch
from index.errors import ArticleNotFoundError
from index.index import Index
from index.text.sentences import sentences
from index.text.terms import terms

__all__ = [
    "ASKS_FOR_CORRECTION",
    "WITHDRAWN",
    "Quote",
    "is_headline",
    "is_question",
    "quotable",
    "quotes_of",
    "quotes_of_body",
    "stored",
]

# A correction repeats the error, which on its own would pass for an answer.
WITHDRAWN = regex.compile(
    r"\b(?:earlier|previous|original) version of (?:this|the) (?:article|story|report|post)\b"
    r"|\b(?:misstated|misreported"
    r"|(?:incorrectly|wrongly|mistakenly) (?:said|stated|reported|gave|described))\b",
    regex.I,
)
QUESTION = regex.compile(r"[?？][\"'”’»)\]]*$|^\W*(?:Q|Question)\s*[:.]", regex.I)
ENDS_AS_SENTENCE = regex.compile(r"[.!?…。！？][\"'”’»)\]]*$")
ASKS_FOR_CORRECTION = regex.compile(
    r"\b(?:correct\w*|earlier version|mistake\w*|error|wrong\w*|amend\w*)\b", regex.I
)


@dataclass(frozen=True)
class Quote:
    """Sentences of an article, exactly: its text[start:end].

    also: other articles with the same sentences. answer: the characters of the article, within
    the quote, that answer the question.
    """

    article: Article
    start: int
    end: int
    text: str
    also: tuple[Article, ...] = ()
    answer: Stretch | None = None


def quotes_of(passage: Passage) -> Iterator[Quote]:
    """The sentences of a passage, headings among them, in order."""
    return _quotes_in(passage.article, passage.text, passage.start)


def quotes_of_body(article: FullArticle) -> Iterator[Quote]:
    """The sentences of an article that may be quoted, headings among them, in order."""
    return _quotes_in(article.without_text(), article.text[article.body :], article.body)


def _quotes_in(article: Article, text: str, offset: int) -> Iterator[Quote]:
    for start, end in sentences(text):
        yield Quote(article, offset + start, offset + end, text[start:end])


def is_headline(quote: Quote) -> bool:
    """Whether it is a heading, or the title of its article without a full stop."""
    if quote.text.startswith("#"):
        return True
    is_title = terms(quote.text) == terms(quote.article.title)
    return is_title and not ENDS_AS_SENTENCE.search(quote.text)


def is_question(text: str) -> bool:
    """Whether a sentence is a question, or one of a transcript ("Q: ...")."""
    return QUESTION.search(text) is not None


def stored(id: str, index: Index) -> FullArticle | None:
    """The article as the index has it now; None where it has gone."""
    try:
        return index.article(id)
    except ArticleNotFoundError:
        return None


def quotable(id: str, index: Index) -> str:
    """The part of an article that may be quoted; empty where the article has gone."""
    article = stored(id, index)
    return article.text[article.body :] if article else ""
