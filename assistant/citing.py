"""Give each sentence that a model wrote the citations that hold it, or take it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from index.articles import Article
from index.store import Index

from .answer import Citation, Dropped, Sentence
from .check import NO_COPIES, UNPROVEN, Copies, citation, stands, stored
from .comparison import Comparison, Line, lines_of
from .events import Settled, TakenBack
from .evidence import Quote as Lines
from .evidence import find
from .facts import read
from .marks import Claim
from .packing import Block
from .quotes import Quote

__all__ = ["Citer"]


# Sentences of an article that speak to a language model or are markup tell nothing about the world: no evidence.
TO_A_MODEL = regex.compile(
    r"^\W*(?:please\s+)?(?:ignore|ignoriere|disregard|forget|you are now|system\s*:|assistant\s*:|as the developer"
    r"|i am the (?:user|developer))\b|<\||\[/?INST\]|</?\w+[^<>]*>|\"role\"\s*:"
    r"|\b(?:note|message|request|word) to (?:any|the|all|every|each) (?:assistant|model|ai|chatbot|language model)s?\b"
    r"|^\W*(?:user|human|question)\s*:"
    r"|\b(?:every answer|your (?:instructions?|answers?|prompt|rules)|system prompt|(?:this|the) assistant"
    r"|citation check"
    r"|citations? (?:is|are|was|were) verified|answer only|the answer with)\b",
    regex.I,
)
PARAGRAPH = regex.compile(r"\n\s*\n")
# What a model writes of itself, and what is no sentence.
# "Venture I" is none.
OF_ITSELF = regex.compile(r"(?<![\w“\"‘'])(?<!\p{Lu}\p{L}{2,20}\s)(?:I|I'm|I’m|my|Ich)(?![\w.])")
QUOTED = regex.compile(r"“[^”]*”|\"[^\"]*\"|‘[^’]*’")
NO_SENTENCE = regex.compile(r"</?\w+[^<>]*>|\{\s*\"|^[\W\d_]*$")
# A claim of fewer content words can only be checked together with the question that it answers.
SHORT, ASKED = 3, 0.5

INTRODUCES = "it only introduces what follows"
BROKE_OFF = "the reply broke off in it"


class Citer:
    """Settles the sentences of one answer, in their order, against the blocks that the model was shown.

    show_unsupported: keep what no quote supports among the sentences, marked as unsupported.
    """

    def __init__(
        self,
        question: str,
        blocks: Sequence[Block],
        index: Index,
        *,
        copies: Copies = NO_COPIES,
        show_unsupported: bool = False,
    ) -> None:
        self.sentences: list[Sentence] = []
        self.citations: list[Citation] = []
        self.dropped: list[Dropped] = []
        self._question = question
        self._index = index
        self._copies = copies
        self._show_unsupported = show_unsupported
        self._blocks = {block.number: block for block in blocks}
        self._stored = {block.article.id: stored(block.article.id, index) for block in blocks}
        self._lines = _lines(blocks)

    def settle(self, claim: Claim) -> Settled | TakenBack:
        """The sentence with its citations; or taken back, and why."""
        unfit = _unfit(claim)
        held, reason = ((), unfit) if unfit else self._held(claim)
        if reason is None and self._too_short(claim, held):
            reason = "it is too short to be checked"
        quotes = [self._quote(lines) for lines in held]
        if reason is None and not all(stands(quote, self._stored[quote.article.id]) for quote in quotes):
            reason = UNPROVEN
        if reason is not None:
            return self._take_back(claim, reason)
        new = len(self.citations)
        numbers = tuple(dict.fromkeys(self._cite(quote) for quote in quotes))
        blocks = {lines[0].block for lines in held}
        mark = "added" if not claim.marks else "kept" if blocks <= set(claim.marks) else "moved"
        self.sentences.append(Sentence(claim.text, numbers, mark=mark))
        return Settled(self.sentences[-1], tuple(self.citations[new:]))

    def quote(self, quotes: Sequence[Quote]) -> Iterator[Settled]:
        """Quotes as sentences of their own, those that are not cited yet."""
        for quote in quotes:
            new = len(self.citations)
            if stands(quote, stored(quote.article.id, self._index)) and self._cite(quote) > new:
                self.sentences.append(Sentence(quote.text, (new + 1,)))
                yield Settled(self.sentences[-1], tuple(self.citations[new:]))

    def break_off(self, claim: Claim) -> None:
        """Drop the sentence in which the reply ended before its time."""
        self.dropped.append(Dropped(claim.text, BROKE_OFF))

    @property
    def lacking(self) -> bool:
        """Whether something that the model said is missing from the answer."""
        return any(dropped.reason != INTRODUCES for dropped in self.dropped)

    def _held(self, claim: Claim) -> tuple[tuple[Lines, ...], str | None]:
        """The lines that hold the claim: in the blocks that the model named, else in any."""
        named = set(claim.marks) & self._blocks.keys()
        if named and len(named) < len(self._blocks):
            held, reason = find(claim.text, [line for line in self._lines if line.block in named])
            if reason is None:
                return held, None
        return find(claim.text, self._lines)

    def _too_short(self, claim: Claim, held: tuple[Lines, ...]) -> bool:
        """Whether a claim is a fragment, and its quotes do not speak of what was asked."""
        said = read(claim.text)
        content = sum(word.content for word in said.words) + len(said.numbers) + len(said.dates)
        lines = [line for quote in held for line in quote]
        return content < SHORT and Comparison(self._question, [lines]).covered_share < ASKED

    def _take_back(self, claim: Claim, reason: str) -> TakenBack:
        self.dropped.append(Dropped(claim.text, reason))
        if self._show_unsupported:
            self.sentences.append(Sentence(claim.text, (), supported=False))
        return TakenBack(claim.text, reason)

    def _quote(self, lines: Lines) -> Quote:
        block, start, end = self._blocks[lines[0].block], lines[0].start, lines[-1].end
        text = block.text[start - block.start : end - block.start]
        return Quote(block.article, start, end, text, self._also(text, block.article))

    def _also(self, text: str, article: Article) -> tuple[Article, ...]:
        others = {block.article.id: block.article for block in self._blocks.values() if text in block.text}
        others.pop(article.id, None)
        return tuple(others.values())

    def _cite(self, quote: Quote) -> int:
        """The number of the quote's citation, which is made when it is first cited."""
        for cited in self.citations:
            if (cited.article.id, cited.start, cited.end) == (quote.article.id, quote.start, quote.end):
                return cited.number
        self.citations.append(citation(len(self.citations) + 1, quote, self._copies))
        return len(self.citations)


