"""The names of outlets and authors, which articles and readers write in different ways."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence

__all__ = ["authors_of", "by_short_name", "matching", "name_key", "short_names"]

# Between an outlet's name and its section, slogan or owner.
SECTION = re.compile(r"\s+[|–—-]\s+|:\s+")
# What may be left out at the end of a name.
ENDING = re.compile(
    r"(?:\s*\.(?:com|co|org|net|io|info|news|[a-z]{2})(?:\.[a-z]{2})?|\s+(?:news|online|magazine))$",
    re.I,
)
MARKS, THE, NO_LETTERS = (
    re.compile(r"[\u0300-\u036f]"),
    re.compile(r"^\s*the\s+"),
    re.compile(r"[\W_]+"),
)
BETWEEN_AUTHORS = re.compile(r"\s*[,;&/|]\s*|\s+(?:and|with|for)\s+", re.I)
BY = re.compile(r"^(?:by|from)\s+", re.I)


@functools.lru_cache(maxsize=100_000)
def name_key(name: str) -> str:
    """What is the same of a name however it is written: letters and digits, without "the", accents and case."""
    plain = MARKS.sub("", unicodedata.normalize("NFKD", name).casefold())
    return NO_LETTERS.sub("", THE.sub("", plain))


@functools.lru_cache(maxsize=100_000)
def short_names(name: str) -> tuple[str, ...]:
    """The ways in which an outlet is called, the longest first: whole, without section, without ".com" or "News"."""
    whole = " ".join(name.split())
    first = SECTION.split(whole)[0]
    return tuple(
        dict.fromkeys(each for each in (whole, first, ENDING.sub("", first)) if name_key(each))
    )


@functools.lru_cache(maxsize=64)
def by_short_name(names: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """The names by the keys of all the ways in which they are called."""
    found: dict[str, set[str]] = {}
    for name in names:
        for short in short_names(name):
            found.setdefault(name_key(short), set()).add(name)
    return {key: frozenset(same) for key, same in found.items()}


def matching(wanted: Sequence[str], names: tuple[str, ...]) -> set[str]:
    """Those of the names that are wanted: of each wanted one the names that are it, else those called so for short."""
    found: set[str] = set()
    for key in map(name_key, wanted):
        called_so = by_short_name(names).get(key, frozenset())
        found |= {name for name in called_so if name_key(name) == key} or called_so
    return found


def authors_of(byline: str | None) -> tuple[str, ...]:
    """The people (and agencies) of a byline, one by one."""
    names = (" ".join(BY.sub("", name).split()) for name in BETWEEN_AUTHORS.split(byline or ""))
    return tuple(dict.fromkeys(name for name in names if name_key(name)))
