"""An index on a Chroma server: several machines, tokens, TLS, a server that goes away."""

from __future__ import annotations

import http.client
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from index.errors import IndexMismatchError, IndexMissingError, IndexUnreachableError
from index.index import Index
from index.sync import plan as syncing
from index.sync.plan import Changes
from index.upkeep.rebuild import rebuild

from .chroma_server import chroma_server, free_port
from .helpers import article

FERRY = article("The ferry sailed to the island on Tuesday.", id="ferry", title="Ferry returns")
BREAD = article("Bread costs more this winter.", id="bread", title="Bakers raise prices")
TOKEN = "tk-secret-of-the-test"


@pytest.fixture
def place(server: str) -> str:
    return f"{server}/t{uuid.uuid4().hex}/daily"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """From now on it is another machine: what one keeps for itself, the other does not see."""
    return lambda name: monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))


def found(index: Index, query: str) -> list[str]:
    ids = [id for id, _ in index.words.search(query, 10)]
    return [passage.article.id for passage in index.store.passages(ids)]


def test_one_machine_writes_and_others_ask(place: str, machine: Callable[[str], None]) -> None:
    machine("writes")
    with Index(place, create=True) as writer:
        writer.add([FERRY])
        machine("asks")
        with Index(place) as reader:
            assert (found(reader, "ferry bread"), reader.counts()) == (["ferry"], (1, 1))
            writer.add([BREAD])
            writer.remove(["ferry"])
            reader.refresh()
            assert found(reader, "ferry bread") == ["bread"]
            nearest = [id for id, _ in reader.by_vector("a boat trip", 5)]
            assert reader.store.passages(nearest)[0].article.id == "bread"
        with rebuild(place) as anew:
            anew.add([article("Rain fell.", id="rain")])
        writer.refresh()
        assert found(writer, "bread rain") == ["rain"]


def test_a_word_index_is_given_only_what_was_written_since(
    place: str, machine: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine("writes")
    with Index(place, create=True) as writer:
        writer.add([FERRY, BREAD])
        machine("asks")
        with Index(place) as reader:
            found(reader, "ferry")
            writer.add([article("The ferry sank.", id="ferry")])
            writer.remove(["bread"])
            monkeypatch.setattr(
                "index.storage.records.VectorStore.each_passage",
                lambda self: pytest.fail("all is read"),
            )
            reader.refresh()
            assert (found(reader, "sailed bread"), found(reader, "sank")) == ([], ["ferry"])


def test_what_another_machine_did_not_finish_is_finished_by_it_and_seen(
    place: str, machine: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine("writes")
    with Index(place, create=True) as writer:
        writer.add([FERRY])
        with monkeypatch.context() as patch:
            patch.setattr("index.storage.words.WordIndex.update", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                writer.add([BREAD])
    machine("asks")
    with Index(place) as reader:
        assert found(reader, "ferry") == ["ferry"]
        machine("writes")
        with Index(place) as writer:
            assert writer.add([FERRY, BREAD]).unchanged == ["ferry", "bread"]
        reader.refresh()
        assert sorted(found(reader, "ferry bread")) == ["bread", "ferry"]


def test_of_two_machines_that_write_at_once_one_is_told(
    place: str, machine: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "MAX_BATCH_ARTICLES", 1)
    machine("one")
    with Index(place, create=True) as one:
        machine("other")
        with Index(place) as other:
            interrupted: list[Any] = []

            def write_meanwhile(so_far: Changes) -> None:
                if so_far.passages and not interrupted:
                    interrupted.append(other.add([FERRY]))

            with pytest.raises(
                IndexMismatchError,
                match="another machine is writing to this index: wait for its end",
            ):
                one.add([BREAD, article("Rain fell.", id="rain")], write_meanwhile)
            assert sorted(one.add([BREAD, FERRY]).unchanged) == ["bread", "ferry"]


def test_commands_take_an_address(
    place: str, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text(
        "---\nid: a\nsource: Bay Courier\n---\nThe ferry sailed on Tuesday.\n", "utf-8"
    )
    assert run("index", tmp_path / "a.md", "--index", place).status == 0
    monkeypatch.setenv("ASSISTANT_INDEX", place)
    assert "The ferry sailed on Tuesday. [1]" in run("ask", "When did the ferry sail?").out
    assert run("show", "a", "--at", "34:43").out == "The ferry"
    told = run("status").out
    assert f"index:     {place}" in told
    assert "articles are kept on the Chroma server" in " ".join(told.split())
    assert run("doctor").status == 0
    assert run("remove", "a").out == f"removed {tmp_path / 'a.md'}\n"


def test_no_index_and_no_server_are_errors_of_one_line(place: str, run: Any) -> None:
    told = run("ask", "Who?", "--index", place)
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert f"no index in {place}: make one with" in told.err
    told = run("ask", "Who?", "--index", f"http://127.0.0.1:{free_port()}")
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert "cannot be used" in told.err


def test_a_server_that_goes_away_is_said_and_that_it_is_back_is_seen(tmp_path: Path) -> None:
    port = free_port()
    with chroma_server(tmp_path, port) as address, Index(address, create=True) as index:
        index.add([FERRY])
    with pytest.raises(
        IndexUnreachableError, match=f"the Chroma server at {address} cannot be used"
    ):
        index.refresh()
    with chroma_server(tmp_path, port), Index(address) as index:
        assert index.article("ferry") == FERRY


@contextmanager
def guarded(address: str, context: ssl.SSLContext | None) -> Iterator[str]:
    """A proxy before a server that lets only those through who have the token."""
    behind = address.removeprefix("http://")

    class Guard(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, data, kind = 401, b'{"error": "unauthorized"}', "application/json"
            if (
                self.headers.get("Authorization") == f"Bearer {TOKEN}"
                and self.headers.get("X-Chroma-Token") == TOKEN
            ):
                connection = http.client.HTTPConnection(behind)
                connection.request(
                    self.command, self.path, body, {"Content-Type": "application/json"}
                )
                answer = connection.getresponse()
                status, data, kind = (
                    answer.status,
                    answer.read(),
                    answer.headers["Content-Type"] or kind,
                )
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _forward  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Guard)
    if context:
        proxy.socket = context.wrap_socket(proxy.socket, server_side=True)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    yield f"{'https' if context else 'http'}://127.0.0.1:{proxy.server_port}/default_tenant/d{uuid.uuid4().hex}"
    proxy.shutdown()


def test_a_token_opens_and_is_not_shown(
    server: str, monkeypatch: pytest.MonkeyPatch, run: Any
) -> None:
    with guarded(server, None) as place:
        told = run("status", "--index", place)
        assert (told.status, "ASSISTANT_TOKEN" in told.err, told.err.count("\n")) == (1, True, 1)
        monkeypatch.setenv("ASSISTANT_TOKEN", "tk-wrong")
        assert "tk-wrong" not in run("status", "--index", place).err
        monkeypatch.setenv("ASSISTANT_TOKEN", TOKEN)
        with Index(place, create=True) as index:
            index.add([FERRY])
        told = run("status", "--index", place)
        assert told.status == 0
        assert TOKEN not in told.out + told.err


def test_tls_with_a_certificate_of_ones_own(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("ASSISTANT_TOKEN", TOKEN)
    with guarded(server, context) as place:
        with pytest.raises(IndexUnreachableError, match="cannot be used"):
            Index(place, create=True)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        with Index(place, create=True) as index:
            index.add([FERRY])
            assert found(index, "ferry") == ["ferry"]
        with pytest.raises(IndexMissingError):
            Index(f"{place}x")
