"""The command that checks an index, and all that is needed to ask it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from index.errors import AssistantError
from index.index import Index
from index.upkeep.doctor import Finding, check, check_opening

from ..answer.text import printable
from ..settings import QUOTES, Settings, settings

__all__ = ["doctor"]

PROBE = "Answer with the one word OK."


def doctor(options: argparse.Namespace) -> int:
    """`assistant doctor`: a line for each check; status 1 if anything is wrong."""
    chosen = settings(index=options.index, model=options.model)
    findings = []
    for finding in _findings(chosen, options.fix):
        findings.append(finding)
        if not options.json:
            state = "fixed" if finding.fixed else "ok" if finding.ok else "WRONG"
            print(
                f"{state:<6} {finding.check}: {printable(' '.join(finding.text.split()))}",
                flush=True,
            )
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    return 0 if all(finding.ok for finding in findings) else 1


def _findings(chosen: Settings, fix: bool) -> Iterator[Finding]:
    opening = check_opening(str(chosen.index), fix=fix)
    yield opening
    if opening.ok:
        try:
            with Index(
                chosen.index, notice=lambda text: print(f"assistant: {text}", file=sys.stderr)
            ) as index:
                yield from check(index, fix=fix)
        except AssistantError as error:
            yield Finding("index", False, str(error))
    yield _model(chosen)


def _model(chosen: Settings) -> Finding:
    """Whether the model that writes answers, if there is one, can be reached with the key that there is."""
    if chosen.model == QUOTES:
        return Finding("model", True, "quotes (none is needed)")
    from ..llm.models import make_model
    from ..llm.reply import Reply

    try:
        model = make_model(
            chosen.model,
            timeout=chosen.timeout,
            context=chosen.context,
            max_cost=chosen.max_cost,
            cache=None,
        )
        reply = Reply()
        for _ in model.write(PROBE, reply, max_tokens=16):
            break
    except AssistantError as error:
        return Finding("model", False, str(error))
    return Finding("model", True, f"{model.name} answers")
