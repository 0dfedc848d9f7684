"""Notice changes of files. Nothing else imports watchfiles."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import watchfiles

__all__ = ["changes_below"]

# Milliseconds: changes that follow each other this closely are one, and what is still being written has time to end.
STEP, DEBOUNCE = 300, 2_000


def changes_below(inputs: Sequence[str], apart_from: Path) -> Iterator[None]:
    """Once for each time that something changed below the inputs, until Ctrl-C; changes of `apart_from` are none."""
    own = os.path.realpath(apart_from)
    # A file that is written anew by another name is another file: its folder is watched.
    places = {
        item if os.path.isdir(item) else os.path.dirname(os.path.abspath(item))
        for item in inputs
        if item != "-"
    }

    def matters(change: watchfiles.Change, path: str) -> bool:
        return not os.path.realpath(path).startswith(own + os.sep)

    for _ in watchfiles.watch(
        *places, watch_filter=matters, step=STEP, debounce=DEBOUNCE, raise_interrupt=True
    ):
        yield
