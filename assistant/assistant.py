"""`Assistant`: one open index, questions in, cited answers out; `ask` is a function over one of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from index.articles import Article, Passage
from index.errors import IndexMissingError, QuestionError
from index.store import Index, files_state

from .answer import Answer, Status, Timings, Usage
from .check import check
from .quotes import choose
from .retrieval import search
from .settings import Settings, settings

__all__ = ["Assistant", "ask"]

# Passages from which an answer is made.
PASSAGES = 8
# Articles that are named when a question stays unanswered.
NEAREST = 3


class Assistant:
    """Answers questions over one index. Opens it at once; use as a context manager, or call `close`."""

    def __init__(self, *, index: str | Path | None = None, model: str | None = None) -> None:
        """Open the index at `index`, or where the settings say. Raises an AssistantError, one line, if it cannot."""
        chosen = settings(index=index, model=model)
        self.model = chosen.model
        self.index = Index(chosen.index, embedder=chosen.embedder)

    def ask(self, question: str) -> Answer:
        """Answer the question from the articles, each sentence with its citation."""
        question = _clean(question)
        begun = time.perf_counter()
        passages = self._found(question, PASSAGES)
        found = time.perf_counter()
        choice = choose(question, passages, self.index)
        checked = check(choice.quotes, self.index)
        done = time.perf_counter()
        answered = len(checked.sentences) > 0
        return Answer(
            question=question,
            status=choice.status if answered else Status.UNANSWERED,
            sentences=checked.sentences,
            citations=checked.citations,
            dropped=checked.dropped,
            nearest=() if answered else _articles(passages)[:NEAREST],
            model=self.model,
            usage=Usage(),
            timings=Timings(search_ms=_ms(begun, found), answer_ms=_ms(found, done)),
        )

    def search(self, query: str, *, k: int = 10) -> list[Passage]:
        """The `k` passages that fit the query best, best first."""
        if k < 1:
            raise QuestionError(f"k is {k}: ask for at least 1 passage")
        return self._found(_clean(query), k)

    def _found(self, query: str, k: int) -> list[Passage]:
        passages = search(self.index, query, k)
        if not passages and not self.index.counts()[0]:
            raise IndexMissingError(
                f"the index in {self.index.folder} holds no articles: "
                f"put some in with `assistant index PATH... --index {self.index.folder}`"
            )
        return passages

    def close(self) -> None:
        """Let go of the index."""
        self.index.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def ask(question: str, *, index: str | Path | None = None, model: str | None = None) -> Answer:
    """Answer one question: `Assistant(index=index, model=model).ask(question)`.

    The index stays open for the next call, as long as its files do not change.
    """
    return _opened(index, model).ask(question)


@dataclass(frozen=True)
class _Open:
    """The assistant that `ask` used last, for which settings, and how the index's files were then."""

    settings: Settings
    files: tuple[int, int] | None
    assistant: Assistant


_last: _Open | None = None
_lock = threading.Lock()


def _opened(index: str | Path | None, model: str | None) -> Assistant:
    global _last
    chosen = settings(index=index, model=model)
    with _lock:
        files = files_state(chosen.index)
        if _last is None or (_last.settings, _last.files) != (chosen, files):
            if _last is not None:
                _last.assistant.close()
            _last = None
            _last = _Open(chosen, files, Assistant(index=index, model=model))
        return _last.assistant


def _articles(passages: Sequence[Passage]) -> tuple[Article, ...]:
    return tuple({passage.article.id: passage.article for passage in passages}.values())


def _ms(begin: float, end: float) -> float:
    return round((end - begin) * 1000, 1)


def _clean(text: str) -> str:
    """The text as UTF-8 can hold it; raises QuestionError when nothing is left."""
    cleaned = text.encode("utf-8", "replace").decode().strip()
    if not cleaned:
        raise QuestionError("the question is empty: ask something")
    return cleaned
