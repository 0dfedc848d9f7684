"""A report on a terminal: plain text, the same in a file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from ..answer.text import counted, cut, printable, used
from ..settings import QUOTES
from .datasets.reading import FORMATS, SCORERS
from .results import Comparison, ReportData
from .scoring import MEASURE_NAMES, Group, PrecisionJudge
from .statistics import Mean
from .verdict import verdict_sentences

__all__ = ["cost_lines", "group_notes", "p_text", "report_lines"]

LINE_CHARS = 100
NAME_CHARS = max(map(len, MEASURE_NAMES))
# Questions won and lost that are named.
MAX_NAMED_QUESTIONS = 10

JUDGES = {
    PrecisionJudge.GOLD: "gold evidence",
    PrecisionJudge.MODEL: "the judge",
    PrecisionJudge.OVERLAP: "word overlap",
}


def report_lines(report: ReportData) -> Iterator[str]:
    """The verdict in words, the measures by group, the cost, and the comparison if there is one."""
    header = report.run.header
    name, model = printable(header["questions"]), printable(header["model"])
    yield f"{name}: {counted(len(report.scored), 'question')}, model {model}"
    yield ""
    for sentence in verdict_sentences(report):
        yield from textwrap.wrap(sentence, LINE_CHARS)
    for fault in report.faults:
        yield f"warning: {printable(fault)}"
    yield from _measures(report)
    yield from _types(report)
    yield from _official(report)
    yield ""
    yield "cost and time"
    yield from map(printable, cost_lines(report))
    yield ""
    hashes = ", ".join(f"{name} {header[name]}" for name in ("data", "index", "prompts", "code"))
    yield f"{hashes}; version {header['version']}"
    yield f"kept in {printable(str(report.run.folder))}"
    if report.against:
        yield ""
        yield from _comparison(report.against)


def _measures(report: ReportData) -> Iterator[str]:
    """A table for each group of measures."""
    notes = group_notes(report)
    for group, measures in report.groups.items():
        yield ""
        yield f"{group:<{NAME_CHARS}}  mean   95% interval          n"
        for name, value in measures.items():
            yield f"{name:<{NAME_CHARS}}  {value.mean:.3f}  {_range(value):<16} {value.n:>5}"
        yield from notes.get(group, ())


def _range(value: Mean) -> str:
    return f"[{value.low:.3f}, {value.high:.3f}]"


def group_notes(report: ReportData) -> dict[Group, list[str]]:
    """The lines below the measures of a group."""
    return {
        Group.CITING: list(_judge_lines(report)),
        Group.REFUSING: list(_refusal_lines(report)),
    }


def _judge_lines(report: ReportData) -> Iterator[str]:
    """What judged citation precision, and in how many answers."""
    judges = report.precision_by.items()
    if judges:
        by = ", ".join(f"{JUDGES[judge]} ({counted(count, 'answer')})" for judge, count in judges)
        yield f"Citation precision was judged by {by}."


def _refusal_lines(report: ReportData) -> Iterator[str]:
    """The area under the risk-coverage curve, and the threshold if one was chosen."""
    refusals = report.refusals
    if refusals.area is not None:
        yield f"Area under the risk-coverage curve: {refusals.area:.3f} (lower is better)."
    if refusals.threshold is not None:
        yield (
            f"Answers below a confidence of {refusals.threshold:.3f} count as refused; "
            f"this threshold was chosen on the split {refusals.chosen_on!r}."
        )


def _types(report: ReportData) -> Iterator[str]:
    """Means by type of question, as many columns side by side as there is room for."""
    names = list(report.types)
    column = max((len(cut(name, 18)) for name in names), default=0) + 2
    per_block = (LINE_CHARS - NAME_CHARS) // column
    for start in range(0, len(names), per_block):
        yield ""
        yield from _type_block(report, names[start : start + per_block], column)


def _type_block(report: ReportData, types: Sequence[str], column: int) -> Iterator[str]:
    def line(name: str, cells: Iterable[str]) -> str:
        return f"{name:<{NAME_CHARS}}" + "".join(cell.rjust(column) for cell in cells)

    yield line("by type", [cut(type, 18) for type in types])
    yield line("questions", [str(report.type_counts[type]) for type in types])
    for name in MEASURE_NAMES:
        values = [report.types[type].get(name) for type in types]
        if any(values):
            yield line(name, map(_mean_text, values))


def _mean_text(value: Mean | None) -> str:
    return f"{value.mean:.3f}" if value else "-"


def _official(report: ReportData) -> Iterator[str]:
    if report.scorer not in SCORERS:
        return
    yield ""
    if not report.official:
        yield f"the scorer of {report.scorer} has nothing to count here"
        return
    figures = ", ".join(f"{name} {value:.3f}" for name, value in report.official.items())
    yield f"as the scorer of {report.scorer} counts: {figures}"
    flaws = f"with its flaws: {FORMATS[report.scorer].flaws}"
    yield from textwrap.wrap(flaws, LINE_CHARS, initial_indent="  ", subsequent_indent="  ")


def cost_lines(report: ReportData) -> Iterator[str]:
    """The time, tokens and dollars of the answers, and of their judge."""
    seconds, header = report.seconds, report.run.header
    if seconds:
        median, p95 = seconds["median"], seconds["p95"]
        yield f"Time of an answer: median {median:.2f} s, 95th percentile {p95:.2f} s"
    if header["model"] != QUOTES:
        cost = report.cost_per_right_answer
        per_answer = "" if cost is None else f", ${cost:.5f} for each right answer"
        yield f"Answers: {used(report.usage, thousands=',')}{per_answer}"
    if header.get("judge"):
        ungraded = counted(report.ungraded, "answer")
        yield f"Judge {header['judge']}: {used(report.judging, thousands=',')}, {ungraded} ungraded"


def p_text(p: float) -> str:
    """A p-value; resampling cannot show that it is 0."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _comparison(comparison: Comparison) -> Iterator[str]:
    other = comparison.other
    changed = ", ".join(name for name in comparison.changed if name != "n") or "nothing"
    name, model = printable(other["questions"]), printable(other["model"])
    yield f"against {name}, model {model}; different: {printable(changed)}"
    if comparison.untrue:
        count = counted(len(comparison.untrue), "answer")
        yield f"warning: untrue citations in {count} of the other run"
    yield f"{'measure':<{NAME_CHARS}}  change  95% interval           p       n"
    for name, value in comparison.differences.items():
        interval = f"[{value.low:+.3f}, {value.high:+.3f}]"
        figures = f"{value.mean:+.3f}  {interval:<18} {p_text(value.p):<6}  {value.n:>5}"
        yield f"{name:<{NAME_CHARS}}  {figures}"
    won, lost = comparison.won, comparison.lost
    yield f"right answers won {len(won)}, lost {len(lost)} (McNemar, p {p_text(comparison.p)})"
    for sign, questions in (("+", won), ("-", lost)):
        for question in questions[:MAX_NAMED_QUESTIONS]:
            yield f"  {sign} {printable(question.id)}: {cut(question.question, 80)}"
        if len(questions) > MAX_NAMED_QUESTIONS:
            yield f"  {sign} and {len(questions) - MAX_NAMED_QUESTIONS} more"
