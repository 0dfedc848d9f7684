"""The fields that only exported lines have: where the article came from, and its vectors."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from ..articles import ExportedArticle, FullArticle

__all__ = ["OWN_KEY", "with_exported_fields"]

# The key of these fields in a line.
OWN_KEY = "_index"


def with_exported_fields(article: FullArticle, own: object) -> FullArticle:
    """The article with the fields under "_index" in its line; invalid ones are ignored."""
    if not isinstance(own, dict):
        return article
    body = own.get("body")
    if type(body) is not int or not 0 <= body < len(article.text):
        body = 0
    pages = tuple(page for page in _items(own, "pages", int) if page >= 0)
    article = replace(article, body=body, pages=pages, **_files(own))
    vectors = _vectors(own)
    if not vectors:
        return article
    return ExportedArticle(**vars(article), embedder=str(own.get("embedder")), vectors=vectors)


def _files(own: dict[str, Any]) -> dict[str, Any]:
    """The files of the article; without any, it keeps the exported one."""
    path, checksum = own.get("path", ""), own.get("checksum")
    if path is None:
        return {"path": None}
    if not isinstance(path, str) or not path:
        return {}
    return {
        "path": path,
        "checksum": checksum if isinstance(checksum, str) else None,
        "also_at": tuple(_items(own, "also_at", str)),
    }


def _items(own: dict[str, Any], name: str, kind: type) -> list[Any]:
    """The items of that type in a list."""
    items = own.get(name)
    return [item for item in items if type(item) is kind] if isinstance(items, list) else []


def _vectors(own: dict[str, Any]) -> dict[tuple[int, int], bytes]:
    try:
        return {
            (int(start), int(end)): base64.b64decode(data, validate=True)
            for start, end, data in own.get("passages", ())
        }
    except (TypeError, ValueError):
        return {}
