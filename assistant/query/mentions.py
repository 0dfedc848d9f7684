"""The outlets and authors that a question names, and whether it asks for their words."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter

import regex

from index.articles import Filter, Stretch
from index.bylines import by_short_name, group_by_keys, name_key, short_names
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
NAME_WORD = r"(?P<word>[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}&|-]|[.'’](?=[\p{L}\p{N}]))*)"
NAME_GAP = r"\.?\s+(?:[|&–—-]\s+)?"
# A word, with the next seven at most that may belong to the same name.
NAME_WORDS = regex.compile(rf"{NAME_WORD}(?=(?:{NAME_GAP}{NAME_WORD}){{0,7}})")
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
    words: Sequence[str]
    start: int
    text: str
    # The same for every way to write the name.
    key: str

    @staticmethod
    def of(question: str, words: Sequence[str], stretch: Stretch) -> _PossibleName:
        text = POSSESSIVE_END.sub("", question[slice(*stretch)].rstrip(".|&-"))
        return _PossibleName(question, words, stretch.start, text, name_key(text))

    @property
    def end(self) -> int:
        """The character after the last one."""
        return self.start + len(self.text)

    def mention(
        self, attributed: bool, *, sources: tuple[str, ...] = (), authors: tuple[str, ...] = ()
    ) -> Mention:
        """The mention of these outlets or authors of this name."""
        return Mention(self.text, self.start, self.end, sources, authors, attributed)

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
    def is_of_other_outlet(self) -> bool:
        """Whether the question asks for the words of an outlet that the index may lack."""
        is_known = not WELL_KNOWN_NAMES.isdisjoint((self.key, self.text))
        if not (is_known or self.ends_like_a_paper):
            return False
        return self.is_attributed and _has_capital(self.text)

    @property
    def is_written_as_name(self) -> bool:
        """Whether it has capitals, or is unlikely to be an ordinary word without them."""
        return self.is_capitalised or self.may_be_lower_case

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
        if len(self.words) == 1 or name_key(self.words[-1]) not in PAPER_WORDS:
            return False
        return all(map(_has_capital, self.words))

    @property
    def follows_the(self) -> bool:
        """Whether it is "the Times" or the like."""
        return AFTER_THE.search(self.question[: self.start]) is not None and _has_capital(self.text)


class KnownNames:
    """The outlets and authors of an index, and well-known outlets, to be found in questions."""

    def __init__(self, sources: Sequence[str], authors: Iterable[str]) -> None:
        self._outlets = {**group_by_keys(sources, _initials), **by_short_name(tuple(sources))}
        self._papers = group_by_keys(sources, _paper_words)
        # Only full names: a first or a last name alone is often somebody else's.
        full_names = (author for author in authors if " " in author)
        self._authors = group_by_keys(full_names, lambda author: [name_key(author)])

    def find_mentions(self, question: str) -> list[Mention]:
        """The names in the question, in order; a name inside a longer one does not count."""
        found: list[Mention] = []
        end = 0
        for name in _possible_names(question):
            mention = self._mention(name) if name.start >= end else None
            if mention and name.is_written_as_name:
                found.append(mention)
                end = mention.end
        return list(_share_attribution(question, found))

    def _mention(self, name: _PossibleName) -> Mention | None:
        """The name as a mention; None for that of neither an outlet nor an author."""
        sources = self._sources_called(name)
        if sources:
            return name.mention(name.is_attributed, sources=tuple(sorted(sources)))
        authors = self._authors.get(name.key)
        if authors:
            return name.mention(name.is_attributed_to_author, authors=tuple(sorted(authors)))
        return name.mention(True) if name.is_of_other_outlet else None

    def _sources_called(self, name: _PossibleName) -> frozenset[str]:
        """The index's outlets of this name."""
        return self._outlets.get(name.key) or self._outlets.get(name.text) or self._paper(name)

    def _paper(self, name: _PossibleName) -> frozenset[str]:
        """The outlets that "the Times" may mean; where it is attributed, also "the Hollin"."""
        is_paper = name.follows_the and (name.key in PAPER_WORDS or name.is_attributed)
        return self._papers.get(name.key, frozenset()) if is_paper else frozenset()


def find_mentions(question: str, index: Index) -> list[Mention]:
    """The outlets and authors of the index, and the well-known outlets, that the question names."""
    known = _known_names(index.words.names("source"), index.words.names("author"))
    return known.find_mentions(question)


@functools.lru_cache(maxsize=4)
def _known_names(sources: tuple[str, ...], authors: tuple[str, ...]) -> KnownNames:
    return KnownNames(sources, authors)


def _possible_names(question: str) -> Iterator[_PossibleName]:
    """The words that may be one name, from each word on, the longest first; "the" begins none."""
    for run in NAME_WORDS.finditer(question):
        words, ends = run.captures("word"), run.ends("word")
        if run.group() == "the":
            continue
        for count in range(len(words), 0, -1):
            stretch = Stretch(run.start(), ends[count - 1])
            yield _PossibleName.of(question, words[:count], stretch)


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
    """The mentions with the words around them that attribute.

    "By the Ledger, the Wire and the Post" attributes to all that it enumerates.
    """
    enumerated: list[list[Mention]] = [[]]
    end = 0
    for mention in mentions:
        if not ENUMERATION.match(question[end : mention.start]):
            enumerated.append([])
        enumerated[-1].append(mention)
        end = mention.end
    for together in enumerated:
        is_attributed = any(map(attrgetter("attributed"), together))
        for mention in together:
            shared = replace(mention, attributed=is_attributed)
            yield replace(shared, around=_around(question, shared))


def _paper_words(source: str) -> set[str]:
    """The last word of a newspaper's name; of one with two words, the first one, too.

    "Times" of "The New Hollin Times", "Hollin" and "Times" of "The Hollin Times".
    """
    shortest = "".join(short_names(source)[-1:]).removeprefix("The ")
    words = list(map(name_key, shortest.split()))
    if not PAPER_WORDS.intersection(words[-1:]):
        return set()
    return {words[-1], *({words[0]} - PAPER_WORDS if len(words) == 2 else ())}


def _initials(name: str) -> set[str]:
    """The initials of its forms with at least two words: "AP" of "Associated Press"."""
    found = ("".join(INITIAL.findall(short)).upper() for short in short_names(name))
    return {initials for initials in found if len(initials) > 1}


WELL_KNOWN_NAMES = frozenset((*by_short_name(WELL_KNOWN), *group_by_keys(WELL_KNOWN, _initials)))
