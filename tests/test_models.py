"""Chat models through the real client: requests, tokens and cost, and errors."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from langchain.chat_models import init_chat_model
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel, FakeListChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from assistant.answer.parts import Usage
from assistant.errors import ContextLengthError, ModelError
from assistant.llm.models import ChatModel, Reply, make_model
from assistant.llm.reply import ReplyMetadata, without_thoughts

from .model_server import ModelServer, Request, Step, chunk

Serve = Callable[..., ModelServer]
NAME = "openai:gpt-5-mini"


def written(model: ChatModel, prompt: str = "Say it.", max_tokens: int = 500) -> tuple[str, Reply]:
    reply = Reply()
    return "".join(model.write(prompt, reply, max_tokens=max_tokens)), reply


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

    text, reply = written(make_model(NAME))

    assert text == reply.text == "The council met on Monday. [1]"
    assert reply.usage == Usage(100, 20, pytest.approx(100 * 0.25e-6 + 20 * 2e-6))
    assert reply.stopped is None
    [request] = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.json["model"] == "gpt-5-mini"
    assert request.json["stream_options"] == {"include_usage": True}
    assert request.json["max_completion_tokens"] == 500
    assert "temperature" not in request.json
    assert request.headers["authorization"] == "Bearer sk-secret-key-of-the-test"


def test_a_server_of_ones_own_needs_no_key_and_gets_temperature_0(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
):
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
        (404, "has no model 'gpt-5-mini'"),
        (400, "refused the request (400"),
    ],
)
def test_a_refusal_is_said_at_once(serve: Serve, status: int, said: str):
    server = serve(
        Step(status=status, body='{"error": {"message": "no, sk-secret-key-of-the-test"}}')
    )
    with pytest.raises(ModelError, match=said.replace("(", r"\(")):
        written(make_model(NAME))
    assert len(server.requests) == 1


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no server says how long to wait, the client waits for seconds between its requests."""
    monkeypatch.setattr("openai._base_client.time.sleep", lambda seconds: None)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
@pytest.mark.usefixtures("no_waiting")
def test_a_fault_that_may_pass_is_tried_again(serve: Serve, status: int):
    server = serve(Step(status=status), "It passed.")
    assert written(make_model(NAME))[0] == "It passed."
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (429, "has reached its rate limit (429: busy): wait a minute and ask again"),
        (500, "is not available (500: busy): try again later"),
    ],
)
@pytest.mark.usefixtures("no_waiting")
def test_retries_end(serve: Serve, status: int, said: str):
    server = serve(Step(status=status, body='{"error": {"message": "busy"}}'))
    with pytest.raises(ModelError) as caught:
        written(make_model(NAME))
    assert str(caught.value) == f"{NAME} {said}"
    assert len(server.requests) == 3


def test_a_wait_that_the_server_asks_for_is_kept(serve: Serve):
    serve(Step(status=429, headers={"Retry-After": "1.2"}), "It passed.")
    begun = time.monotonic()
    assert written(make_model(NAME))[0] == "It passed."
    assert time.monotonic() - begun > 1.2


def test_a_server_that_asks_for_a_long_wait_is_not_waited_for(serve: Serve):
    begun = time.monotonic()
    assert "wait 600 s, as it asks" in fault(
        serve, Step(status=429, headers={"Retry-After": "600"})
    )
    assert time.monotonic() - begun < 10


def test_an_empty_account_is_not_asked_again(serve: Serve):
    body = '{"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}'
    assert "no credit left" in fault(serve, Step(status=429, body=body))


