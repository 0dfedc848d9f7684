"""Follow-up questions without a model: "and what did Rutte say?" with the names that it leaves out.

A rule cannot say in words what was left out. So what the last question was about is put behind the new one in brackets,
or the name that changed in the place of the old one, and the articles that were cited last are preferred.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from index.store import Index
from index.terms import FUNCTION_TERMS, terms

from .answer import Answer
from .mentions import Mention, mentions
from .parts import ASKING

__all__ = ["standalone"]

OPENING = regex.compile(r"^\W*(?:and|but|or|so|then|also)\b[\s,]*", regex.I)
# "What about Tolleth?", "and in Tolleth?": the last question again, with another name.
ABOUT = regex.compile(r"^\W*(?:(?:and|but|so)\b[\s,]*)?(?:what|how)\s+about\s+(?P<new>[^?]+?)\W*$", regex.I)
ANOTHER = regex.compile(r"^\W*(?:and|but|or)\b[\s,]*(?P<new>[^?]+?)\W*$", regex.I)
PLACED = regex.compile(r"(?P<before>in|at|from|by|for|of|on|with|according\s+to)\s+(?:the\s+)?", regex.I)
VERB = regex.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|may|might|must|shall|should|say|said|says)\b",
    regex.I,
)
# Words that stand for somebody or something named before, and for what was said before.
PRONOUN = regex.compile(
    r"\b(?:he|she|him|her|hers|his|they|them|their|theirs|its|it(?!\s+(?:true|possible|clear|likely)\b))\b", regex.I
)
POINTING = regex.compile(
    r"\b(?:the\s+same|(?:about|of|before|after|since|for|with|by|to|in)\s+(?:that|this|those|these)(?!\s+\w)"
    r"|(?:this|that|these|those|there)(?=\W*$))\b",
    regex.I,
)
# With so many words before it that say something, a pronoun has what it stands for in its own question; and a question
# with fewer is one that says too little by itself.
ENOUGH = 2
NAME = regex.compile(
    r"\b\p{Lu}[\p{L}\p{M}\p{N}.&'’-]*(?:\s+(?:(?:of|the|de|van|von|al)\s+)*\p{Lu}[\p{L}\p{M}\p{N}&'’-]*)*"
)
ASKED_OF = regex.compile(r"\b(?:did|does|do|is|was|are|were|has|have|had|will|would|can|could|should)\s+(?:the\s+)?$")
# "The Serrin telescope" is meant by "it", not Serrin.
NOUN = regex.compile(r"\s+(?P<noun>\p{Ll}[\p{L}\p{M}-]+)")
THE, CAPITAL = regex.compile(r"\bthe\s+$", regex.I), regex.compile(r"^the\s+", regex.I)
CARRIED = regex.compile(r"\s*\((?P<names>[^()]*)\)\s*$")
# So many names, or words where there are none, are carried over.
MOST = 6


def standalone(question: str, last: Answer, index: Index) -> str | None:
    """The question as it can be understood after the one before; None where it can be by itself."""
    before = CARRIED.sub("", last.standalone or last.question).rstrip("?!. ")
    another = ABOUT.match(question) or ANOTHER.match(question)
    if another and not _asks(another["new"]):
        return _with_another(before, another["new"], index)
    if not _leaves_out(question):
        return None
    text = " ".join(question.split())
    if not any(term not in FUNCTION_TERMS for term in terms(question)):
        # "And when?" is nothing but a question word.
        return f"{before}, and {OPENING.sub('', text)}"
    carried = list(_carried(question, last))
    return f"{text} ({', '.join(carried)})" if carried else None


def _asks(text: str) -> bool:
    return VERB.search(text) is not None or regex.search(rf"\b{ASKING}\b", text, regex.I) is not None


def _leaves_out(question: str) -> bool:
    if OPENING.match(question) or POINTING.search(question) or not _says_enough(question):
        return True
    return any(not _says_enough(question[: pronoun.start()]) for pronoun in PRONOUN.finditer(question))


def _says_enough(text: str) -> bool:
    return any(_names(text)) or sum(term not in FUNCTION_TERMS for term in terms(text)) >= ENOUGH


def _with_another(before: str, new: str, index: Index) -> str:
    """The question before with the new name in the place of that which it stands for, or behind it."""
    new = " ".join(new.split())
    named = list(_names(new))
    old = _replaced(before, new, index) if named else None
    if not old:
        return f"{before} {new}?"
    placed = PLACED.match(new)
    name = CAPITAL.sub("", new[placed.end() :] if placed else new)
    the = "the " if CAPITAL.search(new[placed.end("before") :].lstrip() if placed else new) else ""
    return f"{THE.sub('', before[: old.start()])}{the}{name}{before[old.end() :]}?"


def _replaced(before: str, new: str, index: Index) -> regex.Match[str] | None:
    """The name that the new one replaces: an outlet an outlet, "in" what is "in", else the one that was asked of."""
    outlets = [mention.start for mention in _outlets(before, index)]
    names = list(_names(before))
    if list(_outlets(new, index)):
        return next((name for name in names if any(name.start() <= start < name.end() for start in outlets)), None)
    names = [name for name in names if not any(name.start() <= start < name.end() for start in outlets)]
    placed = PLACED.match(new)
    if placed:
        same = regex.compile(rf"\b{placed['before']}\s+(?:the\s+)?$", regex.I)
        return next((name for name in reversed(names) if same.search(before[: name.start()])), None)
    asked = next((name for name in names if ASKED_OF.search(before[: name.start()])), None)
    return asked or (names[0] if names else None)


def _outlets(text: str, index: Index) -> Iterator[Mention]:
    return (m for m in mentions(text, index.names("source"), index.names("author")) if m.sources or m.attributed)


def _carried(question: str, last: Answer) -> Iterator[str]:
    """The names of the question before that this one does not have, or its words where it has no names."""
    before, there = last.standalone or last.question, set(terms(question))
    carried = CARRIED.search(before) if last.standalone else None
    before = before[: carried.start()] if carried else before
    names = [_with_noun(name, before) for name in _names(before)]
    names += carried["names"].split(", ") if carried else []
    asked = set()
    if any(ASKED_OF.search(question[: name.start()]) for name in _names(question)):
        # Another is asked now.
        asked = {_with_noun(name, before) for name in _names(before) if ASKED_OF.search(before[: name.start()])}
    names = [name for name in names if name not in asked and not there.issuperset(terms(name))]
    there |= {term for name in asked for term in terms(name)}
    words = [word for word in regex.findall(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’.-]*", before) if _says(word, there)]
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
        if begins and (terms(first)[:1] or [""])[0] in FUNCTION_TERMS | OPENERS:
            inner = NAME.search(text, match.start() + len(first))
            if inner and inner.end() <= match.end():
                yield inner
        elif (terms(first)[:1] or [""])[0] not in FUNCTION_TERMS | OPENERS:
            yield match


OPENERS = frozenset(terms("according name list tell give say compare describe explain when where"))
