"""What models cost, from the table of the package genai-prices, which is dated by its version and kept in the wheel.

Nothing is fetched. Tokens that a provider had cached, and sells for less, count at the full price: an upper bound.
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
# A budget that does not buy a reply of this many tokens is spent.
LEAST_REPLY = 64
# LangChain's names of providers, and the table's.
PROVIDERS = {
    name: name
    for name in "anthropic cohere deepseek fireworks groq openai openrouter together".split()
}
PROVIDERS |= dict.fromkeys(("anthropic_bedrock", "bedrock", "bedrock_converse"), "aws")
PROVIDERS |= dict.fromkeys(("google_anthropic_vertex", "google_genai", "google_vertexai"), "google")
PROVIDERS |= {
    "azure_openai": "azure",
    "mistralai": "mistral",
    "perplexity": "perplexity",
    "xai": "x-ai",
}


@dataclass(frozen=True)
class Price:
    """Dollars per token of the prompt and of the reply."""

    prompt: float
    reply: float


def cost(model: str, prompt_tokens: int, reply_tokens: int) -> float | None:
    """Dollars for so many tokens of a model, named with or without its provider; None where its price is not known."""
    if model.startswith(FREE):
        return 0.0
    found = _calculated(model, prompt_tokens, reply_tokens)
    return None if found is None else float(found.total_price)


def price(model: str, *, prompt_tokens: int = 1) -> Price | None:
    """The price of a token after a prompt of that size, for some models charge more for long ones; None if unknown."""
    if model.startswith(FREE):
        return Price(0.0, 0.0)
    found = _calculated(model, max(prompt_tokens, 1), 1)
    return found and Price(
        float(found.input_price) / max(prompt_tokens, 1), float(found.output_price)
    )


def _calculated(model: str, prompt_tokens: int, reply_tokens: int) -> Any:
    """The table's calculation; None where it does not have the model."""
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
    """What the replies of one model have cost so far, and what they may cost together. Several threads may buy."""

    def __init__(self, model: str, limit: float | None) -> None:
        """`limit` in dollars; None for no limit. Raises ModelError for a limit on a model of unknown price."""
        self.spent = 0.0
        self._model = model
        self._limit = limit
        self._lock = threading.Lock()
        if limit is not None and price(model) is None:
            raise ModelError(
                f"the price of {model} is not known, so no limit can be kept: leave --max-cost away"
            )

    def buy(self, prompt_tokens: int, most: int) -> Bill:
        """Set money aside for a reply of at most `most` tokens, or as many as are left to pay for.

        Raises ModelError if these are too few. Who buys must pay.
        """
        with self._lock:
            tokens = self._affordable(prompt_tokens, most)
            held = 0.0 if self._limit is None else cost(self._model, prompt_tokens, tokens) or 0.0
            self.spent += held
        return Bill(self, tokens, held)

    def _affordable(self, prompt_tokens: int, most: int) -> int:
        each = None if self._limit is None else price(self._model, prompt_tokens=prompt_tokens)
        if self._limit is None or each is None or not each.reply:
            return most
        left = self._limit - self.spent
        tokens = int((left - (cost(self._model, prompt_tokens, 0) or 0.0)) / each.reply)
        if tokens < min(LEAST_REPLY, most):
            needed = cost(self._model, prompt_tokens, min(LEAST_REPLY, most)) or 0.0
            raise ModelError(
                f"asking {self._model} would cost at least ${needed:.4f}, and of ${self._limit:g} "
                f"${max(0.0, left):.4f} are left: raise --max-cost"
            )
        return min(most, tokens)

    def settle(self, held: float, used: tuple[int, int] | None, *, begun: bool) -> Usage:
        """Replace what was set aside by what it came to. Where that is not known, all of it counts if a reply began."""
        dollars = cost(self._model, *used) if used else None
        with self._lock:
            self.spent += (dollars if dollars is not None else held if begun else 0.0) - held
        if used is None:
            return Usage(None, None, 0.0 if self._model.startswith(FREE) else None)
        return Usage(*used, None if dollars is None else round(dollars, 8))


@dataclass(frozen=True)
class Bill:
    """A reply that was bought and is not yet paid for. most: tokens that it may have."""

    purse: Purse
    most: int
    held: float

    def pay(self, used: tuple[int, int] | None, *, begun: bool) -> Usage:
        """Note the tokens used by prompt and reply, and what they cost: None where not known. begun: some text came."""
        return self.purse.settle(self.held, used, begun=begun)
