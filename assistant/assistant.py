"""`Assistant`: one open index, questions in, cited answers out; `ask` is a function over one of them."""

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
PASSAGES = 8
# Characters of a question.
LONGEST = 100_000


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
        show_uncertain: bool = True,
        second_look: bool = True,
        reranker: BaseDocumentCompressor | None = None,
        log: Log | bool | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        """Open the index at `index`, or where the settings say. Raises an AssistantError, one line, if it cannot.

        model: `quotes` (the articles' own sentences), a name as LangChain's `init_chat_model` takes it, `gguf:PATH`,
        or a chat model itself. See `assistant.settings.Settings` for the others that the settings know.
        show_unsupported: keep sentences that no quote supports, marked so, instead of dropping them.
        show_uncertain: keep sentences that quotes come near to and do not prove, marked as not verified.
        second_look: ask the model once more, in one call, about the sentences that are not verified.
        reranker: a LangChain document compressor that puts the best passages in order, such as a cross-encoder.
        log: whether each turn is kept in the log of the settings, or in which log; by default as the settings say.
        notice: is told at once what happens while a model answers, such as passages that do not fit.
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
        self._log = log if isinstance(log, Log) else _log(chosen, log)
        if self._model != QUOTES:
            # A model that cannot be used is to be known now, not at the first question.
            _ = self.chain

    @property
    def model(self) -> str:
        """The name of what writes the answers."""
        return QUOTES if self._model == QUOTES else self.chain.model.name

    def use_model(self, model: str) -> None:
        """Let another model answer from now on; raises an AssistantError, and keeps the old one, if it cannot be used.

        What both cost counts together.
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
        """The chain that answers, a LangChain runnable. There is none without a model (`quotes`)."""
        if self._model == QUOTES:
            raise QuestionError(
                "there is no chain without a model: name one, as in Assistant(model='openai:gpt-5-mini')"
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
            k=PASSAGES,
            reranker=self._reranker,
            show_unsupported=self._show_unsupported,
            show_uncertain=self._show_uncertain,
            second_look=self._second_look,
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
        from .retrieval.retriever import ArticleRetriever

        return ArticleRetriever(
            index=self.index, k=k, scope=make_scope(within, as_of, infer), reranker=self._reranker
        )

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Answer] = (),
        k: int = PASSAGES,
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> Answer:
        """Answer the question from the articles, each sentence with its citations.

        history: earlier answers of the same conversation, oldest first, from which a follow-up is understood: by the
        model, without one by rule (assistant.query.followup).
        k: passages from which the answer is made. within: which articles count. as_of: the day (ISO 8601) on which the
        question is asked, by default today: later articles do not exist, undated ones are left out, "last week" is the
        one before it. infer: see what the question says of the articles that it means: outlets, authors, times.
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
        k: int = PASSAGES,
        within: Filter | None = None,
        as_of: str | date | None = None,
        infer: bool = True,
    ) -> Iterator[Event]:
        """The same as `ask` while it is being made: events (assistant.answer.events), the `Answer` last."""
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
        """The same events; the turn is kept, also where it comes to no answer."""
        assert self._log is not None
        turn = Turn(asked=now(), question=question, place=str(self.index.place))
        try:
            for event in events:
                yield (
                    self._kept(replace(turn, answer=event)) if isinstance(event, Answer) else event
                )
        except BaseException as error:
            with contextlib.suppress(LogError):
                said = str(error) if isinstance(error, AssistantError) else "stopped"
                self._log.record(replace(turn, error=said))
            raise

    def _kept(self, turn: Turn) -> Answer:
        assert self._log is not None
        assert turn.answer is not None
        try:
            self._log.record(turn)
        except LogError as error:
            return replace(
                turn.answer, notices=(*turn.answer.notices, f"this turn was not kept: {error}")
            )
        return turn.answer

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
        """Let go of the index."""
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


def _log(chosen: Settings, wanted: bool | None) -> Log | None:
    path = chosen.log_file(wanted)
    return Log(path) if path else None


def _positive(k: int) -> int:
    if k < 1:
        raise QuestionError(f"k is {k}: ask for at least 1 passage")
    return k


def _clean(text: str) -> str:
    """The text as UTF-8 can hold it; raises QuestionError when nothing is left, or too much."""
    if not isinstance(text, str):
        raise QuestionError(f"the question is no text but {type(text).__name__}: ask something")
    cleaned = text.encode("utf-8", "replace").decode().strip()
    if not cleaned:
        raise QuestionError("the question is empty: ask something")
    if len(cleaned) > LONGEST:
        raise QuestionError(
            f"the question has {len(cleaned):,} characters: ask in at most {LONGEST:,}"
        )
    return cleaned
