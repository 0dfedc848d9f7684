"""Split a text into paragraphs and sentences."""

from __future__ import annotations

import itertools
import re

import sentencex

from ..articles import Stretch

__all__ = ["paragraphs", "sentences"]

# A paragraph with a longer line was not wrapped by hand: each of its line breaks ends a sentence.
MAX_WRAPPED_CHARS = 120

# Atomic: the two halves of \r\n are one line break.
BLANK_LINES = re.compile(r"(?>\r\n|\n|\r|\u2029)[^\S\r\n\u2029]*(?:\r\n|\n|\r|\u2029)\s*")
LINE_BREAK = re.compile(r"\r\n|\n|\r|\u2028|\u2029")
# After a full stop, these continue the sentence.
AFTER_FULL_STOP = re.compile(r"[a-z,;:)\]]")
# "From Sept. 3-Oct. 1".
SHORT_MONTH = re.compile(r"\b(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.$")
# "At 2:30 p.m. ET on Tuesday", "at 9 a.m. Monday".
HOUR = re.compile(r"\d\s?[ap]\.m\.$")
AFTER_HOUR = re.compile(r"(?:[A-Z]{1,2}T|GMT|UTC|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b|\(")
# sentencex panics where such a space stands between a capital and a full stop.
UNSAFE_SPACE = re.compile(r"[^\S\x00-\x7f](?=\.)")
LIST_BULLET = re.compile(r"(?:[ \t]*(?:[-*•‣–·]|\d{1,3}[.)])[ \t]+)+")


def paragraphs(text: str) -> list[Stretch]:
    """The paragraphs of `text` with the blank lines after them, so that they tile the text."""
    starts = [0, *(match.end() for match in BLANK_LINES.finditer(text))]
    ends = [*starts[1:], len(text)]
    return [Stretch(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


def sentences(text: str) -> list[Stretch]:
    """The sentences of `text` in order, without surrounding white space and list bullets.

    Only white space and bullets are left out. Headings and lines of a list are sentences too.
    """
    found: list[Stretch] = []
    for block in paragraphs(text):
        for line in _split_lines(text, block):
            found.extend(_split_line(text, line))
    return found


def _split_lines(text: str, block: Stretch) -> list[Stretch]:
    """The lines of a paragraph without bullets; lines that were wrapped by hand are joined."""
    breaks = [match.end() for match in LINE_BREAK.finditer(text, block.start, block.end)]
    edges = sorted({block.start, *breaks, block.end})
    lines = list(itertools.starmap(Stretch, itertools.pairwise(edges)))
    wrapped = all(line.end - line.start <= MAX_WRAPPED_CHARS for line in lines)
    joined: list[Stretch] = []
    for line in lines:
        bullet = LIST_BULLET.match(text, line.start, line.end)
        if bullet:
            joined.append(Stretch(bullet.end(), line.end))
        elif wrapped and joined:
            joined[-1] = Stretch(joined[-1].start, line.end)
        else:
            joined.append(line)
    return joined


def _split_line(text: str, line: Stretch) -> list[Stretch]:
    found: list[Stretch] = []
    safe = UNSAFE_SPACE.sub(" ", text[line.start : line.end])
    for boundary in sentencex.get_sentence_boundaries("en", safe):
        start, end = boundary["start_index"], boundary["end_index"]
        sentence = _without_space(text, line.start + start, line.start + end)
        if sentence.start == sentence.end:
            continue
        if found and _continues(text, found[-1], sentence):
            sentence = Stretch(found.pop().start, sentence.end)
        found.append(sentence)
    return found


def _continues(text: str, before: Stretch, after: Stretch) -> bool:
    """Whether the splitter took a full stop inside a sentence for its end."""
    end = text[max(before.start, before.end - 8) : before.end]
    if HOUR.search(end) and AFTER_HOUR.match(text, after.start):
        return True
    if SHORT_MONTH.search(end) and text[after.start].isdigit():
        return True
    return text[before.end - 1] not in "!?" and AFTER_FULL_STOP.match(text, after.start) is not None


def _without_space(text: str, start: int, end: int) -> Stretch:
    """The stretch without surrounding white space."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return Stretch(start, max(start, start + len(piece.strip())))
