"""Tokens of OpenAI's models, from vocabularies that are installed with the project.

By itself tiktoken downloads a vocabulary on first use, without a time limit, into a cache folder
where the file is named with the SHA-1 of its address. `vocabularies/` is such a folder, so nothing
is downloaded.
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

VOCABULARIES = Path(__file__).parent / "vocabularies"
# With the SHA-256 that tiktoken expects.
VOCABULARY_FILES = {
    "cl100k_base": (
        VOCABULARIES / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
    "o200k_base": (
        VOCABULARIES / "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}
CACHE_VARIABLE = "TIKTOKEN_CACHE_DIR"

_environment_lock = threading.Lock()


@functools.cache
def _encoding(vocabulary: Vocabulary) -> tiktoken.Encoding:
    # tiktoken would replace a file with another hash by a download.
    checked_file(*VOCABULARY_FILES[vocabulary])
    with _environment_lock:
        before = os.environ.get(CACHE_VARIABLE)
        os.environ[CACHE_VARIABLE] = str(VOCABULARIES)
        try:
            return tiktoken.get_encoding(vocabulary)
        finally:
            if before is None:
                del os.environ[CACHE_VARIABLE]
            else:
                os.environ[CACHE_VARIABLE] = before


def count_tokens(texts: Sequence[str], vocabulary: Vocabulary = "cl100k_base") -> list[int]:
    """The number of tokens of each text; raises EmbedderError for a changed vocabulary."""
    encode = _encoding(vocabulary).encode_ordinary
    return [len(encode(text)) for text in texts]


def vocabulary_of(model: str) -> Vocabulary:
    """The vocabulary of a chat model by its name; the newest one for an unknown name."""
    try:
        name = tiktoken.encoding_name_for_model(model)
    except KeyError:
        return "o200k_base"
    return "cl100k_base" if name == "cl100k_base" else "o200k_base"
