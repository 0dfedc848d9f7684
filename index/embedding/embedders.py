"""What turns texts into vectors, and how one is named.

bge-small                       the default: on this machine, no key, no network
openai:text-embedding-3-small   through OpenAI's API or any server that speaks it (OPENAI_BASE_URL)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ..errors import SettingsError

__all__ = ["DEFAULT_EMBEDDER", "Embedder", "make_embedder"]

DEFAULT_EMBEDDER = "bge-small"
# The default of the first versions.
FORMER_EMBEDDER = "minilm"


class Embedder(Protocol):
    """Anything that turns texts into unit vectors.

    name: says which vectors may be compared: an index keeps it and refuses another.
    max_tokens: the longest text that is read whole, in its own tokens with two marks.
    languages: ISO 639-1 codes of what it was trained on; empty where that is many or not known.
    """

    name: str
    max_tokens: int
    languages: frozenset[str]

    @property
    def identity(self) -> str:
        """All that the vectors depend on: the name, and the place where they are made if that is a server."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without marks."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, float32, one row a text, in their order."""


def make_embedder(name: str) -> Embedder:
    """The embedder of that name (see the module's text); raises SettingsError for an unknown one."""
    if name == DEFAULT_EMBEDDER:
        from .bge import bge_small

        return bge_small()
    if name == FORMER_EMBEDDER:
        raise SettingsError(
            f"this index was made with the embedder {name}, which this version does not have: "
            f"run `assistant index PATH... --rebuild` to make it with {DEFAULT_EMBEDDER}"
        )
    provider, _, model = name.partition(":")
    if provider == "openai" and model:
        from .openai_embedder import OpenAIEmbedder

        return OpenAIEmbedder(model)
    raise SettingsError(
        f"unknown embedder {name!r}: use `{DEFAULT_EMBEDDER}` or `openai:text-embedding-3-small`"
    )
