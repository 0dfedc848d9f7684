"""A conversation with an index: its turns, the articles that are asked, and the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from index.articles import Filter
from index.errors import AssistantError, QuestionError
from index.storage.place import is_address

from ...answer.answer import Answer
from ...answer.events import Event
from ...answer.parts import Usage
from ...assistant import ANSWER_PASSAGES, Assistant
from ...errors import LogError
from ...history.export import export
from ...history.log import Log, SessionSummary, Turn, now
from ...retrieval.scope import unknown_names

__all__ = ["Session"]


class Session:
    """The turns of a conversation, the filters of the next one, and the log that keeps them."""

    def __init__(
        self,
        assistant: Assistant,
        *,
        log: Log | None = None,
        k: int = ANSWER_PASSAGES,
        within: Filter | None = None,
        as_of: str | None = None,
        infer: bool = True,
    ) -> None:
        """Start without turns. log: the one that the assistant writes to, None if there is none."""
        self.assistant = assistant
        self.k = k
        self.within = within or Filter()
        self.as_of = as_of
        self.infer = infer
        self.turns: list[Turn] = []
        self.name: str | None = None
        self._log = log

    @property
    def answers(self) -> list[Answer]:
        """The answers so far, oldest first."""
        return [turn.answer for turn in self.turns if turn.answer]

    @property
    def last(self) -> Answer:
        """The last answer; raises QuestionError if there is none."""
        if not self.answers:
            raise QuestionError("there is no answer yet: ask something first")
        return self.answers[-1]

    @property
    def filters(self) -> str:
        """The filters of the next question, in a few words; empty if there are none."""
        filters = {
            "source": self.within.sources,
            "author": self.within.authors,
            "article": self.within.articles,
            "since": [self.within.since],
            "until": [self.within.until],
            "as of": [self.as_of],
        }
        return ", ".join(
            f"{name} {one}" for name, values in filters.items() for one in values if one
        )

    def stream(self, question: str) -> Iterator[Event]:
        """Ask a question, and yield the events; the last one is the answer.

        The turn is added when it is answered, or when it fails with an AssistantError.
        """
        self._start_logging()
        turn = Turn(
            asked=now(), question=question, via="chat", place=str(self.assistant.index.place)
        )
        try:
            for event in self.assistant.stream(
                question,
                history=self.answers,
                k=self.k,
                within=self.within,
                as_of=self.as_of,
                infer=self.infer,
            ):
                if isinstance(event, Answer):
                    self.turns.append(replace(turn, answer=event))
                yield event
        except AssistantError as error:
            self.turns.append(replace(turn, error=str(error)))
            raise

    def _start_logging(self) -> None:
        """Start a session in the log, unless one has been started."""
        if self._log and self._log.session is None:
            self._log.start_session()

    def narrow(self, **filters: str | tuple[str, ...] | None) -> None:
        """Replace fields of the filter; raises QuestionError if no article has a name in it."""
        within = replace(self.within, **filters)  # type: ignore[arg-type]
        for stranger in unknown_names(within, self.assistant.index):
            raise QuestionError(stranger)
        self.within = within

    def widen(self) -> None:
        """Remove all filters."""
        self.within, self.as_of = Filter(), None

    def restart(self) -> None:
        """Forget the turns; the next question starts a new session in the log."""
        self.turns, self.name = [], None
        if self._log:
            self._log.session = None

    def usage(self) -> dict[str, tuple[int, Usage]]:
        """For each model, the number of its answers and their total usage."""
        by_model: dict[str, tuple[int, Usage]] = {}
        for answer in self.answers:
            count, usage = by_model.get(answer.model, (0, Usage()))
            by_model[answer.model] = (count + 1, usage + answer.usage)
        return by_model

    def export(self, path: Path, *, replace: bool = False) -> None:
        """Write the turns as Markdown, HTML or JSON; see `assistant.history.export`."""
        place = self.assistant.index.place
        index = str(place) if is_address(str(place)) else Path(str(place)).name
        title = self.name or f"Questions to {index}, {now()[:10]}"
        export(self.turns, path, self.assistant.index, title=title, replace=replace)

    # The log

    @property
    def is_kept(self) -> bool:
        """Whether a log keeps this session."""
        return self._log is not None

    @property
    def log(self) -> Log:
        """The log; raises LogError if there is none."""
        if self._log is None:
            raise LogError("this session is not kept: the log is switched off, or cannot be used")
        return self._log

    def save(self, name: str) -> None:
        """Name the session in the log."""
        self._start_logging()
        session = self.log.session
        assert session is not None
        self.log.name_session(session, name)
        self.name = name

    def resume(self, name: str) -> SessionSummary:
        """Continue a session of the log, given its name or number."""
        session = self.log.session_called(name)
        (summary,) = (one for one in self.log.sessions() if one.id == session)
        self.turns = self.log.turns(session=session)
        self.log.session, self.name = session, summary.name
        return summary
