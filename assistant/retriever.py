"""The retriever as LangChain knows it: passages of an index as documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from index.articles import Passage
from index.store import Index

from .retrieval import EVERYTHING, Found, Scope, find

__all__ = ["ArticleRetriever"]


class ArticleRetriever(BaseRetriever):
    """Finds passages by meaning and by words, and by what the question says of the articles that it means.

    Each document has the passage's id and text; its metadata are the passage's `start`, `end` and `score`, and what
    is known of its article: `article` (its id), `title`, `source`, `author`, `published`, `updated`, `url`, `path`,
    `also_at`, `page`; unknown ones are left out.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    k: int = 8
    scope: Scope = EVERYTHING
    # Is told of what was found with all that is known of it, besides the documents.
    found: Callable[[Found], None] | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        found = find(self.index, query, self.k, self.scope)
        if self.found:
            self.found(found)
        return [_document(passage) for passage in found.passages]


def _document(passage: Passage) -> Document:
    about = {("article" if k == "id" else k): v for k, v in passage.article.to_dict(passage.start).items()}
    place = {"start": passage.start, "end": passage.end, "score": passage.score}
    return Document(id=passage.id, page_content=passage.text, metadata=_known({**about, **place}))


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, [])}
