"""Terms: the words of a text in the form in which the word index and the answers compare them."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata

import regex
import Stemmer

__all__ = ["FUNCTION_TERMS", "content_terms", "function_share", "is_english", "stem", "terms"]

# Scripts without spaces between words: each pair of neighbouring characters is a term.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
DIVIDED_NUMBER = r"\p{N}+(?:[.,]\p{N}+)+(?!\p{L})"
TERM = regex.compile(
    r"(?:\p{Lu}\.){2,}"
    rf"|{DIVIDED_NUMBER}"
    rf"|[{UNSPACED}][{UNSPACED}\p{{M}}]*"
    rf"|(?:(?![{UNSPACED}])[\p{{L}}\p{{M}}\p{{N}}])+(?:['’](?:(?![{UNSPACED}])\p{{L}})+)?"
)
# The same for ASCII, which most texts are: the standard library reads it three times as fast.
ASCII_TERM = re.compile(
    r"(?:[A-Z]\.){2,}|[0-9]+(?:[.,][0-9]+)+(?![A-Za-z])|[A-Za-z0-9]+(?:'[A-Za-z]+)?"
)
UNSPACED_CHARACTER, WHOLE_NUMBER = regex.compile(f"[{UNSPACED}]"), regex.compile(DIVIDED_NUMBER)
ACCENTS = regex.compile(r"(?<=\p{Latin})\p{M}+")

# Without a cache of its own: `stem` has one.
_stemmer = Stemmer.Stemmer("english", 0)


def terms(text: str) -> list[str]:
    """The terms of `text` in order.

    They are in lower case, without accents on Latin letters, possessive s and the full stops of
    initials; numbers are without thousands separators; English words are stemmed (Snowball
    English). "The U.S. had 1,400 cafés" gives the, us, had, 1400, cafe.
    """
    words = ASCII_TERM.findall(text) if text.isascii() else TERM.findall(_without_accents(text))
    return list(itertools.chain.from_iterable(map(_terms_of, words)))


@functools.lru_cache(maxsize=200_000)
def _terms_of(word: str) -> tuple[str, ...]:
    if UNSPACED_CHARACTER.match(word):
        return tuple(map("".join, itertools.pairwise(word))) or (word,)
    if WHOLE_NUMBER.fullmatch(word):
        return (word.replace(",", ""),)
    return (stem(word),)


@functools.lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The term of one word (letters, digits, an apostrophe)."""
    word = word.removesuffix("'s").removesuffix("’s")
    folded = word.casefold().replace(".", "").replace("'", "").replace("’", "")
    stemmed: str = _stemmer.stemWord(folded)
    return stemmed


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFC", ACCENTS.sub("", unicodedata.normalize("NFKD", text)))


# English words that build a sentence and do not tell what it is about.
FUNCTION_TERMS = frozenset(
    map(
        stem,
        """a about above after again against all also am an and any anybody anyone anything are as
        at be because been before being below between both but by can could did do does doing down
        during each else ever everyone everything few for from further had has have having he her
        here hers herself him himself his how i if in into is it its itself just many me more most
        much my myself no nobody nor not nothing now of off on once only or other our ours ourselves
        out over own same shall she should so some somebody someone something such than that the
        their theirs them themselves then there these they this those through to too under until up
        upon very was we were what when where
        which while who whom whose why will with would you your yours yourself""".split(),
    )
)


def is_english(text: str) -> bool:
    """Whether enough of the words are English function words."""
    # English prose has 35 to 50 %; other European languages, which share a few (in, was, on), have
    # under 12 %.
    return function_share(text) >= 0.1


def content_terms(text: str) -> list[str]:
    """The terms of a text without function words."""
    return [term for term in terms(text) if term not in FUNCTION_TERMS]


def function_share(text: str) -> float:
    """The share of English function words among all words, 0 to 1; 1 for a text without words."""
    found = terms(text)
    if not found:
        return 1.0
    return sum(map(FUNCTION_TERMS.__contains__, found)) / len(found)