@pytest.mark.usefixtures("no_waiting")
def test_nobody_listens(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://user:password@127.0.0.1:9/v1")
    with pytest.raises(
        ModelError, match=r"connection to http://127\.0\.0\.1:9/v1 failed"
    ) as caught:
        written(make_model(NAME))
    assert "password" not in str(caught.value)


def test_a_server_that_says_nothing_is_given_up(serve: Serve):
    server = serve(Step("Late.", delay=2))
    begun = time.monotonic()
    with pytest.raises(ModelError, match=r"did not finish within 0\.5 s: try again, or allow more"):
        written(make_model(NAME, timeout=0.5))
    assert time.monotonic() - begun < 1.5
    assert len(server.requests) == 1


def test_a_stall_in_the_middle_keeps_what_came(serve: Serve):
    serve(Step("It was on Monday. Then it stopped.", stall=3))
    text, reply = written(make_model(NAME, timeout=0.5))
    assert text == "It was "
    assert "did not finish" in str(reply.stopped)


def test_a_cut_connection_keeps_what_came(serve: Serve):
    serve(Step("It was on Monday. Then it stopped.", cut=4))
    text, reply = written(make_model(NAME))
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


def test_a_content_filter_and_a_length_limit_stop_a_reply(serve: Serve):
    serve(Step("Half of it", finish="content_filter"), Step("Half of it", finish="length"))
    model = make_model(NAME)
    assert "content filter" in str(written(model)[1].stopped)
    assert "length limit" in str(written(model)[1].stopped)


def test_a_filtered_reply_without_a_word_is_an_error(serve: Serve):
    assert "content filter" in fault(serve, Step("", finish="content_filter"))


def test_a_reply_without_end_is_ended(serve: Serve):
    serve("On and on. " * 10_000)
    text, reply = written(make_model(NAME))
    assert 16_000 < len(text) < 16_100
    assert "longer than 16000 characters" in str(reply.stopped)


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"code": "context_length_exceeded", "message": "the maximum is 8192 tokens"}}',
        '{"error": {"code": 400, "type": "exceed_context_size_error", "message": "too much"}}',
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

    written(model, max_tokens=4000)

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
    text, reply = written(make_model(NAME, cache=tmp_path))
    assert (text, reply.usage) == ("First.", Usage(0, 0, 0.0))
    assert written(model, "Another question.")[0] == "Second."
    assert len(server.requests) == 2
    assert (tmp_path / "cache.sqlite3").stat().st_mode & 0o777 == 0o600


def test_the_estimate_of_tokens_is_not_below_what_a_word_of_letters_needs():
    model = make_model(FakeListChatModel(responses=["x"]))
    assert model.count_tokens("水位上涨") >= 4
    assert model.count_tokens("The council met on Monday.") > 6


def test_an_instance_that_does_not_stream_is_taken_too():
    class Whole(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "whole"

        def _generate(self, messages: object, *args: object, **options: object) -> ChatResult:
            return ChatResult(generations=[ChatGeneration(message=AIMessage("It was Monday."))])

    assert written(make_model(Whole()))[0] == "It was Monday."


def test_an_instance_keeps_its_own_limit_and_its_name(serve: Serve):
    server = serve("Yes.")
    model = make_model(init_chat_model("openai:gpt-4o-mini", max_tokens=50))
    assert written(model)[0] == "Yes."
    assert server.requests[0].json["max_completion_tokens"] == 50
    assert (model.name, model.context) == ("openai:gpt-4o-mini", 128_000)


@pytest.mark.parametrize("variable", ["OPENAI_API_BASE", "LANGSMITH_GATEWAY"])
def test_only_openai_base_url_says_where_questions_go(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, variable: str
):
    server = serve("Yes.")
    monkeypatch.setenv(variable, "http://127.0.0.1:9/v1")
    assert written(make_model(NAME))[0] == "Yes."
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "address", ["nonsense", "127.0.0.1:8080", "http://[half", "http://h:port/v1", "ftp://h/v1"]
)
def test_an_address_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, address: str):
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(ModelError, match=r"OPENAI_BASE_URL .* is not an address"):
        make_model(NAME)


@pytest.mark.parametrize("key", ["sk-a\nkey", "sk-ключ"])
def test_a_key_that_cannot_be_sent_is_said_and_not_shown(monkeypatch: pytest.MonkeyPatch, key: str):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ModelError, match="OPENAI_API_KEY has characters") as caught:
        make_model(NAME)
    assert key not in str(caught.value)


def test_space_around_a_key_is_no_part_of_it(serve: Serve, monkeypatch: pytest.MonkeyPatch):
    server = serve("Yes.")
    monkeypatch.setenv("OPENAI_API_KEY", " sk-key\n")
    written(make_model(NAME))
    assert server.requests[0].headers["authorization"] == "Bearer sk-key"


