"""The retriever as LangChain knows it: passages of an index as documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import BaseDocumentCompressor, Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from index.articles import Passage
from index.errors import AssistantError
from index.index import Index

from .search import EVERYTHING, Found, Rerank, Scope, find

__all__ = ["ArticleRetriever", "reranking"]


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
    # Parts of the question to look for one by one, if others than a rule finds; and what puts passages in order.
    parts: tuple[str, ...] = ()
    reranker: BaseDocumentCompressor | None = None
    # Is told of what was found with all that is known of it, besides the documents.
    found: Callable[[Found], None] | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = find(
            self.index,
            query,
            self.k,
            self.scope,
            parts=self.parts,
            rerank=reranking(self.reranker) if self.reranker else None,
        )
        if self.found:
            self.found(found)
        return [_document(passage) for passage in found.passages]


def reranking(reranker: BaseDocumentCompressor) -> Rerank:
    """The order that a LangChain document compressor, such as a cross-encoder, gives to passages."""

    def rerank(question: str, passages: Sequence[Passage]) -> list[str]:
        try:
            ranked = reranker.compress_documents(
                [_document(passage) for passage in passages], question
            )
        except Exception as error:
            name = type(reranker).__name__
            raise AssistantError(
                f"the reranker {name} failed ({type(error).__name__}: {error}): ask without it"
            ) from error
        return [str(document.id) for document in ranked]

    return rerank


def _document(passage: Passage) -> Document:
    about = {
        ("article" if k == "id" else k): v
        for k, v in passage.article.to_dict(passage.start).items()
    }
    place = {"start": passage.start, "end": passage.end, "score": passage.score}
    return Document(id=passage.id, page_content=passage.text, metadata=_known({**about, **place}))


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, [])}
