"""Long texts, one screen at a time."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

__all__ = ["show_paged"]

# Lines shown above the first marked one.
LINES_ABOVE = 4
STYLE = "\x1b["
# Styles are shown, not escaped; the last line of the screen says how to leave.
LESS_OPTIONS = ("-R", "-PSpace for more, q to return to the chat")


def show_paged(lines: Sequence[str]) -> bool:
    """Show the lines in the user's pager, from the first marked one on; False if there is none.

    The pager is `PAGER`, else less, else more. It returns when the user leaves it.
    """
    command = _pager_command()
    if command is None:
        return False
    if Path(command[0]).name in ("less", "more"):
        marked = next((i for i, line in enumerate(lines, start=1) if STYLE in line), 1)
        command.append(f"+{max(1, marked - LINES_ABOVE)}")
    pager = subprocess.Popen(
        command, stdin=subprocess.PIPE, text=True, encoding="utf-8", errors="replace"
    )
    assert pager.stdin
    # The user may leave before all is written; Ctrl-C belongs to the pager while it is shown.
    with contextlib.suppress(OSError, KeyboardInterrupt), pager.stdin as pipe:
        pipe.write("\n".join(lines) + "\n")
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            pager.wait()
            return True


def _pager_command() -> list[str] | None:
    for name in (os.environ.get("PAGER", ""), "less", "more"):
        command = shlex.split(name)
        if command and shutil.which(command[0]):
            is_less = Path(command[0]).name == "less"
            return [*command, *LESS_OPTIONS] if is_less else command
    return None
