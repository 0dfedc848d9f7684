"""`assistant chat`: questions and commands, line by line, from a terminal or from a script."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from index.errors import AssistantError, IndexMissingError
from index.storage.place import is_address

from ...answer.answer import Answer
from ...answer.live import show_live, terminal
from ...answer.text import answer_lines, counted, printable
from ...assistant import LONGEST, Assistant
from ...errors import LogError
from ...history.log import Log
from ...settings import QUOTES, Settings, settings, state_folder
from . import commands
from .session import Session

__all__ = ["Chat", "chat"]

DONE, FAILED, SKIPPED = 0, 1, 3


class Chat:
    """Reads lines, answers questions and runs commands until there are no more."""

    def __init__(
        self, session: Session, console: Console, *, keep: bool = True, verbose: bool = False
    ) -> None:
        """Print to `console`. keep: whether what is typed is remembered for the next time.

        verbose: with the file of each source, and where its quotes stand.
        """
        self._session = session
        self._console = console
        self._keep = keep
        self._verbose = verbose
        self.status = DONE

    def run(self, lines: Iterator[str] | None = None) -> int:
        """Answer until the end of the lines, by default those of standard input; the exit status.

        Who types sees what went wrong: only a script has a status that says so.
        """
        typed = lines is None and _is_typed()
        try:
            for line in lines or (self._typed() if typed else self._read()):
                self.take(line)
        except EOFError:
            pass
        return DONE if typed else self.status

    def take(self, line: str) -> None:
        """Answer a question, or run a command. Raises EOFError where the line ends the chat."""
        line = line.strip()
        if line in ("exit", "quit"):
            raise EOFError
        try:
            if line.startswith(":") or commands.has_slash(line):
                for out in commands.run(self._session, line):
                    self._say(out)
            elif line:
                self._ask(line)
        except KeyboardInterrupt:
            # A script ends with it.
            if not _is_typed():
                raise
            self._say("stopped")
        except AssistantError as error:
            self._complain(str(error))

    def _ask(self, question: str) -> None:
        events = self._session.stream(question)
        if self._console.is_terminal:
            show_live(events, self._console, verbose=self._verbose)
        else:
            *_, answer = events
            assert isinstance(answer, Answer)
            self._say("\n".join(answer_lines(answer, verbose=self._verbose)))
        self._say("")

    def _say(self, text: str) -> None:
        # A terminal breaks lines anywhere.
        self._console.print(
            text, soft_wrap=not self._console.is_terminal, markup=False, highlight=False
        )

    def _complain(self, text: str, *, status: int = FAILED) -> None:
        if self._console.is_terminal:
            self._console.print(" ".join(text.split()), style="red", markup=False, highlight=False)
        else:
            # In the order in which it happened, also where both go to one place.
            sys.stdout.flush()
            print(f"assistant: {' '.join(text.split())}", file=sys.stderr)
        # A failure outweighs what was skipped.
        self.status = status if self.status in (DONE, SKIPPED) else self.status

    # A script

    def _read(self) -> Iterator[str]:
        """The lines of standard input, each shown before what it brings."""
        begun = ""
        for number, raw in enumerate(sys.stdin.buffer, start=1):
            try:
                line = begun + raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                self._complain(
                    f"line {number} of the input is not UTF-8 (byte {error.start}): it was skipped",
                    status=SKIPPED,
                )
                begun = ""
                continue
            if line.endswith("\\"):
                begun = line[:-1] + "\n"
                continue
            begun = ""
            if line.strip():
                self._say(f"{self.prompt()}{printable(line[:LONGEST])}")
                yield line
        if begun.strip():
            self._say(f"{self.prompt()}{printable(begun)}")
            yield begun

    def prompt(self) -> str:
        """What stands before the next line: the filters."""
        filters = printable(self._session.filters)
        return f"[{filters}] > " if filters else "> "

    def _typed(self) -> Iterator[str]:
        from prompt_toolkit.history import InMemoryHistory

        from .input import KeptHistory, typed

        history = None
        if self._keep:
            try:
                history = KeptHistory(state_folder() / "history")
            except OSError as error:
                self._complain(
                    f"what you type is not remembered: {error.filename} cannot be used ({error.strerror})"
                )
        return typed(self._session, self.prompt, history or InMemoryHistory())


def chat(
    options: argparse.Namespace,
    opened: Callable[[Log | bool], Assistant],
    scope: Callable[[Assistant], dict[str, Any]],
    run: Callable[[Sequence[str]], int],
) -> int:
    """`assistant chat`. opened, scope: the assistant of these options, with a log; which articles they ask.

    run: runs `assistant` with other arguments, and gives its exit status.
    """
    console = terminal()
    chosen = settings(index=options.index)
    log = _opened_log(chosen.log_file(options.log, default=True))
    try:
        assistant = opened(log or False)
    except IndexMissingError:
        if not _made(chosen, run):
            raise
        assistant = opened(log or False)
    with assistant:
        session = Session(assistant, log=log, k=options.k, **scope(assistant))
        session.narrow()
        if _is_typed():
            _greet(session, console)
        if options.resume is not None:
            console.print(
                "\n".join(commands.resumed(session, options.resume)), markup=False, highlight=False
            )
        return Chat(session, console, keep=log is not None, verbose=options.verbose).run()


def _is_typed() -> bool:
    """Whether somebody sits there, who types and reads."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _opened_log(path: Path | None) -> Log | None:
    """The log; where it cannot be used, the chat goes on without."""
    try:
        return Log(path, via="chat") if path else None
    except LogError as error:
        print(f"assistant: {error}; this session is not kept", file=sys.stderr)
        return None


def _made(chosen: Settings, run: Callable[[Sequence[str]], int]) -> bool:
    """Offer to make the index that is not there; whether it was made."""
    if not _is_typed() or is_address(str(chosen.index)):
        return False
    print(f"There is no index in {chosen.index} yet.")
    try:
        folder = input("Which file or folder of articles shall be read? (Enter for none) ").strip()
    except (EOFError, KeyboardInterrupt):
        return False
    if not folder:
        return False
    return run(["index", str(Path(folder).expanduser()), "--index", str(chosen.index)]) in (
        DONE,
        SKIPPED,
    )


def _greet(session: Session, console: Console) -> None:
    articles, _ = session.assistant.index.counts()
    model = session.assistant.model
    by = "the articles' own sentences" if model == QUOTES else model
    said = (
        f"{counted(articles, 'article')}, answers by {by}. :help lists the commands, Ctrl-D ends."
    )
    console.print(said, style="dim")
