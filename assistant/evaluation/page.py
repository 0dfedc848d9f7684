"""A report as one HTML page that loads and runs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..answer.documents import render_template
from .datasets.reading import FORMATS
from .results import Comparison, ReportData
from .scoring import MEASURES
from .tables import cost_lines, group_notes, p_text
from .verdict import verdict_sentences

__all__ = ["report_page"]

# The inside of a plot, in the units of its picture.
PLOT_WIDTH, PLOT_HEIGHT = 320, 180
# The last rank of the plot of right articles found.
MAX_PLOT_RANK = 20


def report_page(report: ReportData) -> str:
    """The page of a run, and of its comparison with another one if there is one."""
    against = report.against
    every_type = {"all": report.measures, **report.types}
    rights = {
        type: measures["right"] for type, measures in every_type.items() if "right" in measures
    }
    return render_template(
        "report.html",
        report=report,
        header=report.run.header,
        verdict=list(verdict_sentences(report)),
        groups=list(_groups(report)),
        cost=list(cost_lines(report)),
        flaws=FORMATS[report.scorer].flaws if report.official else "",
        plots=list(_plots(report)),
        rights=rights,
        names=list(report.measures),
        against=against,
        p_text=p_text,
        scale=_scale(against) if against else 1.0,
        # Questions that went wrong come first.
        answers=sorted(report.scored, key=lambda one: (one.score.right, one.question.id)),
        width=PLOT_WIDTH,
        height=PLOT_HEIGHT,
    )


def _groups(report: ReportData) -> Iterator[dict[str, Any]]:
    """Each group of measures: its title, rows of name, mean and meaning, and lines below."""
    notes = group_notes(report)
    for group, measures in report.groups.items():
        rows = [(name, value, MEASURES[group][name]) for name, value in measures.items()]
        yield {"title": group.capitalize(), "rows": rows, "lines": notes.get(group, [])}


@dataclass(frozen=True)
class Plot:
    """A line in a plot. across, up: titles of the axes. line: points in units of the picture."""

    title: str
    across: str
    up: str
    line: str


def _plots(report: ReportData) -> Iterator[Plot]:
    curve = report.refusals.curve
    if curve:
        axes = ("share answered, the surest first", "share of them wrong")
        yield Plot("Risk and coverage", *axes, _line(curve))
    ranks = [one.score.rank or np.inf for one in report.scored if "MRR" in one.score.measures]
    if ranks:
        found = np.greater_equal.outer(range(1, MAX_PLOT_RANK + 1), ranks)
        points = list(zip(np.linspace(0, 1, MAX_PLOT_RANK), found.mean(axis=1), strict=True))
        axes = (f"among the first 1 to {MAX_PLOT_RANK} articles", "share of questions")
        yield Plot("Right article found", *axes, _line(points))
    taken = np.sort([one.row.seconds for one in report.scored])
    if taken.any():
        shares = np.linspace(0, 1, len(taken) + 1)[1:]
        points = list(zip(taken / taken[-1], shares, strict=True))
        axes = (f"0 to {taken[-1]:.2f} s", "share answered by then")
        yield Plot("Time of an answer", *axes, _line(points))


def _line(points: Sequence[tuple[float, float]]) -> str:
    """The points, given from 0 to 1; a single one becomes a short line."""
    kept = [*points[:: max(1, len(points) // 400)], points[-1]]
    if len(points) == 1:
        kept.insert(0, (max(0.0, points[0][0] - 0.02), points[0][1]))
    return " ".join(f"{x * PLOT_WIDTH:.1f},{(1 - y) * PLOT_HEIGHT:.1f}" for x, y in kept)


def _scale(against: Comparison) -> float:
    """The largest distance of an interval's end from 0."""
    ends = [(value.low, value.high) for value in against.differences.values()]
    return float(np.abs(ends).max(initial=0.0)) or 1.0
