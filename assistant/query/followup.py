"""Follow-up questions without a model: "and when does it open?" with the names that it leaves out.

A rule cannot rewrite such a question. Where it names nothing itself, the names in the question
before follow it in brackets; where it consists of another name ("what about Tolleth?"), that name
replaces the old one. A question with names of its own is left as it is. The articles that were
cited last are preferred in each case.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

from index.index import Index
from index.text.terms import FUNCTION_TERMS, content_terms, terms

from ..answer.answer import Answer
from .mentions import Mention, find_mentions
from .names import CARRIES_NO_TOPIC, find_names, names_in
from .patterns import AUXILIARY, QUESTION_WORD, one_of

__all__ = ["FollowUp", "follow_up"]

VERBS = "say said says tell told give go goes went get gets got make made take took come came"
MODALS = "may might must shall"
VERB_OR_QUESTION_WORD = (
    rf"\b(?:{AUXILIARY}|{QUESTION_WORD}|{one_of(*MODALS.split(), *VERBS.split())})\b"
)
BEFORE_NAME = one_of("in", "at", "from", "by", "for", "of", "on", "with", "according to")
CONJUNCTION = r"^\W*(?:and|but(?!\s+for\b)|or|so|then|also)\b[\s,]*"
# "What about Tolleth?", "and in Tolleth?": the question before with another name, or one more
# condition, of at most six words and without a verb.
VARIATION = regex.compile(
    r"^\W*(?:(?:(?:and|but|so)\b[\s,]*)?(?:(?:what|how) about|the same (?:for|in|of|with)) "
    r"|(?:and|but|or)\b[\s,]*)"
    rf"(?!.*{VERB_OR_QUESTION_WORD})(?=\S+(?: \S+){{0,5}}$)"
    rf"(?P<new>(?:(?P<preposition>{BEFORE_NAME}) )?(?P<name>(?P<the>the )?(?P<bare>[^?]+?)))\W*$",
    regex.I,
)
# Words that stand for somebody or something named before; "IT" does not, nor "it" in "is it true".
PRONOUN = regex.compile(
    r"\b(?:[Hh]e|[Ss]he|him|[Hh]er|hers|[Hh]is|[Tt]hey|them|[Tt]heir|theirs|[Ii]ts|"
    r"[Ii]t(?!\s+(?:true|possible|clear|likely|that)\b|\s+(?:is|was)\s+(?:a|an|the|not|in|on|only)\b))\b"
)
# Words that go on from what was said before: "and ...", "... after that", "... the same".
CONTINUATION = regex.compile(
    rf"{CONJUNCTION}|\b(?:the\s+same|(?:this|that|these|those)(?=\W*$)"
    r"|(?:about|of|before|after|since|for|with|by|to|in)\s+(?:that|this|those|these)(?!\s+\w))\b",
    regex.I,
)
ENDS_WITH_THERE = regex.compile(r"\bthere\W*$", regex.I)
YEAR_NAME = regex.compile(r"\b(?:19|20)\d\d\b")
# "Did Frayle say", "is the Hollin tunnel": the name that follows is the subject.
BEFORE_SUBJECT = regex.compile(rf"\b{AUXILIARY}\s+(?:[Tt]he\s+)?$")
BEFORE_NOUN = regex.compile(r"\bthe\s+$", regex.I)
# "It" means the Serrin telescope, not Serrin.
NOUN = regex.compile(r"\s+(?P<noun>\p{Ll}[\p{L}\p{M}-]+)")
IN_BRACKETS = regex.compile(r"\s*\((?P<names>[^()]*)\)\s*$")
ANY_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’.-]*")
# Fewer content words than this leave open what is meant, and leave a pronoun without a referent;
# with at least this many a question is complete, however it opens.
MIN_SPECIFIC_WORDS, COMPLETE_WORDS = 2, 4
# Names of the question before that are carried over, or words where it has no names.
MAX_CARRIED_NAMES = 6


Matches = list[regex.Match[str]]


@dataclass(frozen=True)
class FollowUp:
    """A question that continues the one before.

    text: the question in full, None where it is searched as it stands. names: the names in the
    question itself, which the articles have to contain for a whole answer.
    """

    text: str | None
    names: tuple[str, ...]


def follow_up(question: str, last: Answer, index: Index) -> FollowUp | None:
    """The question in the light of the last answer; None where it stands by itself.

    After "What will the Hollin tunnel cost?":
    "And when does it open?" gives "And when does it open? (Hollin tunnel)";
    "And what did Frayle say?" is searched as it stands, and has the name Frayle;
    "Who is the mayor of Velm?" stands by itself.
    """
    question = " ".join(question.split())
    names = tuple(dict.fromkeys(names_in(question) + YEAR_NAME.findall(question)))
    before = IN_BRACKETS.sub("", last.standalone or last.question).rstrip("?!. ")
    varied = _vary(before, question, index)
    if varied:
        return FollowUp(varied, names)
    if not _is_elliptical(question):
        return None
    content = content_terms(question)
    if names or len(content) >= COMPLETE_WORDS:
        return FollowUp(None, names)
    if content:
        carried = _names_to_carry(last, question)
        return FollowUp(f"{question} ({', '.join(carried)})" if carried else None, ())
    # "And when?" has nothing but a question word.
    asked = regex.sub(CONJUNCTION, "", question, flags=regex.I)
    asks = regex.search(VERB_OR_QUESTION_WORD, question, regex.I)
    return FollowUp(f"{before}, and {asked}", ()) if asks else None


def _is_elliptical(question: str) -> bool:
    """Whether the question leaves out something that only the one before names.

    It continues that one ("And ...?", "... after that?"), says too little by itself ("Who
    mediated?"), or has a pronoun for something not named in it before ("When did she leave?").
    """
    if CONTINUATION.search(question):
        return True
    if ENDS_WITH_THERE.search(question) and not names_in(question):
        return True
    # All of a question without a pronoun.
    referents = PRONOUN.split(question, maxsplit=1)[0]
    return len(content_terms(referents)) < MIN_SPECIFIC_WORDS and not names_in(referents)


def _vary(before: str, question: str, index: Index) -> str | None:
    """The question before with the new name or condition; None where there is more to the new one.

    "How many died in Orlow" and "What about Velm?" give "How many died in Velm?"; with "And in the
    second week?" they give "How many died in Orlow in the second week?".
    """
    new = VARIATION.match(question)
    if not new:
        return None
    names = names_in(new["new"])
    if len(names) > 1 or not content_terms(new["new"]):
        return None
    old = _replaced_name(before, new, index) if names else None
    if old:
        start = BEFORE_NOUN.sub("", before[: old.start()])
        return f"{start}{'the ' if new['the'] else ''}{new['bare']}{before[old.end() :]}?"
    if _outlets(new["new"], index):
        return f"According to {new['name']}, {_uncapitalise(before)}?"
    return f"{before} {new['new']}?" if new["preposition"] else None


def _replaced_name(before: str, new: regex.Match[str], index: Index) -> regex.Match[str] | None:
    """The name in the question before that the new one replaces.

    An outlet replaces an outlet, and "in Velm" what is "in" a place. Any other name replaces the
    subject, as in "What did Garroway say about Orlow?", or else the first name.
    """
    outlets = {mention.start for mention in _outlets(before, index)}
    of_outlets: Matches = []
    others: Matches = []
    for name in find_names(before):
        same_kind = others if outlets.isdisjoint(range(*name.span())) else of_outlets
        same_kind.append(name)
    if _outlets(new["new"], index):
        candidates = of_outlets
    elif new["preposition"]:
        same = regex.compile(rf"\b{new['preposition']}\s+(?:the\s+)?$", regex.I)
        candidates = _names_after(same, others)[::-1]
    else:
        candidates = _names_after(BEFORE_SUBJECT, others) + others
    return next(iter(candidates), None)


def _names_after(words: regex.Pattern[str], names: Matches) -> Matches:
    """The names that follow such words."""
    return [name for name in names if words.search(name.string[: name.start()])]


def _outlets(text: str, index: Index) -> list[Mention]:
    named = find_mentions(text, index)
    return [mention for mention in named if mention.sources or mention.attributed]


def _uncapitalise(text: str) -> str:
    """The text as it reads inside a sentence: "What did Frayle say" gives "what did Frayle say"."""
    is_function_word = FUNCTION_TERMS.issuperset(terms(text.partition(" ")[0]))
    return text[:1].lower() + text[1:] if is_function_word else text


def _names_to_carry(last: Answer, question: str) -> list[str]:
    """The names in the question before that this one lacks, those in brackets among them.

    "Pay", "rise" and the like of "What pay rise did the crews accept?", where it has no names.
    """
    known = set(terms(question))
    brackets = IN_BRACKETS.search(last.standalone or "")
    text = IN_BRACKETS.sub("", last.standalone) if last.standalone else last.question
    names = [_with_noun(name, text) for name in find_names(text)]
    names += brackets["names"].split(", ") if brackets else []
    new = [name for name in names if not known.issuperset(terms(name))]
    words = (word for word in ANY_WORD.findall(text) if _is_topic(word, known))
    return list(dict.fromkeys(new or words))[:MAX_CARRIED_NAMES]


def _with_noun(name: regex.Match[str], text: str) -> str:
    """The name; with the noun after it where "the" stands before it: "the Serrin telescope"."""
    noun = NOUN.match(text, name.end()) if BEFORE_NOUN.search(text[: name.start()]) else None
    return name.group() + noun.group() if noun and _is_topic(noun["noun"], set()) else name.group()


def _is_topic(word: str, known: set[str]) -> bool:
    return (CARRIES_NO_TOPIC | known).isdisjoint(terms(word))
