"""Completion in the chat: commands, outlets, authors, titles, names of sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from ...answer.text import printable
from ...errors import LogError
from .commands import COMMANDS
from .session import Session

__all__ = ["ChatCompleter"]

MAX_COMPLETIONS = 30
# Words before the cursor that may be the beginning of a name.
MAX_COMPLETED_WORDS = 6


class ChatCompleter(Completer):
    """Completes commands and their arguments; in questions, outlets and titles of articles."""

    def __init__(self, session: Session) -> None:
        """Complete from the index and the log of this session."""
        self._session = session
        self._arguments: dict[str, Callable[[], Iterable[str]]] = {
            "source": lambda: session.assistant.index.words.names("source"),
            "author": lambda: session.assistant.index.words.names("author"),
            "open": lambda: [*map(str, self._numbers), *self._titles],
            "model": lambda: ["quotes"],
            "resume": self._sessions,
            "help": lambda: [],
        }

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """The completions of the text before the cursor."""
        text = document.text_before_cursor
        if text.startswith(":") and " " not in text:
            yield from _beginning_with(text[1:], COMMANDS)
        elif text.startswith(":"):
            name, _, argument = text[1:].partition(" ")
            yield from _beginning_with(argument.lstrip(), self._arguments.get(name, list)())
        else:
            yield from self._in_question(text)

    def _in_question(self, text: str) -> Iterator[Completion]:
        """The names that begin with the last words of the question, as many words as possible."""
        names = [*self._session.assistant.index.words.names("source"), *self._titles]
        words = text.split(" ")
        for first in range(max(0, len(words) - MAX_COMPLETED_WORDS), len(words)):
            begun = " ".join(words[first:])
            found = list(_beginning_with(begun, names)) if begun.strip() else []
            if found:
                yield from found
                return

    @property
    def _numbers(self) -> list[int]:
        answers = self._session.answers
        return [citation.number for citation in answers[-1].citations] if answers else []

    @cached_property
    def _titles(self) -> list[str]:
        """The titles of the articles, read once: new articles are not completed."""
        return sorted({article.title for article in self._session.assistant.index.articles()})

    def _sessions(self) -> list[str]:
        try:
            return [one.name or str(one.id) for one in self._session.log.sessions()]
        except LogError:
            return []


def _beginning_with(text: str, names: Iterable[str]) -> Iterator[Completion]:
    begun = text.casefold()
    matching = (name for name in names if name.casefold().startswith(begun))
    for name in islice(matching, MAX_COMPLETIONS):
        # A name with control characters would steer the terminal.
        if printable(name) == name:
            yield Completion(name, start_position=-len(text))
