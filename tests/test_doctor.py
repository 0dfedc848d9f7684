"""`assistant doctor` finds all faults, and repairs them where possible."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.articles import checksum
from index.index import Index
from index.storage.locks import Locks
from index.storage.records import VectorStore, collections_of
from index.upkeep.doctor import CheckResult, check_index

from .crashes import Cheap
from .helpers import article, put
from .model_server import ModelServer, Step

TEXTS = [
    "The ferry sailed to the island on Tuesday.",
    "Bread costs more this winter.",
    "The old bridge stays closed.",
]
ARTICLES = [article(text, id=f"a{n}", title=f"Report {n}") for n, text in enumerate(TEXTS)]


@pytest.fixture
def index(new_place: Callable[[], str]) -> Any:
    with Index(new_place(), create=True) as index:
        index.add(ARTICLES)
        yield index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an index that nobody has open."""
    many = [article(f"Report {n} tells of the harbour.", id=f"r{n}") for n in range(1_100)]
    with Index(tmp_path / "index", create=True) as index:
        index.embedder = Cheap()
        index.add([*ARTICLES, *many])
    return tmp_path / "index"


def wrong(index: Index) -> dict[str, str]:
    return {
        finding.check: finding.text for finding in check_index(index, fix=False) if not finding.ok
    }


def fixed(index: Index) -> list[CheckResult]:
    return [finding for finding in check_index(index, fix=True) if finding.fixed or not finding.ok]


def a_vector_is_too_long(store: VectorStore) -> None:
    (passage,) = store.passages(store.summaries(["a0"])["a0"].passages)
    store.write_passages([passage], np.full((1, 384), 0.5, dtype=np.float32))


def a_passage_is_gone(store: VectorStore) -> None:
    store.remove_passages(store.summaries(["a0"])["a0"].passages)


def a_text_was_altered(store: VectorStore) -> None:
    ids = store.summaries(["a0"])["a0"].passages
    store._passages.update(
        ids=ids, metadatas=[{"article": "a0", "text": TEXTS[0].replace("Tuesday", "Thursday")}]
    )


def a_passage_is_alone(store: VectorStore) -> None:
    (passage,) = store.passages(store.summaries(["a0"])["a0"].passages)
    object.__setattr__(passage, "id", "0" * 24 + ":0")
    store.write_passages([passage], np.eye(384, dtype=np.float32)[:1])


def a_set_was_begun(store: VectorStore) -> None:
    VectorStore.begin(store._chroma, store.number + 1, store.settings)


@pytest.mark.parametrize(
    ("damage", "name", "words"),
    [
        (a_vector_is_too_long, "vectors", "1 of 3 vectors are missing or not of length 1"),
        (a_passage_is_gone, "articles", r"1 of 3 articles are incomplete or altered \(a0\)"),
        (a_text_was_altered, "articles", r"1 of 3 articles are incomplete or altered \(a0\)"),
        (a_passage_is_alone, "orphans", "1 passages belong to no article"),
        (a_set_was_begun, "leftovers", "3 collections are left of an unfinished rebuild"),
    ],
)
def test_a_fault_is_found_and_repaired(
    index: Index, damage: Callable[[VectorStore], None], name: str, words: str
) -> None:
    assert wrong(index) == {}
    damage(index.store)
    assert index.article("a1").text == TEXTS[1]
    found = wrong(index)
    assert set(found) >= {name}
    assert found[name].startswith(words.replace("\\", ""))
    assert name in {finding.check for finding in fixed(index) if finding.fixed}
    assert wrong(index) == {}


def test_an_article_that_was_taken_out_is_put_back_from_its_file(index: Index) -> None:
    a_text_was_altered(index.store)
    fixed(index)
    assert index.add(ARTICLES).added == ["a0"]
    assert index.article("a0").text == TEXTS[0]


def test_a_text_that_was_altered_inside_the_store_is_not_passed_off_as_the_article(
    index: Index,
) -> None:
    ids = index.store.summaries(["a0"])["a0"].passages
    index.store._passages.update(ids=ids, metadatas=[{"article": "a0", "text": "It never sailed."}])
    assert "articles" in wrong(index)


