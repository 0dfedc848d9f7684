"""Split the text of a chat model into sentences with marks, while it is being written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.text.sentences import sentences

from ..answer.text import printable

__all__ = ["Claim", "ClaimReader", "read_claims"]

MAX_RANGE_MARKS = 20
# A longer sentence is cut.
MAX_CLAIM_CHARS = 2_000
# A sentence is complete when this much of the next one has come.
NEXT_SENTENCE_CHARS = 12
# A line without an end that is as long as this may have been wrapped.
MIN_WRAPPED_CHARS = 40

PASSAGE_NUMBERS = r"\d{1,3}(?:\s*(?:[,;&–-]|and)\s*\^?\d{1,3})*"
NUMBER_OR_RANGE = re.compile(r"(\d+)(?:\s*[–-]\s*\^?(\d+))?")
MARK_WORD = (
    r"(?:sources?|passages?|articles?|docs?|documents?|refs?|references?|citations?|quotes?)"
)
# As models write them: [1], [1, 3], [1-3], [^1], (Source 1), 【1】, ［1］, <sup>1</sup>, ¹.
ANY_MARK = re.compile(
    rf"\[\[?\^?({PASSAGE_NUMBERS})\]?\](?:\([^()\s]*\))?"
    rf"|\[\s*(?:see\s+)?{MARK_WORD}\s*#?\s*({PASSAGE_NUMBERS})\s*\]"
    rf"|\(\s*(?:see\s+)?{MARK_WORD}\s*#?\s*({PASSAGE_NUMBERS})\s*\)"
    rf"|【\s*(?:{MARK_WORD}\s*)?({PASSAGE_NUMBERS})(?::\d+)?\s*(?:†[^【】]*)?】"
    rf"|［\s*({PASSAGE_NUMBERS})\s*］"
    rf"|<sup>\s*\[?({PASSAGE_NUMBERS})\]?\s*</sup>"
    r"|(?<=[\w.!?,;:”\"’')])([¹²³⁴⁵⁶⁷⁸⁹][⁰¹²³⁴⁵⁶⁷⁸⁹,]*)(?!\w)",
    re.I,
)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
# While a line is read, each group of marks is one private character: its place in a list.
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

# Fences of code, rules, the rule of a table, definitions of footnotes.
SKIPPED_LINE = re.compile(r"\s*(?:```.*|~~~.*|(?:[-*_=]\s*){3,}|\|?[-:|\s]{5,}|\[\^\d{1,3}\]:.*)")
# The heading of a list of references, which ends the text.
REFERENCES_HEADING = re.compile(
    r"\s*(?:#+\s*)?\**\s*"
    r"(?:sources|references|citations|footnotes|bibliography)\s*:?\**:?\s*",
    re.I,
)
LINE_PREFIX = re.compile(r"^\s*(?:#{1,6}\s+|>\s*)+")
IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)?")
LABELLED_LINK = re.compile(r"\[([^\[\]]+)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
EMPHASIS = re.compile(
    r"\*\*|__|`|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)"
)
# The end of a text that may be the beginning of a mark.
HALF_OPEN = re.compile(r"[\[【［(<!][^\]】］)>\n]{0,60}$")
ENCLOSING = (("“", "”"), ("(", ")"), ("[", "]"))
SENTENCE_END = re.compile(r"[.!?…。！？]")


@dataclass(frozen=True)
class Claim:
    """A sentence of the model, on one line and without marks, and the numbers in its marks."""

    text: str
    marks: tuple[int, ...] = ()


class ClaimReader:
    """Takes the text piece by piece, and gives each sentence once nothing more can belong to it."""

    def __init__(self) -> None:
        self._line = ""
        # The number of sentences of the line that were given already.
        self._given = 0
        # The list of references has begun.
        self._ended = False

    def feed(self, piece: str) -> list[Claim]:
        """Take a piece; return the sentences that are complete now."""
        claims: list[Claim] = []
        self._line += piece
        while "\n" in self._line:
            line, _, rest = self._line.partition("\n")
            if _may_be_wrapped(line):
                next_text = rest.lstrip()
                if not next_text:
                    return claims
                if next_text[0].islower():
                    self._line = f"{line} {next_text}"
                    continue
            claims += self._take_rest(line)
            self._line = rest
        if SENTENCE_END.search(piece) or len(piece) > NEXT_SENTENCE_CHARS or self._too_long:
            claims += self._take_complete()
        return claims

    def close(self) -> list[Claim]:
        """The sentences that are left, complete or not."""
        claims = self._take_rest(self._line)
        self._line = ""
        return claims

    @property
    def pending(self) -> str:
        """The sentence that is being written, without marks and without half a mark."""
        if self._ended:
            return ""
        claims = _claims(HALF_OPEN.sub("", self._line))
        return " ".join(claim.text for claim in claims[self._given :])

    @property
    def _too_long(self) -> bool:
        return len(self._line) > MAX_CLAIM_CHARS

    def _take_complete(self) -> list[Claim]:
        """The sentences of the line that are complete and were not given."""
        if self._ended or (_is_open(self._line) and not self._too_long):
            return []
        claims = _claims(HALF_OPEN.sub("", self._line))
        # The last sentence may go on, and the one before it until enough of the last has come.
        if len(claims) > 1 and len(claims[-1].text) < NEXT_SENTENCE_CHARS:
            claims.pop()
        complete = claims[self._given : -1]
        self._given += len(complete)
        if self._too_long and not complete:
            complete = claims[self._given :]
            self._line, self._given = "", 0
        return complete

    def _take_rest(self, line: str) -> list[Claim]:
        """The sentences of a line that has ended, but for those that were given."""
        given, self._given = self._given, 0
        self._ended |= REFERENCES_HEADING.fullmatch(line) is not None
        return [] if self._ended else _claims(line)[given:]


def read_claims(text: str) -> list[Claim]:
    """The sentences of a whole text."""
    reader = ClaimReader()
    return [*reader.feed(text), *reader.close()]


def _may_be_wrapped(line: str) -> bool:
    """Whether a line may have been broken in the middle of a sentence."""
    bare = ANY_MARK.sub("", line).rstrip()
    return len(bare) >= MIN_WRAPPED_CHARS and bare[-1] not in '.!?…:。！？"”|'


def _is_open(line: str) -> bool:
    """Whether a quotation or a bracket is open: a full stop in it does not end the sentence."""
    if line.count('"') % 2 == 1:
        return True
    return any(line.count(opening) > line.count(closing) for opening, closing in ENCLOSING)


def _claims(line: str) -> list[Claim]:
    """The sentences of one line, in their order."""
    if SKIPPED_LINE.fullmatch(line):
        return []
    text, groups = _group_marks(LINE_PREFIX.sub("", GROUP.sub("", printable(line))))
    claims: list[Claim] = []
    for stretch in sentences(text):
        sentence = text[stretch.start : stretch.end]
        marks: dict[int, None] = {}
        for group in GROUP.findall(sentence):
            marks.update(groups[ord(group) - ord(FIRST)])
        bare = " ".join(GROUP.sub("", sentence).split())
        bare = re.sub(r"\s+([.,;:!?])", r"\1", bare)
        if re.search(r"\w", bare):
            claims.append(Claim(bare, tuple(marks)))
        elif claims:
            # Marks without a sentence belong to the one before.
            before = claims.pop()
            claims.append(Claim(before.text, tuple(dict.fromkeys(before.marks) | marks)))
    return claims


def _group_marks(line: str) -> tuple[str, list[dict[int, None]]]:
    """The line without Markdown and with one private character for each group of marks.

    The groups are sets of passage numbers in their order, in the order of the characters.
    """
    groups: list[dict[int, None]] = []

    def note(match: re.Match[str]) -> str:
        written = "".join(filter(None, match.groups()))
        numbers = dict.fromkeys(_passage_numbers(written))
        if not numbers or len(groups) > ord(LAST) - ord(FIRST):
            return match[0]
        groups.append(numbers)
        return chr(ord(FIRST) + len(groups) - 1)

    text = IMAGE.sub("", line)
    if text.lstrip().startswith("|"):
        text = text.replace("|", " ")
    text = EMPHASIS.sub("", LABELLED_LINK.sub(r"\1", ANY_MARK.sub(note, text)))
    text = BRACKETED_GROUPS.sub(r"\1", BETWEEN_GROUPS.sub("", text))
    return AFTER_THE_END.sub(r"\2\1", text), groups


def _passage_numbers(written: str) -> Iterator[int]:
    """The numbers of a mark, such as "1, 3 and 5-7"."""
    for first, last in NUMBER_OR_RANGE.findall(written.translate(SUPERSCRIPTS)):
        numbers = range(int(first), int(last or first) + 1)
        yield from numbers if 0 < len(numbers) <= MAX_RANGE_MARKS else [int(first)]
