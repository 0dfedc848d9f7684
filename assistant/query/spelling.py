"""Typing mistakes in a question: words that no article has, one letter away from one that some article has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import regex

from index.index import Index
from index.text.terms import terms

from ..reading.answers import answer_model

__all__ = ["Respelled", "respell"]

# Shorter words have too many neighbours.
LEAST_LETTERS = 6
WORD = regex.compile(r"\p{L}+")
# Passages that are looked through for the right word.
LOOKED_THROUGH = 50


@dataclass(frozen=True)
class Respelled:
    """A word of a question as it was typed, and the word of the articles that it was read as."""

    typed: str
    read: str

    def __str__(self) -> str:
        return f"“{self.typed}” was read as “{self.read}”"


def respell(question: str, index: Index) -> tuple[str, tuple[Respelled, ...]]:
    """The question without typing mistakes, and what was changed.

    A word of at least six letters that neither an article nor English has is taken for the most frequent word of the
    articles that begins likewise and is one edit away: a letter more, less or other, or two letters swapped (Damerau,
    "A technique for computer detection and correction of spelling errors", 1964).
    """
    changes: dict[str, str] = {}
    for match in WORD.finditer(question):
        word = match.group()
        if len(word) >= LEAST_LETTERS and word not in changes and (read := _meant(word, index)):
            changes[word] = read
    text = WORD.sub(lambda match: changes.get(match.group(), match.group()), question)
    return text, tuple(Respelled(typed, read) for typed, read in changes.items())


def _meant(word: str, index: Index) -> str | None:
    """The word of the articles that was meant; None for one that is right or has no neighbour."""
    (term,) = terms(word) or [""]
    if not term or index.words.count_with(term) or answer_model().has_word(word):
        return None
    found = index.store.passages(index.words.like(term, LOOKED_THROUGH))
    words = Counter(
        WORD.findall("\n".join(f"{passage.article.title}\n{passage.text}" for passage in found))
    )
    typed = word.lower()
    near = (other for other, _ in words.most_common() if other[0].lower() == typed[0])
    return next((other for other in near if _one_edit(typed, other.lower())), None)


def _one_edit(one: str, other: str) -> bool:
    """Whether one edit makes one word of the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    begin = 0
    while begin < min(len(one), len(other)) and one[begin] == other[begin]:
        begin += 1
    one, other = one[begin:], other[begin:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) == 1 or (len(one) == len(other) == 2 and one == other[::-1])
