"""A report as one HTML page that loads and runs nothing: verdict, figures, plots, every question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..answer.answer import Answer
from ..answer.documents import clean, render_template
from ..answer.text import article_line
from .datasets.reading import FORMATS
from .results import Comparison, ReportData
from .scoring import MEASURE_NAMES, MEASURES, Group, ScoredAnswer
from .statistics import Difference
from .tables import cost_lines, judge_line, p_text, refusal_lines
from .verdict import verdict_sentences

__all__ = ["report_page"]

# The inside of a plot, in the units of its picture.
PLOT_WIDTH, PLOT_HEIGHT = 320, 180
# The last rank of the plot of right articles found.
MAX_PLOT_RANK = 20
JUDGED = {True: "judged right", False: "judged wrong", None: "ungraded"}


def report_page(report: ReportData) -> str:
    """The page of a run, and of its comparison with another one if there is one."""
    against = report.against
    # Questions that went wrong come first.
    answers = sorted(report.scored, key=lambda one: (one.score.right, one.question.id))
    return render_template(
        "report.html",
        header=_cleaned(dict(report.run.header)),
        count=len(report.scored),
        verdict=list(verdict_sentences(report)),
        faults=_cleaned(report.faults),
        groups=list(_groups(report)),
        cost=_cleaned(list(cost_lines(report))),
        official=report.official,
        scorer=report.scorer,
        flaws=FORMATS[report.scorer].flaws if report.official else "",
        plots=list(_plots(report)),
        bars=_bars(report),
        types=_types(report),
        names=[name for name in MEASURE_NAMES if name in report.measures],
        against=against,
        p=p_text(against.p) if against else "",
        changes=_changes(against) if against else [],
        questions=[_question(one) for one in answers],
        width=PLOT_WIDTH,
        height=PLOT_HEIGHT,
    )


def _cleaned(value: Any) -> Any:
    """The value with `clean` applied to every text in it."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {name: _cleaned(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(member) for member in value]
    return value


def _groups(report: ReportData) -> Iterator[dict[str, Any]]:
    """Each group of measures: its title, rows of name, mean and meaning, and lines below."""
    lines = {Group.REFUSING: list(refusal_lines(report))}
    if report.precision_by:
        lines[Group.CITING] = [judge_line(report)]
    for group, meanings in MEASURES.items():
        rows = []
        for name, meaning in meanings.items():
            if name in report.measures:
                rows.append((name, report.measures[name], meaning))
        if rows:
            yield {"title": group.capitalize(), "rows": rows, "lines": lines.get(group, [])}


@dataclass(frozen=True)
class Plot:
    """A line in a plot. across, up: titles of the axes. line: points in the units of the picture."""

    title: str
    across: str
    up: str
    line: str


def _plots(report: ReportData) -> Iterator[Plot]:
    curve = report.refusals.curve
    if curve:
        axes = ("share answered, the surest first", "share of them wrong")
        yield Plot("Risk and coverage", *axes, _line(curve))
    ranks = [one.score.rank for one in report.scored if "MRR" in one.score.measures]
    if ranks:
        points = []
        for k in range(1, MAX_PLOT_RANK + 1):
            found = sum(rank is not None and rank <= k for rank in ranks)
            points.append(((k - 1) / (MAX_PLOT_RANK - 1), found / len(ranks)))
        axes = (f"among the first 1 to {MAX_PLOT_RANK} articles", "share of questions")
        yield Plot("Right article found", *axes, _line(points))
    taken = sorted(one.row.seconds for one in report.scored)
    if taken and taken[-1]:
        points = [(seconds / taken[-1], (i + 1) / len(taken)) for i, seconds in enumerate(taken)]
        axes = (f"0 to {taken[-1]:.2f} s", "share answered by then")
        yield Plot("Time of an answer", *axes, _line(points))


def _line(points: Sequence[tuple[float, float]]) -> str:
    """The points, given from 0 to 1; a single one becomes a short line."""
    kept = [*points[:: max(1, len(points) // 400)], points[-1]]
    if len(points) == 1:
        kept.insert(0, (max(0.0, points[0][0] - 0.02), points[0][1]))
    return " ".join(f"{x * PLOT_WIDTH:.1f},{(1 - y) * PLOT_HEIGHT:.1f}" for x, y in kept)


def _bars(report: ReportData) -> list[dict[str, Any]]:
    """Right answers of all questions and by type."""
    every = {"all": report.measures, **report.types}
    named = [(clean(type), measures.get("right")) for type, measures in every.items()]
    return [{"name": name, "value": value} for name, value in named if value]


def _types(report: ReportData) -> list[dict[str, Any]]:
    asked = [one.question.type for one in report.scored]
    return [
        {"name": clean(type), "count": asked.count(type), "measures": measures}
        for type, measures in report.types.items()
    ]


def _changes(against: Comparison) -> list[dict[str, Any]]:
    """The differences, with their places on a scale that has room for all intervals."""
    values = against.differences.values()
    ends = [abs(end) for value in values for end in (value.low, value.high)]
    scale = max(ends, default=0.0) or 1.0

    def at(share: float) -> float:
        return round((1 + share / scale) * PLOT_WIDTH / 2, 1)

    def change(name: str, value: Difference) -> dict[str, Any]:
        places = {"low": at(value.low), "at": at(value.mean), "high": at(value.high)}
        return {"name": name, "value": value, "p": p_text(value.p), "scale": scale, **places}

    return [change(name, value) for name, value in against.differences.items()]


def _question(scored: ScoredAnswer) -> Any:
    """What the page shows of a question and its answer."""
    question, row, answer = scored.question, scored.row, scored.row.answer
    fields = {
        "id": question.id,
        "question": question.question,
        "type": question.type,
        "date": question.date,
        "refused": scored.score.refused,
        "right": scored.score.right,
        "outcome": scored.outcome,
        "measures": dict(scored.score.measures),
        "answers": question.answers,
        "answerable": question.answerable,
        "gold": sorted(question.gold),
        "evidence": [(piece.article, piece.quote) for piece in question.evidence],
        "statements": question.statements,
        "error": row.error,
        "seconds": row.seconds,
        "status": answer.status if answer else "no answer",
        "sentences": [sentence.marked() for sentence in answer.sentences] if answer else [],
        "citations": _citations(answer, row.valid) if answer else [],
        "passages": _passages(scored, answer) if answer else [],
        "judged": JUDGED[row.judged.right] if row.judged else "",
    }
    return _cleaned(fields)


def _citations(answer: Answer, valid: frozenset[int]) -> list[dict[str, Any]]:
    return [
        {
            "number": citation.number,
            "head": article_line(citation.article),
            "id": citation.article.id,
            "quote": citation.quote,
            "valid": citation.number in valid,
        }
        for citation in answer.citations
    ]


def _passages(scored: ScoredAnswer, answer: Answer) -> list[dict[str, Any]]:
    """The passages from which the answer was made."""
    hits = answer.trace.hits if answer.trace else ()
    kept = [found.article for found in hits if found.dropped is None]
    return [
        {"article": article, "text": text, "right": article in scored.question.gold}
        for article, text in zip(kept, scored.row.texts, strict=False)
    ]
