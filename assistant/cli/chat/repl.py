"""The loop of the chat: questions and commands, line by line, from a terminal or a script."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from index.errors import AssistantError

from ...answer.answer import Answer
from ...answer.live import show_live
from ...answer.text import answer_lines, counted, printable
from ...assistant import MAX_QUESTION_CHARS
from ...errors import ExitStatus
from ...settings import QUOTES, state_folder
from . import commands
from .pager import show_paged
from .session import Session

__all__ = ["Chat", "chat", "is_interactive"]


class Chat:
    """Reads lines, answers questions and runs commands until there are no more."""

    def __init__(self, session: Session, console: Console, *, verbose: bool = False) -> None:
        """Print to `console`. verbose: with the file and the position of each quote."""
        self._session = session
        self._console = console
        self._verbose = verbose
        self.status = ExitStatus.DONE

    def run(self, lines: Iterator[str] | None = None) -> int:
        """Answer the lines, by default those of standard input, and return the exit status.

        Only a script fails: a person has seen the errors.
        """
        typed = lines is None and is_interactive()
        try:
            for line in lines or (self._typed() if typed else self._read()):
                self.take(line)
        except EOFError:
            pass
        return ExitStatus.DONE if typed else self.status

    def take(self, line: str) -> None:
        """Answer a question, or run a command; raises EOFError if the line ends the chat."""
        line = line.strip()
        if line in ("exit", "quit"):
            raise EOFError
        try:
            if line.startswith(":") or commands.has_slash(line):
                self._show(list(commands.run(self._session, line)))
            elif line:
                self._ask(line)
        except KeyboardInterrupt:
            # A script ends with it.
            if not is_interactive():
                raise
            self._say("stopped")
        except AssistantError as error:
            self._complain(str(error))

    def _show(self, lines: list[str]) -> None:
        """Print the output of a command; in the pager if it is longer than the screen."""
        is_long = len(lines) >= self._console.height
        if not (is_interactive() and is_long and show_paged(lines)):
            for line in lines:
                self._say(line)

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
        # A terminal would break lines inside words.
        self._console.print(Text.from_ansi(text), soft_wrap=not self._console.is_terminal)

    def _complain(self, text: str, *, status: ExitStatus = ExitStatus.FAILED) -> None:
        if self._console.is_terminal:
            self._console.print(" ".join(text.split()), style="red", markup=False, highlight=False)
        else:
            # Standard output first, in case both go to the same file.
            sys.stdout.flush()
            print(f"assistant: {' '.join(text.split())}", file=sys.stderr)
        # A failure outweighs what was skipped.
        if self.status is not ExitStatus.FAILED:
            self.status = status

    def prompt(self) -> str:
        """The prompt of the next line: the filters."""
        filters = printable(self._session.filters)
        return f"[{filters}] > " if filters else "> "

    def _read(self) -> Iterator[str]:
        """The lines of standard input, a script; each is printed before it is run."""
        begun = ""
        for number, raw in enumerate(sys.stdin.buffer, start=1):
            try:
                line = begun + raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                text = f"skipped line {number} of the input: not UTF-8 (byte {error.start})"
                self._complain(text, status=ExitStatus.SKIPPED)
                begun = ""
                continue
            if line.endswith("\\"):
                begun = line[:-1] + "\n"
                continue
            begun = ""
            yield from self._echo(line)
        yield from self._echo(begun)

    def _echo(self, line: str) -> Iterator[str]:
        if line.strip():
            self._say(f"{self.prompt()}{printable(line[:MAX_QUESTION_CHARS])}")
            yield line

    def _typed(self) -> Iterator[str]:
        """The lines that a person types."""
        from prompt_toolkit.history import InMemoryHistory

        from .input import KeptHistory, typed

        history = None
        if self._session.is_kept:
            try:
                history = KeptHistory(state_folder() / "history")
            except OSError as error:
                self._complain(
                    f"cannot use {error.filename} ({error.strerror}): "
                    "what you type will not be remembered"
                )
        return typed(self._session, self.prompt, history or InMemoryHistory())


def chat(
    session: Session, console: Console, *, resume: str | None = None, verbose: bool = False
) -> int:
    """Run the chat until its input ends, and return the exit status.

    resume: the name or number of a session of the log to continue.
    """
    session.narrow()
    if is_interactive():
        _greet(session, console)
    if resume is not None:
        console.print(
            "\n".join(commands.resume_lines(session, resume)), markup=False, highlight=False
        )
    return Chat(session, console, verbose=verbose).run()


def is_interactive() -> bool:
    """Whether a person types and reads; if not, the input is a script."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _greet(session: Session, console: Console) -> None:
    articles, _ = session.assistant.index.counts()
    model = session.assistant.model
    answers = "answers are quotes from them" if model == QUOTES else f"answers by {model}"
    text = f"{counted(articles, 'article')}; {answers}. :help lists the commands, Ctrl-D ends."
    console.print(text, style="dim")
