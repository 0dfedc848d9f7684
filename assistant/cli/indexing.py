"""The commands that change an index: index, remove, export. Imported when one of them runs."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from index.errors import AssistantError, IndexDamagedError, IndexMissingError
from index.index import Index
from index.loading.folders import Reader
from index.storage.place import to_place
from index.sync.plan import Changes, Confirm, Sync
from index.upkeep.rebuild import rebuild

from ..answer.text import printable
from ..settings import Settings, settings

__all__ = ["DONE", "SKIPPED", "export", "index", "reader_of", "remove"]

DONE, SKIPPED = 0, 3
# Names shown of what was changed in one way; --json has all.
SHOWN = 20


def index(options: argparse.Namespace) -> int:
    """`assistant index`: make the index agree with the paths; with --watch, each time that they change."""
    chosen = settings(
        index=options.index,
        embedder=options.embedder,
        cache=options.cache,
        passage_tokens=options.passage_tokens,
    )
    reader = reader_of(options.paths)
    if options.dry_run:
        return _report(_foreseen(options, chosen, reader), reader, "nothing was written", options)
    status = _sync(options, chosen, reader)
    if options.watch:
        _watch(options, chosen, reader)
    return status


def reader_of(paths: Sequence[str]) -> Reader:
    """A reader of these paths; raises AssistantError where none of them is there."""
    reader = Reader(paths)
    missing = reader.missing()
    if len(missing) == len(paths):
        raise AssistantError(f"no such file or folder: {', '.join(map(printable, missing))}")
    return reader


def _foreseen(options: argparse.Namespace, chosen: Settings, reader: Reader) -> Changes:
    """What would be done; without an index, everything would be added."""
    if to_place(chosen.index).is_there and not options.rebuild:
        with contextlib.suppress(IndexMissingError), _opened(chosen) as index:
            return index.sync(reader, keep=options.keep, dry_run=True, confirm=_foretold(options))
    if to_place(chosen.index).is_there:
        # With other settings, so what is there is only looked at; if it is damaged, everything would be added.
        with (
            contextlib.suppress(IndexMissingError, IndexDamagedError),
            Index(chosen.index, notice=_notice) as index,
        ):
            sync = Sync(None, {})
            sync.sync(reader)
            sync.left_over(
                index.store.summaries(), reader, keep=options.keep, confirm=_foretold(options)
            )
            return sync.changes
    return Sync(None, {}).sync(reader)


def _foretold(options: argparse.Namespace) -> Confirm:
    def confirm(names: Sequence[str], covered: int) -> bool:
        if not options.yes:
            _notice(
                f"{len(names)} of {covered} articles are gone, more than a third: they go only if you say so (--yes)"
            )
        return True

    return confirm


def _sync(options: argparse.Namespace, chosen: Settings, reader: Reader) -> int:
    begun = time.perf_counter()
    opened = (
        rebuild(
            chosen.index,
            embedder=chosen.embedder,
            passage_tokens=chosen.passage_tokens,
            cache=chosen.cache,
            notice=_notice,
        )
        if options.rebuild
        else _opened(chosen, create=True)
    )
    with opened as index, _progress(reader) as (progress, pause):
        changes = index.sync(
            reader, keep=options.keep, confirm=_confirm(options, pause), progress=progress
        )
    what = f"{_count(changes.passages, 'passage')} written to {chosen.index} in {time.perf_counter() - begun:.1f} s"
    return _report(changes, reader, what, options)


def _opened(chosen: Settings, *, create: bool = False) -> Index:
    return Index(
        chosen.index,
        embedder=chosen.embedder,
        passage_tokens=chosen.passage_tokens,
        create=create,
        cache=chosen.cache,
        notice=_notice,
    )


def _notice(text: str) -> None:
    print(f"assistant: {text}", file=sys.stderr, flush=True)


def _watch(options: argparse.Namespace, chosen: Settings, reader: Reader) -> None:
    """Sync again whenever something changes below the paths, until Ctrl-C."""
    from index.sync.watch import changes_below

    options.rebuild = False
    _notice("watching for changes; Ctrl-C ends it")
    for _ in changes_below(reader.inputs, apart_from=to_place(chosen.index).folder):
        try:
            _sync(options, chosen, reader)
        except AssistantError as error:
            _notice(str(error))


def _confirm(options: argparse.Namespace, pause: Callable[[], None]) -> Confirm:
    def confirm(names: Sequence[str], covered: int) -> bool:
        if options.yes:
            return True
        if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        pause()
        _name("gone", list(names))
        print(
            f"{len(names)} of {covered} articles are gone. Remove them from the index? [y/N] ",
            end="",
            file=sys.stderr,
        )
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    return confirm


@contextlib.contextmanager
def _progress(
    reader: Reader,
) -> Iterator[tuple[Callable[[Changes], None] | None, Callable[[], None]]]:
    """A line on standard error that says how far indexing is, and what stops it; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield None, lambda: None
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
        begun = time.monotonic()

        def progress(changes: Changes) -> None:
            done, total = expected_passages(changes, reader.share_read())
            rate = done / max(0.001, time.monotonic() - begun)
            of = f"of about {total:,} " if total else ""
            bar.update(
                task,
                completed=done,
                total=total,
                description=f"{done:,} {of}passages, {rate:.0f} a second",
            )

        yield progress, bar.stop


