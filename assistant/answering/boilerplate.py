"""Sentences that a publisher puts under many articles: no report, and no answer to a question."""

from __future__ import annotations

import regex

from index.articles import Article
from index.index import Index
from index.text.terms import terms

from ..answer.quotes import quotable
from ..retrieval.copies import COPY_SHARE, resemblance

__all__ = ["APPEAL", "is_boilerplate"]

# What asks the reader to do something with the page.
APPEAL = regex.compile(
    r"^\W*(?:please\s+)?(?:sign\s+up|subscribe|register|read\s+(?:more|also|next)|see\s+also|click\s+(?:here|to)|"
    r"follow\s+(?:us|@)|download\s+(?:our|the)\s+(?:\w+\s+)?app|share\s+this|join\s+(?:us|our)|support\s+(?:us|our)|"
    r"get\s+(?:our|the\s+latest)|all\s+rights\s+reserved|advertisement|related\s+(?:articles?|stories|topics))\b",
    regex.I,
)
# A sentence of at least so many words that so many other articles have, none of them a copy, is boilerplate.
LEAST_WORDS, LEAST_ARTICLES = 5, 4
# Among more articles than this that have its words it is enough to look at some.
LOOKED_AT = 8


def is_boilerplate(sentence: str, article: Article, index: Index) -> bool:
    """Whether many articles, other than copies of this one, have the sentence."""
    words = terms(sentence)
    if len(words) < LEAST_WORDS:
        return False
    others = [id for id in index.words.articles_with(words, LEAST_ARTICLES) if id != article.id][
        :LOOKED_AT
    ]
    if len(others) < LEAST_ARTICLES:
        return False
    wanted = " ".join(words)
    own = quotable(article.id, index).replace(sentence, "")
    texts = [
        text for text in (quotable(id, index) for id in others) if wanted in " ".join(terms(text))
    ]
    return (
        sum(resemblance(own, text.replace(sentence, "")) < COPY_SHARE for text in texts)
        >= LEAST_ARTICLES
    )
