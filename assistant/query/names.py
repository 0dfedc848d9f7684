"""Names in a question, to which its other parts or the next question may refer."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from index.text.terms import FUNCTION_TERMS, terms

__all__ = ["CARRIES_NO_TOPIC", "find_names", "names_in"]

# Capitalised words, with "of" and the like between them: "European Bank", "Bay of Velm".
NAME_START = r"\p{Lu}[\p{L}\p{M}\p{N}.&'’-]*"
NAME_END = r"\p{Lu}[\p{L}\p{M}\p{N}&'’-]*"
CAPITALISED_NAME = regex.compile(
    rf"\b{NAME_START}(?:\s+(?:(?:of|the|de|van|von|al)\s+)*{NAME_END})*"
)
# Words that a request opens with are no more a topic than "the" or "which" is.
OPENING_WORDS = """according based considering name list tell give say compare describe explain
when where"""
CARRIES_NO_TOPIC = FUNCTION_TERMS.union(terms(OPENING_WORDS))
OPENING_MARKS = " ([“\"'"


def find_names(question: str) -> Iterator[regex.Match[str]]:
    """The names in order: "Velm" and "The Guardian" in "When did Velm sue The Guardian?"."""
    start = 0
    while name := CAPITALISED_NAME.search(question, start):
        first, *others = name.group().split()
        opens = not question[: name.start()].strip(OPENING_MARKS)
        # A capital says nothing at the beginning, nor by itself for a function word.
        if (opens or not others) and CARRIES_NO_TOPIC.intersection(terms(first)[:1]):
            start = name.start() + len(first)
        else:
            yield name
            start = name.end()


def names_in(question: str) -> list[str]:
    """The texts of the names, in order."""
    return [name.group() for name in find_names(question)]
