"""Typing mistakes in a question: words that no article has, one edit away from a word that one has.

F. J. Damerau, "A technique for computer detection and correction of spelling errors", 1964: one
edit is a letter more, less or different, or two letters swapped.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import takewhile

import regex

from index.index import Index
from index.text.terms import terms

from ..reading.answers import answer_model

__all__ = ["Respelled", "respell"]

# A word of at least six letters; shorter ones have too many neighbours.
LONG_WORD = regex.compile(r"\p{L}{6,}")
LETTERS = regex.compile(r"\p{L}+")
# Passages with a word like the typed one that are searched for it.
MAX_NEAR_PASSAGES = 50


@dataclass(frozen=True)
class Respelled:
    """A word of a question as it was typed, and the word of the articles that it was read as."""

    typed: str
    read: str

    def __str__(self) -> str:
        return f"“{self.typed}” was read as “{self.read}”"


def respell(question: str, index: Index) -> tuple[str, tuple[Respelled, ...]]:
    """The question without typing mistakes, and the words that were changed.

    A word that is neither in an article nor in the reader's English vocabulary is read as the most
    frequent word of the articles with the same first letter that is one edit away.
    """
    words = dict.fromkeys(LONG_WORD.findall(question))
    meant = {word: _meant_word(word, index) for word in words}
    text = LONG_WORD.sub(lambda match: meant[match.group()], question)
    changed = (Respelled(typed, read) for typed, read in meant.items() if typed != read)
    return text, tuple(changed)


def _meant_word(word: str, index: Index) -> str:
    """The word of the articles that was meant; the same where it is right or has no neighbour."""
    found = terms(word)
    # Several terms: a script without spaces between words.
    if len(found) != 1 or index.words.count_with(found[0]) or answer_model().has_word(word):
        return word
    passages = index.store.passages(index.words.like(found[0], MAX_NEAR_PASSAGES))
    text = "\n".join(f"{passage.article.title}\n{passage.text}" for passage in passages)
    others = Counter(LETTERS.findall(text)).most_common()
    near = (other for other, _ in others if _is_one_edit_away(word.lower(), other.lower()))
    return next(near, word)


def _is_one_edit_away(typed: str, word: str) -> bool:
    """Whether one edit after the first letter turns one into the other."""
    common = takewhile(lambda pair: pair[0] == pair[1], zip(typed, word, strict=False))
    place = len(list(common))
    typed, word = typed[place:], word[place:]
    more, less = typed[1:] == word, typed == word[1:]
    other, swapped = typed[1:] == word[1:], typed[1::-1] + typed[2:] == word
    return place > 0 and any((more, less, other, swapped))
