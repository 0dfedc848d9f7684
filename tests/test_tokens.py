"""Tokens are counted with vocabularies that are installed: nothing is fetched, whatever the environment says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index.errors import EmbedderError
from index.text import tokens
from index.text.tokens import count_tokens, vocabulary_of


def test_texts_are_counted_by_the_vocabulary_that_is_named():
    text = "Überschwemmung in Straßburg: 14.200 Haushalte ohne Strom"

    assert count_tokens([text, ""], "cl100k_base") == [19, 0]
    assert count_tokens([text, ""], "o200k_base") == [18, 0]


@pytest.mark.parametrize(
    ("model", "vocabulary"),
    [
        ("gpt-5-mini", "o200k_base"), ("gpt-4o", "o200k_base"), ("gpt-4.1-nano", "o200k_base"), ("o3", "o200k_base"),
        ("gpt-4", "cl100k_base"), ("gpt-3.5-turbo", "cl100k_base"), ("gpt-9", "o200k_base"),
    ],
)  # fmt: skip
def test_the_vocabulary_of_a_model_is_known(model: str, vocabulary: str):
    assert vocabulary_of(model) == vocabulary


def test_a_changed_vocabulary_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file, sha256 = tokens.VOCABULARY_FILES["o200k_base"]
    copy = tmp_path / file.name
    copy.write_bytes(file.read_bytes()[:-1])
    monkeypatch.setitem(tokens.VOCABULARY_FILES, "o200k_base", (copy, sha256))
    tokens._encoding.cache_clear()

    with pytest.raises(EmbedderError, match="is not the file that this version was made for"):
        count_tokens(["rain"], "o200k_base")


def test_the_environment_stays_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    tokens._encoding.cache_clear()

    assert count_tokens(["rain"]) == [1]
    assert os.environ["TIKTOKEN_CACHE_DIR"] == str(tmp_path)
    assert list(tmp_path.iterdir()) == []
