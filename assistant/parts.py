"""The parts of a question that ask about different things, or about different articles."""

from __future__ import annotations

import regex

from index.terms import FUNCTION_TERMS, terms

__all__ = ["parts"]

ASKING = r"(?:how|what|who|whom|whose|when|where|which|why)"
# Where one part ends and the next begins. "And" joins parts only if a clause follows, not another name.
JOINT = regex.compile(
    rf"[?;]\s+(?=\S)"
    rf"|,?\s+(?:while|whereas|although|though)\s+"
    rf"|,\s+(?:and|but|or)\s+(?=(?:the|an?|another|{ASKING}|does|do|did|is|are|was|were|has|have|had|in|for|with|whether|"
    rf"also|if|as|both)\b)"
    rf"|\s+and\s+(?={ASKING}\b)"
    rf"|,?\s+(?:compared\s+(?:to|with)|in\s+contrast\s+(?:to|with)|(?:as\s+)?opposed\s+to)\s+(?=(?:the|an?|{ASKING})\b)"
    rf"|\s+(?:than|and|or)\s+(?=(?:the|another|an?)\s+(?:\S+\s+){{1,5}}(?:report|article|stor(?:y|ies)|coverage|piece)s?\b)",
    regex.I,
)
# A part has at least so many words that ask or say something.
LEAST = 2


def parts(question: str) -> tuple[str, ...]:
    """The parts, in order; the whole question as the only one where it has no others."""
    joints = [*JOINT.finditer(question)]
    begin, found = 0, []
    for end, following in [*((joint.start(), joint.end()) for joint in joints), (len(question), len(question))]:
        piece = question[begin:end]
        if _says_something(piece) and (end == len(question) or _says_something(question[following:])):
            found.append(piece.strip(" ,;?"))
            begin = following
    return tuple(found) or (question,)


def _says_something(text: str) -> bool:
    asks = regex.match(rf"\W*{ASKING}\b", text, regex.I) is not None
    return asks + len({term for term in terms(text) if term not in FUNCTION_TERMS}) >= LEAST
