"""Write an index as JSON lines that can be read back: articles, where they came from, and their vectors if asked."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from ..articles import FullArticle, known
from ..index import Index
from ..loading.exported import OWN

__all__ = ["lines"]

FILES_AND_PAGES = ("path", "also_at", "checksum", "pages")


def lines(index: Index, *, vectors: bool = False) -> Iterator[str]:
    """An article a line, in the order of their ids. `assistant index` makes the same articles of them.

    Beside the fields of any JSONL article there is an object "_index" with what else is kept: body (where it begins),
    path, also_at, checksum, pages; and with `vectors`, the embedder and, for each passage, start, end and its vector
    (float32, little-endian, base64).
    """
    for id in sorted(article.id for article in index.articles()):
        yield json.dumps(_line(index, index.article(id), vectors), ensure_ascii=False)


def _line(index: Index, article: FullArticle, vectors: bool) -> dict[str, Any]:
    facts = known(article)
    own: dict[str, Any] = {"path": None} | {
        name: facts.pop(name) for name in FILES_AND_PAGES if name in facts
    }
    if article.body:
        own["body"] = article.body
    if vectors:
        own["embedder"] = index.store.embedder_name
        own["passages"] = [
            [passage.start, passage.end, base64.b64encode(vector.astype("<f4").tobytes()).decode()]
            for passage, vector in index.store.passages_of(article.id)
        ]
    return {"id": article.id, **facts, "text": article.text, OWN: own}
