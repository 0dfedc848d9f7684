"""`assistant log`: list, search, print and export what was asked."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from index.errors import AssistantError
from index.index import Index

from ..answer.text import answer_lines, counted, cut, printable
from ..errors import LogError
from ..history.export import export
from ..history.log import Log, Turn
from ..settings import settings

__all__ = ["log"]


def log(options: argparse.Namespace) -> int:
    """Print the turns that are wanted, or write them to a file."""
    path = settings().log_file(True)
    assert path is not None
    if not path.exists():
        raise LogError(
            f"nothing was kept yet in {path}: the chat keeps every turn, `ask` with --log"
        )
    kept = Log(path)
    with contextlib.closing(kept):
        turns = _wanted(kept, options)
    if options.export and not turns:
        raise LogError("no turn fits: there is nothing to export")
    if options.export:
        _export(turns, Path(options.export), replace=options.force)
        print(f"{counted(len(turns), 'turn')} written to {options.export}")
    elif options.json:
        print(json.dumps([turn.to_dict() for turn in turns], ensure_ascii=False, indent=2))
    else:
        lines = _whole(turns[0]) if options.turn is not None else map(_line, turns)
        print("\n".join(lines) or "no turn fits")
    return 0


def _wanted(kept: Log, options: argparse.Namespace) -> list[Turn]:
    if options.turn is not None:
        return [kept.turn(options.turn)]
    session = kept.session_called(options.session) if options.session else None
    # A list is of the last ones; a document is of all.
    last = (
        options.n if options.n is not None else None if options.export or options.json else LISTED
    )
    return kept.turns(session=session, containing=options.search or "", last=last)


LISTED = 20


def _export(turns: list[Turn], path: Path, *, replace: bool) -> None:
    """With the articles' text, where the index of all these turns can still be opened."""
    places = {turn.place for turn in turns}
    with contextlib.ExitStack() as stack:
        index = None
        if len(places) == 1:
            with contextlib.suppress(AssistantError):
                index = stack.enter_context(Index(places.pop()))
        export(turns, path, index, title="Questions and answers", replace=replace)


def _line(turn: Turn) -> str:
    status = turn.answer.status.value if turn.answer else "failed"
    return f"{turn.id:>4}  {turn.asked[:16].replace('T', ' ')}  {turn.via:<4}  {status:<10}  {cut(turn.question)}"


def _whole(turn: Turn) -> Iterator[str]:
    yield f"{turn.asked[:19].replace('T', ' ')}, {turn.via}, {printable(turn.place)}"
    yield f"> {printable(turn.question)}"
    yield ""
    yield from (
        answer_lines(turn.answer) if turn.answer else [f"no answer: {printable(turn.error or '')}"]
    )