def test_two_articles_of_one_file_are_found(index: Index, tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt", "Rain fell.")
    now = str(checksum(str(path)))
    for id, sum in (("old", "0f"), ("new", now)):
        index.add([article(f"Rain fell {id}.", id=id)])
        found = index.store.summaries([id])[id].article
        index.store.move([replace(found, path=str(path), checksum=sum)], index.store.generation)
    assert wrong(index) == {
        "duplicates": f"1 files have two articles ({path}): --fix keeps the one that the file holds now"
    }
    assert [finding.check for finding in fixed(index)] == ["duplicates"]
    assert sorted(found.id for found in index.articles()) == ["a0", "a1", "a2", "new"]


def test_a_word_index_that_lacks_a_passage_is_found(index: Index) -> None:
    words = index.words
    words.update([], ["a1"], words.mark)
    assert wrong(index) == {
        "words": "the word index lacks 1 passages and has 0 others: --fix rebuilds it (so does the next search)"
    }
    assert [finding.check for finding in fixed(index)] == ["words"]
    assert wrong(index) == {}


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: os.truncate(path / "header.bin", 50),
        lambda path: os.truncate(path / "data_level0.bin", 5_000),
        lambda path: os.truncate(path / "index_metadata.pickle", 5_000),
        lambda path: (path / "data_level0.bin").write_bytes(
            os.urandom((path / "data_level0.bin").stat().st_size)
        ),
        lambda path: (path / "index_metadata.pickle").write_bytes(b"\x80nonsense"),
        shutil.rmtree,
    ],
    ids=[
        "no header",
        "half the vectors",
        "half the names",
        "random vectors",
        "no names",
        "nothing",
    ],
)
def test_damaged_vector_files_are_made_again(
    folder: Path, run: Any, damage: Callable[[Path], None]
) -> None:
    damage(
        max(
            (folder / "chroma").glob("*/data_level0.bin"), key=lambda path: path.stat().st_size
        ).parent
    )
    run("doctor", "--fix", "--index", folder)
    told = run("doctor", "--index", folder)
    assert (told.status, "WRONG" in told.out) == (0, False), told.out
    with Index(folder) as index:
        assert len(index.by_vector("harbour", 50)) == 50


@pytest.mark.parametrize("damage", [b"", b"nothing that can be read" * 200])
def test_a_damaged_database_is_said_with_the_command_that_helps(
    folder: Path, run: Any, damage: bytes
) -> None:
    (folder / "chroma" / "chroma.sqlite3").write_bytes(damage)
    told = run("doctor", "--fix", "--index", folder)
    assert told.status == 1
    assert "WRONG  opening: the database " in told.out
    assert "--rebuild`" in told.out


def test_a_line_for_each_check_and_status_0(seeds_folder: Path, run: Any) -> None:
    told = run("doctor", "--index", seeds_folder)
    assert (told.status, told.err) == (0, "")
    assert {line.split()[0] for line in told.out.splitlines()} == {"ok"}
    checks = [line.split()[1].rstrip(":") for line in told.out.splitlines()]
    assert checks == [
        "opening", "settings", "versions", "articles", "vectors", "orphans", "duplicates", "words", "leftovers",
        "files", "disk", "embedder", "model",
    ]  # fmt: skip


def test_status_1_where_anything_is_wrong(folder: Path, run: Any) -> None:
    with Index(folder) as index:
        a_text_was_altered(index.store)
    told = run("doctor", "--index", folder)
    assert told.status == 1
    assert [line for line in told.out.splitlines() if line.startswith("WRONG")] == [
        "WRONG  articles: 1 of 1103 articles are incomplete or altered (a0): --fix removes them; index their files again"
    ]
    assert run("doctor", "--index", folder, "--fix").status == 0
    assert run("doctor", "--index", folder).status == 0


def test_json(folder: Path, run: Any) -> None:
    found = json.loads(run("doctor", "--index", folder, "--json").out)
    assert all(set(finding) == {"check", "ok", "text", "fixed"} for finding in found)


def test_an_index_that_is_not_there_is_wrong(tmp_path: Path, run: Any) -> None:
    told = run("doctor", "--index", tmp_path / "none")
    assert told.status == 1
    assert f"WRONG  opening: no index in {tmp_path / 'none'}: make one" in told.out


def test_a_model_that_is_reached_and_one_that_is_not(
    seeds_folder: Path, run: Any, serve: Callable[..., ModelServer]
) -> None:
    serve("OK")
    assert (
        "ok     model: openai:local answers"
        in run("doctor", "--index", seeds_folder, "--model", "openai:local").out
    )
    serve(Step(status=401))
    told = run("doctor", "--index", seeds_folder, "--model", "openai:local")
    assert told.status == 1
    assert "WRONG  model: " in told.out
    assert "sk-secret" not in told.out


def test_no_key_is_said(seeds_folder: Path, run: Any) -> None:
    told = run("doctor", "--index", seeds_folder, "--model", "openai:gpt-5-mini")
    assert told.status == 1
    assert "OPENAI_API_KEY" in told.out


def test_a_batch_that_was_cut_short_is_finished_before_anything_is_checked(
    folder: Path, run: Any
) -> None:
    with pytest.raises(ZeroDivisionError), Locks(folder).batch(["a0"]):
        raise ZeroDivisionError
    assert run("doctor", "--index", folder).status == 0
    assert not (folder / "batch.json").exists()


def test_the_names_of_a_set_are_those_of_its_collections(index: Index) -> None:
    assert set(collections_of(index.store.number)) <= set(index.connection.chroma.names())
