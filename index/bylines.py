"""Names of outlets and authors, which articles and readers spell in different ways."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["authors_of", "by_short_name", "group_by_keys", "matching", "name_key", "short_names"]

# Between an outlet's name and its section, slogan or owner.
SECTION_MARK = re.compile(r"\s+[|–—-]\s+|:\s+")
# An ending that may be left out: ".com", ".co.uk", " News".
NAME_ENDING = re.compile(
    r"(?:\s*\.(?:com|co|org|net|io|info|news|[a-z]{2})(?:\.[a-z]{2})?|\s+(?:news|online|magazine))$",
    re.I,
)
COMBINING_MARKS = re.compile(r"[\u0300-\u036f]")
LEADING_THE = re.compile(r"^\s*the\s+")
NO_LETTERS = re.compile(r"[\W_]+")
BETWEEN_AUTHORS = re.compile(r"\s*[,;&/|]\s*|\s+(?:and|with|for)\s+", re.I)
LEADING_BY = re.compile(r"^(?:by|from)\s+", re.I)


@functools.lru_cache(maxsize=100_000)
def name_key(name: str) -> str:
    """One key for all spellings of a name: no accents, case, "the" and punctuation."""
    plain = COMBINING_MARKS.sub("", unicodedata.normalize("NFKD", name).casefold())
    return NO_LETTERS.sub("", LEADING_THE.sub("", plain))


@functools.lru_cache(maxsize=100_000)
def short_names(name: str) -> tuple[str, ...]:
    """The name of an outlet, whole, then without its section, then without ".com" or "News"."""
    whole = " ".join(name.split())
    main = SECTION_MARK.split(whole)[0]
    names = dict.fromkeys((whole, main, NAME_ENDING.sub("", main)))
    return tuple(filter(name_key, names))


@functools.lru_cache(maxsize=64)
def by_short_name(names: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """The names by the keys of their short names."""
    return group_by_keys(names, lambda name: map(name_key, short_names(name)))


def group_by_keys(
    names: Iterable[str], keys: Callable[[str], Iterable[str]]
) -> dict[str, frozenset[str]]:
    """The names by each of their keys."""
    groups: dict[str, frozenset[str]] = {}
    for name in names:
        for key in keys(name):
            groups[key] = groups.get(key, frozenset()) | {name}
    return groups


def matching(wanted: Sequence[str], names: tuple[str, ...]) -> set[str]:
    """The names that equal a wanted one, or else have it as their short name."""
    found: set[str] = set()
    for key in map(name_key, wanted):
        by_name = by_short_name(names).get(key, frozenset())
        found |= {name for name in by_name if name_key(name) == key} or by_name
    return found


def authors_of(byline: str | None) -> tuple[str, ...]:
    """The people and agencies of a byline."""
    names = (
        " ".join(LEADING_BY.sub("", name).split()) for name in BETWEEN_AUTHORS.split(byline or "")
    )
    return tuple(dict.fromkeys(filter(name_key, names)))
