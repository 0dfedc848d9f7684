"""The reader, or a LangChain document compressor, reranks the best passages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document

from assistant import Assistant
from assistant.retrieval.retriever import compressor_rerank
from index.errors import AssistantError


class Longest(BaseDocumentCompressor):
    """Prefers long passages, and leaves out those of one outlet."""

    without: str | None = None

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        kept = [
            document for document in documents if document.metadata.get("source") != self.without
        ]
        return sorted(kept, key=lambda document: -len(document.page_content))


class Broken(BaseDocumentCompressor):
    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        raise TimeoutError("no answer")


QUESTION = "How did the flood in Tolleth begin?"


def test_the_order_is_that_of_the_reranker(seeds: Assistant, seeds_folder: Path):
    with Assistant(index=seeds_folder, reranker=Longest()) as assistant:
        found = assistant.find(QUESTION, k=5)

    lengths = [len(passage.text) for passage in found.passages]
    assert lengths == sorted(lengths, reverse=True)
    assert found.trace.reranked
    assert {passage.id for passage in seeds.search(QUESTION, k=1)} <= {
        hit.passage for hit in found.trace.hits
    }


def test_by_default_the_reader_puts_what_answers_first(seeds: Assistant):
    found = seeds.find("Who leads the inquiry into the flood warnings?", k=5)

    assert found.trace.reranked
    assert "Dame Rosalind Achterberg" in found.passages[0].text
    scores = [passage.score for passage in found.passages]
    assert scores == sorted(scores, reverse=True)


def test_a_question_of_several_parts_is_not_reranked(seeds: Assistant):
    assert not seeds.find(
        "What will the telescope cost, and who runs the ferry company?", k=5
    ).trace.reranked


def test_passages_that_it_leaves_out_come_last(seeds_folder: Path):
    with Assistant(index=seeds_folder, reranker=Longest(without="Meridian Wire")) as assistant:
        sources = [passage.article.source for passage in assistant.search(QUESTION, k=75)]

    assert "Meridian Wire" in sources
    first = sources.index("Meridian Wire")
    assert set(sources[first:]) == {"Meridian Wire"}


def test_an_outlet_that_is_named_keeps_its_place(seeds_folder: Path):
    with Assistant(index=seeds_folder, reranker=Longest(without="Valley Free Press")) as assistant:
        passages = assistant.search(
            "According to the Valley Free Press, how many people were evacuated?", k=4
        )

    assert "Valley Free Press" in {passage.article.source for passage in passages}


def test_the_retriever_and_answers_use_it(seeds_folder: Path):
    with Assistant(index=seeds_folder, reranker=Longest()) as assistant:
        documents = assistant.retriever(k=3).invoke(QUESTION)
        assert assistant.ask(QUESTION).trace.reranked

    assert len(documents) == 3
    assert len(documents[0].page_content) >= len(documents[2].page_content)


def test_a_failing_reranker_is_a_one_line_error(seeds: Assistant):
    with pytest.raises(
        AssistantError,
        match=r"the reranker Broken failed \(TimeoutError: no answer\): ask without it",
    ):
        compressor_rerank(Broken())(QUESTION, seeds.search(QUESTION))