def _lines(blocks: Sequence[Block]) -> list[Line]:
    """The lines that may be evidence: none that speaks to a model, and none after it in its paragraph."""
    shown: dict[str, str] = {}
    for block in blocks:
        shown[block.article.id] = f"{shown.get(block.article.id, '')}\n{block.text}"
    found = []
    for block in blocks:
        speaks, end = False, block.start
        for line in lines_of(
            block.number, block.article, block.text, start=block.start, context=shown[block.article.id]
        ):
            between = block.text[end - block.start : line.start - block.start]
            speaks = (speaks and PARAGRAPH.search(between) is None) or TO_A_MODEL.search(line.text) is not None
            end = line.end
            if not speaks:
                found.append(line)
    return found


def _unfit(claim: Claim) -> str | None:
    """Why a sentence is none that an article could hold."""
    if _introduces(claim):
        return INTRODUCES
    if NO_SENTENCE.search(claim.text):
        return "it is no sentence"
    return "it speaks of its writer" if OF_ITSELF.search(QUOTED.sub("", claim.text)) else None


def _introduces(claim: Claim) -> bool:
    """Whether the sentence says nothing of its own: "Here is what the articles say:"."""
    said = read(claim.text)
    names = [word for word in said.names if not word.first]
    return claim.text.endswith(":") and not (said.numbers or said.dates or names)
