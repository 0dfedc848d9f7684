"""Exceptions as the clients of several providers raise them, and the line that is made of each."""

from __future__ import annotations

from email.utils import formatdate
from time import time
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.errors import ContextLengthError
from assistant.llm.faults import Target, explain, one_safe_line, read_fault

TARGET = Target(
    name="any:m", model="m", place="any", key="ANY_KEY", timeout=9, secrets=("any-secret-key",)
)


def exception(
    text: str = "it failed", name: str = "SomeError", base: type = Exception, **facts: Any
) -> Exception:
    error: Exception = type(name, (base,), {})(text)
    vars(error).update(facts)
    return error


def answered(status: int, **headers: str) -> SimpleNamespace:
    return SimpleNamespace(status_code=status, headers=headers)


def line(error: Exception, **options: Any) -> str:
    return str(explain(read_fault(error), TARGET, **options))


@pytest.mark.parametrize(
    "error",
    [
        exception(status_code=404),
        exception(code=404),
        exception(code="404"),
        exception(response=answered(404)),
        exception(
            response={"Error": {"Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 404}}
        ),
    ],
    ids=["openai", "google", "in a stream", "httpx", "boto"],
)
def test_a_status_is_found_wherever_it_stands(error: Exception):
    assert line(error).startswith("any has no model 'm' (404: ")


def test_the_status_of_what_it_was_caused_by_counts():
    error = exception("wrapped")
    error.__cause__ = exception(status_code=401)
    assert line(error) == "any refused the key: check ANY_KEY"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (
            exception(
                body={"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
            ),
            529,
        ),
        (exception(code="rate_limit_exceeded"), 429),
        (exception(body={"code": "server_error"}), 500),
    ],
)
def test_a_fault_in_the_middle_of_a_stream_has_the_status_of_its_name(
    error: Exception, status: int
):
    fault = read_fault(error)
    assert (fault.status, fault.passing) == (status, True)


@pytest.mark.parametrize(
    "error",
    [
        exception(status_code=400, code="context_length_exceeded"),
        exception(
            "This model's maximum context length is 4096 tokens. However, you requested 9999",
            status_code=400,
        ),
        exception("prompt is too long: 208310 tokens > 200000 maximum", status_code=400),
        exception(
            "The input token count (9) exceeds the maximum number of tokens allowed (4).", code=400
        ),
        exception("Input is too long for requested model.", status_code=400),
        exception(
            "too many tokens: total number of tokens in the prompt cannot exceed 4081",
            status_code=400,
        ),
        exception(
            "request (9031 tokens) exceeds the available context size (8192 tokens)",
            status_code=400,
        ),
        exception(
            body={"error": {"type": "exceed_context_size_error", "message": "too much"}},
            status_code=400,
        ),
        exception("the model is loaded with context length of only 4096 tokens", status_code=400),
        exception(name="X", code="context_length_exceeded"),
    ],
)
def test_a_prompt_that_is_too_long_is_known_in_the_words_of_many(error: Exception):
    fault = read_fault(error)
    assert not fault.passing
    assert isinstance(explain(fault, TARGET), ContextLengthError)
    assert "--context" in line(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_server_asks_for(headers: dict[str, str], seconds: float | None):
    asked = read_fault(exception(response=answered(429, **headers))).retry_after
    assert asked == seconds


def test_the_wait_may_be_a_date():
    for distance, seconds in ((20, 20), (-20, 0)):
        date = formatdate(time() + distance, usegmt=True)
        assert read_fault(
            exception(response=answered(503, date=date, **{"Retry-After": date}))
        ).retry_after == (pytest.approx(seconds, abs=2))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            exception(name="ReadTimeout"),
            "any:m did not finish within 9 s: try again, or allow more time with --timeout",
        ),
        (
            TimeoutError(),
            "any:m did not finish within 9 s: try again, or allow more time with --timeout",
        ),
        (
            ConnectionResetError("reset by peer"),
            "the connection to any failed (reset by peer): check that the server is running",
        ),
        (
            KeyError("choices"),
            "any did not answer as a chat model does (KeyError: 'choices'): check its address",
        ),
        (exception("odd"), "any:m failed (SomeError: odd): ask again, or name another model"),
        (exception(""), "any:m failed (SomeError): ask again, or name another model"),
        (exception(status_code=402), "the account at any has no credit left"),
        (
            exception(status_code=418),
            "any refused the request (418: it failed): name another model",
        ),
        (
            exception(status_code=429, code="insufficient_quota"),
            "the account at any has no credit left",
        ),
        (
            exception("<html>502</html>", status_code=502),
            "any:m is not available (502): try again later",
        ),
        (
            exception('POST failed: {"message": "no \\"x\\""}', status_code=400),
            'refused the request (400: no \\"x',
        ),
    ],
)
def test_the_line_for_each_kind_of_fault(error: Exception, said: str):
    assert said in line(error)
    assert "\n" not in line(error)


def test_a_reply_that_had_begun_is_said_to_be_cut():
    cut = exception("peer closed connection", name="RemoteProtocolError")
    assert "was cut in the middle of the reply (peer closed connection)" in line(cut, begun=True)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, None])
def test_no_secret_is_in_a_line(status: int | None):
    error = exception("key any-secret-key at http://me:word@host/v1\nand more", status_code=status)
    assert "any-secret-key" not in line(error)
    assert "word" not in line(error)


def test_a_client_whose_attributes_fail_is_explained_too():
    class OddError(Exception):
        @property
        def response(self) -> None:
            raise RuntimeError("not sent yet")

    assert line(OddError("odd")) == "any:m failed (OddError: odd): ask again, or name another model"


def test_a_long_reason_is_cut():
    assert len(line(exception("so " * 9_000, status_code=400))) < 400


def test_a_safe_line_is_one_line():
    assert one_safe_line("a\n b https://u:p@h/x", ["b"]) == "a (key) https://h/x"
