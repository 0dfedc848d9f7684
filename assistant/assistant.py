"""`Assistant` answers questions over one open index; `ask` is a function over an `Assistant`."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from index.articles import Filter, Passage
from index.errors import AssistantError, QuestionError
from index.index import Index

from .answer.answer import Answer
from .answer.events import Event
from .answering.inventory import reply_to
from .answering.quoting import stream_quotes
from .errors import LogError
from .history.log import Log, Turn, now
from .query.requests import recognise_request
from .retrieval.scope import make_scope
from .retrieval.search import Found, Rerank, Scope, find_passages
from .settings import QUOTES, Settings, settings

if TYPE_CHECKING:
    from langchain_core.documents import BaseDocumentCompressor
    from langchain_core.language_models import BaseChatModel

    from .answering.chain import AnswerChain
    from .retrieval.retriever import ArticleRetriever

__all__ = ["Assistant", "ask"]

# Passages from which an answer is made.
ANSWER_PASSAGES = 8
MAX_QUESTION_CHARS = 100_000


class Assistant:
    """Answers questions over one index, open until `close`; a context manager."""

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
        show_uncertain: bool = True,
        second_look: bool = True,
        reranker: BaseDocumentCompressor | None = None,
        log: Log | bool | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        """Open the index. Raises AssistantError, one line, if it cannot be opened.

        index, timeout, max_cost, context, cache: as in `assistant.settings.Settings`.
        model: `quotes` (the articles' own sentences), a name as LangChain's `init_chat_model`
        takes it, `gguf:PATH`, or a chat model itself.
        show_unsupported: keep sentences that no quote supports, marked, instead of dropping them.
        show_uncertain: keep sentences that quotes come near to but do not prove, marked.
        second_look: ask the model once more, in one call, about sentences that are not verified.
        reranker: a LangChain document compressor, such as a cross-encoder, that orders the best
        passages.
        log: whether turns are kept, or the log that keeps them; by default as the settings say.
        notice: is called with what happens while a model answers, such as a retry.
        """
        named = model if model is None or isinstance(model, str) else None
        chosen = settings(
            index=index,
            model=named,
            timeout=timeout,
            max_cost=max_cost,
            context=context,
            cache=cache,
        )
        self.index = Index(
            chosen.index, embedder=chosen.embedder, cache=chosen.cache, notice=notice
        )
        self._settings = chosen
        self._model = chosen.model if named or model is None else model
        self._spent = 0.0
        self._show_unsupported = show_unsupported
        self._show_uncertain = show_uncertain
        self._second_look = second_look
        self._reranker = reranker
        self._notice = notice
        self._log = log if isinstance(log, Log) else _open_log(chosen, log)
        if self._model != QUOTES:
            # A model that cannot be used fails now, not at the first question.
            _ = self.chain

    @property
    def model(self) -> str:
        """The name of the model, or `quotes`."""
        return QUOTES if self._model == QUOTES else self.chain.model.name

    def use_model(self, model: str) -> None:
        """Let another model answer from now on; `max_cost` counts both together.

        Raises AssistantError, and keeps the old one, if it cannot be used.
        """
        before, chain = (self._model, self._spent), self.__dict__.pop("chain", None)
        self._model = model.strip()
        self._spent += chain.model.purse.spent if chain else 0.0
        try:
            if self._model != QUOTES:
                _ = self.chain
        except AssistantError:
            self._model, self._spent = before
            if chain:
                self.__dict__["chain"] = chain
            raise

    @cached_property
    def chain(self) -> AnswerChain:
        """The LangChain runnable that answers; raises QuestionError without a model (`quotes`)."""
        if self._model == QUOTES:
            raise QuestionError(
                "there is no chain without a model: "
                "name one, as in Assistant(model='openai:gpt-5-mini')"
            )
        from .answering.chain import AnswerChain
        from .llm.models import make_model

        chosen = self._settings
        model = make_model(
            self._model,
            timeout=chosen.timeout,
            context=chosen.context,
            max_cost=None if chosen.max_cost is None else max(0.0, chosen.max_cost - self._spent),
            cache=chosen.cache,
        )
        return AnswerChain(
            self.index,
            model,
            k=ANSWER_PASSAGES,
            reranker=self._reranker,
            show_unsupported=self._show_unsupported,
            show_uncertain=self._show_uncertain,
            second_look=self._second_look,
            notice=self._notice,
        )

    def retriever(
        self,
        *,
        k: int = ANSWER_PASSAGES,
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> ArticleRetriever:
        """The index as a LangChain retriever of `k` passages; see `ask` for the others."""
        from .retrieval.retriever import ArticleRetriever

        return ArticleRetriever(
            index=self.index, k=k, scope=make_scope(within, as_of, infer), reranker=self._reranker
        )

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Answer] = (),
        k: int = ANSWER_PASSAGES,
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> Answer:
        """Answer the question from the articles, each sentence with its citations.

        history: earlier answers of the conversation, oldest first, from which a follow-up is
        understood: by the model, or by rules without one (assistant.query.followup).
        k: passages from which the answer is made.
        within: the articles that count.
        as_of: the day (ISO 8601) on which the question is asked, by default today. Later and
        undated articles are left out; "last week" is the week before it.
        infer: prefer the outlets, authors and times that the question names.
        """
        *_, answer = self.stream(
            question, history=history, k=k, within=within, as_of=as_of, infer=infer
        )
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Answer] = (),
        k: int = ANSWER_PASSAGES,
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> Iterator[Event]:
        """The events (assistant.answer.events) of an answer, the `Answer` last; see `ask`."""
        question, k = _clean(question), _positive(k)
        of = make_scope(within, as_of, infer)
        events = self._events(question, history, k, of)
        yield from events if self._log is None else self._logged(question, events)

    def _events(
        self, question: str, history: Sequence[Answer], k: int, scope: Scope
    ) -> Iterator[Event]:
        request = recognise_request(question)
        reply = reply_to(request, question, scope, self.index) if request else []
        if reply:
            yield from reply
        elif self._model == QUOTES:
            yield from stream_quotes(
                question, self.index, history=history, k=k, scope=scope, rerank=self._rerank
            )
        else:
            yield from self.chain.stream(
                {"question": question, "history": history, "scope": scope, "k": k}
            )

    def _logged(self, question: str, events: Iterator[Event]) -> Iterator[Event]:
        """The same events; the turn is recorded, even if it fails."""
        assert self._log is not None
        turn = Turn(asked=now(), question=question, place=str(self.index.place))
        try:
            for event in events:
                yield self._record(turn, event) if isinstance(event, Answer) else event
        except BaseException as error:
            with contextlib.suppress(LogError):
                reason = str(error) if isinstance(error, AssistantError) else "stopped"
                self._log.record(replace(turn, error=reason))
            raise

    def _record(self, turn: Turn, answer: Answer) -> Answer:
        """Record the turn; the answer, with a notice if the log cannot be written."""
        assert self._log is not None
        try:
            self._log.record(replace(turn, answer=answer))
        except LogError as error:
            notices = (*answer.notices, f"this turn was not kept: {error}")
            return replace(answer, notices=notices)
        return answer

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> list[Passage]:
        """The `k` passages that fit the query best, best first; see `ask` for the other options."""
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
        """The passages of `search` with their near-copies, and the trace of how they were found."""
        return find_passages(
            self.index,
            _clean(query),
            _positive(k),
            make_scope(within, as_of, infer),
            rerank=self._rerank,
        )

    @cached_property
    def _rerank(self) -> Rerank | None:
        if self._reranker is None:
            return None
        from .retrieval.retriever import compressor_rerank

        return compressor_rerank(self._reranker)

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
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

    Index and model stay open for the next call, which sees what other processes wrote.
    """
    return _opened(index, model).ask(question, within=within, as_of=as_of, infer=infer)


@dataclass(frozen=True)
class _Open:
    """The assistant that `ask` used last, with its settings and model."""

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


def _open_log(chosen: Settings, wanted: bool | None) -> Log | None:
    path = chosen.log_file(wanted)
    return Log(path) if path else None


def _positive(k: int) -> int:
    if k < 1:
        raise QuestionError(f"k is {k}: ask for at least 1 passage")
    return k


def _clean(text: str) -> str:
    """The text, valid in UTF-8; raises QuestionError if it is empty or too long."""
    if not isinstance(text, str):
        raise QuestionError(f"the question is of type {type(text).__name__}: pass a string")
    cleaned = text.encode("utf-8", "replace").decode().strip()
    if not cleaned:
        raise QuestionError("the question is empty: ask something")
    if len(cleaned) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"the question has {len(cleaned):,} characters: ask in at most {MAX_QUESTION_CHARS:,}"
        )
    return cleaned
