"""Put the passages that were found into a prompt: numbered blocks of articles, as many as fit.

They are quoted so that nothing in them can be taken for a mark or an instruction of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.articles import Article, Passage

from ..answer.parts import BRACKETED_NUMBERS
from ..answer.text import article_line, printable

__all__ = ["Block", "Packed", "head_line", "pack", "without_marks"]

# Other ways to write a mark, which an article must not forge either.
FORGED_MARK = re.compile(r"【([^【】]{0,20})】|\[\^(\d+)\]")
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\U000e0000-\U000e007f]")


@dataclass(frozen=True)
class Block:
    """A stretch of an article that the model sees under a number (from 1): text[start:end]."""

    number: int
    article: Article
    start: int
    end: int
    text: str

    @property
    def shown(self) -> str:
        """The block in the prompt: a line about the article, then each line of text after a `>`."""
        shown = [f"[{self.number}] {head_line(self.article)}"]
        for line in without_marks(self.text).splitlines():
            if line.strip():
                shown.append(f"> {line.strip()}")
        return "\n".join(shown)


@dataclass(frozen=True)
class Packed:
    """The blocks that fit, and the passages for which there was no room."""

    blocks: tuple[Block, ...]
    left_out: tuple[Passage, ...] = ()

    def __str__(self) -> str:
        return "\n\n".join(block.shown for block in self.blocks)


def pack(
    passages: Sequence[Passage],
    budget: int,
    count_tokens: Callable[[str], int],
    *,
    also: Sequence[Passage] = (),
) -> Packed:
    """As many of the passages (best first) as `budget` tokens hold, neighbours merged.

    A passage that does not fit is left out, and a shorter one after it may still go in. A block
    stands where its best passage stands. also: passages for the room that is left; none of them is
    reported as left out.
    """
    kept: list[Passage] = []
    left_out: list[Passage] = []
    ids = {passage.id for passage in passages}
    optional = [passage for passage in also if passage.id not in ids]
    for passage in (*passages, *optional):
        packed = Packed(_blocks([*kept, passage]))
        if count_tokens(str(packed)) <= budget:
            kept.append(passage)
        elif passage.id in ids:
            left_out.append(passage)
    return Packed(_blocks(kept), tuple(left_out))


def _blocks(passages: Sequence[Passage]) -> tuple[Block, ...]:
    """Merge passages that follow each other in an article; passages and blocks are best first."""
    rank = {passage.id: place for place, passage in enumerate(passages)}
    runs: list[list[Passage]] = []
    for passage in sorted(passages, key=lambda passage: (passage.article.id, passage.start)):
        last = runs[-1][-1] if runs else None
        if last and (last.article.id, last.end) == (passage.article.id, passage.start):
            runs[-1].append(passage)
        else:
            runs.append([passage])
    runs.sort(key=lambda run: min(rank[passage.id] for passage in run))
    blocks = []
    for number, run in enumerate(runs, start=1):
        text = "".join(passage.text for passage in run)
        blocks.append(Block(number, run[0].article, run[0].start, run[-1].end, text))
    return tuple(blocks)


def head_line(article: Article) -> str:
    """The line about an article that stands before its passages."""
    return " ".join(without_marks(article_line(article)).split())


def without_marks(text: str) -> str:
    """The text without invisible characters; what could be taken for a mark is in (brackets)."""
    visible = INVISIBLE.sub("", printable(text))
    rounded = BRACKETED_NUMBERS.sub(r"(\1)", visible)
    return FORGED_MARK.sub(lambda match: f"({match[1] or match[2]})", rounded)
