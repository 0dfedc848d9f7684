"""Follow-up questions without a model: "and when does it open?" with the names that it leaves out.

A rule cannot say in words what was left out. Where a question names nothing itself, what the last one was about is put
behind it in brackets; where it only names another one ("what about Tolleth?"), that takes the place of the old one. A
question with names of its own is left as it is. The articles that were cited last are preferred either way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from index.index import Index
from index.text.terms import FUNCTION_TERMS, content_terms, terms

from ..answer.answer import Answer
from .mentions import Mention, mentions
from .parts import ASKING

__all__ = ["FollowUp", "follow_up"]

OPENING = regex.compile(r"^\W*(?:and|but(?!\s+for\b)|or|so|then|also)\b[\s,]*", regex.I)
# "What about Tolleth?", "and in Tolleth?": the last question again, with another name.
ABOUT = regex.compile(
    r"^\W*(?:(?:and|but|so)\b[\s,]*)?(?:(?:what|how)\s+about|the\s+same\s+(?:for|in|of|with))\s+(?P<new>[^?]+?)\W*$",
    regex.I,
)
ANOTHER = regex.compile(r"^\W*(?:and|but|or)\b[\s,]*(?P<new>[^?]+?)\W*$", regex.I)
PLACED = regex.compile(
    r"(?P<before>in|at|from|by|for|of|on|with|according\s+to)\s+(?:the\s+)?", regex.I
)
VERB = regex.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|may|might|must|shall|should|say|said|says|tell|"
    r"told|give|go|goes|went|get|gets|got|make|made|take|took|come|came)\b",
    regex.I,
)
# Words that stand for somebody or something named before ("IT" does not), and for what was said before.
PRONOUN = regex.compile(
    r"\b(?:[Hh]e|[Ss]he|him|[Hh]er|hers|[Hh]is|[Tt]hey|them|[Tt]heir|theirs|[Ii]ts"
    r"|[Ii]t(?!\s+(?:true|possible|clear|likely|that)\b|\s+(?:is|was)\s+(?:a|an|the|not|in|on|only)\b))\b"
)
POINTING = regex.compile(
    r"\b(?:the\s+same|(?:about|of|before|after|since|for|with|by|to|in)\s+(?:that|this|those|these)(?!\s+\w)"
    r"|(?:this|that|these|those|there)(?=\W*$))\b",
    regex.I,
)
# With so many words before it that say something, a pronoun has what it stands for in its own question; a question with
# fewer says too little by itself. One with so many says enough, however it opens.
ENOUGH, PLENTY = 2, 4
NAME = regex.compile(
    r"\b\p{Lu}[\p{L}\p{M}\p{N}.&'’-]*(?:\s+(?:(?:of|the|de|van|von|al)\s+)*\p{Lu}[\p{L}\p{M}\p{N}&'’-]*)*"
)
YEAR = regex.compile(r"\b(?:19|20)\d\d\b")
ASKED_OF = regex.compile(
    r"\b(?:did|does|do|is|was|are|were|has|have|had|will|would|can|could|should)\s+(?:the\s+)?$"
)
# "The Serrin telescope" is meant by "it", not Serrin.
NOUN = regex.compile(r"\s+(?P<noun>\p{Ll}[\p{L}\p{M}-]+)")
THE, CAPITAL = regex.compile(r"\bthe\s+$", regex.I), regex.compile(r"^the\s+", regex.I)
CARRIED = regex.compile(r"\s*\((?P<names>[^()]*)\)\s*$")
WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’.-]*")
OPENERS = frozenset(terms("according name list tell give say compare describe explain when where"))
# So many names, or words where there are none, are carried over; a new name has at most so many words.
MOST, LONGEST = 6, 6


@dataclass(frozen=True)
class FollowUp:
    """A question that goes on from the one before.

    text: as it can be understood by itself, None where that is as it stands. names: what it names itself: an answer
    that is made of articles without them is none to it.
    """

    text: str | None
    names: tuple[str, ...]


def follow_up(question: str, last: Answer, index: Index) -> FollowUp | None:
    """What the question means after the one before; None where it stands by itself."""
    own = [*(name.group() for name in _names(OPENING.sub("", question))), *YEAR.findall(question)]
    names = tuple(dict.fromkeys(own))
    before = CARRIED.sub("", last.standalone or last.question).rstrip("?!. ")
    another = ABOUT.match(question) or ANOTHER.match(question)
    if another and not _asks(another["new"]) and _says_something(another["new"]):
        text = _with_another(before, another["new"], index)
        if text:
            return FollowUp(text, names)
    if not _leaves_out(question):
        return None
    if names or _content(question) >= PLENTY:
        return FollowUp(None, names)
    text = " ".join(question.split())
    if not _content(question):
        # "And when?" is nothing but a question word.
        return FollowUp(f"{before}, and {OPENING.sub('', text)}", ()) if _asks(text) else None
    carried = list(_carried(question, last))
    return FollowUp(f"{text} ({', '.join(carried)})" if carried else None, ())


def _asks(text: str) -> bool:
    return (
        VERB.search(text) is not None or regex.search(rf"\b{ASKING}\b", text, regex.I) is not None
    )


def _content(text: str) -> int:
    """How many words say something."""
    return len(content_terms(text))


def _says_something(text: str) -> bool:
    return _content(text) > 0 or YEAR.search(text) is not None


def _leaves_out(question: str) -> bool:
    if OPENING.match(question) or not _says_enough(question):
        return True
    before = (question[: each.start()] for each in PRONOUN.finditer(question))
    pointed = any(each.group().lower() != "there" for each in POINTING.finditer(question))
    there = regex.search(r"\bthere\W*$", question) is not None and not any(_names(question))
    return there or pointed or not all(map(_says_enough, before))


def _says_enough(text: str) -> bool:
    return any(_names(text)) or _content(text) >= ENOUGH


def _with_another(before: str, new: str, index: Index) -> str | None:
    """The question before with the new name in the place of that which it stands for; None where there is none."""
    new = " ".join(new.split())
    named = list(_names(new))
    placed = PLACED.match(new)
    if len(new.split()) > LONGEST or len(named) > 1:
        return None
    if not named:
        # "And in the second week?" is one more condition.
        return f"{before} {new}?" if placed else None
    old = _replaced(before, new, index)
    if old is None and any(_outlets(new, index)):
        return f"According to {new[placed.end('before') :].lstrip() if placed else new}, {_lowered(before)}?"
    if old is None:
        return f"{before} {new}?" if placed else None
    name = CAPITAL.sub("", new[placed.end() :] if placed else new)
    the = "the " if CAPITAL.search(new[placed.end("before") :].lstrip() if placed else new) else ""
    return f"{THE.sub('', before[: old.start()])}{the}{name}{before[old.end() :]}?"


def _lowered(text: str) -> str:
    """The text in the middle of a sentence: a question word that it begins with in small letters."""
    first = (terms(text.split()[0])[:1] or [""])[0] if text.split() else ""
    return text[0].lower() + text[1:] if first in FUNCTION_TERMS else text


def _replaced(before: str, new: str, index: Index) -> regex.Match[str] | None:
    """The name that the new one replaces: an outlet an outlet, "in" what is "in", else the one that was asked of."""
    outlets = [mention.start for mention in _outlets(before, index)]
    names = list(_names(before))
    if any(_outlets(new, index)):
        return next(
            (
                name
                for name in names
                if any(name.start() <= start < name.end() for start in outlets)
            ),
            None,
        )
    names = [
        name for name in names if not any(name.start() <= start < name.end() for start in outlets)
    ]
    placed = PLACED.match(new)
    if placed:
        same = regex.compile(rf"\b{placed['before']}\s+(?:the\s+)?$", regex.I)
        return next((name for name in reversed(names) if same.search(before[: name.start()])), None)
    asked = next((name for name in names if ASKED_OF.search(before[: name.start()])), None)
    return asked or (names[0] if names else None)


def _outlets(text: str, index: Index) -> Iterator[Mention]:
    return (
        m
        for m in mentions(text, index.words.names("source"), index.words.names("author"))
        if m.sources or m.attributed
    )


def _carried(question: str, last: Answer) -> Iterator[str]:
    """The names of the question before that this one does not have, or its words where it has no names."""
    before, there = last.standalone or last.question, set(terms(question))
    carried = CARRIED.search(before) if last.standalone else None
    before = before[: carried.start()] if carried else before
    names = [_with_noun(name, before) for name in _names(before)]
    names += carried["names"].split(", ") if carried else []
    names = [name for name in names if not there.issuperset(terms(name))]
    words = [word for word in WORD.findall(before) if _says(word, there)]
    yield from list(dict.fromkeys(names or words))[:MOST]


def _with_noun(name: regex.Match[str], text: str) -> str:
    noun = NOUN.match(text, name.end()) if THE.search(text[: name.start()]) else None
    return f"{name.group()} {noun['noun']}" if noun and _says(noun["noun"], set()) else name.group()


def _says(word: str, there: set[str]) -> bool:
    found = terms(word)
    return bool(found) and not any(term in FUNCTION_TERMS | OPENERS | there for term in found)


def _names(text: str) -> Iterator[regex.Match[str]]:
    """The names in a text; not the word it begins with, unless more of the name follows."""
    for match in NAME.finditer(text):
        first = match.group().split()[0]
        begins = not text[: match.start()].strip(" ([“\"'")
        known = (terms(first)[:1] or [""])[0] in FUNCTION_TERMS | OPENERS
        if begins and known:
            inner = NAME.search(text, match.start() + len(first))
            if inner and inner.end() <= match.end():
                yield inner
        elif not known:
            yield match
