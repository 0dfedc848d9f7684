"""Lines that a person types: keys, completion and history."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from ...history.secrets import redacted
from .completion import ChatCompleter
from .session import Session

__all__ = ["KeptHistory", "typed"]

# Longer lines were pasted, and nobody wants them back.
MAX_HISTORY_CHARS = 10_000
KEYS = KeyBindings()


def typed(session: Session, prompt: Callable[[], str], history: History) -> Iterator[str]:
    """The lines that are typed until Ctrl-D; Ctrl-C discards the one being typed."""
    prompts: PromptSession[str] = PromptSession(
        history=history,
        completer=ChatCompleter(session),
        complete_while_typing=False,
        complete_in_thread=True,
        key_bindings=KEYS,
        multiline=True,
        prompt_continuation="  ",
    )
    while True:
        try:
            line = _prompted(prompts, prompt)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        yield line


def _prompted(prompts: PromptSession[str], prompt: Callable[[], str]) -> str:
    """One line. Ctrl-C is a key here; as a signal it could break the event loop."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        return prompts.prompt(prompt)
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


class KeptHistory(FileHistory):
    """A history file that only its owner can read; secrets are left out."""

    def __init__(self, path: Path) -> None:
        """Use this file, and create it if needed; raises OSError if that fails."""
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        super().__init__(str(path))

    def store_string(self, string: str) -> None:
        """Remember a line; if it cannot be written, only until the chat ends."""
        if len(string) <= MAX_HISTORY_CHARS:
            with contextlib.suppress(OSError):
                super().store_string(redacted(string))


@Condition
def _is_choosing() -> bool:
    state = get_app().current_buffer.complete_state
    return state is not None and state.current_completion is not None


@KEYS.add("enter", filter=~_is_choosing)
def _enter(event: KeyPressEvent) -> None:
    """Ask, unless the line ends in a backslash."""
    buffer = event.current_buffer
    if buffer.document.text_before_cursor.endswith("\\"):
        buffer.delete_before_cursor()
        buffer.newline(copy_margin=False)
    else:
        buffer.validate_and_handle()


@KEYS.add("enter", filter=_is_choosing)
def _accept(event: KeyPressEvent) -> None:
    """Accept the completion that is selected."""
    event.current_buffer.complete_state = None
