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
# Where the splitter ends a sentence, and the sentence goes on: the ends of the two parts that meet.
SEAMS = (
    # "At 2:30 p.m. ET on Tuesday", "at 9 a.m. Monday".
    (
        re.compile(r"\d\s?[ap]\.m\.$"),
        re.compile(r"(?:[A-Z]{1,2}T|GMT|UTC|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b|\("),
    ),
    # "From Sept. 3-Oct. 1".
    (re.compile(r"\b(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.$"), re.compile(r"\d")),
    # After a full stop, a small letter or a mark inside a sentence.
    (re.compile(r"[^!?]$"), re.compile(r"[a-z,;:)\]]")),
)
# sentencex panics where such a space stands between a capital and a full stop.
UNSAFE_SPACE = re.compile(r"[^\S\x00-\x7f](?=\.)")
LIST_BULLET = re.compile(r"(?:[ \t]*(?:[-*•‣–·]|\d{1,3}[.)])[ \t]+)+")
BREAK_BEFORE_BULLET = re.compile(rf"(?:{LINE_BREAK.pattern})(?={LIST_BULLET.pattern})")


def paragraphs(text: str) -> list[Stretch]:
    """The paragraphs of `text` with the blank lines after them, so that they tile the text."""
    return _cut_after(BLANK_LINES, text, Stretch(0, len(text)))


def _cut_after(pattern: re.Pattern[str], text: str, stretch: Stretch) -> list[Stretch]:
    """The pieces of a stretch between the ends of the matches."""
    ends = (match.end() for match in pattern.finditer(text, *stretch))
    edges = sorted({stretch.start, *ends, stretch.end})
    return list(itertools.starmap(Stretch, itertools.pairwise(edges)))


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
    lines = _cut_after(LINE_BREAK, text, block)
    if all(line.end - line.start <= MAX_WRAPPED_CHARS for line in lines):
        lines = _cut_after(BREAK_BEFORE_BULLET, text, block)
    found = []
    for start, end in lines:
        bullet = LIST_BULLET.match(text, start, end)
        found.append(Stretch(bullet.end() if bullet else start, end))
    return found


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
    return any(
        ending.search(end) and beginning.match(text, after.start) for ending, beginning in SEAMS
    )


def _without_space(text: str, start: int, end: int) -> Stretch:
    """The stretch without surrounding white space."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return Stretch(start, max(start, start + len(piece.strip())))
