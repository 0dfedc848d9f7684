"""A second look: a chat model says which of its doubtful sentences one of the nearest quotes supports.

It is asked once for all of them, its answer is parsed strictly, and it can only point at a quote that exists.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..llm.packing import without_marks
from ..llm.prompts import fill
from ..verify.evidence import Window
from .citing import Doubtful

__all__ = ["MAX_REPLY_TOKENS", "MAX_SENTENCES", "Lift", "lifts_written", "prompt_for"]

# Sentences that are looked at, and tokens of the reply that each may take.
MAX_SENTENCES = 8
TOKENS_PER_SENTENCE = 40
MAX_REPLY_TOKENS = MAX_SENTENCES * TOKENS_PER_SENTENCE


@dataclass(frozen=True)
class Lift:
    """A doubtful sentence, and the window that the model says supports it."""

    doubtful: Doubtful
    window: Window


def prompt_for(doubtful: Sequence[Doubtful]) -> str:
    """The prompt: each sentence with its nearest quotes, on lines of their own."""
    blocks = []
    for number, one in enumerate(doubtful[:MAX_SENTENCES], start=1):
        lines = [f"Sentence {number}: {_one_line(one.claim)}"]
        for place, window in enumerate(one.windows, start=1):
            text = " … ".join(_one_line(line.text) for line in window)
            lines.append(f"> Quote {place} ({_one_line(window[0].head)}): {text}")
        blocks.append("\n".join(lines))
    return fill("second_look", sentences="\n\n".join(blocks))


def lifts_written(reply: str, doubtful: Sequence[Doubtful]) -> Iterator[Lift]:
    """The sentences that the model calls supported, by a quote that it was shown; whatever else it wrote is ignored.

    A sentence that it gives two verdicts on counts for nothing.
    """
    verdicts: dict[int, list[int | None]] = {}
    for line in reply.splitlines():
        told = _json_object(line)
        number, quote = told.get("sentence"), told.get("quote")
        if isinstance(number, int) and not isinstance(number, bool) and "verdict" in told:
            pointed = quote if isinstance(quote, int) and not isinstance(quote, bool) else None
            verdicts.setdefault(number, []).append(
                pointed if told["verdict"] == "supported" else None
            )
    for number, one in enumerate(doubtful[:MAX_SENTENCES], start=1):
        match verdicts.get(number):
            case [int(quote)] if 1 <= quote <= len(one.windows):
                yield Lift(one, one.windows[quote - 1])


def _json_object(line: str) -> dict[str, object]:
    try:
        told = json.loads(line.strip().rstrip(","))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _one_line(text: str) -> str:
    return " ".join(without_marks(text).split())
