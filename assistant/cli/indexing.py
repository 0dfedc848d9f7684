"""The commands that change an index or copy it out: `index`, `remove` and `export`."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from index.errors import AssistantError, IndexDamagedError, IndexMissingError
from index.storage.place import to_place

from ..answer.text import counted, printable
from ..errors import ExitStatus
from ..settings import Settings, settings
from .changes import changes_to_dict, print_changes, print_names, print_skipped
from .options import Commands, add_command, add_json_option, open_index
from .output import print_json, print_notice

if TYPE_CHECKING:
    from index.index import Index
    from index.loading.folders import Reader
    from index.sync.plan import Changes, Confirm

__all__ = ["add_commands", "index_path", "reader_of"]

ShowProgress: TypeAlias = "Callable[[Changes], None]"


def add_commands(commands: Commands) -> None:
    """Add `index`, `remove` and `export`."""
    index = add_command(
        commands, "index", _run_index, "read articles, and bring the index up to date"
    )
    add = index.add_argument
    add("paths", nargs="+", metavar="PATH", help="file or folder, or - for standard input")
    add(
        "--embedder",
        metavar="NAME",
        help="bge-small (default) or openai:MODEL; fixed once the index exists",
    )
    add(
        "--passage-tokens",
        metavar="N",
        help="maximum tokens of a passage (default: 180); fixed once the index exists",
    )
    add("--cache", metavar="DIR", help="keep paid embeddings in this folder")
    add(
        "--rebuild",
        action="store_true",
        help="build a new index, which replaces the old one when it is complete",
    )
    add("--dry-run", action="store_true", help="show what would change, and write nothing")
    add("--keep", action="store_true", help="keep articles whose files are gone")
    add("--yes", action="store_true", help="remove more than a third without asking")
    add("--watch", action="store_true", help="keep running, and index changes as they happen")
    add_json_option(index)

    remove = add_command(commands, "remove", _run_remove, "remove articles from the index")
    remove.add_argument(
        "articles", nargs="+", metavar="ARTICLE", help="its id, or the file it was read from"
    )

    export = add_command(
        commands, "export", _run_export, "print all articles as JSON lines, which `index` reads"
    )
    export.add_argument(
        "--vectors", action="store_true", help="include the vectors, to save embedding again"
    )


def index_path(path: str, place: str) -> bool:
    """Run `assistant index PATH --index PLACE`; whether it made an index."""
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())
    options = parser.parse_args(["index", "--index", place, "--", path])
    return options.run(options) in (ExitStatus.DONE, ExitStatus.SKIPPED)


def reader_of(paths: Sequence[str]) -> Reader:
    """A reader of these paths; raises AssistantError if none of them exists."""
    from index.loading.folders import Reader

    reader = Reader(paths)
    missing = reader.missing()
    if len(missing) == len(paths):
        raise AssistantError(f"no such file or folder: {', '.join(map(printable, missing))}")
    return reader


def _run_index(options: argparse.Namespace) -> int:
    chosen = settings(
        index=options.index,
        embedder=options.embedder,
        cache=options.cache,
        passage_tokens=options.passage_tokens,
    )
    reader = reader_of(options.paths)
    if options.dry_run:
        changes = _plan(options, chosen, reader)
        return _report(changes, reader, "nothing was written", options)
    status = _sync(options, chosen, reader)
    if options.watch:
        _watch(options, chosen, reader)
    return status


def _plan(options: argparse.Namespace, chosen: Settings, reader: Reader) -> Changes:
    """The changes that a run would make; without an index it would add everything."""
    from index.index import Index
    from index.sync.plan import Sync

    def confirm(names: Sequence[str], covered: int) -> bool:
        if not options.yes:
            print_notice(
                f"{len(names)} of {covered} articles are gone, more than a third; "
                "--yes removes them"
            )
        return True

    if not to_place(chosen.index).is_there:
        return Sync({}).sync(reader)
    if not options.rebuild:
        with contextlib.suppress(IndexMissingError), _open_for_sync(chosen) as index:
            return index.sync(reader, keep=options.keep, dry_run=True, confirm=confirm)
    # The new index may have other settings than the old one, which may even be damaged.
    sync = Sync({})
    with (
        contextlib.suppress(IndexMissingError, IndexDamagedError),
        Index(chosen.index, notice=print_notice) as index,
    ):
        former = index.store.summaries()
        sync.sync(reader)
        sync.left_over(former, reader, keep=options.keep, confirm=confirm)
        return sync.changes
    return sync.sync(reader)


def _sync(options: argparse.Namespace, chosen: Settings, reader: Reader) -> int:
    start_s = time.perf_counter()
    opened = _rebuild(chosen) if options.rebuild else _open_for_sync(chosen, create=True)
    with opened as index, _show_progress(reader) as (show, pause):
        confirm = _confirm(options, pause)
        changes = index.sync(reader, keep=options.keep, confirm=confirm, progress=show)
    seconds = time.perf_counter() - start_s
    passages = counted(changes.passages, "passage")
    summary = f"{passages} written to {chosen.index} in {seconds:.1f} s"
    return _report(changes, reader, summary, options)


def _open_for_sync(chosen: Settings, *, create: bool = False) -> Index:
    from index.index import Index

    return Index(
        chosen.index,
        embedder=chosen.embedder,
        passage_tokens=chosen.passage_tokens,
        create=create,
        cache=chosen.cache,
        notice=print_notice,
    )


def _rebuild(chosen: Settings) -> contextlib.AbstractContextManager[Index]:
    from index.upkeep.rebuild import rebuild

    return rebuild(
        chosen.index,
        embedder=chosen.embedder,
        passage_tokens=chosen.passage_tokens,
        cache=chosen.cache,
        notice=print_notice,
    )


def _watch(options: argparse.Namespace, chosen: Settings, reader: Reader) -> None:
    """Sync again whenever a file below the paths changes, until Ctrl-C."""
    from index.sync.watch import changes_below

    options.rebuild = False
    print_notice("watching for changes; press Ctrl-C to stop")
    for _ in changes_below(reader.inputs, apart_from=to_place(chosen.index).folder):
        try:
            _sync(options, chosen, reader)
        except AssistantError as error:
            print_notice(str(error))


def _confirm(options: argparse.Namespace, pause: Callable[[], None]) -> Confirm:
    """A function that asks at the terminal before more than a third of the articles go."""

    def confirm(names: Sequence[str], covered: int) -> bool:
        if options.yes:
            return True
        if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        pause()
        print_names("gone", list(names))
        question = (
            f"{len(names)} of {covered} articles are gone. Remove them from the index? [y/N] "
        )
        print(question, end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    return confirm


@contextlib.contextmanager
def _show_progress(reader: Reader) -> Iterator[tuple[ShowProgress, Callable[[], None]]]:
    """A progress bar on standard error, and a function that stops it; none without a terminal."""
    if not sys.stderr.isatty():
        yield (lambda changes: None), (lambda: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)
        start_s = time.monotonic()

        def show(changes: Changes) -> None:
            done, total = _estimate_passages(changes, reader.share_read())
            rate = done / max(0.001, time.monotonic() - start_s)
            known = f"{done:,} of about {total:,}" if total else f"{done:,}"
            description = f"{known} passages, {rate:.0f} per second"
            bar.update(task, completed=done, total=total, description=description)

        yield show, bar.stop


def _estimate_passages(changes: Changes, share_read: float | None) -> tuple[int, int | None]:
    """The passages that are done, and all that the input has if the rest is like its read share."""
    done, waiting = changes.under_way
    known = changes.passages + waiting
    return changes.passages + done, round(known / share_read) if share_read else None


def _report(changes: Changes, reader: Reader, summary: str, options: argparse.Namespace) -> int:
    print_skipped(changes, reader)
    if options.json:
        print_json(changes_to_dict(changes, reader))
    else:
        # In a new index the number of articles is enough.
        has_former = any((changes.unchanged, changes.changed, changes.renamed))
        name_added = options.dry_run or (has_former and not options.rebuild)
        print_changes(changes, summary, name_added=name_added)
    return ExitStatus.SKIPPED if reader.skipped or changes.repeated else ExitStatus.DONE


def _run_remove(options: argparse.Namespace) -> int:
    with open_index(options) as index:
        changes = index.remove(options.articles)
    for id in changes.removed:
        print(f"removed {printable(changes.names[id])}")
    return ExitStatus.DONE


def _run_export(options: argparse.Namespace) -> int:
    from index.upkeep.export import export_lines

    with open_index(options) as index:
        for line in export_lines(index, vectors=options.vectors):
            print(line)
    return ExitStatus.DONE
