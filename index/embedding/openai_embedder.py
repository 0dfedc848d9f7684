"""Embeddings from OpenAI's API, or from a server with the same API."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Iterator, Sequence

import numpy as np
import openai

from ..errors import EmbedderError
from ..text.tokens import count_tokens

__all__ = ["OpenAIEmbedder"]

logger = logging.getLogger(__name__)

# The API allows 2,048 inputs and 300,000 tokens in one request, and 8,192 tokens in one input.
MAX_REQUEST_INPUTS, MAX_REQUEST_TOKENS = 256, 200_000


class OpenAIEmbedder:
    """An embedding model of OpenAI's, with OPENAI_API_KEY and OPENAI_BASE_URL."""

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
                f"OPENAI_BASE_URL {address!r} is not an address ({_short_reason(error)})"
            ) from error

    @property
    def identity(self) -> str:
        """The name of the model, and the address of its server."""
        return f"{self.name} at {self._place}"

    @property
    def _place(self) -> str:
        """The address of the server, without a password in it."""
        url = self._client.base_url
        return f"{url.scheme}://{url.netloc.decode()}{url.path}"

    def count(self, texts: Sequence[str]) -> list[int]:
        """cl100k tokens of each text: the vocabulary of OpenAI's embedding models."""
        return count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, float32, one row a text, in their order."""
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        rows = itertools.chain.from_iterable(map(self._request, self._batches(texts)))
        vectors = np.asarray(list(rows), dtype=np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def _batches(self, texts: Sequence[str]) -> Iterator[list[str]]:
        batch: list[str] = []
        size = 0
        for text, tokens in zip(texts, self.count(texts), strict=True):
            size += tokens
            if len(batch) == MAX_REQUEST_INPUTS or (batch and size > MAX_REQUEST_TOKENS):
                yield batch
                batch, size = [], tokens
            # The API refuses an empty input.
            batch.append(text if text.strip() else "-")
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
            # The client fails in many ways on answers of something that is not such a server.
            raise EmbedderError(
                f"{self._place} does not answer as an embeddings server ({_short_reason(error)}): "
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
            model = self._model
            return f"{place} knows no embedding model {model!r}: check its name and OPENAI_BASE_URL"
        if isinstance(error, openai.APIConnectionError):
            advice = "check the network and OPENAI_BASE_URL, or use `--embedder bge-small`"
            return f"{place} cannot be reached: {advice}"
        return f"{place} could not embed the texts ({_short_reason(error)}): try again later"


def _short_reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
