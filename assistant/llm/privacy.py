"""What leaves this machine, and the hint for those who expect that a key alone lets something leave."""

from __future__ import annotations

import contextlib
import os
import sys

from index.storage.place import is_address

from ..settings import QUOTES, settings, state_folder
from .providers import LOCAL, OPENAI_PLACE, without_password

__all__ = ["hint_at_a_key", "what_leaves"]

KEYS = {"OPENAI_API_KEY": "openai:gpt-5-mini", "ANTHROPIC_API_KEY": "anthropic:claude-haiku-4-5"}
TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")


def what_leaves(model: str, embedder: str, index: str) -> list[str]:
    """What leaves this machine when a question is asked, and to whom; nothing to say where nothing does."""
    found = []
    if is_address(index):
        found.append(
            f"articles are kept on the Chroma server at {index}, and the vectors of questions go there"
        )
    if embedder.startswith("openai:"):
        found.append(f"articles and questions go to {_openai()} to be embedded")
    if model != QUOTES and not model.startswith(LOCAL):
        found.append(f"questions and the passages found for them go to {_place(model)}")
    if model != QUOTES and any(
        os.environ.get(name, "").lower() in ("true", "1") for name in TRACING
    ):
        found.append(
            "questions, passages and replies go to LangSmith, because tracing is switched on"
        )
    return found


def _place(model: str) -> str:
    provider, _, _ = model.partition(":")
    if provider == "ollama":
        return os.environ.get("OLLAMA_HOST") or "the Ollama server on this machine"
    if provider == "openai" or provider == model:
        return _openai()
    return provider


def _openai() -> str:
    """The server that OpenAI's client asks, without a password that may stand in its address."""
    return without_password(os.environ.get("OPENAI_BASE_URL") or OPENAI_PLACE)


def hint_at_a_key(model: str | None) -> None:
    """Say once that a key alone changes nothing, where there is a key and no model is named."""
    key = next((name for name in KEYS if os.environ.get(name)), None)
    said = state_folder() / "hinted-at-a-key"
    if key is None or settings(model=model).model != QUOTES or model == QUOTES or said.exists():
        return
    print(
        f"assistant: {key} is set, but no model is named: the answer is made of quotes, and nothing leaves this "
        f"machine. Name one with --model, such as {KEYS[key]}. (This is said once.)",
        file=sys.stderr,
    )
    with contextlib.suppress(OSError):
        said.parent.mkdir(parents=True, exist_ok=True)
        said.touch()
