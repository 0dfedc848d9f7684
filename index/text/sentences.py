"""Sentences of a text as stretches of it."""

from __future__ import annotations

import itertools
import re

import sentencex

from ..articles import Stretch

__all__ = ["paragraphs", "sentences"]

# A paragraph with a line longer than this was not wrapped by hand: each of its line breaks ends something.
WRAPPED_WIDTH = 120

# Atomic: the two halves of \r\n are one line break.
BLANK_LINES = re.compile(r"(?>\r\n|\n|\r|\u2029)[^\S\r\n\u2029]*(?:\r\n|\n|\r|\u2029)\s*")
LINE_BREAK = re.compile(r"\r\n|\n|\r|\u2028|\u2029")
# Where a full stop is followed by one of these, the sentence goes on.
GOES_ON = re.compile(r"[a-z,;:)\]]")
# "From Sept. 3-Oct. 1".
MONTH = re.compile(r"\b(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.$")
# "At 2:30 p.m. ET on Tuesday", "at 9 a.m. Monday".
TIME_OF_DAY = re.compile(r"\d\s?[ap]\.m\.$")
OF_TIME = re.compile(r"(?:[A-Z]{1,2}T|GMT|UTC|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b|\(")
BULLET = re.compile(r"(?:[ \t]*(?:[-*•‣–·]|\d{1,3}[.)])[ \t]+)+")


def paragraphs(text: str) -> list[Stretch]:
    """The parts of `text` between blank lines, trailing white space included: they tile the text."""
    starts = [0, *(match.end() for match in BLANK_LINES.finditer(text))]
    ends = [*starts[1:], len(text)]
    return [Stretch(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


def sentences(text: str) -> list[Stretch]:
    """The sentences of `text` in order, without surrounding white space and list bullets.

    Only white space and bullets lie outside them. A heading or a line of a list is a sentence too.
    """
    found: list[Stretch] = []
    for block in paragraphs(text):
        for line in _lines(text, block):
            found.extend(_split(text, line))
    return found


def _lines(text: str, block: Stretch) -> list[Stretch]:
    """The lines of a paragraph without their bullets; lines that were wrapped by hand are one."""
    breaks = [match.end() for match in LINE_BREAK.finditer(text, block.start, block.end)]
    lines = [
        Stretch(a, b) for a, b in itertools.pairwise([block.start, *breaks, block.end]) if a < b
    ]
    wrapped = all(line.end - line.start <= WRAPPED_WIDTH for line in lines)
    joined: list[Stretch] = []
    for line in lines:
        bullet = BULLET.match(text, line.start, line.end)
        if bullet:
            joined.append(Stretch(bullet.end(), line.end))
        elif wrapped and joined:
            joined[-1] = Stretch(joined[-1].start, line.end)
        else:
            joined.append(line)
    return joined


def _split(text: str, block: Stretch) -> list[Stretch]:
    found: list[Stretch] = []
    for boundary in sentencex.get_sentence_boundaries("en", text[block.start : block.end]):
        span = _trim(
            text, block.start + boundary["start_index"], block.start + boundary["end_index"]
        )
        if span is None:
            continue
        if found and _continues(text, found[-1], span):
            span = Stretch(found.pop().start, span.end)
        found.append(span)
    return found


def _continues(text: str, before: Stretch, after: Stretch) -> bool:
    end = text[max(before.start, before.end - 8) : before.end]
    if TIME_OF_DAY.search(end) and OF_TIME.match(text, after.start):
        return True
    if MONTH.search(end) and text[after.start].isdigit():
        return True
    return text[before.end - 1] not in "!?" and GOES_ON.match(text, after.start) is not None


def _trim(text: str, start: int, end: int) -> Stretch | None:
    piece = text[start:end]
    start, end = end - len(piece.lstrip()), start + len(piece.rstrip())
    return Stretch(start, end) if start < end else None
