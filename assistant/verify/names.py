"""Words that are written as names, and the names that they make up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from index.text.terms import FUNCTION_TERMS, stem

from .located import Located

__all__ = ["Name", "join_names", "read_names"]

# Initials ("U.S."), or a word with a capital letter: "Lund", "O'Neill", "Jean-Paul".
NAME_FORM = regex.compile(r"(?:\p{Lu}\.){2,}|\p{Lu}[\p{L}\p{M}\p{N}]*(?:[-'’.]\p{L}[\p{L}\p{M}]*)*")
WITHIN_NAME = regex.compile(r"\.?\s(?:(?:of|de|van|von|bin|&)\s)?")
SENTENCE_START = regex.compile(r"(?:^|[.!?:…]['\"”’)]*\s+|\n\s*)[\"“‘'(]*$")


@dataclass(frozen=True)
class Name(Located):
    """A name as it is written. first: it begins a sentence, where any word has a capital letter."""

    text: str
    first: bool

    @property
    def is_initials(self) -> bool:
        """Whether it may be initials: "NATO", "U.S."."""
        return self.text.isupper() or "." in self.text


def read_names(text: str) -> Iterator[Name]:
    """The words of a text that are written as names, weekdays and months among them."""
    for match in NAME_FORM.finditer(text):
        word = match.group()
        # "US" is a name, "Us" and "I" are not.
        if word[1:].isupper() or stem(word) not in FUNCTION_TERMS:
            first = SENTENCE_START.search(text[: match.start()][-6:])
            yield Name(*match.span(), word, first is not None)


def join_names(text: str, words: Sequence[Name]) -> tuple[Name, ...]:
    """Names of one or more words: "Ada Lund", "Bank of England"."""
    names: list[Name] = []
    for word in words:
        if names and WITHIN_NAME.fullmatch(text[names[-1].end : word.start]):
            last = names[-1]
            names[-1] = Name(last.start, word.end, text[last.start : word.end], last.first)
        else:
            names.append(word)
    return tuple(names)
