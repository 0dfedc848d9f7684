"""The index as a LangChain retriever: its passages as documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import BaseDocumentCompressor, Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from index.articles import Passage
from index.errors import AssistantError
from index.index import Index

from .search import EVERYTHING, Found, Rerank, Scope, find_passages

__all__ = ["ArticleRetriever", "compressor_rerank"]


class ArticleRetriever(BaseRetriever):
    """Finds passages by meaning, by words, and by the articles that the question means.

    Each document has the passage's id and text. Its metadata are the passage's `start`, `end` and
    `score`, and the article's `article` (its id), `title`, `source`, `author`, `published`,
    `updated`, `url`, `path`, `also_at` and `page`; unknown ones are left out.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    k: int = 8
    scope: Scope = EVERYTHING
    # The parts of the question, in place of those that rules find.
    parts: tuple[str, ...] = ()
    reranker: BaseDocumentCompressor | None = None
    # Called with the result of each search, of which the documents are a part.
    found: Callable[[Found], None] | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = find_passages(
            self.index,
            query,
            self.k,
            self.scope,
            parts=self.parts,
            rerank=compressor_rerank(self.reranker) if self.reranker else None,
        )
        if self.found:
            self.found(found)
        return [_document(passage) for passage in found.passages]


def compressor_rerank(reranker: BaseDocumentCompressor) -> Rerank:
    """Reranking by a LangChain document compressor, such as a cross-encoder."""

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
    about = passage.article.to_dict(passage.start)
    metadata = {"article": about.pop("id")}
    metadata |= {name: value for name, value in about.items() if value not in (None, [])}
    metadata |= {"start": passage.start, "end": passage.end, "score": passage.score}
    return Document(id=passage.id, page_content=passage.text, metadata=metadata)
