"""What a sentence needs to be understood alone: it is quoted with the sentence before it where it points back to it."""

from __future__ import annotations

from dataclasses import replace

import regex

from index.articles import FullArticle, Stretch
from index.text.sentences import sentences
from index.text.terms import content_terms, terms

from ..answer.quotes import Quote, is_question

__all__ = ["names_of", "points_back", "with_context"]

# A quote grows by so many sentences, up to so many characters.
MAX_BEFORE, MAX_CHARS = 2, 600

# Words that stand for what was named before, if nothing comes before them in their own sentence.
POINTING = regex.compile(
    r"\b(?:he|she|him|her|hers|his|they|them|their|theirs|its|these|those|that"
    r"|it(?!\s+(?:is|was|has\s+been|will\s+be)\s+(?:not\s+)?(?:clear|unclear|likely|possible|true|an?|the)\b)"
    r"|this(?!\s+(?:week|month|year|morning|afternoon|evening|summer|winter|spring|autumn|fall|season|time)\b))\b",
    regex.I,
)
# What somebody says before it is said who does.
SPEECH = regex.compile(r"^\s*[\"“][^\"”]*[\"”]")
# A thing of which only the kind is said: "The company", "The second will".
KIND = regex.compile(
    r"^\W*(?:(?:and|but|so|then|yet|later|instead|meanwhile)\b[\s,]*)?(?:the|both|each|neither|either)\s+"
    r"(?:(?:two|three|second|third|latter|former|others?|pair|couple)(?=,|\s+(?:is|are|was|were|will|would|has|have|had|did|can|said)\b)"
    r"|(?:company|firm|event|incident|agency|group|team|man|woman|men|women|boy|girl|decision|move|deal|vote|report|study|film|"
    r"movie|show|series|book|album|song|game|match|race|bill|law|measure|case|suspect|victim|site|building|project|attack|"
    r"ruling|statement|agreement|proposal|plan|programme|program|author|actor|singer|player|driver|officer|organi[sz]ation|"
    r"family|child|total|figure|number|toll|amount|ship|vessel|plane|train|storm|fire|earthquake|shooting)(?:’s|'s)?\b"
    r"(?!\s+(?:of|for|in|at|on|that|which|who|where|named|called|between|by)\b))",
    regex.I,
)
DATE = regex.compile(
    r"\b(?:1\d{3}|20\d{2})s?\b|\b(?:Jan|Feb|Mar|Apr|May|June|July|Aug|Sep|Sept|Oct|Nov|Dec)\b"
    r"|\b(?:January|February|March|April|August|September|October|November|December)\b"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:century|yesterday|today|tomorrow|midnight|noon)\b"
)
NAME = regex.compile(r"\p{Lu}[\p{L}\p{M}\p{N}'’-]+")
TIME_QUESTION = regex.compile(
    r"\b(?:when|(?:what|which) (?:year|date|day|month)|(?:19|20)\d\d)\b", regex.I
)


def names_of(question: str) -> frozenset[str]:
    """The terms of what looks like names in a question."""
    names = [match.group() for match in NAME.finditer(question) if match.start() > 0]
    return frozenset(term for name in names for term in content_terms(name))


def points_back(text: str) -> bool:
    """Whether a sentence is about something, or quotes somebody, that only a sentence before it names."""
    return KIND.match(text) is not None or any(map(_opens_pointing, {text, SPEECH.sub("", text)}))


def _opens_pointing(text: str) -> bool:
    pointing = POINTING.search(text)
    return pointing is not None and not content_terms(text[: pointing.start()])


def with_context(quote: Quote, question: str, article: FullArticle) -> Quote:
    """The quote with the sentences before it that it needs; as it is where it needs none.

    It needs one that it points back to; where a time is asked for, the one that dates it; and one with a name of the
    question that neither the quote nor the headline has.
    """
    before = [s for s in _sentences(article) if s.end <= quote.start][-MAX_BEFORE:]
    names, headline = names_of(question), frozenset(terms(article.title))
    start = quote.start
    for stretch in reversed(before):
        own, previous = article.text[start : quote.end], article.text[stretch.start : stretch.end]
        undated = (
            TIME_QUESTION.search(question) is not None
            and not DATE.search(own)
            and DATE.search(previous)
        )
        named_before = names.difference(terms(own), headline).intersection(
            terms(article.text[before[0].start : start])
        )
        needed = points_back(own) or undated or named_before
        if (
            not needed
            or quote.end - stretch.start > MAX_CHARS
            or previous.startswith("#")
            or is_question(previous)
        ):
            break
        start = stretch.start
    return replace(quote, start=start, text=article.text[start : quote.end])


def _sentences(article: FullArticle) -> list[Stretch]:
    return [
        Stretch(article.body + s.start, article.body + s.end)
        for s in sentences(article.text[article.body :])
    ]
