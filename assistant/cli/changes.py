"""The report of an indexing run: what changed, and what could not be read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ..answer.text import counted, printable

if TYPE_CHECKING:
    from index.loading.folders import Reader
    from index.sync.plan import Changes

__all__ = ["changes_to_dict", "print_changes", "print_names", "print_skipped"]

JSON_KINDS = ("added", "changed", "renamed", "unchanged", "removed", "kept", "repeated")
# Names printed of each kind of change; `--json` lists all.
MAX_PRINTED_NAMES = 20


def print_skipped(changes: Changes, reader: Reader) -> None:
    """Print to standard error what is not in the index, or hard to find there."""
    for skipped in reader.skipped:
        _warn(f"skipped {skipped}")
    for id in changes.repeated:
        _warn(f"id {id} occurs more than once with different content; only the last one is kept")
    if reader.ignored and reader.skipped:
        files = counted(reader.ignored, "file")
        _warn(f"ignored {files} (hidden, README, question set or unsupported type)")
    written = len(changes.added) + len(changes.changed)
    if changes.foreign > written / 2:
        _warn(
            f"not in English: {changes.foreign} of {counted(written, 'article')}; the embedder "
            "knows only English, so these are found by their words alone"
        )


def print_changes(changes: Changes, summary: str, *, name_added: bool) -> None:
    """Print the names of the articles that changed, then one line with the numbers."""
    for kind in ("added", "changed", "renamed", "removed", "kept"):
        if kind != "added" or name_added:
            print_names(kind, [changes.names.get(id, id) for id in getattr(changes, kind)])
    print(f"{changes}; {summary}", flush=True)


def print_names(kind: str, names: list[str]) -> None:
    """Print the first names of a kind to standard error, and the number of the others."""
    for name in names[:MAX_PRINTED_NAMES]:
        _warn(f"{kind} {name}")
    if len(names) > MAX_PRINTED_NAMES:
        _warn(f"{kind} {len(names) - MAX_PRINTED_NAMES} more (--json lists all)")


def changes_to_dict(changes: Changes, reader: Reader) -> dict[str, Any]:
    """The value that `assistant index --json` prints."""
    named = {
        kind: [{"id": id, "name": changes.names.get(id, id)} for id in getattr(changes, kind)]
        for kind in JSON_KINDS
    }
    skipped = [{"where": skipped.where, "reason": skipped.reason} for skipped in reader.skipped]
    return {
        **named,
        "skipped": skipped,
        "ignored": reader.ignored,
        "passages": changes.passages,
        "embedded": changes.embedded,
    }


def _warn(text: str) -> None:
    print(printable(text), file=sys.stderr)
