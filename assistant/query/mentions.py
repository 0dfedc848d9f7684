"""The outlets and authors that a question names, and whether it asks for their words."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import regex

from index.articles import Filter, Stretch
from index.bylines import by_short_name, name_key, short_names
from index.index import Index

from ..answer.trace import Wish
from .patterns import REPORT_NOUNS, one_of

__all__ = ["KnownNames", "Mention", "find_mentions"]

# Outlets that readers name whether or not the index has them.
WELL_KNOWN = tuple(
    " ".join(name.split())
    for name in """
    ABC News; Al Jazeera; Associated Press; Axios; BBC; Bloomberg; Business Insider; BuzzFeed;
    CBS News; CNBC; CNN; Cricbuzz; Daily Mail; Der Spiegel; Deutsche Welle; El País; ESPN; Euronews;
    Financial Times; Forbes; Fortune; Fox News; Le Monde; Los Angeles Times; Mashable; MSNBC;
    NBC News; Newsweek; NPR; PBS; Politico; Reuters; Sky News; Space.com; TechCrunch; The Athletic;
    The Atlantic; The Economist; The Guardian; The Independent; The Hill; The New York Times;
    The New Yorker; The Telegraph; The Times; The Verge; The Wall Street Journal;
    The Washington Post; Time; USA Today; Variety; Vox; Wired; ZDNet""".split(";")
)
# Last words of newspapers' names: "the Times" is one that ends so, "the Mill Gazette" is an outlet.
PAPER_WORDS = frozenset(
    """age bulletin chronicle courier daily dispatch examiner express gazette globe guardian herald
    independent inquirer journal ledger mail mercury mirror monitor news observer post press record
    register review standard star sun telegraph times tribune weekly wire""".split()
)
NAME_TOKEN = regex.compile(r"[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}&|-]|[.'’](?=[\p{L}\p{N}]))*")
NAME_GAP = regex.compile(r"\.?\s+(?:[|&–—-]\s+)?")
MAX_NAME_WORDS = 8
# A name in small letters has to be longer than this, and its words to be asked for.
SHORT_NAME_CHARS = 4
# These need no capital letter in a name.
SMALL_WORDS = frozenset("the of and & | -".split())
INITIAL = regex.compile(r"(?<!\S)(?!(?:the|of|and)(?!\S))\p{L}", regex.I)
POSSESSIVE_END = regex.compile(r"['’]s?$")
AFTER_THE = regex.compile(r"\bthe\s+$", regex.I)

OUTLET_REPORT = one_of(
    *REPORT_NOUNS,
    *("analys[ie]s", "investigations?", "profiles?", "editorials?", "newspapers?", "websites?"),
)
SAYS = one_of(
    *("reports?", "reported", "says?", "said", "writes?", "wrote", "claims?", "claimed", "puts?"),
    *("describes?", "described", "suggests?", "suggested", "mentions?", "mentioned", "states?"),
    *("stated", "quotes?", "quoted", "notes?", "noted", "publish(?:es|ed)?", "covers?", "covered"),
    *("argues?", "argued"),
)
SAID = one_of(SAYS, "written", "featured", "highlighted", "discussed", "told", "cited")
QUOTE_MARK = r"[\"'“‘]?"
# "According to the", "as reported by the", "an article from the", "in the": the outlet follows.
ATTRIBUTION = regex.compile(
    r"\b"
    + one_of(
        "according to",
        "reading of",
        rf"{SAID} (?:by|in|on|to)",
        rf"{OUTLET_REPORT} (?:\w+ )?(?:by|from|in|of|on)",
        "(?:as|as per|per|in|by|from|via)",
    )
    + rf"\s+(?:both\s+|either\s+)?(?:the\s+|an?\s+)?{QUOTE_MARK}$",
    regex.I,
)
# "'s first report", "(UK) says", "agree": the outlet stands before it.
ATTRIBUTION_AFTER = regex.compile(
    rf"^{QUOTE_MARK}(?:['’]s?)?\s*"
    rf"(?:(?:\p{{Ll}}+\s+){{0,2}}{OUTLET_REPORT}\b|(?:\(\w+\)\s*)?(?:{SAYS}|(?:dis)?agree|differ)\b)"
)
REPORT_AFTER = regex.compile(rf"{QUOTE_MARK}(?:['’]s?)?(?:\s+{OUTLET_REPORT}\b)?,?", regex.I)
# "The Ledger, the Wire and the Post".
ENUMERATION = regex.compile(
    rf"^{QUOTE_MARK}\s*(?:,|and|or|,\s*and|,\s*or|&)\s*(?:by\s+|in\s+)?(?:the\s+)?{QUOTE_MARK}$",
    regex.I,
)
BEFORE_AUTHOR = regex.compile(r"\b(?:by|according\s+to|from|author)\s+$", regex.I)
AFTER_AUTHOR = regex.compile(
    rf"^(?:['’]s?\s+(?:\p{{Ll}}+\s+){{0,2}}{OUTLET_REPORT}\b"
    r"|\s+(?:wrote|writes?|reports?|reported|says?|said)\b)"
)


NOWHERE = Stretch(0, 0)


@dataclass(frozen=True)
class Mention:
    """A name at characters start to end of a question.

    sources, authors: those of the index that it means; none where the index has no such outlet.
    attributed: whether the question asks for their words, and not only what is said about them.
    around: the name with the words that only attribute: "according to the Wire,".
    """

    text: str
    start: int
    end: int
    sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    attributed: bool = False
    around: Stretch = NOWHERE

    @property
    def wish(self) -> Wish:
        """The articles of these outlets or authors; firm where their words are asked for."""
        within = Filter(sources=self.sources, authors=self.authors)
        return Wish("author" if self.authors else "outlet", self.text, within, self.attributed)


@dataclass(frozen=True)
class _PossibleName:
    """Words of a question that may be a name; text has no possessive s."""

    question: str
    words: Sequence[regex.Match[str]]
    start: int
    text: str
    # The same for every way to write the name.
    key: str

    @staticmethod
    def of(question: str, words: Sequence[regex.Match[str]]) -> _PossibleName:
        start = words[0].start()
        text = POSSESSIVE_END.sub("", question[start : words[-1].end()].rstrip(".|&-"))
        return _PossibleName(question, words, start, text, name_key(text))

    @property
    def end(self) -> int:
        """The character after the last one."""
        return self.start + len(self.text)

    @cached_property
    def is_attributed(self) -> bool:
        """Whether the words around it ask for what an outlet of this name says."""
        before, after = self.question[: self.start], self.question[self.end :]
        return any((ATTRIBUTION.search(before), ATTRIBUTION_AFTER.search(after)))

    @property
    def is_attributed_to_author(self) -> bool:
        """Whether the words around it ask for what somebody of this name wrote."""
        before, after = self.question[: self.start], self.question[self.end :]
        return any((BEFORE_AUTHOR.search(before), AFTER_AUTHOR.search(after)))

    @property
    def is_capitalised(self) -> bool:
        """Whether all words of it have a capital, or are digits, but for "of" and the like."""
        words = [word for word in self.text.split() if word.lower() not in SMALL_WORDS]
        return bool(words) and all(map(_is_capital, words))

    @property
    def may_be_lower_case(self) -> bool:
        """Whether the name is unlikely to be an ordinary word where it has no capital."""
        is_word = self.key in PAPER_WORDS or len(self.key) <= SHORT_NAME_CHARS
        return not is_word and self.is_attributed

    @property
    def ends_like_a_paper(self) -> bool:
        """Whether it is "Mill Gazette" or the like."""
        if len(self.words) == 1 or name_key(self.words[-1].group()) not in PAPER_WORDS:
            return False
        return all(_has_capital(word.group()) for word in self.words)

    @property
    def follows_the(self) -> bool:
        """Whether it is "the Times" or the like."""
        return AFTER_THE.search(self.question[: self.start]) is not None and _has_capital(self.text)


class KnownNames:
    """The outlets and authors of an index, and well-known outlets, to be found in questions."""

    def __init__(self, sources: Sequence[str], authors: Iterable[str]) -> None:
        self._outlets = {**_group_by_keys(sources, _initials), **by_short_name(tuple(sources))}
        self._papers = _group_by_keys(sources, _paper_words)
        # Only full names: a first or a last name alone is often somebody else's.
        full_names = (author for author in authors if " " in author)
        self._authors = _group_by_keys(full_names, lambda author: [name_key(author)])

    def find_mentions(self, question: str) -> list[Mention]:
        """The names in the question, in order; a name inside a longer one does not count."""
        found: list[Mention] = []
        end = 0
        for words in _runs_of_words(question):
            mention = self._mention(question, words) if words[0].start() >= end else None
            if mention:
                found.append(mention)
                end = mention.end
        attributed = _share_attribution(question, found)
        return [replace(mention, around=_around(question, mention)) for mention in attributed]

    def _mention(self, question: str, words: Sequence[regex.Match[str]]) -> Mention | None:
        """The words as a mention; None where they name neither an outlet nor an author."""
        name = _PossibleName.of(question, words)
        sources = self._sources_called(name)
        authors = self._authors.get(name.key, frozenset())
        if sources is None and not authors:
            return None
        if not (name.is_capitalised or name.may_be_lower_case):
            return None
        mention = Mention(name.text, name.start, name.end, attributed=name.is_attributed)
        if sources:
            return replace(mention, sources=tuple(sorted(sources)))
        if authors:
            is_attributed = name.is_attributed_to_author
            return replace(mention, authors=tuple(sorted(authors)), attributed=is_attributed)
        return mention if mention.attributed and _has_capital(name.text) else None

    def _sources_called(self, name: _PossibleName) -> frozenset[str] | None:
        """The index's outlets of this name; none for one that it lacks, None for no outlet."""
        sources = self._outlets.get(name.key) or self._outlets.get(name.text) or self._paper(name)
        if sources:
            return sources
        is_known = not WELL_KNOWN_NAMES.isdisjoint((name.key, name.text))
        return frozenset() if is_known or name.ends_like_a_paper else None

    def _paper(self, name: _PossibleName) -> frozenset[str]:
        """The outlets that "the Times" may mean; where it is attributed, also "the Hollin"."""
        papers = self._papers.get(name.key, frozenset())
        if not papers or not name.follows_the:
            return frozenset()
        return papers if name.key in PAPER_WORDS or name.is_attributed else frozenset()


