"""Embeddings from OpenAI's API, or from any server that speaks it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence

import numpy as np
import openai

from ..errors import EmbedderError
from ..text.tokens import count_tokens

__all__ = ["OpenAIEmbedder"]

logger = logging.getLogger(__name__)

# The API's limits for one request: 2,048 inputs and 300,000 tokens together, 8,192 tokens for one input.
REQUEST_INPUTS = 256
REQUEST_TOKENS = 200_000


class OpenAIEmbedder:
    """Vectors of an OpenAI embedding model. Key and place come from OPENAI_API_KEY and OPENAI_BASE_URL."""

    max_tokens = 8_191
    languages: frozenset[str] = frozenset()

    def __init__(self, model: str) -> None:
        self.name = f"openai:{model}"
        self._model = model
        key = os.environ.get("OPENAI_API_KEY", "").strip()
        if not key:
            raise EmbedderError(
                f"{self.name} needs a key: set OPENAI_API_KEY, or use `--embedder bge-small`"
            )
        if not (key.isascii() and key.isprintable()):
            raise EmbedderError(
                "the key in OPENAI_API_KEY has characters that no key has: copy it again"
            )
        try:
            self._client = openai.OpenAI(api_key=key, timeout=60, max_retries=4)
        except Exception as error:
            address = os.environ.get("OPENAI_BASE_URL")
            raise EmbedderError(
                f"OPENAI_BASE_URL {address!r} is no address ({_first_line(error)})"
            ) from error

    @property
    def identity(self) -> str:
        """The model's name and the server that has it."""
        return f"{self.name} at {self._place}"

    @property
    def _place(self) -> str:
        """The server's address, without a password that may stand in it."""
        url = self._client.base_url
        return f"{url.scheme}://{url.netloc.decode()}{url.path}"

    def count(self, texts: Sequence[str]) -> list[int]:
        """cl100k tokens of each text: the vocabulary of OpenAI's embedding models."""
        return count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, float32, one row a text, in their order."""
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        rows = [row for batch in self._batches(texts) for row in self._request(batch)]
        vectors = np.asarray(rows, dtype=np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def _batches(self, texts: Sequence[str]) -> Iterator[list[str]]:
        batch: list[str] = []
        size = 0
        for text, tokens in zip(texts, self.count(texts), strict=True):
            if batch and (len(batch) == REQUEST_INPUTS or size + tokens > REQUEST_TOKENS):
                yield batch
                batch, size = [], 0
            # The API refuses an empty input.
            batch.append(text if text.strip() else "-")
            size += tokens
        yield batch

    def _request(self, batch: list[str]) -> list[list[float]]:
        logger.info(
            "sending %d texts to %s, to be embedded by %s", len(batch), self._place, self.name
        )
        try:
            response = self._client.embeddings.create(
                model=self._model, input=batch, encoding_format="float"
            )
            rows = [item.embedding for item in sorted(response.data, key=lambda item: item.index)]
        except openai.OpenAIError as error:
            raise EmbedderError(self._explain(error)) from error
        except Exception as error:
            # Whatever answers there is no such server: the client then fails in ways of its own.
            raise EmbedderError(
                f"{self._place} did not answer as an embeddings server does ({_first_line(error)}): "
                "check OPENAI_BASE_URL"
            ) from error
        if len(rows) != len(batch) or not all(any(row) for row in rows):
            raise EmbedderError(
                f"{self.name} sent {len(rows)} usable vectors for {len(batch)} texts: try again"
            )
        return rows

    def _explain(self, error: openai.OpenAIError) -> str:
        place = self._place
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return f"{place} refused the key: check OPENAI_API_KEY"
        if isinstance(error, openai.NotFoundError):
            return f"{place} knows no embedding model {self._model!r}: check its name and OPENAI_BASE_URL"
        if isinstance(error, openai.APIConnectionError):
            return f"{place} cannot be reached: check the network and OPENAI_BASE_URL, or use `--embedder bge-small`"
        return f"{place} could not embed the texts ({_first_line(error)}): try again later"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
