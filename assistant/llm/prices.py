"""The cost of models, from the table of the package genai-prices.

The table is a part of that package, dated by its version; nothing is fetched. Tokens that a
provider had cached, and sells for less, count at the full price: the cost is an upper bound.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from ..answer.parts import Usage
from ..errors import ModelError

__all__ = ["Bill", "Price", "Purse", "cost", "price"]

# Providers whose models run on the user's own machine.
FREE = ("gguf:", "ollama:")
# A budget that does not buy a reply of this length is spent.
MIN_REPLY_TOKENS = 64
# LangChain's name of a provider, and the table's.
PROVIDERS = {
    "anthropic": "anthropic",
    "anthropic_bedrock": "aws",
    "azure_openai": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks": "fireworks",
    "google_anthropic_vertex": "google",
    "google_genai": "google",
    "google_vertexai": "google",
    "groq": "groq",
    "mistralai": "mistral",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "together": "together",
    "xai": "x-ai",
}


@dataclass(frozen=True)
class Price:
    """Dollars per token of the prompt and of the reply."""

    prompt: float
    reply: float


def cost(model: str, prompt_tokens: int, reply_tokens: int) -> float | None:
    """Dollars for these tokens of a model, named with or without its provider; None if unknown."""
    if model.startswith(FREE):
        return 0.0
    calculated = _calculate(model, prompt_tokens, reply_tokens)
    return None if calculated is None else float(calculated.total_price)


def price(model: str, *, prompt_tokens: int = 1) -> Price | None:
    """The price of a token after a prompt of that size; None if unknown.

    Some models cost more for long prompts.
    """
    if model.startswith(FREE):
        return Price(0.0, 0.0)
    tokens = max(prompt_tokens, 1)
    calculated = _calculate(model, tokens, 1)
    if calculated is None:
        return None
    return Price(float(calculated.input_price) / tokens, float(calculated.output_price))


def _calculate(model: str, prompt_tokens: int, reply_tokens: int) -> Any:
    """The table's calculation; None if it does not have the model."""
    import genai_prices

    provider, _, name = model.partition(":")
    if provider not in PROVIDERS:
        provider, name = "", model
    used = genai_prices.Usage(input_tokens=prompt_tokens, output_tokens=reply_tokens)
    try:
        return genai_prices.calc_price(used, name, provider_id=PROVIDERS.get(provider))
    except (LookupError, ValueError):
        return None


class Purse:
    """The dollars that one model's replies have cost and may cost. Safe to share among threads."""

    def __init__(self, model: str, limit: float | None) -> None:
        """`limit` in dollars; None for no limit. A limit without a known price is a ModelError."""
        self.spent = 0.0
        self._model = model
        self._limit = limit
        self._lock = threading.Lock()
        if limit is not None and price(model) is None:
            raise ModelError(
                f"the price of {model} is not known, so its cost cannot be limited: "
                "leave out --max-cost"
            )

    def buy(self, prompt_tokens: int, max_tokens: int) -> Bill:
        """Reserve the money for a reply of `max_tokens`, or of as many as it still buys.

        Raises ModelError if these are too few. Each bill must be paid.
        """
        with self._lock:
            if self._limit is None:
                return Bill(self, max_tokens, 0.0)
            tokens = self._affordable(self._limit - self.spent, prompt_tokens, max_tokens)
            reserved = self._cost(prompt_tokens, tokens)
            self.spent += reserved
        return Bill(self, tokens, reserved)

    def _affordable(self, dollars: float, prompt_tokens: int, max_tokens: int) -> int:
        """The tokens of a reply that the dollars buy after the prompt, `max_tokens` at most."""
        token = price(self._model, prompt_tokens=prompt_tokens)
        if token is None or token.reply == 0:
            return max_tokens
        least = min(MIN_REPLY_TOKENS, max_tokens)
        tokens = int((dollars - self._cost(prompt_tokens, 0)) / token.reply)
        if tokens < least:
            raise ModelError(
                f"asking {self._model} would cost at least "
                f"${self._cost(prompt_tokens, least):.4f}, and of ${self._limit:g} only "
                f"${max(0.0, dollars):.4f} is left: raise --max-cost"
            )
        return min(max_tokens, tokens)

    def _cost(self, prompt_tokens: int, reply_tokens: int) -> float:
        return cost(self._model, prompt_tokens, reply_tokens) or 0.0

    def settle(self, reserved: float, tokens: tuple[int, int] | None, *, begun: bool) -> Usage:
        """Replace reserved dollars by the cost of the tokens of prompt and reply.

        If that is not known, all that was reserved counts for a reply that had begun.
        """
        dollars = cost(self._model, *tokens) if tokens else None
        spent = dollars
        if spent is None:
            spent = reserved if begun else 0.0
        with self._lock:
            self.spent += spent - reserved
        if tokens is None:
            return Usage(None, None, 0.0 if self._model.startswith(FREE) else None)
        return Usage(*tokens, None if dollars is None else round(dollars, 8))


@dataclass(frozen=True)
class Bill:
    """A reply of `max_tokens` that was bought and is not yet paid for."""

    purse: Purse
    max_tokens: int
    reserved: float

    def pay(self, tokens: tuple[int, int] | None, *, begun: bool) -> Usage:
        """The tokens of prompt and reply and their cost, now paid; None for what is not known."""
        return self.purse.settle(self.reserved, tokens, begun=begun)
