"""The parts of a question that ask about different things, or about different articles."""

from __future__ import annotations

import regex

from index.text.terms import content_terms, terms

__all__ = ["asks_for_order", "may_have_parts", "parts", "parts_written"]

ASKING = r"(?:how|what|who|whom|whose|when|where|which|why)"
# Where one part ends and the next begins. "And" joins parts only if a clause follows, not another name.
JOINT = regex.compile(
    rf"[?;]\s+(?=\S)"
    rf"|,?\s+(?:while|whereas|although|though)\s+"
    rf"|,\s+(?:and|but|or)\s+(?=(?:the|an?|another|{ASKING}|does|do|did|is|are|was|were|has|have|had|in|for|with|whether|"
    rf"also|if|as|both)\b)"
    rf"|\s+and\s+(?={ASKING}\b)"
    rf"|,?\s+(?:compared\s+(?:to|with)|in\s+contrast\s+(?:to|with)|(?:as\s+)?opposed\s+to)\s+(?=(?:the|an?|{ASKING})\b)"
    rf"|\s+(?:than|and|or)\s+(?=(?:the|another|an?)\s+(?:\S+\s+){{1,5}}(?:report|article|stor(?:y|ies)|coverage|piece)s?\b"
    # Not where it is what both do: "did the Wire and the Post report the same?"
    rf"(?!\s+(?:the|an?|any|that|different|similar|{ASKING})\b))",
    regex.I,
)
# What asks which of two things was first: each of them is a part, and wanted with its date.
BEFORE_OR_AFTER = regex.compile(
    r"^\W*(?:did|do|does|was|were|is|are|has|have|had)\b[^?]*?(?P<joint>\s+(?:before\s+or\s+after|after\s+or\s+before|before"
    r"|after|(?:earlier|later|sooner)\s+than)\s+)",
    regex.I,
)
WHICH_FIRST = regex.compile(
    r"\b(?:came|come|happen(?:ed|s)?|was|is|began|started|took\s+place)\s+(?:first|earlier|later|last|sooner)"
    r"(?P<begin>\W+(?:was\s+it\s+)?)[^?]*?(?P<joint>\s+or\s+)",
    regex.I,
)
SURELY_ORDER = regex.compile(r"\b(?:or|than)\b", regex.I)
# Questions in which a model may see parts, from so many words on; how many, and how much has to be the question's own.
COMPOUND = regex.compile(
    r"\b(?:both|each|compar\w+|than|versus|vs|while|whereas|differ\w*|respectively|agree\w*)\b",
    regex.I,
)
LEAST_COMPOUND, MOST_WRITTEN, FROM_QUESTION = 8, 4, 0.6
BULLET = regex.compile(r"^\s*(?:(?:[-*•]|\(?\d+[.):])\s+)?")
# A part has at least so many words that ask or say something.
LEAST = 2


def parts(question: str) -> tuple[str, ...]:
    """The parts, in order; the whole question as the only one where it has no others."""
    joints = [joint.span() for joint in JOINT.finditer(question)]
    begin, found = 0, []
    order = _order(question)
    # "Before the war" alone is part of what is asked.
    least = 1 if order and SURELY_ORDER.search(order["joint"]) else LEAST
    if order:
        begin = order.end("begin") if order.re is WHICH_FIRST else 0
        joints = sorted({order.span("joint"), *(joint for joint in joints if joint[0] >= begin)})
    for end, following in [*joints, (len(question), len(question))]:
        piece = question[begin:end]
        if _says(piece, least) and (end == len(question) or _says(question[following:], least)):
            found.append(piece.strip(" ,;?"))
            begin = following
    return tuple(found) if len(found) > 1 else (question.strip(" ,;?") or question,)


def may_have_parts(question: str) -> bool:
    """Whether a model may see several parts in it, also where no rule does."""
    compound = len(parts(question)) > 1 or COMPOUND.search(question) is not None
    return compound and len(terms(question)) >= LEAST_COMPOUND


def parts_written(text: str, question: str) -> tuple[str, ...]:
    """The parts that a model wrote, a line each; none if it is only one, or if they say what the question does not."""
    asked = set(content_terms(question))
    lines = (BULLET.sub("", line).strip() for line in text.splitlines())
    found = tuple(dict.fromkeys(line for line in lines if line))
    own = [set(content_terms(line)) for line in found]
    strange = any(not words or len(words & asked) / len(words) < FROM_QUESTION for words in own)
    return () if strange or not 1 < len(found) <= MOST_WRITTEN else found


def asks_for_order(question: str) -> bool:
    """Whether it asks which of its parts was first."""
    return _order(question) is not None and len(parts(question)) > 1


def _order(question: str) -> regex.Match[str] | None:
    return BEFORE_OR_AFTER.search(question) or WHICH_FIRST.search(question)


def _says(text: str, least: int) -> bool:
    """Whether it asks or says at least so much."""
    asks = regex.match(rf"\W*{ASKING}\b", text, regex.I) is not None
    return asks + len(set(content_terms(text))) >= least
