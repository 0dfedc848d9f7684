"""A conversation with an index: questions that go on from each other, and the articles that they are asked of."""

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
from ...assistant import PASSAGES, Assistant
from ...errors import LogError
from ...history.export import export
from ...history.log import Log, SessionSummary, Turn, now
from ...retrieval.scope import strangers

__all__ = ["Session"]


class Session:
    """The turns of a conversation, what they are asked of, and the log that keeps them."""

    def __init__(
        self,
        assistant: Assistant,
        *,
        log: Log | None = None,
        k: int = PASSAGES,
        within: Filter | None = None,
        as_of: str | None = None,
        infer: bool = True,
    ) -> None:
        """Begin without turns. log: the one that the assistant writes to, None if it keeps nothing."""
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
        """The last answer; raises QuestionError where there is none."""
        if not self.answers:
            raise QuestionError("there is no answer yet: ask something first")
        return self.answers[-1]

    @property
    def filters(self) -> str:
        """What the next question is asked of, in a few words; empty for everything."""
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
        """Ask; the events, and the answer as the last of them. A turn counts when it is answered, or has failed."""
        self._keep()
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

    def _keep(self) -> None:
        """Begin a session in the log, with the first question."""
        if self._log and self._log.session is None:
            self._log.start_session()

    def narrow(self, **wanted: str | tuple[str, ...] | None) -> None:
        """Ask only of articles of these outlets, authors or days; raises QuestionError for a name that none has."""
        within = replace(self.within, **wanted)  # type: ignore[arg-type]
        for stranger in strangers(within, self.assistant.index):
            raise QuestionError(stranger)
        self.within = within

    def widen(self) -> None:
        """Ask of all articles again."""
        self.within, self.as_of = Filter(), None

    def restart(self) -> None:
        """Forget what was asked, so that the next question stands by itself, in a session of its own."""
        self.turns, self.name = [], None
        if self._log:
            self._log.session = None

    def usage(self) -> dict[str, tuple[int, Usage]]:
        """For each model how many answers it wrote, and what they used together."""
        found: dict[str, tuple[int, Usage]] = {}
        for answer in self.answers:
            count, usage = found.get(answer.model, (0, Usage()))
            found[answer.model] = (count + 1, usage + answer.usage)
        return found

    def export(self, path: Path, *, replace: bool = False) -> None:
        """Write the turns as Markdown, HTML or JSON; see `assistant.cli.export`."""
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
        """The log; raises LogError where nothing is kept."""
        if self._log is None:
            raise LogError("nothing is kept: the log is switched off, or cannot be used")
        return self._log

    def save(self, name: str) -> None:
        """Give the session a name in the log."""
        self._keep()
        session = self.log.session
        assert session is not None
        self.log.name_session(session, name)
        self.name = name

    def resume(self, name: str) -> SessionSummary:
        """Go on with a session of the log, named by its name or number."""
        session = self.log.session_called(name)
        (found,) = (each for each in self.log.sessions() if each.id == session)
        self.turns = self.log.turns(session=session)
        self.log.session, self.name = session, found.name
        return found
