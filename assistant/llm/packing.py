"""Put the passages that were found into a prompt: numbered blocks of articles, as many as fit.

They are quoted so that nothing in them can be taken for a mark or an instruction of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

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
        head = f"[{self.number}] {head_line(self.article)}"
        lines = filter(None, map(str.strip, without_marks(self.text).splitlines()))
        return "\n> ".join([head, *lines])


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
    # The best rank of each run of passages, and the run, by its article and its end.
    runs: dict[tuple[str, int], tuple[int, list[Passage]]] = {}
    ranked = sorted(enumerate(passages), key=lambda one: (one[1].article.id, one[1].start))
    for rank, passage in ranked:
        best, run = runs.pop((passage.article.id, passage.start), (rank, []))
        runs[passage.article.id, passage.end] = min(best, rank), [*run, passage]
    blocks = []
    for number, (_, run) in enumerate(sorted(runs.values(), key=itemgetter(0)), start=1):
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
