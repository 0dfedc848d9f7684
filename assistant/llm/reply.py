"""The reply of a chat model while it comes: its text without thoughts, its tokens, its end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.messages.ai import UsageMetadata, add_usage

from ..answer.parts import Usage

__all__ = ["Reply", "ReplyMetadata", "without_thoughts"]

CUT_SHORT = "it reached the length limit"
FILTERED = "the provider's content filter stopped it"
# In the words of all providers, in lower case.
STOP_REASONS = dict.fromkeys(
    "length max_tokens max_output_tokens model_length model_context_window_exceeded".split(),
    CUT_SHORT,
) | dict.fromkeys(
    "blocklist content_filter content_filtered error_toxic guardrail_intervened "
    "prohibited_content recitation refusal safety spii".split(),
    FILTERED,
)
REASON_FIELDS = ("finish_reason", "stop_reason", "stopReason", "done_reason", "status")
THOUGHT_TAGS = ("<think>", "<thinking>", "<thought>")
TAG_BEGINNINGS = {tag[:length] for tag in THOUGHT_TAGS for length in range(len(tag))}
THOUGHTS = re.compile(r"\A(?:\s*<(think|thinking|thought)>.*?</\1>)+\s*", re.DOTALL)


@dataclass
class Reply:
    """The text of a reply so far, its tokens and cost, and why it ended early, if it did."""

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    stopped: str | None = None


@dataclass
class ReplyMetadata:
    """What comes with the text of a reply.

    cumulative: a count of tokens is that of the whole reply so far, as in OpenAI's protocol, and
    not of one chunk. begun: some text came, be it of thoughts.
    """

    cumulative: bool
    begun: bool = False
    usage: UsageMetadata | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    refused: bool = False

    def texts(self, chunks: Iterable[AIMessage]) -> Iterator[str]:
        """The texts of the chunks. All else that they carry is kept here."""
        for chunk in chunks:
            self._keep(chunk)
            if chunk.text:
                self.begun = True
                yield str(chunk.text)

    def _keep(self, chunk: AIMessage) -> None:
        # A later chunk may have an empty value for what an earlier one told.
        self.fields |= {name: value for name, value in chunk.response_metadata.items() if value}
        if chunk.usage_metadata:
            before = None if self.cumulative else self.usage
            self.usage = add_usage(before, chunk.usage_metadata)
        self.refused |= _has_refusal(chunk)

    @property
    def reason(self) -> str:
        """Why the model stopped, in the provider's word; empty if it gave none."""
        reasons = map(self.fields.get, REASON_FIELDS)
        incomplete = self.fields.get("incomplete_details")
        if isinstance(incomplete, Mapping):
            reasons = map(incomplete.get, ["reason"])
        return str(next(filter(None, reasons), "")).lower()

    @property
    def stopped(self) -> str | None:
        """Why the model stopped early, if it says so."""
        return FILTERED if self.refused else STOP_REASONS.get(self.reason)

    @property
    def tokens(self) -> tuple[int, int] | None:
        """Tokens of prompt and reply; None if they are not known."""
        return (self.usage["input_tokens"], self.usage["output_tokens"]) if self.usage else None


def _has_refusal(message: AIMessage) -> bool:
    """Whether the provider says that the model refuses, which is no text of the reply."""
    if message.additional_kwargs.get("refusal"):
        return True
    blocks = message.content if isinstance(message.content, list) else []
    return any(isinstance(block, dict) and block.get("type") == "refusal" for block in blocks)


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces of a reply without the thoughts, in <think> or the like, that it begins with."""
    pieces = iter(pieces)
    beginning = ""
    for piece in pieces:
        beginning = (beginning + piece).lstrip()
        if ">" in piece:
            beginning = THOUGHTS.sub("", beginning)
        # Thoughts may have begun, or the tag that begins them.
        if not beginning.startswith(THOUGHT_TAGS) and beginning not in TAG_BEGINNINGS:
            yield beginning
            yield from pieces
            return
    if not beginning.startswith(THOUGHT_TAGS):
        yield beginning
