"""An index of the first format is brought up to date when it is opened."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings

from index import migration
from index.articles import FullArticle, fingerprint, to_passage
from index.passages import cut
from index.reading import Reader
from index.store import Index
from index.vectors import names_of

from .conftest import SEEDS
from .helpers import article, bge_small

ODD = article("HEAD\nRain fell.\x00", id="odd", body=5, pages=(5,), path="/news/odd.pdf", author="Ines Marlow")


def former_index(folder: Path, articles: list[FullArticle]) -> Path:
    """An index as the first version made it: two collections, the texts as documents, the log purged."""
    client = chromadb.PersistentClient(folder / "chroma", settings=Settings(anonymized_telemetry=False))
    space: Any = {"hnsw": {"space": "cosine", "sync_threshold": 2, "batch_size": 2}}
    passages, records = (
        client.create_collection(name, embedding_function=None, configuration=space)
        for name in ("passages", "articles")
    )
    passages.modify(metadata={"format": 1, "embedder": "bge-small", "passage_tokens": 180, "generation": 3})
    for one in articles:
        found = [to_passage(one, stretch, fingerprint(one)) for stretch in cut(one, bge_small().count, 200)]
        vectors = bge_small().embed([f"{one.title}\n{passage.text.strip()}" for passage in found])
        passages.upsert(
            ids=[f"{one.id}{passage.start}" for passage in found],
            embeddings=vectors,
            documents=[passage.text for passage in found],
            metadatas=[{"article": one.id, "start": passage.start} for passage in found],
        )
        facts = {name: getattr(one, name) for name in migration.FACTS if getattr(one, name)}
        head = {"head": one.text[: one.body]} if one.body else {}
        pages = {"pages": json.dumps(one.pages)} if one.pages else {}
        records.upsert(
            ids=[one.id],
            embeddings=[vectors.mean(axis=0)],
            metadatas=[{**facts, **head, **pages, "fingerprint": "of that time"}],
        )
    client.close()
    (folder / "words").mkdir()
    (folder / "words" / "generation").write_text('{"generation": 3, "files": {}}')
    return folder


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return former_index(tmp_path_factory.mktemp("former") / "index", [*Reader([SEEDS]), ODD])


@pytest.fixture
def former(untouched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(untouched, tmp_path / "index"))


def test_all_is_there_and_nothing_is_embedded(former: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    with Index(former, notice=told.append) as index:
        assert told == [f"the index in {former} was made by an older version: it is brought up to date"]
        assert index.counts()[0] == 13
        assert index.article("odd") == ODD
        assert {found.id: index.article(found.id) for found in index.articles()} == {
            one.id: one for one in [*Reader([SEEDS]), ODD]
        }
        (passage, vector) = index.passages_of("odd")[0]
        assert vector == pytest.approx(bge_small().embed([f"News\n{passage.text.strip()}"])[0], abs=1e-4)
        assert index.by_words("ferry", 5)
        assert index.leftovers() == []
        changes = index.sync(Reader([SEEDS]))
        assert (len(changes.unchanged), changes.embedded) == (12, 0)
        assert sorted(index.chroma.names()) == sorted([*names_of(1), "assistant-settings"])
    with Index(former, notice=told.append):
        assert len(told) == 1


def test_the_former_one_is_kept_until_it_is_done(former: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migration, "SOME", 4)
        patch.setattr(migration, "make_current", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Index(former)
    client = chromadb.PersistentClient(former / "chroma", settings=Settings(anonymized_telemetry=False))
    assert client.get_collection("articles", embedding_function=None).count() == 13
    client.close()
    with Index(former) as index:
        assert (index.counts()[0], index.article("odd")) == (13, ODD)


def test_one_that_is_made_anew_is_not_brought_up_to_date_first(former: Path) -> None:
    with Index.beside(former) as index:
        assert index.counts() == (0, 0)
        index.add([ODD])
    with Index(former) as index:
        assert ([found.id for found in index.articles()], index.leftovers()) == (["odd"], [])
        assert "articles" not in index.chroma.names()


def test_vectors_are_unit_vectors(former: Path) -> None:
    with Index(former) as index:
        norms = [np.linalg.norm(vector) for found in index.articles() for _, vector in index.passages_of(found.id)]
    assert norms == pytest.approx([1] * len(norms), abs=1e-4)
