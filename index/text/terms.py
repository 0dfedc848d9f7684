"""What counts as a word: the terms that the word index holds and that questions are compared by."""

from __future__ import annotations

import functools
import re
import unicodedata

import regex
import Stemmer

__all__ = ["FUNCTION_TERMS", "content_terms", "function_share", "is_english", "stem", "terms"]

# Scripts that write no spaces between words: each pair of neighbouring characters counts as a word.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
NUMBER = r"\p{N}+(?:[.,]\p{N}+)+(?!\p{L})"
TERM = regex.compile(
    r"(?:\p{Lu}\.){2,}"
    rf"|{NUMBER}"
    rf"|[{UNSPACED}][{UNSPACED}\p{{M}}]*"
    rf"|(?:(?![{UNSPACED}])[\p{{L}}\p{{M}}\p{{N}}])+(?:['’](?:(?![{UNSPACED}])\p{{L}})+)?"
)
# The same for text that is ASCII, which most is, and which the standard library reads three times as fast.
ASCII_TERM = re.compile(
    r"(?:[A-Z]\.){2,}|[0-9]+(?:[.,][0-9]+)+(?![A-Za-z])|[A-Za-z0-9]+(?:'[A-Za-z]+)?"
)
FIRST_OF_UNSPACED, WHOLE_NUMBER = regex.compile(f"[{UNSPACED}]"), regex.compile(NUMBER)
POSSESSIVE = ("'s", "’s")
ACCENTED = regex.compile(r"(?<=\p{Latin})\p{M}+")

# Without a cache of its own: `stem` has one.
_stemmer = Stemmer.Stemmer("english", 0)


def terms(text: str) -> list[str]:
    """The words of `text` in order, in the form in which they are compared.

    Lower case, without accents on Latin letters, possessive s and full stops of initials; numbers without thousands
    separators; English words by their stem (Snowball English). "The U.S. had 1,400 cafés" gives
    the, us, had, 1400, cafe.
    """
    words = ASCII_TERM.findall(text) if text.isascii() else TERM.findall(_plain(text))
    return [term for word in words for term in _terms_of(word)]


@functools.lru_cache(maxsize=200_000)
def _terms_of(word: str) -> tuple[str, ...]:
    if FIRST_OF_UNSPACED.match(word):
        return tuple(_pairs(word))
    if WHOLE_NUMBER.fullmatch(word):
        return (word.replace(",", ""),)
    return (stem(word),)


@functools.lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The form in which one word (letters, digits, an apostrophe) is compared."""
    word = word.removesuffix(POSSESSIVE[0]).removesuffix(POSSESSIVE[1])
    folded = word.casefold().replace(".", "").replace("'", "").replace("’", "")
    stemmed: str = _stemmer.stemWord(folded)
    return stemmed


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", ACCENTED.sub("", unicodedata.normalize("NFKD", text)))


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 1)] or [word]


# English words that say how a sentence is built and not what it is about.
FUNCTION_TERMS = frozenset(
    map(
        stem,
        """a about above after again against all also am an and any anybody anyone anything are as at be
        because been before being below between both but by can could did do does doing down during each
        else ever everyone everything few for from further had has have having he her here hers herself
        him himself his how i if in into is it its itself just many me more most much my myself no nobody
        nor not nothing now of off on once only or other our ours ourselves out over own same shall she
        should so some somebody someone something such than that the their theirs them themselves then
        there these they this those through to too under until up upon very was we were what when where
        which while who whom whose why will with would you your yours yourself""".split(),
    )
)
# English prose has 35 to 50 % of them; the other European languages share a few (in, was, on) and stay under 12 %.
ENGLISH_SHARE = 0.1


def is_english(text: str) -> bool:
    """Whether the text's words are those of English: a good part of them are function words."""
    return function_share(text) >= ENGLISH_SHARE


def content_terms(text: str) -> list[str]:
    """The text's terms without those that only build sentences."""
    return [term for term in terms(text) if term not in FUNCTION_TERMS]


def function_share(text: str) -> float:
    """The share of the text's words that are English function words, 0 to 1; 1 for a text without words."""
    found = terms(text)
    return sum(term in FUNCTION_TERMS for term in found) / len(found) if found else 1.0
