"""The reply of a chat model while it comes: its text without thoughts, what it used, why it ended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.messages.ai import UsageMetadata, add_usage

from ..answer.parts import Usage

__all__ = ["Facts", "Reply", "without_thoughts"]

TOO_LONG = "it reached the greatest length that was allowed"
FILTERED = "the provider's content filter stopped it"
STOPPED = {
    **dict.fromkeys(("length", "max_tokens", "max_output_tokens", "model_length"), TOO_LONG),
    "model_context_window_exceeded": TOO_LONG,
    **dict.fromkeys(
        ("content_filter", "content_filtered", "refusal", "safety", "recitation", "blocklist"),
        FILTERED,
    ),
    **dict.fromkeys(
        ("prohibited_content", "spii", "guardrail_intervened", "error_toxic"), FILTERED
    ),
}
THOUGHTS = ("think", "thinking", "thought")
OPENING = re.compile(f"<({'|'.join(THOUGHTS)})>")


@dataclass
class Reply:
    """What has come of a reply so far, what it used, and why it ended before its end, if it did."""

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    stopped: str | None = None


@dataclass
class Facts:
    """What has come with the text of a reply.

    total: whether each count of tokens is of the whole reply so far, as in OpenAI's protocol, and not of a part of it.
    begun: whether any text came, be it of thoughts.
    """

    total: bool
    begun: bool = False
    usage: UsageMetadata | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    refused: bool = False

    def texts(self, chunks: Iterable[AIMessage]) -> Iterator[str]:
        """The texts of the chunks; all else in them is kept here."""
        for chunk in chunks:
            self.metadata |= {
                name: value for name, value in chunk.response_metadata.items() if value
            }
            if chunk.usage_metadata:
                self.usage = (
                    chunk.usage_metadata
                    if self.total
                    else add_usage(self.usage, chunk.usage_metadata)
                )
            self.refused = self.refused or _refuses(chunk)
            if chunk.text:
                self.begun = True
                yield str(chunk.text)

    @property
    def reason(self) -> str:
        """Why the model stopped, in the provider's word; empty where none was given."""
        incomplete = self.metadata.get("incomplete_details")
        if isinstance(incomplete, Mapping):
            return str(incomplete.get("reason") or "").lower()
        reasons = (
            self.metadata.get(name)
            for name in ("finish_reason", "stop_reason", "stopReason", "done_reason")
        )
        return str(next(filter(None, reasons), self.metadata.get("status") or "")).lower()

    @property
    def stopped(self) -> str | None:
        """Why the model stopped before its end, as far as it says so."""
        return FILTERED if self.refused else STOPPED.get(self.reason)

    @property
    def used(self) -> tuple[int, int] | None:
        """Tokens of prompt and reply, where they are known."""
        return (self.usage["input_tokens"], self.usage["output_tokens"]) if self.usage else None


def _refuses(message: AIMessage) -> bool:
    """Whether the provider says that the model refuses, which is no text of the reply."""
    blocks = message.content if isinstance(message.content, list) else []
    in_blocks = any(isinstance(block, dict) and block.get("type") == "refusal" for block in blocks)
    return in_blocks or bool(message.additional_kwargs.get("refusal"))


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """The text without what some models write before it, between <think> and </think>, and without space before it."""
    held, tag = "", ""
    pieces = iter(pieces)
    for piece in pieces:
        held = (held + piece).lstrip()
        while tag or OPENING.match(held):
            if not tag:
                tag, _, held = held[1:].partition(">")
            _, end, rest = held.partition(f"</{tag}>")
            if not end:
                # Of thoughts that go on only so much is kept as may be the beginning of their end.
                held = held[-len(tag) - 2 :]
                break
            tag, held = "", rest.lstrip()
        if held and not tag and not any(f"<{name}>".startswith(held) for name in THOUGHTS):
            yield held
            yield from pieces
            return
    if held and not tag:
        yield held
