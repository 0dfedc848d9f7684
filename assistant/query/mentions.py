"""The outlets and authors that a question names, in whatever variant, and whether it wants their words."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import regex

from index.bylines import by_short_name, name_key, short_names

__all__ = ["Mention", "Names", "mentions"]

# Outlets that readers name whether or not the index has them.
WELL_KNOWN = tuple(
    " ".join(name.split())
    for name in """
    ABC News; Al Jazeera; Associated Press; Axios; BBC; Bloomberg; Business Insider; BuzzFeed; CBS News; CNBC; CNN;
    Cricbuzz; Daily Mail; Der Spiegel; Deutsche Welle; El País; ESPN; Euronews; Financial Times; Forbes; Fortune;
    Fox News; Le Monde; Los Angeles Times; Mashable; MSNBC; NBC News; Newsweek; NPR; PBS; Politico; Reuters;
    Sky News; Space.com; TechCrunch; The Athletic; The Atlantic; The Economist; The Guardian; The Independent;
    The Hill; The New York Times; The New Yorker; The Telegraph; The Times; The Verge; The Wall Street Journal;
    The Washington Post; Time; USA Today; Variety; Vox; Wired; ZDNet""".split(";")
)
# What newspapers are called, so that "the Times" is one of those that end so, and "the Mill Gazette" an outlet.
PAPERS = frozenset(
    """age bulletin chronicle courier daily dispatch examiner express gazette globe guardian herald independent inquirer
    journal ledger mail mercury mirror monitor news observer post press record register review standard star sun
    telegraph times tribune weekly wire""".split()
)
WORD = regex.compile(r"[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}&|-]|[.'’](?=[\p{L}\p{N}]))*")
# What may stand between two words of one name.
GAP = regex.compile(r"\.?\s+(?:[|&–—-]\s+)?")
LONGEST_NAME = 8
THE = regex.compile(r"\bthe\s+$", regex.I)
POSSESSIVE = regex.compile(r"['’]s?$")
# A name in small letters has to be longer, and to be said to be an outlet's.
SHORTEST = 4
REPORT = (
    r"(?:report|article|stor(?:y|ies)|coverage|piece|column|dispatch|interview|analys[ie]s|account|review|post|"
    r"investigation|profile|editorial|newspaper|website)s?"
)
SAYS = (
    r"(?:report(?:s|ed)?|sa(?:ys|id|y)|wr(?:ites|ote|ite)|claim(?:s|ed)?|put(?:s)?|describe(?:s|d)?|suggest(?:s|ed)?|"
    r"mention(?:s|ed)?|state(?:s|d)?|quote(?:s|d)?|note(?:s|d)?|publish(?:es|ed)?|cover(?:s|ed)?|argue(?:s|d)?)"
)
QUOTE = r"[\"'“‘]?"
BEFORE = regex.compile(
    rf"\b(?:according\s+to|reading\s+of|(?:{SAYS}|written|featured|highlighted|discussed|told|cited)\s+(?:by|in|on|to)"
    rf"|{REPORT}\s+(?:\w+\s+)?(?:by|from|in|of|on)|(?:as|as\s+per|per|in|by|from|via))"
    rf"\s+(?:both\s+|either\s+)?(?:the\s+|an?\s+)?{QUOTE}$",
    regex.I,
)
AFTER = regex.compile(
    rf"^{QUOTE}(?:['’]s?)?\s*(?:(?:\p{{Ll}}+\s+){{0,2}}{REPORT}\b|(?:\(\w+\)\s*)?(?:{SAYS}|(?:dis)?agree|differ)\b)"
)
REPORT_AFTER = regex.compile(rf"^{QUOTE}(?:['’]s?)?(?:\s+{REPORT}\b)?,?", regex.I)
BETWEEN = regex.compile(
    rf"^{QUOTE}\s*(?:,|and|or|,\s*and|,\s*or|&)\s*(?:by\s+|in\s+)?(?:the\s+)?{QUOTE}$", regex.I
)
BY = regex.compile(r"\b(?:by|according\s+to|from|author)\s+$", regex.I)
WROTE = regex.compile(
    rf"^(?:['’]s?\s+(?:\p{{Ll}}+\s+){{0,2}}{REPORT}\b|\s+(?:wrote|writes?|reports?|reported|says?|said)\b)"
)


@dataclass(frozen=True)
class Mention:
    """A name at characters start to end of a question.

    sources, authors: those of the index that it means, none where the index has no such outlet.
    attributed: whether the question wants what they said, not only what is said about them. around: from where to where
    the words stand that only say so: "according to the Wire,".
    """

    text: str
    start: int
    end: int
    sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    attributed: bool = False
    around: tuple[int, int] = (0, 0)


class Names:
    """The outlets and authors of an index, to be found in questions."""

    def __init__(self, sources: Iterable[str], authors: Iterable[str]) -> None:
        self._sources = by_short_name(tuple(sources))
        self._papers = _by_last_word(sources)
        self._firsts = _by_first_word(sources)
        self._initials = _by_initials(sources)
        self._authors: dict[str, set[str]] = {}
        for author in authors:
            if " " in author:
                self._authors.setdefault(name_key(author), set()).add(author)
        self._others = by_short_name(WELL_KNOWN)
        self._other_initials = _by_initials(WELL_KNOWN)

    def find(self, question: str) -> list[Mention]:
        """The names in the question, in order, longer ones before those inside them."""
        words = list(WORD.finditer(question))
        found: list[Mention] = []
        first = 0
        while first < len(words):
            tried = (
                self._named(question, words[first:last]) for last in _ends(question, first, words)
            )
            mention = next(filter(None, tried), None)
            if mention:
                found.append(mention)
                first = next(
                    (i for i, word in enumerate(words) if word.start() >= mention.end), len(words)
                )
            else:
                first += 1
        return [
            replace(mention, around=_around(question, mention))
            for mention in _chained(question, found)
        ]

    def _named(self, question: str, words: list[regex.Match[str]]) -> Mention | None:
        if len(words) > 1 and words[0].group() == "the":
            words = words[1:]
        start = words[0].start()
        text = POSSESSIVE.sub("", question[start : words[-1].end()].rstrip(".|&-"))
        end, key = start + len(text), name_key(text)
        if not (self._knows(key, text) or _is_a_paper(words)):
            return None
        cued = (
            BEFORE.search(question[:start]) is not None or AFTER.search(question[end:]) is not None
        )
        sources = (
            self._sources.get(key)
            or self._initials.get(text)
            or self._paper(question, start, text, key, cued)
        )
        authors = self._authors.get(key, ())
        known = key in self._others or text in self._other_initials or _is_a_paper(words)
        if not (key and (sources or authors or known)):
            return None
        if not (_looks_like_a_name(text) or (cued and len(key) > SHORTEST and key not in PAPERS)):
            return None
        if sources:
            return Mention(text, start, end, sources=tuple(sorted(sources)), attributed=cued)
        if authors:
            wrote = BY.search(question[:start]) or WROTE.search(question[end:])
            return Mention(
                text, start, end, authors=tuple(sorted(authors)), attributed=wrote is not None
            )
        return Mention(text, start, end, attributed=True) if cued and text[0].isupper() else None

    def _knows(self, key: str, text: str) -> bool:
        """Whether this can be a name at all: almost no stretch of a question is one, and this is soon seen."""
        by_key = (self._sources, self._papers, self._firsts, self._authors, self._others)
        return (
            any(key in known for known in by_key)
            or text in self._initials
            or text in self._other_initials
        )

    def _paper(self, question: str, start: int, text: str, key: str, cued: bool) -> set[str]:
        """The outlets that "the Times" may mean; where its words are wanted, also "the Hollin" for Hollin Times."""
        if not text[0].isupper() or THE.search(question[:start]) is None:
            return set()
        return (
            self._papers.get(key, set())
            if key in PAPERS
            else self._firsts.get(key, set())
            if cued
            else set()
        )


def mentions(question: str, sources: tuple[str, ...], authors: tuple[str, ...]) -> list[Mention]:
    """The outlets and authors that the question names, of those that there are, and well-known ones."""
    return _names(sources, authors).find(question)


@functools.lru_cache(maxsize=4)
def _names(sources: tuple[str, ...], authors: tuple[str, ...]) -> Names:
    return Names(sources, authors)


def _ends(question: str, first: int, words: list[regex.Match[str]]) -> Iterator[int]:
    """Where a name that begins at the word `first` may end, the longest first."""
    last = first + 1
    while last < min(len(words), first + LONGEST_NAME) and GAP.fullmatch(
        question, words[last - 1].end(), words[last].start()
    ):
        last += 1
    return iter(range(last, first, -1))


def _looks_like_a_name(text: str) -> bool:
    words = [
        word for word in text.split() if word.lower() not in ("the", "of", "and", "&", "|", "-")
    ]
    return bool(words) and all(word[0].isupper() or word[0].isdigit() for word in words)


def _is_a_paper(words: list[regex.Match[str]]) -> bool:
    return (
        len(words) > 1
        and name_key(words[-1].group()) in PAPERS
        and all(word.group()[0].isupper() for word in words)
    )


def _around(question: str, mention: Mention) -> tuple[int, int]:
    """The mention, and what stands about it only to say whose words are meant."""
    if not mention.attributed:
        return mention.start, mention.end
    before, after = (
        BEFORE.search(question[: mention.start]),
        REPORT_AFTER.match(question[mention.end :]),
    )
    return before.start() if before else mention.start, mention.end + (after.end() if after else 0)


def _chained(question: str, found: list[Mention]) -> list[Mention]:
    """In "by the Ledger, the Wire and the Post", all are what the first is, or the last."""
    for here, there in [
        *itertools.pairwise(range(len(found))),
        *itertools.pairwise(range(len(found) - 1, -1, -1)),
    ]:
        one, other = sorted((found[here], found[there]), key=lambda mention: mention.start)
        if found[here].attributed and BETWEEN.match(question[one.end : other.start]):
            found[there] = replace(found[there], attributed=True)
    return found


def _by_last_word(names: Iterable[str]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in names:
        last = name_key(short_names(name)[-1].split()[-1]) if short_names(name) else ""
        if last in PAPERS:
            found.setdefault(last, set()).add(name)
    return found


def _by_first_word(names: Iterable[str]) -> Mapping[str, set[str]]:
    """Those that are called only one word and what newspapers are called."""
    found: dict[str, set[str]] = {}
    for name in names:
        words = (short_names(name) or ("",))[-1].removeprefix("The ").split()
        if len(words) == 2 and name_key(words[1]) in PAPERS:
            found.setdefault(name_key(words[0]), set()).add(name)
    return found


def _by_initials(names: Iterable[str]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in names:
        for short in short_names(name):
            words = [
                word
                for word in short.split()
                if word[0].isalpha() and word.lower() not in ("the", "of", "and")
            ]
            if len(words) > 1:
                found.setdefault("".join(word[0].upper() for word in words), set()).add(name)
    return found
