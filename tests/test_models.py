"""Chat models through the real client: what is sent, what is counted, what is said when something goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.language_models import FakeListChatModel

from assistant.answer import Usage
from assistant.errors import ContextLengthError, ModelError
from assistant.models import ChatModel, Reply, make_model

from .model_server import ModelServer, Step

Serve = Callable[..., ModelServer]
NAME = "openai:gpt-5-mini"


def written(model: ChatModel, prompt: str = "Say it.", most: int = 500) -> tuple[str, Reply, list[str]]:
    notices: list[str] = []
    reply = Reply()
    pieces = list(model.write(prompt, reply, most=most, config=None, notice=notices.append))
    return "".join(pieces), reply, notices


def fault(serve: Serve, *steps: Step | str, **options: float) -> str:
    serve(*steps)
    with pytest.raises(ModelError) as caught:
        written(make_model(NAME, **options))  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message
    assert "sk-secret" not in message
    return message


def test_a_reply_comes_in_pieces_with_its_usage_and_its_cost(serve: Serve):
    server = serve("The council met on Monday. [1]")

    text, reply, notices = written(make_model(NAME))

    assert text == reply.text == "The council met on Monday. [1]"
    assert reply.usage == Usage(100, 20, pytest.approx(100 * 0.25e-6 + 20 * 2e-6))
    assert (reply.stopped, notices) == (None, [])
    [request] = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.json["model"] == "gpt-5-mini"
    assert request.json["stream_options"] == {"include_usage": True}
    assert request.json["max_completion_tokens"] == 500
    assert "temperature" not in request.json
    assert request.headers["authorization"] == "Bearer sk-secret-key-of-the-test"


def test_a_server_of_ones_own_needs_no_key_and_gets_temperature_0(serve: Serve, monkeypatch: pytest.MonkeyPatch):
    server = serve("Yes.")
    monkeypatch.delenv("OPENAI_API_KEY")

    assert written(make_model("openai:qwen"))[0] == "Yes."
    assert server.requests[0].json["temperature"] == 0


def test_the_cost_of_a_model_that_is_not_in_the_table_is_unknown_and_not_0(serve: Serve):
    serve("Yes.")
    assert written(make_model("openai:qwen"))[1].usage == Usage(100, 20, None)


def test_a_server_that_counts_nothing_makes_usage_unknown(serve: Serve):
    serve(Step("Yes.", usage=None))
    assert written(make_model(NAME))[1].usage == Usage(None, None, None)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "refused the key: check OPENAI_API_KEY"),
        (403, "does not allow"),
        (404, "knows no model 'gpt-5-mini'"),
        (400, "refused the request (400"),
    ],
)
def test_a_refusal_is_said_at_once(serve: Serve, status: int, said: str):
    server = serve(Step(status=status, body='{"error": {"message": "no, sk-secret-key-of-the-test"}}'))
    with pytest.raises(ModelError, match=said.replace("(", r"\(")):
        written(make_model(NAME))
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_fault_that_may_pass_is_tried_again_and_said(serve: Serve, status: int):
    server = serve(Step(status=status, headers={"Retry-After": "0"}), "It passed.")

    text, _, notices = written(make_model(NAME))

    assert text == "It passed."
    assert len(server.requests) == 2
    assert len(notices) == 1
    assert str(status) in notices[0]
    assert "2 of 3" in notices[0]


def test_retries_end(serve: Serve, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("assistant.models.PAUSES", (0.01, 0.01))
    assert "not available (503) after 3 attempts" in fault(serve, Step(status=503))


def test_a_server_that_asks_for_a_long_wait_is_not_waited_for(serve: Serve):
    begun = time.monotonic()
    assert "asks to wait 600 s" in fault(serve, Step(status=429, headers={"Retry-After": "600"}))
    assert time.monotonic() - begun < 10


def test_an_empty_account_is_not_asked_again(serve: Serve):
    body = '{"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}'
    assert "no money left" in fault(serve, Step(status=429, body=body))


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://user:password@127.0.0.1:9/v1")
    monkeypatch.setattr("assistant.models.PAUSES", (0.01, 0.01))
    with pytest.raises(ModelError, match=r"http://127\.0\.0\.1:9/v1 failed after 3 attempts") as caught:
        written(make_model(NAME))
    assert "password" not in str(caught.value)


def test_a_server_that_says_nothing_is_given_up(serve: Serve):
    assert "did not finish within 0.5 s" in fault(serve, Step("Late.", delay=2), timeout=0.5)


def test_a_stall_in_the_middle_keeps_what_came(serve: Serve):
    serve(Step("It was on Monday. Then it stopped.", stall=3))
    text, reply, _ = written(make_model(NAME, timeout=0.5))
    assert text == "It was "
    assert "did not finish" in str(reply.stopped)


def test_a_cut_connection_keeps_what_came(serve: Serve):
    serve(Step("It was on Monday. Then it stopped.", cut=4))
    text, reply, _ = written(make_model(NAME))
    assert text == "It was on Monday. Then"[: len(text)]
    assert text
    assert reply.stopped


@pytest.mark.parametrize(
    "step",
    [
        Step(raw="data: {not json}\n\ndata: [DONE]\n\n"),
        Step(body="<html>Welcome to the hotel</html>", headers={"Content-Type": "text/html"}),
        Step(no_choice=True),
        Step(""),
        Step(raw="data: [DONE]\n\n"),
        Step(raw='data: {"choices": 7}\n\n'),
        Step(raw="data: null\n\n"),
    ],
)
def test_what_is_no_answer_is_an_error_of_one_line(serve: Serve, step: Step):
    assert fault(serve, step)


def test_a_content_filter_and_a_length_are_told(serve: Serve):
    serve(Step("Half of it", finish="content_filter"), Step("Half of it", finish="length"))
    model = make_model(NAME)
    assert "content filter" in str(written(model)[1].stopped)
    assert "greatest length" in str(written(model)[1].stopped)


def test_a_filtered_reply_without_a_word_is_an_error(serve: Serve):
    assert "content filter" in fault(serve, Step("", finish="content_filter"))


def test_a_reply_without_end_is_ended(serve: Serve):
    serve("On and on. " * 10_000)
    text, reply, _ = written(make_model(NAME))
    assert 16_000 < len(text) < 16_100
    assert "longer than 16000 characters" in str(reply.stopped)


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"code": "context_length_exceeded", "message": "maximum context length is 8192 tokens"}}',
        '{"error": {"code": 400, "type": "exceed_context_size_error", "message": "the request exceeds it"}}',
    ],
)
def test_a_prompt_that_is_too_long_is_told_apart(serve: Serve, body: str):
    serve(Step(status=400, body=body))
    with pytest.raises(ContextLengthError):
        written(make_model(NAME))


def test_thoughts_are_no_part_of_the_reply(serve: Serve):
    serve("<think>Let me see [1]...</think>\n\nIt was Monday.")
    assert written(make_model(NAME))[0] == "It was Monday."


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("anthropic:claude-haiku-4-5", "pip install langchain-anthropic"),
        ("nobody:model", "provider"),
        ("unheard-of", "name it with its provider"),
        ("openai:gpt-5-mini", "OPENAI_API_KEY"),
        ("gguf:/nowhere/model.gguf", "/nowhere/model.gguf cannot be read"),
    ],
)
def test_a_model_that_cannot_be_used_is_an_error_of_one_line(name: str, said: str):
    with pytest.raises(ModelError, match=said) as caught:
        make_model(name)
    assert "\n" not in str(caught.value)


def test_an_instance_is_taken_as_it_is():
    model = make_model(FakeListChatModel(responses=["From the instance."]))
    assert written(model)[0] == "From the instance."
    assert model.name


def test_money_bounds_the_reply_and_then_the_asking(serve: Serve):
    server = serve("Yes.")
    model = make_model(NAME, max_cost=0.0005)

    written(model, most=4000)

    # A prompt of 3 tokens costs next to nothing; the rest buys tokens at 2 dollars a million.
    assert server.requests[0].json["max_completion_tokens"] == pytest.approx(249, abs=2)
    model.purse.spent = 0.00049
    with pytest.raises(ModelError, match="raise --max-cost"):
        written(model)
    assert len(server.requests) == 1


def test_a_limit_needs_a_price():
    with pytest.raises(ModelError, match="price of fake"):
        make_model(FakeListChatModel(responses=["x"], name="fake"), max_cost=1)


def test_a_reply_that_is_in_the_cache_costs_nothing(serve: Serve, tmp_path: Path):
    server = serve("First.", "Second.")
    model = make_model(NAME, cache=tmp_path)

    assert written(model)[0] == "First."
    text, reply, _ = written(make_model(NAME, cache=tmp_path))
    assert (text, reply.usage) == ("First.", Usage(0, 0, 0.0))
    assert written(model, "Another question.")[0] == "Second."
    assert len(server.requests) == 2
    assert (tmp_path / "cache.sqlite3").stat().st_mode & 0o777 == 0o600


def test_the_estimate_of_tokens_is_not_below_what_a_word_of_letters_needs():
    model = make_model(FakeListChatModel(responses=["x"]))
    assert model.count_tokens("水位上涨") >= 4
    assert model.count_tokens("The council met on Monday.") > 6
