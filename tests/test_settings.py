from __future__ import annotations

from pathlib import Path

import pytest

from assistant.settings import config_file, settings
from index.errors import SettingsError


def write_config(text: str) -> Path:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text, encoding="utf-8")
    return config_file()


def test_with_nothing_set_the_index_lies_in_the_users_data_and_no_model_is_used():
    found = settings()

    assert found.index.is_absolute()
    assert (found.index.name, found.embedder, found.model) == ("index", None, "quotes")


def test_the_order_is_argument_environment_file(monkeypatch: pytest.MonkeyPatch):
    write_config('index = "/from/file"\nembedder = "openai:from-file"\n')
    assert settings().index == Path("/from/file")

    monkeypatch.setenv("ASSISTANT_INDEX", "/from/environment")
    assert settings().index == Path("/from/environment")
    assert settings(index="/from/argument").index == Path("/from/argument")
    assert settings().embedder == "openai:from-file"


def test_a_relative_index_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    assert settings(index="here").index == tmp_path / "here"


@pytest.mark.parametrize("text", ["index = 3", 'colour = "red"', "index ="])
def test_a_configuration_file_that_cannot_be_used_is_named(text: str):
    path = write_config(text)

    with pytest.raises(SettingsError, match=str(path)):
        settings()


def test_numbers_come_as_numbers_from_everywhere(monkeypatch: pytest.MonkeyPatch):
    write_config("timeout = 30\nmax_cost = 0.5\ncontext = 4096\n")
    assert (settings().timeout, settings().max_cost, settings().context) == (30.0, 0.5, 4096)

    monkeypatch.setenv("ASSISTANT_TIMEOUT", "7")
    assert settings().timeout == 7.0
    assert settings(timeout="8").timeout == 8.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", "soon"),
        ("timeout", "-1"),
        ("max_cost", "0"),
        ("context", "100"),
        ("timeout", "nan"),
    ],
)
def test_a_number_that_is_none_is_an_error_that_names_its_place(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(f"ASSISTANT_{name.upper()}", value)
    with pytest.raises(
        SettingsError,
        match=f"ASSISTANT_{name.upper()} is '{value}': it must be a (?:whole )?number",
    ):
        settings()
