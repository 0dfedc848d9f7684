"""A report on a terminal: plain text, the same in a file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ..answer.text import counted, cut, printable, used
from ..settings import QUOTES
from .datasets.reading import FORMATS, SCORERS
from .results import Comparison, ReportData
from .scoring import MEASURES, PRECISION_BY
from .statistics import Mean

__all__ = ["chance", "report_lines", "used_lines"]

# Of the table by type, in characters.
WIDTH = 100
# So many questions that were won and lost are named.
NAMED = 10


def report_lines(report: ReportData) -> Iterator[str]:
    """The figures of a run, the measures a line each."""
    header = report.run.header
    name, model = printable(header["questions"]), printable(header["model"])
    yield f"{name}: {counted(len(report.scored), 'question')}, model {model}"
    for fault in report.faults:
        yield f"mind: {printable(fault)}"
    yield ""
    yield from _table(report)
    yield ""
    yield from _refusals(report)
    if report.types:
        yield ""
        yield from _types(report)
    if report.scorer in SCORERS:
        yield ""
        yield from _official(report)
    yield ""
    yield from map(printable, used_lines(report))
    hashes = ", ".join(f"{name} {header[name]}" for name in ("data", "index", "prompts", "code"))
    yield f"{hashes}; version {header['version']}"
    yield f"kept in {printable(str(report.run.folder))}"
    if report.against:
        yield ""
        yield from _comparison(report.against)


def _table(report: ReportData) -> Iterator[str]:
    width = max(map(len, MEASURES))
    yield f"{'measure':<{width}}  mean   95 % interval        n"
    for name, value in report.measures.items():
        yield f"{name:<{width}}  {value.mean:.3f}  {_interval(value):<16} {value.n:>5}"
    if report.precision_by:
        by = (
            f"{PRECISION_BY[name]} ({counted(n, 'answer')})"
            for name, n in report.precision_by.items()
        )
        yield f"citation precision is judged by {', '.join(by)}"


def _interval(value: Mean) -> str:
    return f"[{value.low:.3f}, {value.high:.3f}]"


def _refusals(report: ReportData) -> Iterator[str]:
    refusals = report.refusals
    for name, value in (
        ("refused rightly", refusals.precision),
        ("of those without answer refused", refusals.recall),
    ):
        if value:
            yield f"{name}: {value.mean:.3f} {_interval(value)} of {value.n}"
    if refusals.area is not None:
        yield f"area under the risk-coverage curve: {refusals.area:.3f} (lower is better)"
    if refusals.threshold is not None:
        yield f"refused below a confidence of {refusals.threshold:.3f}, chosen on the split {refusals.chosen_on!r}"


def _types(report: ReportData) -> Iterator[str]:
    """Means by type, a column each; as many columns beside each other as there is room for."""
    types = list(report.types)
    width = max(map(len, MEASURES))
    sizes = {kind: max(len(cut(kind, 18)), 5) + 2 for kind in types}
    while types:
        room = WIDTH - width
        some = [
            kind
            for i, kind in enumerate(types)
            if i == 0 or sum(sizes[k] for k in types[: i + 1]) <= room
        ]
        types = types[len(some) :]
        yield f"{'by type':<{width}}" + "".join(f"{cut(kind, 18):>{sizes[kind]}}" for kind in some)
        counts = {kind: sum(each.question.type == kind for each in report.scored) for kind in some}
        yield f"{'questions':<{width}}" + "".join(f"{counts[kind]:>{sizes[kind]}}" for kind in some)
        for name in MEASURES:
            cells = {kind: report.types[kind].get(name) for kind in some}
            if any(cells.values()):
                row = (
                    f"{f'{c.mean:.3f}' if c else '-':>{sizes[kind]}}" for kind, c in cells.items()
                )
                yield f"{name:<{width}}" + "".join(row)
        if types:
            yield ""


def _official(report: ReportData) -> Iterator[str]:
    if not report.official:
        yield f"the scorer of {report.scorer} has nothing to count here"
        return
    figures = ", ".join(f"{name} {value:.3f}" for name, value in report.official.items())
    yield f"as the scorer of {report.scorer} counts: {figures}"
    yield from textwrap.wrap(
        f"with its flaws: {FORMATS[report.scorer].flaws}",
        100,
        initial_indent="  ",
        subsequent_indent="  ",
    )


def used_lines(report: ReportData) -> Iterator[str]:
    """What the answers took, and what their judge did: time, tokens, dollars."""
    seconds = report.seconds
    time = f"{seconds['median']:.2f} s an answer (95 %: {seconds['p95']:.2f} s)" if seconds else ""
    usage, right = report.usage, sum(each.verdict.right for each in report.scored)
    each = (
        f", ${usage.cost_usd / right:.5f} a right answer"
        if usage.cost_usd is not None and right
        else ""
    )
    asked = "" if report.run.header["model"] == QUOTES else f", {used(usage, thousands=',')}{each}"
    if time or asked:
        yield f"{time}{asked}"
    if report.run.header.get("judge"):
        yield (
            f"judged by {report.run.header['judge']} ({used(report.judging, thousands=',')}), "
            f"{counted(report.ungraded, 'answer')} ungraded"
        )


def chance(p: float) -> str:
    """A p as it is written: no resample shows that there is no chance at all."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _comparison(comparison: Comparison) -> Iterator[str]:
    """What changed against another run."""
    other = comparison.other
    changed = ", ".join(name for name in comparison.changed if name != "n") or "nothing"
    yield f"against {printable(other['questions'])}, model {printable(other['model'])}; different: {printable(changed)}"
    if comparison.untrue:
        yield f"mind: {counted(len(comparison.untrue), 'answer')} of the other have a citation that is not true"
    width = max(map(len, MEASURES))
    yield f"{'measure':<{width}}  change  95 % interval          p       n"
    for name, value in comparison.differences.items():
        interval = f"[{value.low:+.3f}, {value.high:+.3f}]"
        yield f"{name:<{width}}  {value.mean:+.3f}  {interval:<18} {chance(value.p):<6}  {value.n:>5}"
    yield f"right answers won {len(comparison.won)}, lost {len(comparison.lost)} (McNemar, p {chance(comparison.p)})"
    for sign, questions in (("+", comparison.won), ("-", comparison.lost)):
        yield from (f"  {sign} {printable(q.id)}: {cut(q.question, 80)}" for q in questions[:NAMED])
        if len(questions) > NAMED:
            yield f"  {sign} and {len(questions) - NAMED} more"
