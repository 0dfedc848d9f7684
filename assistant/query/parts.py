"""The parts of a question that ask about different things, or about different articles."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from index.text.terms import content_terms, terms

from .patterns import BE_DO_HAVE, QUESTION_WORD, one_of

__all__ = ["Parts", "may_have_parts", "read_parts", "split_parts"]

# What a clause after "and" begins with, but for question words; and what a noun phrase does.
CLAUSE = one_of(BE_DO_HAVE, *"in for with whether also if as both".split())
NOUN_PHRASE = one_of("the", "an?", "another")
# "And another report ..."; not "the Wire and the Post report the same", where both do it.
ANOTHER_REPORT = (
    rf"{NOUN_PHRASE}\s+(?:\S+\s+){{1,5}}(?:report|article|stor(?:y|ies)|coverage|piece)s?\b"
    rf"(?!\s+(?:the|an?|any|that|different|similar|{QUESTION_WORD})\b)"
)
# Where one part ends and the next begins. "And" joins parts only if a clause or a report follows.
JOINTS = (
    r"[?;]\s+(?=\S)",
    r",?\s+(?:while|whereas|although|though)\s+",
    rf",\s+(?:and|but|or)\s+(?={one_of(NOUN_PHRASE, QUESTION_WORD, CLAUSE)}\b)",
    rf"\s+and\s+(?={QUESTION_WORD}\b)",
    rf",?\s+{one_of('compared (?:to|with)', 'in contrast (?:to|with)', '(?:as )?opposed to')}\s+"
    rf"(?=(?:the|an?|{QUESTION_WORD})\b)",
    rf"\s+(?:than|and|or)\s+(?={ANOTHER_REPORT})",
)
JOINT = regex.compile("|".join(JOINTS), regex.I)
# Which of two things was first: each is a part. "Before" or "after" alone may also belong to a
# condition ("was it so before the war?"); "or" and "than" do not.
ORDER = one_of("before or after", "after or before", "before", "after", "(?:earli|lat|soon)er than")
BEFORE_OR_AFTER = regex.compile(
    rf"^(?P<lead>)\W*{BE_DO_HAVE}\b[^?]*?(?P<joint>\s+{ORDER}\s+)", regex.I
)
HAPPENED = one_of("came", "come", "happen(?:ed|s)?", "was", "is", "began", "started", "took place")
WHICH_FIRST = regex.compile(
    rf"(?P<lead>\b{HAPPENED}\s+(?:first|earlier|later|last|sooner)\W+(?:was\s+it\s+)?)"
    r"[^?]*?(?P<joint>\s+or\s+)",
    regex.I,
)
CERTAIN_ORDER = regex.compile(r"\b(?:or|than)\b", regex.I)
# Questions in which a model may see parts, also where no rule does.
COMPOUND = regex.compile(
    r"\b(?:both|each|compar\w+|than|versus|vs|while|whereas|differ\w*|respectively|agree\w*)\b",
    regex.I,
)
MIN_COMPOUND_WORDS = 8
# The share of the words of a model's part that have to be the question's own.
MIN_OWN_SHARE = 0.6
MAX_MODEL_PARTS = 4
LIST_MARK = regex.compile(r"^\s*(?:(?:[-*•]|\(?\d+[.):])\s+)?")
EDGES = " ,;?"
STARTS_WITH_QUESTION_WORD = regex.compile(rf"\W*{QUESTION_WORD}\b", regex.I)


@dataclass(frozen=True)
class Parts:
    """The parts of a question in order; the whole question as the only one where it has no others.

    ask_for_order: whether the question asks which of them was first.
    """

    texts: tuple[str, ...]
    ask_for_order: bool = False


def split_parts(question: str) -> Parts:
    """The parts that rules see, without the words that join them and the marks at their ends.

    "How long was a shift and what is the limit now?" has two; "Did the strike begin before or after
    the flood?" has two, and asks for their order; "What did the mayor and the governor agree on?"
    has one.
    """
    order = BEFORE_OR_AFTER.search(question) or WHICH_FIRST.search(question)
    begin = order.end("lead") if order else 0
    joints = [joint.span() for joint in JOINT.finditer(question, begin)]
    min_words = 2
    if order:
        joints = sorted({*joints, order.span("joint")})
        min_words = 1 if CERTAIN_ORDER.search(order["joint"]) else 2
    texts: list[str] = []
    for end, following in joints:
        part, rest = question[begin:end], question[following:]
        if min(_count_words(part), _count_words(rest)) >= min_words:
            texts.append(part.strip(EDGES))
            begin = following
    if not texts:
        return Parts((question.strip(EDGES),))
    return Parts((*texts, question[begin:].strip(EDGES)), ask_for_order=order is not None)


def _count_words(text: str) -> int:
    """How many different content words it has, with a question word that it starts with."""
    starts_with_question_word = STARTS_WITH_QUESTION_WORD.match(text) is not None
    return len(set(content_terms(text))) + starts_with_question_word


def may_have_parts(question: str) -> bool:
    """Whether a model may see several parts in it, also where no rule does."""
    if len(terms(question)) < MIN_COMPOUND_WORDS:
        return False
    return COMPOUND.search(question) is not None or len(split_parts(question).texts) > 1


def read_parts(reply: str, question: str) -> tuple[str, ...]:
    """The parts that a model wrote, one a line; none where it found one, or used other words."""
    lines = (LIST_MARK.sub("", line).strip() for line in reply.splitlines())
    parts = tuple(dict.fromkeys(filter(None, lines)))
    if not 1 < len(parts) <= MAX_MODEL_PARTS:
        return ()
    asked = set(content_terms(question))
    lowest = min(_share_of_own_words(part, asked) for part in parts)
    return parts if lowest >= MIN_OWN_SHARE else ()


def _share_of_own_words(part: str, asked: set[str]) -> float:
    words = set(content_terms(part))
    return len(words & asked) / max(len(words), 1)
