"""What an exported line has beside an article's own fields: where it came from, and its vectors."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from ..articles import ExportedArticle, FullArticle

__all__ = ["OWN", "exported"]

# The key of a line under which it is.
OWN = "_index"


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
        article = replace(
            article,
            path=path,
            checksum=checksum if isinstance(checksum, str) else None,
            also_at=also_at,
        )
    article = replace(
        article,
        body=body if type(body) is int and 0 <= body < len(article.text) else 0,
        pages=tuple(page for page in _list(own.get("pages")) if type(page) is int and page >= 0),
    )
    vectors = _vectors(own)
    return (
        ExportedArticle(**vars(article), embedder=str(own.get("embedder")), vectors=vectors)
        if vectors
        else article
    )


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
