"""The real client against a server that speaks /v1/embeddings on this machine."""

from __future__ import annotations

import json
import socket
import string
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.embedding.embedders import make_embedder
from index.embedding.openai_embedder import MAX_REQUEST_INPUTS, MAX_REQUEST_TOKENS
from index.errors import EmbedderError, SettingsError
from index.index import Index
from index.text.tokens import count_tokens
from index.upkeep.rebuild import rebuild

from .helpers import article

KEY = "sk-a-key-of-the-tests"
MODEL = "text-embedding-3-small"


def vector_of(text: str) -> list[float]:
    """How often each letter stands in the text: texts of the same words are near each other. Not of length 1."""
    return [1.0, *(float(text.lower().count(letter)) for letter in string.ascii_lowercase)]


class Server(ThreadingHTTPServer):
    """Answers as OpenAI's API does: with its limits and its errors, and vectors in any order with their numbers.

    failures: what to answer instead, first come first served: status, content type and body.
    batches: the texts of each request that was answered.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.failures: list[tuple[int, str, str]] = []
        self.batches: list[list[str]] = []
        self.requests = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def texts(self) -> list[str]:
        return list(chain.from_iterable(self.batches))

    def answer(self, path: str, key: str, asked: dict[str, Any]) -> tuple[int, str, str]:
        self.requests += 1
        if self.failures:
            return self.failures.pop(0)
        texts = asked["input"]
        if key != f"Bearer {KEY}":
            return error(401, f"Incorrect API key provided: {key}")
        if path != "/v1/embeddings" or asked["model"] != MODEL:
            return error(404, "The model does not exist")
        tokens = count_tokens(texts)
        if not all(texts) or len(texts) > 2_048 or max(tokens) > 8_192 or sum(tokens) > 300_000:
            return error(400, "'$.input' is invalid")
        self.batches.append(texts)
        rows = [
            {"object": "embedding", "index": n, "embedding": vector_of(text)}
            for n, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": sum(tokens), "total_tokens": sum(tokens)}
        body = {"object": "list", "data": rows[::-1], "model": MODEL, "usage": usage}
        return 200, "application/json", json.dumps(body)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, kind, body = self.server.answer(self.path, self.headers["Authorization"], asked)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        # The client waits as long as the server asks for before it tries again.
        self.send_header("Retry-After-Ms", "1")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


def error(status: int, message: str) -> tuple[int, str, str]:
    return (
        status,
        "application/json",
        json.dumps({"error": {"message": message, "type": "error", "code": None}}),
    )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        yield server
        server.shutdown()
        thread.join()


def embed(*texts: str, model: str = MODEL) -> np.ndarray:
    return make_embedder(f"openai:{model}").embed(texts)


def test_texts_become_unit_vectors_in_their_order(server: Server) -> None:
    vectors = embed("rain", "ferry", "bread")
    expected = np.array([vector_of(text) for text in ("rain", "ferry", "bread")])
    np.testing.assert_allclose(
        vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6
    )
    assert vectors.dtype == np.float32


def test_the_embedder_says_what_it_is(server: Server) -> None:
    embedder = make_embedder("openai:text-embedding-3-small")
    assert (embedder.name, embedder.max_tokens, embedder.languages) == (
        f"openai:{MODEL}",
        8_191,
        frozenset(),
    )
    assert embedder.count(["", "rain", "rain fell on the harbour"]) == [0, 1, 5]


def test_many_texts_are_sent_in_several_requests(server: Server) -> None:
    texts = [f"{'rain' * (n % 5)} number {n}" for n in range(2 * MAX_REQUEST_INPUTS + 10)]
    vectors = embed(*texts)
    assert [len(batch) for batch in server.batches] == [MAX_REQUEST_INPUTS, MAX_REQUEST_INPUTS, 10]
    assert server.texts == texts
    np.testing.assert_allclose(vectors[300], embed(texts[300])[0], atol=1e-6)


def test_long_texts_are_sent_in_requests_that_the_server_takes(server: Server) -> None:
    assert embed(*["rain " * 8_000] * 30).shape == (30, 27)
    assert [len(batch) for batch in server.batches] == [24, 6]
    assert max(sum(count_tokens(batch)) for batch in server.batches) <= MAX_REQUEST_TOKENS


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n"])
def test_a_text_of_nothing_has_a_vector_too(server: Server, text: str) -> None:
    assert np.linalg.norm(embed("rain", text, "ferry"), axis=1) == pytest.approx(1)


def test_no_texts_need_no_request(server: Server) -> None:
    assert len(embed()) == server.requests == 0


def test_a_refused_key_is_said_and_not_shown(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-another")
    with pytest.raises(EmbedderError) as caught:
        embed("rain")
    assert str(caught.value) == f"{server.address}/ refused the key: check OPENAI_API_KEY"
    assert server.requests == 1


def test_an_unknown_model_is_named(server: Server) -> None:
    with pytest.raises(
        EmbedderError, match="knows no embedding model 'text-embedding-9': check its name"
    ):
        embed("rain", model="text-embedding-9")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server: Server, status: int) -> None:
    server.failures = [error(status, "busy")] * 3
    assert embed("rain").shape == (1, 27)
    assert server.requests == 4


@pytest.mark.parametrize("status", [429, 500])
def test_a_server_that_stays_busy_is_given_up_with_its_reason(server: Server, status: int) -> None:
    server.failures = [error(status, "too busy\ntoday")] * 99
    with pytest.raises(
        EmbedderError, match=f"{server.address}/ could not embed the texts .*too busy.* try again"
    ):
        embed("rain")
    assert server.requests < 10


def test_what_is_said_about_an_error_is_one_short_line(server: Server) -> None:
    server.failures = [error(400, "no\nand no" + "!" * 5_000)]
    with pytest.raises(EmbedderError) as caught:
        embed("rain")
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        (200, "application/json", '{"object": "list", "data": []}'),
        (
            200,
            "application/json",
            '{"object": "list", "data": [{"index": 0, "embedding": [0, 0]}]}',
        ),
        (200, "application/json", '{"object": "list", "data": [{"index": 0, "embedding": []}]}'),
        (200, "application/json", '{"detail": "moved"}'),
        (200, "application/json", "[]"),
        (200, "application/json", "{"),
        (200, "text/html", "<html>Please sign in</html>"),
    ],
    ids=[
        "too few",
        "only zeros",
        "no numbers",
        "something else",
        "a list",
        "half of it",
        "a page to sign in",
    ],
)
def test_an_answer_without_usable_vectors_is_an_error(
    server: Server, answer: tuple[int, str, str]
) -> None:
    server.failures = [answer] * 9
    with pytest.raises(EmbedderError):
        embed("rain")


@pytest.mark.parametrize("key", [None, "", "  "])
def test_a_missing_key_is_said_before_anything_is_sent(
    server: Server, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY") if key is None else monkeypatch.setenv(
        "OPENAI_API_KEY", key
    )
    with pytest.raises(
        EmbedderError, match=f"openai:{MODEL} needs a key: set OPENAI_API_KEY, or use"
    ):
        embed("rain")
    assert server.requests == 0


@pytest.mark.parametrize("key", [f"{KEY}\r\n", f" {KEY}"])
def test_white_space_around_a_key_is_no_part_of_it(
    server: Server, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    assert embed("rain").shape == (1, 27)


@pytest.mark.parametrize("key", ["sk-a\rkey", "sk-ключ"], ids=["a line end in it", "not ASCII"])
def test_a_key_that_cannot_be_sent_is_an_error_that_does_not_show_it(
    server: Server, monkeypatch: pytest.MonkeyPatch, no_waiting: None, key: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(EmbedderError, match="OPENAI_API_KEY") as caught:
        embed("rain")
    assert key not in str(caught.value)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no server says how long to wait, the client waits for seconds between its attempts."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def test_a_server_that_is_not_there_is_said_to_be_out_of_reach(
    server: Server, monkeypatch: pytest.MonkeyPatch, no_waiting: None
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(EmbedderError) as caught:
        embed("rain")
    assert str(caught.value) == (
        f"{address}/ cannot be reached: check the network and OPENAI_BASE_URL, or use `--embedder bge-small`"
    )


@pytest.mark.parametrize("address", ["nonsense", "http://[half", "http://127.0.0.1:notaport/v1"])
def test_an_address_that_is_none_is_an_error_that_names_the_variable(
    server: Server, monkeypatch: pytest.MonkeyPatch, no_waiting: None, address: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(EmbedderError, match="OPENAI_BASE_URL"):
        embed("rain")


@pytest.mark.parametrize("name", ["word2vec", "openai", "openai:", "", "OpenAI:x"])
def test_an_unknown_embedder_is_an_error_that_names_those_there_are(name: str) -> None:
    with pytest.raises(
        SettingsError, match=r"unknown embedder .*`bge-small` or `openai:text-embedding-3-small`"
    ):
        make_embedder(name)


def test_the_former_default_is_named_with_the_command_that_makes_the_index_anew() -> None:
    with pytest.raises(
        SettingsError, match="made with the embedder minilm, which this version does not have: run"
    ):
        make_embedder("minilm")


def test_an_index_is_made_and_searched_through_the_server(server: Server, tmp_path: Path) -> None:
    articles = [
        article("The ferry sailed.", id="ferry"),
        article("Dough, dough, dough.", id="bread", title="Loaf"),
    ]
    with Index(tmp_path, embedder=f"openai:{MODEL}", create=True) as index:
        index.add(articles)
    with Index(tmp_path) as index:
        ((nearest, _),) = index.by_vector("dough", 1)
        assert index.store.passages([nearest])[0].article.id == "bread"
    # The first request only tries whether the server embeds at all.
    assert server.batches[1:] == [
        ["News\nThe ferry sailed.", "Loaf\nDough, dough, dough."],
        ["dough"],
    ]


def test_a_failing_server_leaves_the_index_as_it_was(server: Server, tmp_path: Path) -> None:
    with Index(tmp_path, embedder=f"openai:{MODEL}", create=True) as index:
        index.add([article("The ferry sailed.", id="ferry")])
        server.failures = [error(400, "not today")]
        with pytest.raises(EmbedderError, match="not today"):
            index.add([article("The ferry sank.", id="ferry"), article("Dough.", id="bread")])
        assert (index.article("ferry").text, index.counts()) == ("The ferry sailed.", (1, 1))
        assert len(index.words.search("sailed", 5)) == 1


def test_an_article_of_one_endless_character_is_no_reason_to_fail(
    server: Server, tmp_path: Path
) -> None:
    with Index(tmp_path, embedder=f"openai:{MODEL}", create=True) as index:
        index.add([article("a" + "\u0301" * 20_000)])
        sent = [text for batch in server.batches[1:] for text in batch]
        texts = [passage.text for passage, _ in index.store.passages_of("a")]
    assert "".join(texts) == "a" + "\u0301" * 20_000
    # What is the same again has the same vector.
    assert sorted(text.removeprefix("News\n") for text in sent) == sorted(set(texts))


def test_a_password_in_the_address_is_not_shown(
    server: Server, monkeypatch: pytest.MonkeyPatch, no_waiting: None
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.address.replace("http://", "http://user:hidden@"))
    server.failures = [error(400, "no")]
    with pytest.raises(EmbedderError) as caught:
        embed("rain")
    assert "hidden" not in str(caught.value)


def test_an_index_is_made_anew_with_another_embedder(server: Server, tmp_path: Path) -> None:
    with Index(tmp_path, create=True) as index:
        index.add([article("The ferry sailed.", id="ferry")])
    with rebuild(tmp_path, embedder=f"openai:{MODEL}") as index:
        assert (index.store.embedder_name, index.counts()) == (f"openai:{MODEL}", (0, 0))
        index.add([article("The ferry sailed.", id="ferry")])


def test_an_index_that_is_open_meanwhile_embeds_with_the_new_embedder(
    server: Server, tmp_path: Path
) -> None:
    with Index(tmp_path, create=True) as reader:
        reader.add([article("The ferry sailed.", id="ferry")])
        with rebuild(tmp_path, embedder=f"openai:{MODEL}") as index:
            index.add([article("The ferry sailed.", id="ferry")])
        reader.refresh()
        assert reader.embedder.name == f"openai:{MODEL}"
        assert len(reader.by_vector("the ferry", 5)) == 1


def test_where_the_new_embedder_fails_the_old_index_stays(server: Server, tmp_path: Path) -> None:
    with Index(tmp_path, create=True) as index:
        index.add([article("The ferry sailed.", id="ferry")])
    server.failures = [error(400, "not today")]
    with (
        pytest.raises(EmbedderError, match="not today"),
        rebuild(tmp_path, embedder=f"openai:{MODEL}"),
    ):
        pass
    with Index(tmp_path) as index:
        assert (index.store.embedder_name, index.counts()) == ("bge-small", (1, 1))


def test_no_index_is_begun_with_an_embedder_that_fails(server: Server, tmp_path: Path) -> None:
    server.failures = [error(400, "not today")]
    with pytest.raises(EmbedderError, match="not today"):
        Index(tmp_path / "index", embedder=f"openai:{MODEL}", create=True)
    assert not (tmp_path / "index").exists()
