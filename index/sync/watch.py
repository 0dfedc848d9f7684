"""Watch files for changes. Nothing else imports watchfiles."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import watchfiles

__all__ = ["changes_below"]


def changes_below(inputs: Sequence[str], apart_from: Path) -> Iterator[None]:
    """An item for each change of files below the inputs, except `apart_from`, until Ctrl-C."""
    own = os.path.realpath(apart_from)
    places = set()
    for item in inputs:
        if os.path.isdir(item):
            places.add(item)
        elif item != "-":
            # An editor may replace a file by another one of that name, so its folder is watched.
            places.add(os.path.dirname(os.path.abspath(item)))

    def matters(change: watchfiles.Change, path: str) -> bool:
        return not os.path.realpath(path).startswith(own + os.sep)

    # Changes within two seconds are one, so that a file is complete before it is read.
    for _ in watchfiles.watch(
        *places, watch_filter=matters, step=300, debounce=2_000, raise_interrupt=True
    ):
        yield
