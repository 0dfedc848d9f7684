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

__all__ = ["Block", "Packed", "harmless", "head_line", "pack"]

# Other ways to write a mark, which an article must not forge either.
FORGED = re.compile(r"【([^【】]{0,20})】|\[\^(\d+)\]")
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\U000e0000-\U000e007f]")


@dataclass(frozen=True)
class Block:
    """A stretch of an article as the model sees it under its number (from 1): the article's text[start:end]."""

    number: int
    article: Article
    start: int
    end: int
    text: str

    @property
    def shown(self) -> str:
        """The block as it stands in the prompt: a line about the article, then its text, each line after a `>`."""
        lines = [line.strip() for line in harmless(self.text).splitlines()]
        return "\n".join(
            [f"[{self.number}] {head_line(self.article)}", *(f"> {line}" for line in lines if line)]
        )


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
    """As many of the passages (best first) as `budget` tokens hold, neighbouring ones of an article merged.

    One that does not fit is left out, and a shorter one after it may still go in. A block stands where its best
    passage stands. also: further ones for the room that is left, not missed where there is none.
    """
    kept: list[Passage] = []
    there = {passage.id for passage in passages}
    for passage in (*passages, *(passage for passage in also if passage.id not in there)):
        packed = Packed(_blocks([*kept, passage]))
        if count_tokens(str(packed)) <= budget:
            kept.append(passage)
    return Packed(_blocks(kept), tuple(passage for passage in passages if passage not in kept))


def _blocks(passages: Sequence[Passage]) -> tuple[Block, ...]:
    groups: list[list[Passage]] = []
    for passage in sorted(passages, key=lambda p: (p.article.id, p.start)):
        if (
            groups
            and groups[-1][-1].article.id == passage.article.id
            and groups[-1][-1].end == passage.start
        ):
            groups[-1].append(passage)
        else:
            groups.append([passage])
    rank = {passage.id: place for place, passage in enumerate(passages)}
    groups.sort(key=lambda group: min(rank[passage.id] for passage in group))
    return tuple(
        Block(
            number,
            group[0].article,
            group[0].start,
            group[-1].end,
            "".join(passage.text for passage in group),
        )
        for number, group in enumerate(groups, start=1)
    )


def head_line(article: Article) -> str:
    """The line about an article that stands before its passages."""
    return " ".join(harmless(article_line(article)).split())


def harmless(text: str) -> str:
    """The text without characters that nobody sees, and its own marks in round brackets."""
    visible = INVISIBLE.sub("", printable(text))
    return FORGED.sub(
        lambda match: f"({match[1] or match[2]})", BRACKETED_NUMBERS.sub(r"(\1)", visible)
    )
