"""A second look: the chat model says which doubtful sentences one of their nearest quotes supports.

It is asked once for all of them, its reply is parsed strictly, and it can only choose a quote that
it was shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..llm.packing import without_marks
from ..llm.prompts import fill
from ..verify.evidence import Window
from .citing import Doubtful

__all__ = ["MAX_DOUBTFUL_SENTENCES", "MAX_VERDICT_TOKENS", "Lift", "lifts_written", "prompt_for"]

MAX_DOUBTFUL_SENTENCES = 8
# Forty tokens for the verdict on each.
MAX_VERDICT_TOKENS = MAX_DOUBTFUL_SENTENCES * 40


@dataclass(frozen=True)
class Lift:
    """A doubtful sentence, and the window that the model says supports it."""

    doubtful: Doubtful
    window: Window


def prompt_for(doubtful: Sequence[Doubtful]) -> str:
    """The prompt: each sentence with its nearest quotes, on lines of their own."""
    blocks = []
    for number, one in enumerate(doubtful[:MAX_DOUBTFUL_SENTENCES], start=1):
        lines = [f"Sentence {number}: {_unwrapped(one.claim)}"]
        for place, window in enumerate(one.windows, start=1):
            text = " … ".join(_unwrapped(line.text) for line in window)
            lines.append(f"> Quote {place} ({_unwrapped(window[0].head)}): {text}")
        blocks.append("\n".join(lines))
    return fill("second_look", sentences="\n\n".join(blocks))


def lifts_written(reply: str, doubtful: Sequence[Doubtful]) -> Iterator[Lift]:
    """The sentences that the model calls supported, each with its quote.

    Lines in another form, and sentences with two verdicts, are ignored.
    """
    verdicts: dict[int, list[int | None]] = {}
    for line in reply.splitlines():
        match _json_of(line):
            # JSON's `true` is an int, too.
            case {"sentence": number, "verdict": "supported", "quote": quote} if (
                type(number) is type(quote) is int
            ):
                verdicts.setdefault(number, []).append(quote)
            case {"sentence": number, "verdict": _} if type(number) is int:
                verdicts.setdefault(number, []).append(None)
    for number, one in enumerate(doubtful[:MAX_DOUBTFUL_SENTENCES], start=1):
        match verdicts.get(number):
            case [int(quote)] if 1 <= quote <= len(one.windows):
                yield Lift(one, one.windows[quote - 1])


def _json_of(line: str) -> Any:
    try:
        return json.loads(line.strip().rstrip(","))
    except (ValueError, RecursionError):
        return None


def _unwrapped(text: str) -> str:
    return " ".join(without_marks(text).split())
