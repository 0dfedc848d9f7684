"""How an index is named: folders and addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import SettingsError
from index.storage.place import Server, to_place


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://host:8000", Server(host="host", port=8000, ssl=False)),
        ("http://host", Server(host="host", port=8000, ssl=False)),
        ("https://host", Server(host="host", port=443, ssl=True)),
        ("HTTPS://host:9000/news/", Server(host="host", port=9000, ssl=True, tenant="news")),
        (
            "http://[::1]:8000/a%20b/daily",
            Server(host="::1", port=8000, ssl=False, tenant="a b", database="daily"),
        ),
    ],
)
def test_an_address_names_a_server_a_tenant_and_a_database(address: str, expected: Server) -> None:
    assert to_place(address).server == expected


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http://host:port",
        "http://host/a/b/c",
        "http://host?x=1",
        "http://host/#x",
        "http:///a",
    ],
)
def test_an_address_that_is_none_is_an_error_of_one_line(address: str) -> None:
    with pytest.raises(SettingsError, match="is not the address of an index: use http://HOST:PORT"):
        to_place(address)


def test_a_password_does_not_belong_into_an_address_and_is_not_shown() -> None:
    with pytest.raises(SettingsError, match="ASSISTANT_TOKEN") as caught:
        to_place("https://user:hidden@host/a")
    assert "hidden" not in str(caught.value)


def test_two_databases_of_one_server_have_word_indexes_of_their_own() -> None:
    places = [
        to_place(address)
        for address in ("http://h/t/a", "http://h/t/b", "http://h:8000/t/a", "https://h/t/a")
    ]
    assert len({place.words for place in places}) == 3


@pytest.mark.parametrize("where", ["/news/index", "index", "httpx", Path("http:/x")])
def test_everything_else_is_a_folder(where: str | Path) -> None:
    place = to_place(where)
    assert (place.server, place.folder) == (None, Path(where))


@pytest.mark.parametrize("token", ["", "  "])
def test_without_a_token_none_is_sent(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("ASSISTANT_TOKEN", token)
    assert Server(host="h", port=1, ssl=False).headers == {}


def test_a_token_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_TOKEN", "a\nb")
    with pytest.raises(SettingsError, match="copy it again"):
        _ = Server(host="h", port=1, ssl=False).headers
