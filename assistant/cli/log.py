"""The command `log`: list, search, print and export past questions and answers."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import AssistantError

from ..answer.text import answer_lines, counted, cut, printable
from ..errors import ExitStatus, LogError
from ..settings import settings
from .options import Commands, add_command, add_json_option, small_count
from .output import print_json

if TYPE_CHECKING:
    from ..history.log import Log, Turn

__all__ = ["add_commands"]

MAX_LISTED_TURNS = 20


def add_commands(commands: Commands) -> None:
    """Add `log`."""
    log = add_command(commands, "log", _run_log, "show past questions and answers", index=False)
    add = log.add_argument
    add("turn", nargs="?", type=int, metavar="TURN", help="number of a turn, to see all of it")
    add(
        "--search",
        default="",
        metavar="WORDS",
        help="only turns with all of these words in question or answer",
    )
    add("--session", metavar="NAME", help="only turns of this session, by name or number")
    add(
        "-n",
        type=small_count,
        metavar="N",
        help=f"only the last N turns (default for a list: {MAX_LISTED_TURNS})",
    )
    add("--export", metavar="FILE", help="write the turns to FILE.md, FILE.html or FILE.json")
    add("-f", "--force", action="store_true", help="replace FILE if it exists")
    add_json_option(log)


def _run_log(options: argparse.Namespace) -> int:
    from ..history.log import Log

    path = settings().log_file(True)
    assert path is not None
    if not path.exists():
        raise LogError(
            f"there is no log yet in {path}: `assistant chat` keeps one, and so does "
            "`assistant ask --log`"
        )
    with contextlib.closing(Log(path)) as log:
        turns = _select_turns(log, options)
    if options.export:
        _export_turns(turns, Path(options.export), replace=options.force)
        print(f"{counted(len(turns), 'turn')} written to {options.export}")
    elif options.json:
        print_json([turn.to_dict() for turn in turns])
    elif options.turn is not None:
        print("\n".join(_turn_lines(turns[0])))
    else:
        print("\n".join(map(_turn_line, turns)) or "no turn matches")
    return ExitStatus.DONE


def _select_turns(log: Log, options: argparse.Namespace) -> list[Turn]:
    if options.turn is not None:
        return [log.turn(options.turn)]
    session = log.session_called(options.session) if options.session else None
    max_turns = None if options.export or options.json else MAX_LISTED_TURNS
    return log.turns(session=session, containing=options.search, last=options.n or max_turns)


def _export_turns(turns: list[Turn], path: Path, *, replace: bool) -> None:
    """Write the turns, with the text of the articles if all come from one index that opens."""
    from index.index import Index

    from ..history.export import export

    if not turns:
        raise LogError("no turn matches: there is nothing to export")
    places = {turn.place for turn in turns}
    with contextlib.ExitStack() as stack:
        index = None
        if len(places) == 1:
            with contextlib.suppress(AssistantError):
                index = stack.enter_context(Index(places.pop()))
        export(turns, path, index, title="Questions and answers", replace=replace)


def _turn_line(turn: Turn) -> str:
    status = turn.answer.status.value if turn.answer else "failed"
    asked = turn.asked[:16].replace("T", " ")
    return f"{turn.id:>4}  {asked}  {turn.via:<4}  {status:<10}  {cut(turn.question)}"


def _turn_lines(turn: Turn) -> Iterator[str]:
    yield f"{turn.asked[:19].replace('T', ' ')}, {turn.via}, {printable(turn.place)}"
    yield f"> {printable(turn.question)}"
    yield ""
    if turn.answer:
        yield from answer_lines(turn.answer)
    else:
        yield f"no answer: {printable(turn.error or '')}"