@pytest.mark.parametrize("name", ["", " ", "openai:", ":gpt-5", "gguf:"])
def test_a_name_of_nothing_is_no_model(name: str):
    with pytest.raises(ModelError):
        make_model(name)


@pytest.mark.parametrize(
    "name", ["gpt-5-mini", "OpenAI:gpt-5-mini", "o4-mini", "openai:o3", "openai:gpt-6-sol"]
)
def test_models_that_take_no_temperature_get_none(serve: Serve, name: str):
    server = serve("Yes.")
    written(make_model(name))
    assert "temperature" not in server.requests[0].json


def test_a_model_that_turns_out_to_take_no_temperature_is_asked_without_it(serve: Serve):
    def script(request: Request) -> Step:
        message = "Unsupported value: 'temperature' does not support 0 with this model."
        body = json.dumps({"error": {"message": message}})
        return Step(status=400, body=body) if "temperature" in request.json else Step("Yes.")

    server = serve(script)
    model = make_model("openai:brand-new")
    assert written(model)[0] == written(model)[0] == "Yes."
    assert len(server.requests) == 3


def test_a_fault_in_the_stream_before_any_word_is_tried_once_more(serve: Serve):
    broken = Step(raw='data: {"error": {"code": 502, "message": "upstream"}}\n\n')
    server = serve(broken, "It passed.", broken)
    assert written(make_model(NAME))[0] == "It passed."
    assert len(server.requests) == 2
    with pytest.raises(ModelError, match=r"is not available \(502: upstream\)"):
        written(make_model(NAME))
    assert len(server.requests) == 4


def test_a_fault_in_the_stream_after_words_ends_the_reply(serve: Serve):
    server = serve(
        Step(
            raw=chunk("It was Monday.")
            + 'data: {"error": {"code": 502, "message": "upstream"}}\n\n'
        )
    )
    text, reply = written(make_model(NAME))
    assert text == "It was Monday."
    assert f"{NAME} is not available (502: upstream)" in str(reply.stopped)
    assert len(server.requests) == 1


def test_a_connection_that_breaks_before_any_word_is_tried_again(serve: Serve):
    serve(Step("Never.", cut=1), "It passed.")
    assert written(make_model(NAME))[0] == "It passed."


def test_no_wait_goes_beyond_the_time_limit(serve: Serve):
    begun = time.monotonic()
    assert "not available (503)" in fault(
        serve, Step(status=503, headers={"Retry-After": "20"}), timeout=3
    )
    assert time.monotonic() - begun < 3


def test_a_reply_that_trickles_is_ended_at_the_time_limit(serve: Serve):
    serve(Step("word " * 400, pause=0.05))
    begun = time.monotonic()
    _, reply = written(make_model(NAME, timeout=1))
    assert "did not finish within 1 s" in str(reply.stopped)
    assert time.monotonic() - begun < 4


def test_an_end_without_a_reason_is_a_cut(serve: Serve):
    serve(Step(raw=chunk("It was Mon")))
    text, reply = written(make_model(NAME))
    assert text == "It was Mon"
    assert "was cut in the middle" in str(reply.stopped)


def test_counts_that_come_with_every_piece_are_not_added_up(serve: Serve):
    counts = [chunk(text, usage=(10, n)) for n, text in enumerate(("It ", "was ", "Monday."), 1)]
    end = chunk("", usage=(10, 4), finish="length")
    serve(Step(raw="".join([*counts, end, end])))
    _, reply = written(make_model(NAME))
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (10, 4)
    assert "length limit" in str(reply.stopped)


def test_who_stops_reading_closes_the_connection(serve: Serve):
    server = serve(Step("word " * 4_000, pause=0.01))
    pieces = make_model(NAME).write("Say it.", Reply(), max_tokens=9_000)
    next(pieces)
    pieces.close()
    assert server.hung_up.wait(5)


def test_ctrl_c_passes_and_closes_the_connection(serve: Serve):
    server = serve(Step("word " * 4_000, pause=0.01))

    class Interrupt(BaseCallbackHandler):
        raise_error = True

        def on_llm_new_token(self, token: str, **facts: object) -> None:
            if token:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(
            make_model(NAME).write(
                "Say it.", Reply(), max_tokens=9_000, config={"callbacks": [Interrupt()]}
            )
        )
    assert server.hung_up.wait(5)


