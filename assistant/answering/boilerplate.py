"""Sentences that a publisher puts under many articles: no report, and no answer to a question."""

from __future__ import annotations

import regex

from index.articles import Article
from index.index import Index
from index.text.terms import terms

from ..answer.quotes import quotable
from ..retrieval.copies import COPY_SHARE, resemblance

__all__ = ["APPEAL", "is_boilerplate"]

# Requests to the reader to do something with the page.
APPEAL = regex.compile(
    r"^\W*(?:please\s+)?(?:sign\s+up|subscribe|register|read\s+(?:more|also|next)|see\s+also|click\s+(?:here|to)|"
    r"follow\s+(?:us|@)|download\s+(?:our|the)\s+(?:\w+\s+)?app|share\s+this|join\s+(?:us|our)|support\s+(?:us|our)|"
    r"get\s+(?:our|the\s+latest)|all\s+rights\s+reserved|advertisement|related\s+(?:articles?|stories|topics))\b",
    regex.I,
)
# Boilerplate has this length, and stands in this number of other articles that are no copies.
MIN_BOILERPLATE_WORDS, MIN_OTHER_ARTICLES = 5, 4
# Other articles that are compared.
MAX_COMPARED_ARTICLES = 8


def is_boilerplate(sentence: str, article: Article, index: Index) -> bool:
    """Whether many articles, other than copies of this one, have the sentence."""
    words = terms(sentence)
    if len(words) < MIN_BOILERPLATE_WORDS:
        return False
    others = index.words.articles_with(words, MIN_OTHER_ARTICLES)
    others = [id for id in others if id != article.id][:MAX_COMPARED_ARTICLES]
    if len(others) < MIN_OTHER_ARTICLES:
        return False
    phrase = " ".join(words)
    rest = quotable(article.id, index).replace(sentence, "")
    count = 0
    for id in others:
        text = quotable(id, index)
        if phrase in " ".join(terms(text)):
            count += resemblance(rest, text.replace(sentence, "")) < COPY_SHARE
    return count >= MIN_OTHER_ARTICLES
