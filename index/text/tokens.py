"""Tokens as OpenAI's models count them, from vocabularies that are installed with the project.

tiktoken by itself fetches a vocabulary from the network on first use, without a time limit, and keeps it in a folder
under the SHA-1 of its address. `vocabularies/` is such a folder: tiktoken finds there what it would fetch.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import tiktoken

from ..files import checked_file

__all__ = ["Vocabulary", "count_tokens", "vocabulary_of"]

Vocabulary = Literal["cl100k_base", "o200k_base"]

FOLDER = Path(__file__).parent / "vocabularies"
# The file of each, and its SHA-256 as tiktoken knows it.
FILES = {
    "cl100k_base": (
        FOLDER / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
    "o200k_base": (
        FOLDER / "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}
CACHE_VARIABLE = "TIKTOKEN_CACHE_DIR"

_lock = threading.Lock()


@functools.cache
def _encoding(vocabulary: Vocabulary) -> tiktoken.Encoding:
    file, sha256 = FILES[vocabulary]
    # tiktoken would replace a file with another hash from the network.
    checked_file(file, sha256)
    with _lock:
        before = os.environ.get(CACHE_VARIABLE)
        os.environ[CACHE_VARIABLE] = str(FOLDER)
        try:
            return tiktoken.get_encoding(vocabulary)
        finally:
            if before is None:
                del os.environ[CACHE_VARIABLE]
            else:
                os.environ[CACHE_VARIABLE] = before


def count_tokens(texts: Sequence[str], vocabulary: Vocabulary = "cl100k_base") -> list[int]:
    """How many tokens each text has. Raises EmbedderError where the vocabulary's file is not the one that it was."""
    encode = _encoding(vocabulary).encode_ordinary
    return [len(encode(text)) for text in texts]


def vocabulary_of(model: str) -> Vocabulary:
    """The vocabulary of a chat model of OpenAI's, by its name; of one that is not known, that of the present ones."""
    try:
        name = tiktoken.encoding_name_for_model(model)
    except KeyError:
        return "o200k_base"
    return "cl100k_base" if name == "cl100k_base" else "o200k_base"