def expected_passages(changes: Changes, share_read: float | None) -> tuple[int, int | None]:
    """How many passages are done, and of how many in the end, by the share of all bytes that was read."""
    done, waiting = changes.under_way
    known = changes.passages + waiting
    return changes.passages + done, round(known / share_read) if share_read else None


def _report(changes: Changes, reader: Reader, what: str, options: argparse.Namespace) -> int:
    for skipped in reader.skipped:
        print(f"skipped {printable(str(skipped))}", file=sys.stderr)
    for id in changes.repeated:
        print(
            f"id {printable(id)} came more than once with different content: only the last is kept",
            file=sys.stderr,
        )
    if reader.ignored and reader.skipped:
        kinds = "hidden, READMEs, question sets, other kinds"
        print(
            f"ignored {_count(reader.ignored, 'file')} that are no articles ({kinds})",
            file=sys.stderr,
        )
    written = len(changes.added) + len(changes.changed)
    if changes.foreign > written / 2:
        print(
            f"{changes.foreign} of {_count(written, 'article')} not in English, which is what the embedder knows: "
            "found by words only",
            file=sys.stderr,
        )
    _say(changes, what, reader, options)
    return SKIPPED if reader.skipped or changes.repeated else DONE


def _say(changes: Changes, what: str, reader: Reader, options: argparse.Namespace) -> None:
    # Where nothing was there before, or everything is made anew, there is no end of what was added.
    anew = options.rebuild or not (changes.unchanged or changes.changed or changes.renamed)
    kinds = (
        *(() if anew and not options.dry_run else ("added",)),
        *("changed", "renamed", "removed", "kept"),
    )
    if options.json:
        print(json.dumps(_to_dict(changes, reader), ensure_ascii=False, indent=2), flush=True)
        return
    for kind in kinds:
        _name(kind, [changes.names.get(id, id) for id in getattr(changes, kind)])
    print(f"{changes}; {what}", flush=True)


def _name(kind: str, names: list[str]) -> None:
    for name in names[:SHOWN]:
        print(f"{kind} {printable(name)}", file=sys.stderr)
    if len(names) > SHOWN:
        print(f"{kind} {len(names) - SHOWN} more (--json names all)", file=sys.stderr)


def _to_dict(changes: Changes, reader: Reader) -> dict[str, Any]:
    kinds = ("added", "changed", "renamed", "unchanged", "removed", "kept", "repeated")
    return {
        **{
            kind: [{"id": id, "name": changes.names.get(id, id)} for id in getattr(changes, kind)]
            for kind in kinds
        },
        "skipped": [
            {"where": skipped.where, "reason": skipped.reason} for skipped in reader.skipped
        ],
        "ignored": reader.ignored,
        "passages": changes.passages,
        "embedded": changes.embedded,
    }


def remove(options: argparse.Namespace) -> int:
    """`assistant remove`: take articles out of the index."""
    chosen = settings(index=options.index)
    with Index(chosen.index, embedder=chosen.embedder, notice=_notice) as index:
        changes = index.remove(options.articles)
    for id in changes.removed:
        print(f"removed {printable(changes.names[id])}")
    return DONE


def export(options: argparse.Namespace) -> int:
    """`assistant export`: all articles as JSON lines, which `assistant index` reads."""
    from index.upkeep.export import lines

    chosen = settings(index=options.index)
    with Index(chosen.index, embedder=chosen.embedder, notice=_notice) as index:
        for line in lines(index, vectors=options.vectors):
            print(line)
    return DONE


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
