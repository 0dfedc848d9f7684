"""Exporting, removing and reading back are inverse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.articles import FullArticle
from index.embedding.bge import BgeSmall
from index.index import Index
from index.loading.folders import Reader
from index.upkeep.export import export_lines

from .conftest import SEEDS
from .helpers import article, put

ODD = [
    article("\ufeff---\nid: x\n---\nRain.\r\n\r\nSnow.\x00\u2028", id="x", body=17, path="/x.md", checksum="0f"),
    article("A page.\n\nA page.", id="pdf", pages=(0, 9), path="/a.pdf", also_at=("/b.pdf",), checksum="1e"),
    article("Nothing is known of it.", id="bare"),
    article("All is known.", id="all", source="Bay Courier", author="Ines Marlow", published="2025-03-04",
            updated="2025-03-05", url="https://courier.example/all"),
]  # fmt: skip


def all_of(index: Index) -> dict[str, FullArticle]:
    return {found.id: index.article(found.id) for found in index.articles()}


def exported(index: Index, path: Path, *, vectors: bool = False) -> Path:
    return put(path, "".join(f"{line}\n" for line in export_lines(index, vectors=vectors)))


@pytest.mark.parametrize("vectors", [False, True])
def test_an_index_of_the_export_is_the_index(
    new_place: Callable[[], str], tmp_path: Path, vectors: bool
) -> None:
    with Index(new_place(), create=True) as index, Index(new_place(), create=True) as other:
        index.sync(Reader([SEEDS]))
        index.add(ODD)
        path = exported(index, tmp_path / "all.jsonl", vectors=vectors)
        did = other.sync(Reader([path]))
        assert (len(did.added), did.embedded == 0) == (16, vectors)
        assert all_of(other) == all_of(index)
        assert sorted(other.store.passage_ids()) == sorted(index.store.passage_ids())
        assert list(export_lines(other)) == list(export_lines(index))
        assert len(other.sync(Reader([SEEDS])).unchanged) == 12


def test_removing_and_reading_back_is_as_if_nothing_had_been(
    new_place: Callable[[], str], tmp_path: Path
) -> None:
    with Index(new_place(), create=True) as index:
        index.add(ODD)
        before = all_of(index)
        path = exported(index, tmp_path / "all.jsonl")
        index.remove(["x", "pdf"])
        assert set(all_of(index)) == {"bare", "all"}
        assert sorted(index.sync(Reader([path])).added) == ["pdf", "x"]
        assert all_of(index) == before


def test_vectors_of_another_embedder_are_not_taken(
    new_place: Callable[[], str], tmp_path: Path
) -> None:
    with Index(new_place(), create=True) as index, Index(new_place(), create=True) as other:
        index.add(ODD)
        path = exported(index, tmp_path / "all.jsonl", vectors=True)
        put(path, path.read_text().replace('"embedder": "bge-small"', '"embedder": "openai:other"'))
        assert other.sync(Reader([path])).embedded == other.counts()[1]


@pytest.mark.parametrize(
    "own",
    [
        None, [], "x", {"body": -1}, {"body": 10**9}, {"body": "5"}, {"pages": "x"}, {"pages": [None, -3]}, {"path": 5},
        {"path": "", "also_at": ["/a"]}, {"embedder": "bge-small", "passages": [[0, 10, "!"]]},
        {"embedder": "bge-small", "passages": [[0, 10, "AAAA"]]}, {"embedder": "bge-small", "passages": [[0]]},
        {"embedder": "bge-small", "passages": 7}, {"embedder": None, "passages": [["a", "b", None]]},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_left_out(tmp_path: Path, own: object) -> None:
    path = put(
        tmp_path / "a.jsonl", json.dumps({"id": "a", "text": "Rain fell.", "_index": own}) + "\n"
    )
    (found,) = Reader([path])
    assert (found.text, found.body, found.pages, found.also_at) == ("Rain fell.", 0, (), ())
    assert found.path == str(path)
    with Index(tmp_path / "index", create=True) as index:
        index.sync(Reader([path]))
        ((_, vector),) = index.store.passages_of("a")
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_a_vector_that_is_no_unit_vector_is_not_taken(tmp_path: Path) -> None:
    with (
        Index(tmp_path / "index", create=True) as index,
        Index(tmp_path / "other", create=True) as other,
    ):
        index.add([article("Rain fell.")])
        (line,) = export_lines(index, vectors=True)
        record = json.loads(line)
        record["_index"]["passages"][0][2] = "AAAA" * 512
        assert other.sync(Reader([put(tmp_path / "a.jsonl", json.dumps(record))])).embedded == 1


def test_the_command_prints_lines_that_the_command_reads(
    tmp_path: Path, run: Any, seeds_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "all.jsonl", run("export", "--vectors", "--index", seeds_folder).out)
    embed = BgeSmall.embed
    long: list[str] = []
    monkeypatch.setattr(
        BgeSmall,
        "embed",
        lambda self, texts: long.extend(t for t in texts if len(t) > 60) or embed(self, texts),
    )
    told = run("index", path, "--index", tmp_path / "index")
    assert (told.status, told.out[:9], long) == (0, "12 added,", [])
    plain = run("export", "--index", seeds_folder).out
    assert run("export", "--index", tmp_path / "index").out == plain
    assert len(plain.splitlines()) == 12
