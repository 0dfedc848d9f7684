"""Give each sentence that a model wrote the citations that support it, or take it back."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

from index.articles import Article
from index.text.terms import content_terms

from ..answer.events import Settled, TakenBack
from ..answer.parts import Verdict, articles_of
from ..answer.quotes import Quote
from ..llm.marks import Claim
from ..llm.packing import Block, head_line
from ..verify.evidence import Evidence, Line, Window, group_into_quotes, lines_of
from ..verify.facts import read_facts
from ..verify.proof import UNPROVEN
from .builder import AnswerBuilder

__all__ = ["Citer", "Doubtful"]

# Orders to a language model are no evidence, nor is the rest of their paragraph.
TO_A_MODEL = regex.compile(
    # An order to set its instructions aside.
    r"\b(?:ignore|disregard|forget|ignoriere)\b[^.!?]{0,40}"
    r"\b(?:instructions?|prompts?|rules|guidance|question|anweisungen)\b"
    r"|^\W*(?:you are now|as the developer|i am the (?:user|developer))\b"
    # The marks of chat formats, tags, JSON of a conversation.
    r"|<\||\[/?INST\]|</?\w+[^<>]*>|\"role\"\s*:"
    # Words to any model that reads it.
    r"|\b(?:note|message|request|word) to (?:any|the|all|every|each)"
    r" (?:assistant|model|ai|chatbot|language model)s?\b"
    r"|\b(?:your|every|the) answers? (?:must|should|shall|has to|begins? with)\b"
    r"|^\W*answer (?:only|with)\b"
    r"|\byour (?:instructions?|prompt|rules)\b|\bsystem prompt\b"
    # Words to what checks claims.
    r"|\bcitations? (?:check|(?:is|are|was|were) verified)\b"
    r"|^\W*(?:verdict|label)\s*:\s*(?:supported|entail)"
    r"|\b(?:supported|verified|prove[dn]|confirmed) by (?:this|the)"
    r" (?:text|article|passage|source|document)s?\b"
    r"|\bcheckers? (?:must|should|shall|has to|have to)\b",
    regex.I,
)
# A turn of a conversation: nothing of its paragraph is evidence.
CONVERSATION_TURN = regex.compile(
    r"^\W*(?:system|assistant|user|human|question)\s*:", regex.I | regex.M
)
PARAGRAPH_BREAK = regex.compile(r"\n\s*\n")
# The first person, outside quotation marks; "Venture I" is none.
FIRST_PERSON = regex.compile(r"(?<![\w“\"‘'])(?<!\p{Lu}\p{L}{2,20}\s)(?:I|I'm|I’m|my|Ich)(?![\w.])")
QUOTATION = regex.compile(r"“[^”]*”|\"[^\"]*\"|‘[^’]*’")
NOT_A_SENTENCE = regex.compile(r"</?\w+[^<>]*>|\{\s*\"|^[\W\d_]*$")
# "The passages do not give a date."; a claim may follow after "but".
SAYS_NOT = regex.compile(
    r"^\W*(?:however,?\s+|but\s+|unfortunately,?\s+)?(?:"
    r"(?:(?:the|these|those|no|none of the)\s+)?(?:\w+\s+)?"
    r"(?:passages?|articles?|texts?|excerpts?|sources?|reports?|documents?"
    r"|context|coverage|material)"
    r"(?:\s+(?:provided|given|shown|here|available|above))?\s+"
    r"(?:(?:do|does|did)\s*(?:not|n['’]t)|don['’]t|doesn['’]t|didn['’]t|never"
    r"|(?:which\s+)?(?:says?|mentions?|gives?|states?))"
    r"|(?:there\s+is|it\s+is|this\s+is|that\s+is)\s+"
    r"(?:no\s+(?:information|mention|indication)"
    r"|not\s+(?:stated|mentioned|specified|given|said|clear|disclosed|reported))"
    r"(?=[^.]*\b(?:passages?|articles?|texts?|sources?|excerpts?|reports?)\b)"
    r")\b",
    regex.I,
)
SAYS_MORE = regex.compile(r"\b(?:but|though|although|only that|except)\b|;", regex.I)
NEGATED = regex.compile(r"\bnot\b|n['’]t\b|\bnever\b|\bno\b|\bnone\b", regex.I)
# The beginning of a sentence that needs the one before it.
POINTS_BACK = regex.compile(
    r"^\W*(?:(?:And|But|Yet|So|Then|Still|Later|Also),?\s+)?"
    r"(?:they|it|he|she|this|these|those|that|both|neither|his|her"
    r"|their|its|the (?:former|latter|two|three|same|other)|one of them|all of them)\b",
    regex.I,
)
# A shorter claim is checked together with the question that it answers.
MIN_CLAIM_WORDS = 3


class Reason(StrEnum):
    """Why a sentence of the model is not shown as fact, beside the verdict of the check."""

    INTRODUCES = "it only introduces what follows"
    BROKE_OFF = "the reply broke off in it"
    GOES_ON = "it goes on from a sentence that was left out"
    NOT_A_SENTENCE = "it is no sentence"
    FIRST_PERSON = "it speaks of its writer"


@dataclass(frozen=True)
class Doubtful:
    """A sentence that is not verified, by its place in the answer, and its nearest quotes.

    marks: the numbers of the blocks that the model cited for it.
    """

    place: int
    claim: str
    windows: tuple[Window, ...]
    marks: tuple[int, ...] = ()


class Citer:
    """Settles the sentences of one answer in order, against the blocks shown to the model.

    show_unsupported: keep what no quote supports among the sentences, marked as unsupported.
    show_uncertain: keep what quotes come near to, marked as not verified.
    """

    def __init__(
        self,
        builder: AnswerBuilder,
        blocks: Sequence[Block],
        *,
        show_unsupported: bool = False,
        show_uncertain: bool = True,
    ) -> None:
        self.builder = builder
        self.doubtful: list[Doubtful] = []
        self._show_unsupported = show_unsupported
        self._shown_verdicts = {Verdict.SUPPORTED}
        if show_uncertain:
            self._shown_verdicts.add(Verdict.UNCERTAIN)
        self._blocks = {block.number: block for block in blocks}
        self._evidence = Evidence(_evidence_lines(blocks))
        self._last_dropped = False

    def settle(self, claim: Claim) -> Settled | TakenBack:
        """The sentence with its citations; or taken back, and why."""
        settled = self._settle(claim)
        self._last_dropped = isinstance(settled, TakenBack) and settled.reason != Reason.INTRODUCES
        return settled

    def _settle(self, claim: Claim) -> Settled | TakenBack:
        unfit = _unfit(claim)
        if unfit:
            return self._take_back(claim, unfit)
        if says_not(claim.text):
            return self.builder.add(claim.text, verdict=Verdict.NO_CLAIM)
        if self._last_dropped and POINTS_BACK.search(claim.text):
            return self._take_back(claim, Reason.GOES_ON)
        finding = self._evidence.check(self._as_asked(claim.text), frozenset(claim.marks))
        quotes = list(map(self._quote, finding.quotes))
        if not all(map(self.builder.proves, quotes)):
            return self._take_back(claim, UNPROVEN)
        if finding.verdict not in self._shown_verdicts:
            return self._take_back(claim, finding.reason)
        mark = None
        if finding.verdict is Verdict.SUPPORTED:
            mark = _mark(claim.marks, finding.quotes)
        else:
            place = len(self.builder.sentences)
            self.doubtful.append(Doubtful(place, claim.text, finding.nearest, claim.marks))
        return self.builder.add(
            claim.text, quotes, finding.verdict, mark=mark, confidence=finding.confidence
        )

    def lift(self, doubtful: Doubtful, window: Window) -> Settled | None:
        """Mark a sentence as supported by one of its nearest quotes; None if a rule objects."""
        found = group_into_quotes(window)
        quotes = list(map(self._quote, found))
        proven = all(map(self.builder.proves, quotes))
        if not proven or self._evidence.find_objection(doubtful.claim, window):
            return None
        mark = _mark(doubtful.marks, found)
        return self.builder.add(doubtful.claim, quotes, mark=mark, place=doubtful.place)

    def break_off(self, claim: Claim) -> None:
        """Drop the sentence in which the reply ended before its time."""
        self.builder.drop(claim.text, Reason.BROKE_OFF)

    @property
    def lacking(self) -> bool:
        """Whether a sentence of the model was left out, or is not verified."""
        reasons = {dropped.reason for dropped in self.builder.dropped}
        verdicts = {sentence.verdict for sentence in self.builder.sentences}
        return not (reasons <= {Reason.INTRODUCES} and verdicts <= {Verdict.SUPPORTED})

    def _as_asked(self, text: str) -> str:
        """The claim; a fragment ("In 2019.") together with the question that it answers."""
        facts = read_facts(text)
        length = len(content_terms(text)) + len(facts.numbers) + len(facts.dates)
        return text if length >= MIN_CLAIM_WORDS else f"{self.builder.asked} {text}"

    def _take_back(self, claim: Claim, reason: str) -> TakenBack:
        self.builder.drop(claim.text, reason)
        if self._show_unsupported:
            self.builder.add(claim.text, verdict=Verdict.UNSUPPORTED)
        return TakenBack(claim.text, reason)

    def _quote(self, lines: Window) -> Quote:
        block, start, end = self._blocks[lines[0].block], lines[0].start, lines[-1].end
        text = block.text[start - block.start : end - block.start]
        return Quote(block.article, start, end, text, self._also(text, block.article))

    def _also(self, text: str, article: Article) -> tuple[Article, ...]:
        same = [block for block in self._blocks.values() if text in block.text]
        return tuple(other for other in articles_of(same) if other.id != article.id)


def says_not(text: str) -> bool:
    """Whether a sentence only says that the articles do not say something."""
    found = SAYS_NOT.search(text)
    return (
        found is not None
        and NEGATED.search(text) is not None
        and not SAYS_MORE.search(text, found.end())
    )


def _mark(marks: Sequence[int], quotes: Sequence[Window]) -> str:
    """`Sentence.mark` for a sentence that these quotes support."""
    if not marks:
        return "added"
    return "kept" if {lines[0].block for lines in quotes} <= set(marks) else "moved"


def _evidence_lines(blocks: Sequence[Block]) -> list[Line]:
    """The lines that may be evidence: of a paragraph with orders to a model those before them.

    A paragraph in the form of a conversation has none.
    """
    found: list[Line] = []
    for block in blocks:
        for paragraph in _paragraphs(block):
            if any(CONVERSATION_TURN.search(line.text) for line in paragraph):
                continue
            found += itertools.takewhile(
                lambda line: TO_A_MODEL.search(line.text) is None, paragraph
            )
    return found


def _paragraphs(block: Block) -> Iterator[list[Line]]:
    head = head_line(block.article)
    lines = lines_of(block.number, block.article, head, block.text, start=block.start)
    breaks = [block.start + found.start() for found in PARAGRAPH_BREAK.finditer(block.text)]
    by_paragraph = itertools.groupby(lines, lambda line: bisect.bisect(breaks, line.start))
    for _, paragraph in by_paragraph:
        yield list(paragraph)


def _unfit(claim: Claim) -> Reason | None:
    """Why no article could support the sentence."""
    if _introduces(claim):
        return Reason.INTRODUCES
    if NOT_A_SENTENCE.search(claim.text):
        return Reason.NOT_A_SENTENCE
    if FIRST_PERSON.search(QUOTATION.sub("", claim.text)):
        return Reason.FIRST_PERSON
    return None


def _introduces(claim: Claim) -> bool:
    """Whether the sentence only introduces others: "Here is what the articles say:"."""
    if not claim.text.endswith(":"):
        return False
    facts = read_facts(claim.text)
    names = [name for name in facts.names if not name.first]
    return not any((facts.numbers, facts.dates, names))