def find_mentions(question: str, index: Index) -> list[Mention]:
    """The outlets and authors of the index, and the well-known outlets, that the question names."""
    known = _known_names(index.words.names("source"), index.words.names("author"))
    return known.find_mentions(question)


@functools.lru_cache(maxsize=4)
def _known_names(sources: tuple[str, ...], authors: tuple[str, ...]) -> KnownNames:
    return KnownNames(sources, authors)


def _runs_of_words(question: str) -> Iterator[list[regex.Match[str]]]:
    """The words that may be one name, from each word on, the longest first; "the" begins none."""
    words = list(NAME_TOKEN.finditer(question))
    for first, word in enumerate(words):
        last = first + 1
        for following in words[last : first + MAX_NAME_WORDS]:
            if not NAME_GAP.fullmatch(question, words[last - 1].end(), following.start()):
                break
            last += 1
        if word.group() != "the":
            yield from (words[first:end] for end in range(last, first, -1))


def _has_capital(text: str) -> bool:
    return text[0].isupper()


def _is_capital(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit()


def _around(question: str, mention: Mention) -> Stretch:
    """The mention with the words around it that only say whose words are meant."""
    if not mention.attributed:
        return Stretch(mention.start, mention.end)
    before = ATTRIBUTION.search(question[: mention.start])
    after = REPORT_AFTER.match(question, mention.end)
    return Stretch(
        before.start() if before else mention.start, after.end() if after else mention.end
    )


def _share_attribution(question: str, mentions: Sequence[Mention]) -> Iterator[Mention]:
    """The mentions; "by the Ledger, the Wire and the Post" attributes to all that it enumerates."""
    enumerated: list[list[Mention]] = []
    for mention in mentions:
        before = question[enumerated[-1][-1].end : mention.start] if enumerated else ""
        if ENUMERATION.match(before):
            enumerated[-1].append(mention)
        else:
            enumerated.append([mention])
    for together in enumerated:
        is_attributed = any(mention.attributed for mention in together)
        yield from (replace(mention, attributed=is_attributed) for mention in together)


def _paper_words(source: str) -> set[str]:
    """The last word of a newspaper's name; of one with two words, the first one, too.

    "Times" of "The New Hollin Times", "Hollin" and "Times" of "The Hollin Times".
    """
    shortest = "".join(short_names(source)[-1:]).removeprefix("The ")
    words = [name_key(word) for word in shortest.split()]
    if not PAPER_WORDS.intersection(words[-1:]):
        return set()
    return {words[-1], *({words[0]} - PAPER_WORDS if len(words) == 2 else ())}


def _initials(name: str) -> set[str]:
    """The initials of its forms with at least two words: "AP" of "Associated Press"."""
    found = ("".join(INITIAL.findall(short)).upper() for short in short_names(name))
    return {initials for initials in found if len(initials) > 1}


def _group_by_keys(
    names: Iterable[str], keys: Callable[[str], Iterable[str]]
) -> Mapping[str, frozenset[str]]:
    """The names by each of their keys."""
    groups: dict[str, set[str]] = {}
    for name in names:
        for key in keys(name):
            groups.setdefault(key, set()).add(name)
    return {key: frozenset(group) for key, group in groups.items()}


WELL_KNOWN_NAMES = frozenset((*by_short_name(WELL_KNOWN), *_group_by_keys(WELL_KNOWN, _initials)))
