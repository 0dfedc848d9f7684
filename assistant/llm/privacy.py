"""What leaves this machine, and a hint for users who expect a key alone to let something leave."""

from __future__ import annotations

import contextlib
import os
import sys

from index.storage.place import is_address

from ..settings import QUOTES, settings, state_folder
from .providers import LOCAL, openai_address, without_password

__all__ = ["hint_at_a_key", "what_leaves"]

MODEL_FOR_KEY = {
    "OPENAI_API_KEY": "openai:gpt-5-mini",
    "ANTHROPIC_API_KEY": "anthropic:claude-haiku-4-5",
}
TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")


def what_leaves(model: str, embedder: str, index: str) -> list[str]:
    """A line for everything that leaves this machine with a question, with the receiver."""
    lines = []
    if is_address(index):
        lines.append(
            f"articles are kept on the Chroma server at {index}, "
            "and the vectors of questions go there"
        )
    if embedder.startswith("openai:"):
        lines.append(f"articles and questions go to {_receiver('openai')} to be embedded")
    if model == QUOTES:
        return lines
    if not model.startswith(LOCAL):
        lines.append(f"questions and the passages found for them go to {_receiver(model)}")
    if any(os.environ.get(name, "").lower() in ("true", "1") for name in TRACING):
        lines.append(
            "questions, passages and replies go to LangSmith, because tracing is switched on"
        )
    return lines


def _receiver(model: str) -> str:
    """The server that a model is asked at, without a password that its address may have."""
    provider, _, name = model.partition(":")
    if provider == "ollama":
        return os.environ.get("OLLAMA_HOST") or "the Ollama server on this machine"
    if provider == "openai" or not name:
        return without_password(openai_address())
    return provider


def hint_at_a_key(model: str | None) -> None:
    """Say, once and for all, that a key alone changes nothing, if there is one and no model."""
    keys = [name for name in MODEL_FOR_KEY if os.environ.get(name)]
    done = state_folder() / "hinted-at-a-key"
    if not keys or model == QUOTES or settings(model=model).model != QUOTES or done.exists():
        return
    print(
        f"assistant: {keys[0]} is set, but no model is named: answers are made of quotes, and "
        f"nothing leaves this machine. Name a model with --model, such as "
        f"{MODEL_FOR_KEY[keys[0]]}. (This is said once.)",
        file=sys.stderr,
    )
    with contextlib.suppress(OSError):
        done.parent.mkdir(parents=True, exist_ok=True)
        done.touch()
