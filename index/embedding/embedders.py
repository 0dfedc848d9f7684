"""The protocol of embedders, and their names.

bge-small                       the default: on this machine, without key or network
openai:text-embedding-3-small   OpenAI's API, or a server with the same API (OPENAI_BASE_URL)
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
    """Turns texts into unit vectors.

    name: stored with an index, which refuses vectors of another embedder.
    max_tokens: the longest text that is not cut off, in the embedder's own tokens, its two marks
    included.
    languages: ISO 639-1 codes of its training data; empty if they are many or unknown.
    """

    name: str
    max_tokens: int
    languages: frozenset[str]

    @property
    def identity(self) -> str:
        """All that the vectors depend on: the name, and for a server its address."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without marks."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, float32, one row a text, in their order."""


def make_embedder(name: str) -> Embedder:
    """The embedder of that name (see the top); raises SettingsError for an unknown one."""
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
