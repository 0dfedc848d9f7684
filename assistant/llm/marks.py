"""From what a chat model writes to sentences with marks, while it is being written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.text.sentences import sentences

from ..answer.text import printable

__all__ = ["Claim", "ClaimReader", "read_claims"]

LONGEST_RANGE = 20
# A sentence longer than this is cut: no sentence is so long.
LONGEST_CLAIM = 2_000
# So much of the next sentence must be there before one is known to be complete.
AHEAD = 12

NUMBERS = r"\d{1,3}(?:\s*(?:[,;&–-]|and)\s*\^?\d{1,3})*"
KIND = r"(?:sources?|passages?|articles?|docs?|documents?|refs?|references?|citations?|quotes?)"
MARK = re.compile(
    rf"\[\[?\^?({NUMBERS})\]?\](?:\([^()\s]*\))?"
    rf"|\[\s*(?:see\s+)?{KIND}\s*#?\s*({NUMBERS})\s*\]"
    rf"|\(\s*(?:see\s+)?{KIND}\s*#?\s*({NUMBERS})\s*\)"
    rf"|【\s*(?:{KIND}\s*)?({NUMBERS})(?::\d+)?\s*(?:†[^【】]*)?】"
    rf"|［\s*({NUMBERS})\s*］"
    rf"|<sup>\s*\[?({NUMBERS})\]?\s*</sup>"
    r"|(?<=[\w.!?,;:”\"’')])([¹²³⁴⁵⁶⁷⁸⁹][⁰¹²³⁴⁵⁶⁷⁸⁹,]*)(?!\w)",
    re.I,
)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
# While a line is read, a group of marks is one character that stands for its place in a list.
FIRST, LAST = "\ue000", "\uf8ff"
GROUP = re.compile(f"[{FIRST}-{LAST}]")
GROUPS = rf"(?:\s*{GROUP.pattern})+"
# "[1], [2] and [3]" is one group.
BETWEEN_GROUPS = re.compile(rf"(?<={GROUP.pattern})[\s,;]+(?:and\s+)?(?={GROUP.pattern})")
BRACKETED_GROUPS = re.compile(
    rf"[(\[]\s*(?:see\s*)?({GROUPS}(?:[\s,;]*{GROUP.pattern})*)\s*[)\]]", re.I
)
# Marks after the end of a sentence belong to it.
AFTER_THE_END = re.compile(rf"([.!?…。！？]+[\"”’')]*)({GROUPS})")

SKIPPED_LINE = re.compile(r"\s*(?:```.*|~~~.*|(?:[-*_=]\s*){3,}|\|?[-:|\s]{5,}|\[\^\d{1,3}\]:.*)")
REFERENCES = re.compile(
    r"\s*(?:#+\s*)?\**\s*(?:sources|references|citations|footnotes|bibliography)\s*:?\**:?\s*", re.I
)
PREFIX = re.compile(r"^\s*(?:#{1,6}\s+|>\s*)+")
IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)?")
LINK = re.compile(r"\[([^\[\]]+)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
EMPHASIS = re.compile(
    r"\*\*|__|`|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)"
)
# What may be the beginning of a mark, at the end of what has come so far.
HALF_OPEN = re.compile(r"[\[【［(<!][^\]】］)>\n]{0,60}$")
ENCLOSING = ("“”", "()", "[]")
ENDING = re.compile(r"[.!?…。！？]")
# A line without an end that is as long as this may have been wrapped; the next one then goes on in small letters.
WRAPPED = 40


@dataclass(frozen=True)
class Claim:
    """A sentence that the model wrote, on one line and without marks, and the passage numbers that it gave for it."""

    text: str
    marks: tuple[int, ...] = ()


class ClaimReader:
    """Takes the text piece by piece, and gives each sentence as soon as nothing more can belong to it."""

    def __init__(self) -> None:
        self._line = ""
        # How many sentences of the line have been given already.
        self._given = 0
        self._ended = False

    def feed(self, piece: str) -> list[Claim]:
        """Take a piece; the sentences that are complete now."""
        found: list[Claim] = []
        self._line += piece
        while "\n" in self._line:
            line, _, rest = self._line.partition("\n")
            if _may_go_on(line):
                if not rest.strip():
                    return found
                if rest.lstrip()[0].islower():
                    self._line = f"{line} {rest.lstrip()}"
                    continue
            found += self._rest_of(line)
            self._line = rest
        if ENDING.search(piece) or len(piece) > AHEAD or len(self._line) > LONGEST_CLAIM:
            found += self._complete()
        return found

    def close(self) -> list[Claim]:
        """The sentences of what is left, whether they end or not."""
        found = self._rest_of(self._line)
        self._line = ""
        return found

    @property
    def pending(self) -> str:
        """The sentence that is being written, as far as it may be shown: without marks, and without half a mark."""
        if self._ended:
            return ""
        return " ".join(
            claim.text for claim in _claims(HALF_OPEN.sub("", self._line))[self._given :]
        )

    def _complete(self) -> list[Claim]:
        claims = (
            [] if self._ended or _is_open(self._line) else _claims(HALF_OPEN.sub("", self._line))
        )
        if len(claims) > 1 and len(claims[-1].text) < AHEAD:
            claims.pop()
        new = claims[self._given : -1]
        self._given += len(new)
        if not new and len(self._line) > LONGEST_CLAIM and not self._ended:
            new, self._line, self._given = claims[self._given :], "", 0
        return new

    def _rest_of(self, line: str) -> list[Claim]:
        given, self._given = self._given, 0
        self._ended = self._ended or REFERENCES.fullmatch(line) is not None
        return [] if self._ended else _claims(line)[given:]


def read_claims(text: str) -> list[Claim]:
    """The sentences of a whole text."""
    reader = ClaimReader()
    return [*reader.feed(text), *reader.close()]


def _may_go_on(line: str) -> bool:
    """Whether a line may have been wrapped in the middle of a sentence."""
    bare = MARK.sub("", line).rstrip()
    return len(bare) >= WRAPPED and bare[-1] not in '.!?…:。！？"”|'


def _is_open(line: str) -> bool:
    """Whether a quotation or a bracket is open: full stops in it end no sentence, which is only seen when it closes."""
    return line.count('"') % 2 == 1 or any(
        line.count(pair[0]) > line.count(pair[1]) for pair in ENCLOSING
    )


def _claims(line: str) -> list[Claim]:
    """The sentences of one line, in the order in which they stand there."""
    if SKIPPED_LINE.fullmatch(line):
        return []
    marks: list[tuple[int, ...]] = []

    def note(match: re.Match[str]) -> str:
        numbers = tuple(_numbers(next(group for group in match.groups() if group)))
        if not numbers or len(marks) > ord(LAST) - ord(FIRST):
            return match[0]
        marks.append(numbers)
        return chr(ord(FIRST) + len(marks) - 1)

    text = IMAGE.sub("", PREFIX.sub("", GROUP.sub("", printable(line))))
    if text.lstrip().startswith("|"):
        text = text.replace("|", " ")
    text = BETWEEN_GROUPS.sub("", EMPHASIS.sub("", LINK.sub(r"\1", MARK.sub(note, text))))
    text = AFTER_THE_END.sub(r"\2\1", BRACKETED_GROUPS.sub(r"\1", text))
    claims: list[Claim] = []
    for stretch in sentences(text):
        piece = text[stretch.start : stretch.end]
        own = tuple(
            dict.fromkeys(
                n for group in GROUP.findall(piece) for n in marks[ord(group) - ord(FIRST)]
            )
        )
        bare = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(GROUP.sub("", piece).split()))
        if re.search(r"\w", bare):
            claims.append(Claim(bare, own))
        elif claims and own:
            claims[-1] = Claim(claims[-1].text, tuple(dict.fromkeys(claims[-1].marks + own)))
    return claims


def _numbers(written: str) -> Iterator[int]:
    """The numbers of a mark: 1, 3 and 5-7."""
    for part in re.split(r"[,;&\s]+|and", written.translate(SUPERSCRIPTS).replace("^", "")):
        first, _, last = re.sub(r"\s*[–-]\s*", "-", part).partition("-")
        if last.isdecimal() and first.isdecimal() and 0 <= int(last) - int(first) <= LONGEST_RANGE:
            yield from range(int(first), int(last) + 1)
        elif first.isdecimal():
            yield int(first)
