"""Write an index as JSON lines that can be read back: articles, where they came from, and their vectors if asked."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .articles import ExportedArticle, FullArticle, known

if TYPE_CHECKING:
    from .store import Index

__all__ = ["OWN", "exported", "lines"]


OWN = "_index"
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
    own: dict[str, Any] = {"path": None} | {name: facts.pop(name) for name in FILES_AND_PAGES if name in facts}
    if article.body:
        own["body"] = article.body
    if vectors:
        own["embedder"] = index.embedder_name
        own["passages"] = [
            [passage.start, passage.end, base64.b64encode(vector.astype("<f4").tobytes()).decode()]
            for passage, vector in index.passages_of(article.id)
        ]
    return {"id": article.id, **facts, "text": article.text, OWN: own}


def exported(article: FullArticle, own: object) -> FullArticle:
    """The article with what a line has under "_index"; what there makes no sense is left out."""
    if not isinstance(own, dict):
        return article
    body = own.get("body")
    path, checksum = own.get("path", ""), own.get("checksum")
    if path is None:
        article = replace(article, path=None)
    elif path and isinstance(path, str):
        also_at = tuple(other for other in _list(own.get("also_at")) if isinstance(other, str))
        article = replace(article, path=path, checksum=checksum if isinstance(checksum, str) else None, also_at=also_at)
    article = replace(
        article,
        body=body if type(body) is int and 0 <= body < len(article.text) else 0,
        pages=tuple(page for page in _list(own.get("pages")) if type(page) is int and page >= 0),
    )
    vectors = _vectors(own)
    return ExportedArticle(**vars(article), embedder=str(own.get("embedder")), vectors=vectors) if vectors else article


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _vectors(own: dict[str, Any]) -> dict[tuple[int, int], bytes]:
    try:
        return {
            (int(start), int(end)): base64.b64decode(data, validate=True)
            for start, end, data in own.get("passages", ())
        }
    except (TypeError, ValueError):
        return {}
