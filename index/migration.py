"""Bring an index of the first format up to date: its articles, passages and vectors as records of a new set."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .articles import FullArticle, Stretch, fingerprint, to_passage
from .chroma import Chroma
from .vectors import Record, VectorStore, make_current, names_of

__all__ = ["former_collections", "former_settings", "migrate"]

# The collections of the first format. Settings were noted at the passages.
PASSAGES, ARTICLES = "passages", "articles"
FACTS = ("title", "source", "author", "published", "updated", "url", "path", "checksum")
# Articles of one call: their passages and vectors have to fit in memory.
SOME = 200


def former_settings(chroma: Chroma) -> Mapping[str, Any] | None:
    """What an index of the first format was made with; None where there is none."""
    found = chroma.metadata(PASSAGES)
    return found if found and found.get("format") == 1 and "embedder" in found else None


def former_collections(chroma: Chroma) -> list[str]:
    """The collections of an index of the first format, if there is one."""
    return [PASSAGES, ARTICLES] if former_settings(chroma) else []


def migrate(chroma: Chroma, settings: Mapping[str, Any]) -> None:
    """Make a set of what is in the former collections, have it count, and only then take them away."""
    there = set(chroma.names())
    chroma.delete([name for name in names_of(1) if name in there])
    store = VectorStore.begin(chroma, 1, settings)
    for records in _records(chroma):
        store.write(records, generation=1)
    chroma.settle()
    store.finish(1)
    make_current(chroma, 1)
    chroma.delete(former_collections(chroma))


def _records(chroma: Chroma) -> Iterator[list[Record]]:
    with chroma.errors():
        ids = chroma.collection(ARTICLES).get(include=[])["ids"]
    for first in range(0, len(ids), SOME):
        with chroma.errors():
            some: Any = chroma.collection(ARTICLES).get(ids=ids[first : first + SOME], include=["metadatas"])
        yield [_record(chroma, id, data) for id, data in zip(some["ids"], some["metadatas"], strict=True)]


def _record(chroma: Chroma, id: str, data: Mapping[str, Any]) -> Record:
    with chroma.errors():
        rows: Any = chroma.collection(PASSAGES).get(
            where={"article": id}, include=["documents", "metadatas", "embeddings"]
        )
    parts = sorted(zip(rows["metadatas"], rows["documents"], rows["embeddings"], strict=True), key=_start)
    head = str(data.get("head", ""))
    article = FullArticle(
        id=id,
        **{name: data[name] for name in FACTS if name in data},
        pages=tuple(json.loads(data.get("pages", "[]"))),
        text=head + "".join(text for _, text, _ in parts),
        body=len(head),
    )
    version = fingerprint(article)
    stretches = [Stretch(int(about["start"]), int(about["start"]) + len(text)) for about, text, _ in parts]
    passages = [to_passage(article, stretch, version) for stretch in stretches]
    return Record(article, passages, np.array([vector for _, _, vector in parts], dtype=np.float32))


def _start(part: Sequence[Any]) -> int:
    return int(part[0]["start"])
