"""Long texts, a screen at a time."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["show_paged"]

# Lines above the one that is wanted.
ABOVE = 4


def show_paged(lines: Sequence[str], at: int = 0) -> None:
    """Show the lines in the user's pager, from the line `at` (from 0) on; print them where there is no terminal."""
    text = "\n".join(lines) + "\n"
    pager = _pager() if sys.stdin.isatty() and sys.stdout.isatty() else None
    if pager is None:
        sys.stdout.write(text)
        return
    if Path(pager[0]).name in ("less", "more"):
        pager = [*pager, f"+{max(1, at + 1 - ABOVE)}"]
    # Ctrl-C is for the pager while it is shown.
    process = subprocess.Popen(
        pager, stdin=subprocess.PIPE, text=True, encoding="utf-8", errors="replace"
    )
    try:
        process.communicate(text)
    except (BrokenPipeError, KeyboardInterrupt):
        process.wait()


def _pager() -> list[str] | None:
    wanted = shlex.split(os.environ.get("PAGER", ""))
    if wanted and shutil.which(wanted[0]):
        return [*wanted, "-R"] if Path(wanted[0]).name == "less" and "-R" not in wanted else wanted
    return ["less", "-R"] if shutil.which("less") else ["more"] if shutil.which("more") else None
