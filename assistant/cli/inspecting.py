"""The commands that look at an index: `show`, `status` and `doctor`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from index.errors import AssistantError

from ..answer.text import article_lines, printable, status_lines
from ..errors import ExitStatus
from ..settings import QUOTES, Settings, settings
from .options import Commands, add_command, add_json_option, open_index
from .output import print_json, print_notice

if TYPE_CHECKING:
    from index.upkeep.doctor import CheckResult

__all__ = ["add_commands"]

PROBE = "Answer with the one word OK."


def add_commands(commands: Commands) -> None:
    """Add `show`, `status` and `doctor`."""
    show = add_command(commands, "show", _run_show, "print an article of the index")
    show.add_argument("article", metavar="ARTICLE", help="its id, or the file it was read from")
    show.add_argument(
        "--at", type=_span, metavar="START:END", help="only these characters (code points)"
    )

    status = add_command(
        commands, "status", _run_status, "show what the index holds and how it is set up"
    )
    add_json_option(status)

    doctor = add_command(
        commands, "doctor", _run_doctor, "check the index and everything that answers need"
    )
    doctor.add_argument("--fix", action="store_true", help="repair what can be repaired")
    doctor.add_argument("--model", help="check that this model can be reached")
    add_json_option(doctor)


def _span(value: str) -> tuple[int, int]:
    start, _, end = value.partition(":")
    if not (start.isdecimal() and end.isdecimal() and int(start) <= int(end)):
        raise argparse.ArgumentTypeError(f"{value!r} is not START:END, two numbers in order")
    return int(start), int(end)


def _run_show(options: argparse.Namespace) -> int:
    with open_index(options) as index:
        article = index.article_named(options.article)
    start, end = options.at or (0, len(article.text))
    if end > len(article.text):
        raise AssistantError(
            f"article {article.id} has {len(article.text)} characters: "
            f"--at {start}:{end} goes beyond its end"
        )
    if sys.stdout.isatty():
        print("\n".join(article_lines(article, options.at)))
    else:
        # Exactly these characters: no line feed is added or translated.
        sys.stdout.flush()
        sys.stdout.buffer.write(article.text[start:end].encode("utf-8"))
    return ExitStatus.DONE


def _run_status(options: argparse.Namespace) -> int:
    from ..llm.privacy import what_leaves

    with open_index(options) as index:
        facts = index.facts()
    model = settings(index=options.index).model
    facts |= {"model": model, "leaves": what_leaves(model, facts["embedder"], facts["index"])}
    if options.json:
        print_json(facts)
    else:
        print("\n".join(status_lines(facts)))
    return ExitStatus.DONE


def _run_doctor(options: argparse.Namespace) -> int:
    chosen = settings(index=options.index, model=options.model)
    findings = []
    for finding in _check_all(chosen, options.fix):
        findings.append(finding)
        if not options.json:
            state = "fixed" if finding.fixed else "ok" if finding.ok else "WRONG"
            text = printable(" ".join(finding.text.split()))
            print(f"{state:<6} {finding.check}: {text}", flush=True)
    if options.json:
        print_json([asdict(finding) for finding in findings])
    return ExitStatus.DONE if all(finding.ok for finding in findings) else ExitStatus.FAILED


def _check_all(chosen: Settings, fix: bool) -> Iterator[CheckResult]:
    from index.index import Index
    from index.upkeep.doctor import CheckResult, check_index, check_opening

    opening = check_opening(str(chosen.index), fix=fix)
    yield opening
    if opening.ok:
        try:
            with Index(chosen.index, notice=print_notice) as index:
                yield from check_index(index, fix=fix)
        except AssistantError as error:
            yield CheckResult("index", False, str(error))
    try:
        yield CheckResult("model", True, _probe_model(chosen))
    except AssistantError as error:
        yield CheckResult("model", False, str(error))


def _probe_model(chosen: Settings) -> str:
    """Ask the chat model, if there is one, for a word; raises AssistantError if none comes."""
    if chosen.model == QUOTES:
        return "quotes (none is needed)"
    from ..llm.models import make_model
    from ..llm.reply import Reply

    model = make_model(
        chosen.model,
        timeout=chosen.timeout,
        context=chosen.context,
        max_cost=chosen.max_cost,
        cache=None,
    )
    pieces = model.write(PROBE, Reply(), max_tokens=16)
    next(iter(pieces), None)
    return f"{model.name} answers"