def test_an_endless_reply_is_not_read_to_its_end(serve: Serve):
    server = serve("On and on. " * 100_000)
    written(make_model(NAME))
    assert server.hung_up.wait(5)


@pytest.mark.parametrize("key", ["sk-secret-key-of-the-test", "another-secret-key"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_key_that_the_server_repeats_is_not_shown(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, key: str, status: int
):
    serve(
        Step(
            status=status,
            headers={"Retry-After": "0"},
            body='{"error": {"message": "bad ' + key + '"}}',
        )
    )
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ModelError) as caught:
        written(make_model(NAME))
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("<think>a [1]</think>\n\nYes.", "Yes."),
        ("\n<think>\n</think>Yes.", "Yes."),
        ("<thinking>a < b</thinking> <think>c</think> Yes.", "Yes."),
        ("<think>never ends", ""),
        ("No. <think>a</think>", "No. <think>a</think>"),
        ("<thin", "<thin"),
        ("<b>Yes</b>", "<b>Yes</b>"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_thoughts_are_left_out_however_the_text_is_cut(written: str, text: str, size: int):
    pieces = [written[start : start + size] for start in range(0, len(written), size)]
    assert "".join(without_thoughts(pieces)) == text


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"finish_reason": "length"}, "length limit"),
        ({"stop_reason": "max_tokens"}, "length limit"),
        ({"finish_reason": "MAX_TOKENS"}, "length limit"),
        ({"done_reason": "length"}, "length limit"),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "length limit",
        ),
        ({"finish_reason": "SAFETY"}, "content filter"),
        ({"stop_reason": "refusal"}, "content filter"),
        (
            {"incomplete_details": {"reason": "content_filter"}, "status": "incomplete"},
            "content filter",
        ),
        ({"finish_reason": "stop"}, None),
        ({"stop_reason": "end_turn"}, None),
        ({"status": "completed"}, None),
        ({}, None),
    ],
)
def test_why_a_reply_ended_is_read_in_the_words_of_each_provider(
    facts: dict[str, object], said: str | None
):
    seen = ReplyMetadata(cumulative=True)
    list(seen.texts([AIMessage("It was", response_metadata=facts)]))
    assert seen.stopped is None if said is None else said in str(seen.stopped)


@pytest.mark.parametrize(
    "message",
    [
        AIMessage("", additional_kwargs={"refusal": "I cannot."}),
        AIMessage([{"type": "refusal", "refusal": "I cannot."}]),
    ],
)
def test_a_refusal_is_a_filter_and_no_text(message: AIMessage):
    seen = ReplyMetadata(cumulative=True)
    assert list(seen.texts([message])) == []
    assert "content filter" in str(seen.stopped)


# Tokens in SmolLM2 and in Qwen2.5, the higher number.
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (
            "Der Hafen öffnete am Montag wieder; die Bürgermeisterin sagte, "
            "die Instandsetzung habe größer.",
            41,
        ),
        (
            "Паром отправился в понедельник, и мэр города сказал, "
            "что ремонт обошёлся в два миллиона фунтов. ",
            77,
        ),
        ("항구는 월요일에 다시 문을 열었고 시장은 수리비가 이백사십만 파운드라고 말했다. ", 98),
        ("ท่าเรือเปิดอีกครั้งในวันจันทร์ นายกเทศมนตรีกล่าวว่าค่าซ่อมแซมสองล้านปอนด์ ", 136),
        ("2025-09-17 1234567 0.123456 99,999,999 +44 20 7946 0958 ", 55),
        ("a     b          c\n\n\n\n\n\nd --------------------- ======== \t\t\t\t", 17),
    ],
)
def test_the_estimate_of_tokens_is_not_too_low_in_any_script(text: str, tokens: int):
    assert make_model(FakeListChatModel(responses=["x"])).count_tokens(text) >= tokens


def test_a_model_that_is_only_served_as_openai_serves_is_not_counted_as_one(serve: Serve):
    serve("")
    text = "Паром отправился 2025-09-17."
    assert make_model("openai:qwen").count_tokens(text) > make_model(NAME).count_tokens(text)
