"""Quote a sentence with the sentences before it that it needs to be understood."""

from __future__ import annotations

from dataclasses import replace

import regex

from index.articles import FullArticle
from index.text.terms import content_terms, terms

from ..answer.quotes import Quote, is_question, quotes_of_body

__all__ = ["names_of", "points_back", "with_context"]

# A quote grows by this number of sentences, to this length.
MAX_ADDED_SENTENCES, MAX_QUOTE_CHARS = 2, 600

# Words that point back, if their own sentence names nothing before them.
POINTER = regex.compile(
    r"\b(?:he|she|him|her|hers|his|they|them|their|theirs|its|these|those|that"
    r"|it(?!\s+(?:is|was|has\s+been|will\s+be)\s+(?:not\s+)?(?:clear|unclear|likely|possible|true|an?|the)\b)"
    r"|this(?!\s+(?:week|month|year|morning|afternoon|evening|summer|winter|spring|autumn|fall|season|time)\b))\b",
    regex.I,
)
# Direct speech before its speaker is named.
SPEECH = regex.compile(r"^\s*[\"“][^\"”]*[\"”]")
GENERIC_NOUNS = (
    "company firm event incident agency group team man woman men women boy girl decision move deal "
    "vote report study film movie show series book album song game match race bill law measure "
    "case suspect victim site building project attack ruling statement agreement proposal plan "
    "programme program author actor singer player driver officer organisation organization family "
    "child total figure number toll amount ship vessel plane train storm fire earthquake shooting"
).split()
# A beginning that names only the kind of a thing: "The company", "The second will".
KIND_ONLY = regex.compile(
    r"^\W*(?:(?:and|but|so|then|yet|later|instead|meanwhile)\b[\s,]*)?"
    r"(?:the|both|each|neither|either)\s+"
    r"(?:(?:two|three|second|third|latter|former|others?|pair|couple)"
    r"(?=,|\s+(?:is|are|was|were|will|would|has|have|had|did|can|said)\b)"
    rf"|(?:{'|'.join(GENERIC_NOUNS)})(?:’s|'s)?\b"
    r"(?!\s+(?:of|for|in|at|on|that|which|who|where|named|called|between|by)\b))",
    regex.I,
)
DATED = regex.compile(
    r"\b(?:1\d{3}|20\d{2})s?\b|\b(?:Jan|Feb|Mar|Apr|May|June|July|Aug|Sep|Sept|Oct|Nov|Dec)\b"
    r"|\b(?:January|February|March|April|August|September|October|November|December)\b"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:century|yesterday|today|tomorrow|midnight|noon)\b"
)
CAPITALISED = regex.compile(r"\p{Lu}[\p{L}\p{M}\p{N}'’-]+")
TIME_QUESTION = regex.compile(
    r"\b(?:when|(?:what|which) (?:year|date|day|month)|(?:19|20)\d\d)\b", regex.I
)


def names_of(question: str) -> frozenset[str]:
    """The terms of the capitalised words of a question, the first excepted."""
    names = [match.group() for match in CAPITALISED.finditer(question) if match.start() > 0]
    return frozenset(content_terms(" ".join(names)))


def points_back(text: str) -> bool:
    """Whether a sentence is about something, or quotes somebody, named only before it."""
    if KIND_ONLY.match(text):
        return True
    return _opens_pointing(text) or _opens_pointing(SPEECH.sub("", text))


def _opens_pointing(text: str) -> bool:
    pointing = POINTER.search(text)
    return pointing is not None and not content_terms(text[: pointing.start()])


def with_context(quote: Quote, question: str, article: FullArticle) -> Quote:
    """The quote with the sentences before it that it needs.

    It needs one that it points back to; one that dates it, where a time is asked for; and one with
    a name of the question that neither the quote nor the headline has.
    """
    before = [one for one in quotes_of_body(article) if one.end <= quote.start]
    before = before[-MAX_ADDED_SENTENCES:]
    unnamed = names_of(question).difference(terms(article.title))
    start = quote.start
    for previous in reversed(before):
        if quote.end - previous.start > MAX_QUOTE_CHARS or _stands_alone(previous.text):
            break
        own, earlier = article.text[start : quote.end], article.text[before[0].start : start]
        named = unnamed.difference(terms(own)).intersection(terms(earlier))
        if not (named or points_back(own) or _dates(previous.text, own, question)):
            break
        start = previous.start
    return replace(quote, start=start, text=article.text[start : quote.end])


def _stands_alone(text: str) -> bool:
    """Whether the text is a heading or a question, which is no context for what follows."""
    return text.startswith("#") or is_question(text)


def _dates(previous: str, own: str, question: str) -> bool:
    """Whether a time is asked for, and only the sentence before has a date."""
    if DATED.search(own) or not DATED.search(previous):
        return False
    return TIME_QUESTION.search(question) is not None
