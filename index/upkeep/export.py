"""Write an index as JSON lines that `assistant index` can read back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from ..articles import FullArticle, known_facts
from ..index import Index
from ..loading.exported import OWN_KEY

__all__ = ["export_lines"]


def export_lines(index: Index, *, vectors: bool = False) -> Iterator[str]:
    """An article a line, ordered by id; `assistant index` makes equal articles from them.

    Beside the fields of any JSONL article each line has an object "_index": body (the offset where
    it begins), path, also_at, checksum, pages; and with `vectors` the embedder and, for each
    passage, its start, end and vector (float32, little-endian, base64).
    """
    for id in sorted(article.id for article in index.articles()):
        facts = _exported(index, index.article(id), vectors)
        yield json.dumps(facts, ensure_ascii=False)


def _exported(index: Index, article: FullArticle, vectors: bool) -> dict[str, Any]:
    facts = known_facts(article)
    own: dict[str, Any] = {"path": None}
    for name in ("path", "also_at", "checksum", "pages"):
        if name in facts:
            own[name] = facts.pop(name)
    if article.body:
        own["body"] = article.body
    if vectors:
        own["embedder"] = index.store.embedder_name
        own["passages"] = []
        for passage, vector in index.store.passages_of(article.id):
            encoded = base64.b64encode(vector.astype("<f4").tobytes()).decode()
            own["passages"].append([passage.start, passage.end, encoded])
    return {"id": article.id, **facts, "text": article.text, OWN_KEY: own}
