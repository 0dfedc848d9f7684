"""What models cost, from the table of the package genai-prices, which is dated by its version and kept in the wheel."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from .answer import Usage
from .errors import ModelError

__all__ = ["Price", "Purse", "price"]

# Providers whose models run on the user's own machine.
FREE = ("gguf:", "ollama:")
# A budget that does not buy a reply of this many tokens is spent.
LEAST_REPLY = 64


@dataclass(frozen=True)
class Price:
    """Dollars per token of the prompt and of the reply, without discounts: what a provider caches counts in full."""

    prompt: float
    reply: float

    def of(self, prompt_tokens: int, reply_tokens: int) -> float:
        """What so many tokens cost."""
        return self.prompt * prompt_tokens + self.reply * reply_tokens


def price(model: str) -> Price | None:
    """The price of a model by its name, with or without its provider; None where the table does not have it."""
    if model.startswith(FREE):
        return Price(0.0, 0.0)
    import genai_prices

    provider, _, name = model.rpartition(":")
    each = []
    for usage in (genai_prices.Usage(input_tokens=1000), genai_prices.Usage(output_tokens=1000)):
        try:
            found = genai_prices.calc_price(usage, model_ref=name, provider_id=_provider(provider))
        except (LookupError, ValueError):
            return None
        each.append(float(found.total_price) / 1000)
    return Price(*each)


def _provider(name: str) -> str | None:
    """LangChain's name of a provider in the words of the table."""
    return {"": None, "google_genai": "google", "google_vertexai": "google", "mistralai": "mistral", "xai": "x-ai"}.get(
        name, name
    )


class Purse:
    """What the answers of one model have cost so far, and what they may cost together. Several threads may pay."""

    def __init__(self, model: str, limit: float | None) -> None:
        """`limit` in dollars; None for no limit. Raises ModelError for a limit on a model of unknown price."""
        self.spent = 0.0
        self._price = price(model)
        self._limit = limit
        self._model = model
        self._lock = threading.Lock()
        if limit is not None and self._price is None:
            raise ModelError(f"the price of {model} is not known, so no limit can be kept: leave --max-cost away")

    def reply_tokens(self, prompt_tokens: int, most: int) -> int:
        """How many tokens a reply may have after such a prompt, at most `most`. Raises ModelError if too few."""
        if self._limit is None or self._price is None or not self._price.reply:
            return most
        left = self._limit - self.spent - self._price.of(prompt_tokens, 0)
        affordable = int(left / self._price.reply)
        if affordable < LEAST_REPLY:
            needed = self._price.of(prompt_tokens, LEAST_REPLY)
            raise ModelError(
                f"asking {self._model} would cost at least ${needed:.4f}, and of ${self._limit:g} "
                f"${max(0.0, self._limit - self.spent):.4f} are left: raise --max-cost"
            )
        return min(most, affordable)

    def pay(self, prompt_tokens: int | None, reply_tokens: int | None) -> Usage:
        """Note what was used, and what that cost; unknown tokens or an unknown price make an unknown cost."""
        if self._price is None or prompt_tokens is None or reply_tokens is None:
            return Usage(prompt_tokens, reply_tokens, None)
        cost = self._price.of(prompt_tokens, reply_tokens)
        with self._lock:
            self.spent += cost
        return Usage(prompt_tokens, reply_tokens, round(cost, 8))
