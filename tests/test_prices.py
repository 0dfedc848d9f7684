from __future__ import annotations

import pytest

from assistant.answer.parts import Usage
from assistant.errors import ModelError
from assistant.llm.prices import Price, Purse, cost, price

from .helpers import run_python

MILLION = 1_000_000


@pytest.mark.parametrize(
    "name",
    ["openai:gpt-4o-mini", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", "azure_openai:gpt-4o-mini"],
)
def test_a_name_has_its_price_with_or_without_provider_and_date(name: str):
    assert cost(name, MILLION, 0) == pytest.approx(0.15)
    assert cost(name, 0, MILLION) == pytest.approx(0.60)


def test_a_fine_tuned_model_has_a_price_of_its_own():
    assert cost("openai:ft:gpt-4o-mini-2024-07-18:acme::x", 0, MILLION) == pytest.approx(1.20)


@pytest.mark.parametrize(
    "name",
    [
        "anthropic:claude-haiku-4-5",
        "google_genai:gemini-2.5-flash",
        "mistralai:mistral-large-latest",
        "xai:grok-4",
        "groq:llama-3.3-70b-versatile",
        "deepseek:deepseek-chat",
        "bedrock_converse:anthropic.claude-3-haiku-20240307-v1:0",
    ],
)
def test_the_providers_of_langchain_are_known_to_the_table(name: str):
    assert cost(name, 1_000, 1_000)


@pytest.mark.parametrize(
    "name", ["openai:gpt-999", "openai:qwen", "qwen3", "nobody:model", "FakeListChatModel", "", ":"]
)
def test_the_cost_of_an_unknown_model_is_unknown(name: str):
    assert cost(name, 10, 10) is None
    assert price(name) is None


@pytest.mark.parametrize("name", ["ollama:qwen3", "gguf:/models/x.gguf"])
def test_a_model_on_ones_own_machine_costs_nothing(name: str):
    assert cost(name, MILLION, MILLION) == 0.0
    assert price(name) == Price(0.0, 0.0)


def test_long_prompts_may_cost_more_a_token():
    short, long = (
        price("anthropic:claude-sonnet-4-5", prompt_tokens=tokens) for tokens in (1_000, 300_000)
    )
    assert short is not None
    assert long is not None
    assert long.prompt == pytest.approx(2 * short.prompt)
    assert long.reply > short.reply


def test_a_purse_buys_what_is_left_and_keeps_it_until_it_is_paid():
    purse = Purse("openai:gpt-5-mini", 0.001)

    first = purse.buy(0, 300)
    second = purse.buy(0, 300)

    # A token of the reply costs 2 dollars a million: 500 of them can be had.
    assert (first.max_tokens, second.max_tokens) == (300, 200)
    assert first.pay((0, 100), begun=True) == Usage(0, 100, 0.0002)
    assert second.pay(None, begun=False) == Usage(None, None, None)
    assert purse.spent == pytest.approx(0.0002)
    assert purse.buy(0, 1_000).max_tokens == pytest.approx(400, abs=1)
    with pytest.raises(ModelError, match=r"of \$0.001 only \$0.0000 is left: raise"):
        purse.buy(0, 1_000)


def test_what_a_broken_reply_used_is_not_known_and_counts_in_full():
    purse = Purse("openai:gpt-5-mini", 0.001)
    assert purse.buy(0, 400).pay(None, begun=True) == Usage(None, None, None)
    assert purse.spent == pytest.approx(0.0008)


def test_an_unknown_price_bounds_nothing_and_keeps_no_limit():
    assert Purse("openai:qwen", None).buy(10, 77).max_tokens == 77
    with pytest.raises(
        ModelError, match="openai:qwen is not known, so its cost cannot be limited: leave"
    ):
        Purse("openai:qwen", 1.0)


def test_the_table_is_read_when_it_is_needed_and_from_the_disk():
    code = (
        "import socket, sys\nfrom assistant.llm.prices import cost\n"
        "assert 'genai_prices' not in sys.modules\n"
        "socket.socket.connect = None\nprint(cost('openai:gpt-4o-mini', 1_000_000, 0))"
    )
    assert run_python(code) == "0.15\n"
