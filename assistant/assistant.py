"""`Assistant`: one open index, questions in, cited answers out; `ask` is a function over one of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from index.articles import Filter, Passage
from index.errors import QuestionError
from index.store import Index

from .answer import Answer, Status, Timings, Usage, nearest
from .check import check
from .choice import choose_for_parts
from .disagreement import differences, notice, told, with_sayings
from .events import Event, Settled
from .retrieval import Found, Scope, find
from .scope import notices, scope, unmet
from .settings import QUOTES, Settings, settings

if TYPE_CHECKING:
    from langchain_core.documents import BaseDocumentCompressor
    from langchain_core.language_models import BaseChatModel

    from .chain import AnswerChain
    from .retriever import ArticleRetriever

__all__ = ["Assistant", "ask"]

# Passages from which an answer is made.
PASSAGES = 8


class Assistant:
    """Answers questions over one index. Opens it at once; use as a context manager, or call `close`."""

    def __init__(
        self,
        *,
        index: str | Path | None = None,
        model: str | BaseChatModel | None = None,
        timeout: float | None = None,
        max_cost: float | None = None,
        context: int | None = None,
        cache: str | Path | None = None,
        show_unsupported: bool = False,
        reranker: BaseDocumentCompressor | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        """Open the index at `index`, or where the settings say. Raises an AssistantError, one line, if it cannot.

        model: `quotes` (the articles' own sentences), a name as LangChain's `init_chat_model` takes it, `gguf:PATH`,
        or a chat model itself. See `assistant.settings.Settings` for the others that the settings know.
        show_unsupported: keep sentences that no quote supports, marked so, instead of dropping them.
        reranker: a LangChain document compressor that puts the best passages in order, such as a cross-encoder.
        notice: is told at once what happens while a model answers, such as a retry.
        """
        named = model if model is None or isinstance(model, str) else None
        chosen = settings(index=index, model=named, timeout=timeout, max_cost=max_cost, context=context, cache=cache)
        self.index = Index(chosen.index, embedder=chosen.embedder, cache=chosen.cache, notice=notice)
        self._settings = chosen
        self._model = chosen.model if named or model is None else model
        self._show_unsupported = show_unsupported
        self._reranker = reranker
        self._notice = notice
        if self._model != QUOTES:
            # A model that cannot be used is to be known now, not at the first question.
            _ = self.chain

    @property
    def model(self) -> str:
        """The name of what writes the answers."""
        return QUOTES if self._model == QUOTES else self.chain.model.name

    @cached_property
    def chain(self) -> AnswerChain:
        """The chain that answers, a LangChain runnable. There is none without a model (`quotes`)."""
        if self._model == QUOTES:
            raise QuestionError(
                "there is no chain without a model: name one, as in Assistant(model='openai:gpt-5-mini')"
            )
        from .chain import AnswerChain
        from .models import make_model

        chosen = self._settings
        model = make_model(
            self._model,
            timeout=chosen.timeout,
            context=chosen.context,
            max_cost=chosen.max_cost,
            cache=chosen.cache,
        )
        return AnswerChain(
            self.index,
            model,
            k=PASSAGES,
            reranker=self._reranker,
            show_unsupported=self._show_unsupported,
            notice=self._notice,
        )

    def retriever(
        self,
        *,
        k: int = PASSAGES,
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> ArticleRetriever:
        """The index as a LangChain retriever of `k` passages; see `ask` for the others."""
        from .retriever import ArticleRetriever

        return ArticleRetriever(index=self.index, k=k, scope=scope(within, as_of, infer), reranker=self._reranker)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Answer] = (),
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> Answer:
        """Answer the question from the articles, each sentence with its citations.

        history: earlier answers of the same conversation, oldest first, from which a model understands a follow-up.
        within: which articles count. as_of: the day (ISO 8601) on which the question is asked, by default today: later
        articles do not exist, undated ones are left out, "last week" is the one before it. infer: see what the question
        says of the articles that it means: outlets, authors, times.
        """
        *_, answer = self.stream(question, history=history, within=within, as_of=as_of, infer=infer)
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Answer] = (),
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> Iterator[Event]:
        """The same as `ask` while it is being made: events (assistant.events), the `Answer` as the last of them."""
        question = _clean(question)
        of = scope(within, as_of, infer)
        if self._model == QUOTES:
            answer = self._quoted(question, of)
            yield from (Settled(s, (c,)) for s, c in zip(answer.sentences, answer.citations, strict=True))
            yield answer
        else:
            yield from self.chain.stream({"question": question, "history": history, "scope": of})

    def _quoted(self, question: str, of: Scope) -> Answer:
        begun = time.perf_counter()
        found = self._find(question, PASSAGES, of)
        searched = time.perf_counter()
        choice = choose_for_parts(found, self.index)
        different = differences(found, choice.quotes, self.index) if choice.quotes else []
        checked = check(with_sayings(different, choice.quotes, found), self.index, found.copies)
        disagreements = told(different, checked.citations)
        cited = [citation.article for citation in checked.citations]
        status = Status.PARTIAL if unmet(found.understood, cited) else choice.status
        return Answer(
            question=question,
            status=status if checked.sentences else Status.UNANSWERED,
            sentences=checked.sentences,
            citations=checked.citations,
            disagreements=disagreements,
            dropped=checked.dropped,
            nearest=() if checked.sentences else nearest(found.passages),
            notices=(*(notice(each, checked.citations) for each in disagreements), *notices(found, cited, self.index)),
            passages=found.passages,
            as_of=found.trace.as_of,
            trace=found.trace,
            model=QUOTES,
            usage=Usage(),
            timings=Timings(search_ms=_ms(begun, searched), answer_ms=_ms(searched, time.perf_counter())),
        )

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> list[Passage]:
        """The `k` passages that fit the query best, best first; see `ask` for what else can be said."""
        return list(self.find(query, k=k, within=within, as_of=as_of, infer=infer).passages)

    def find(
        self,
        query: str,
        *,
        k: int = 10,
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> Found:
        """The same as `search`, with the trace of how the passages were found, and their near-copies."""
        if k < 1:
            raise QuestionError(f"k is {k}: ask for at least 1 passage")
        return self._find(_clean(query), k, scope(within, as_of, infer))

    def _find(self, question: str, k: int, of: Scope) -> Found:
        if self._reranker is None:
            return find(self.index, question, k, of)
        from .retriever import reranking

        return find(self.index, question, k, of, rerank=reranking(self._reranker))

    def close(self) -> None:
        """Let go of the index."""
        self.index.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def ask(
    question: str,
    *,
    index: str | Path | None = None,
    model: str | BaseChatModel | None = None,
    within: Filter | None = None,
    as_of: str | date | None = None,
    infer: bool = True,
) -> Answer:
    """Answer one question: `Assistant(index=index, model=model).ask(question, ...)`.

    Index and model stay open for the next call; what other processes write to the index is seen.
    """
    return _opened(index, model).ask(question, within=within, as_of=as_of, infer=infer)


@dataclass(frozen=True)
class _Open:
    """The assistant that `ask` used last, and for which settings and model."""

    settings: Settings
    model: str | BaseChatModel | None
    assistant: Assistant

    def serves(self, chosen: Settings, model: str | BaseChatModel | None) -> bool:
        same_model = self.model is model or (isinstance(model, str) and self.model == model)
        return same_model and self.settings == chosen


_last: _Open | None = None
_lock = threading.Lock()


def _opened(index: str | Path | None, model: str | BaseChatModel | None) -> Assistant:
    global _last
    chosen = settings(index=index, model=model if isinstance(model, str) else None)
    with _lock:
        if _last is None or not _last.serves(chosen, model):
            if _last is not None:
                _last.assistant.close()
            _last = None
            _last = _Open(chosen, model, Assistant(index=index, model=model))
        return _last.assistant


def _ms(begin: float, end: float) -> float:
    return round((end - begin) * 1000, 1)


def _clean(text: str) -> str:
    """The text as UTF-8 can hold it; raises QuestionError when nothing is left."""
    cleaned = text.encode("utf-8", "replace").decode().strip()
    if not cleaned:
        raise QuestionError("the question is empty: ask something")
    return cleaned
