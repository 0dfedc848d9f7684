"""A report as one HTML page that loads and runs nothing: figures, plots, and every question to be opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..answer.answer import Answer
from ..answer.documents import clean, render_template
from ..answer.text import article_line
from .datasets.reading import FORMATS
from .results import Comparison, ReportData, Scored
from .scoring import MEASURES
from .statistics import Mean
from .tables import chance, used_lines

__all__ = ["report_page"]

# The inside of a plot, in the units of its picture.
WIDTH, HEIGHT = 320, 180
# Up to which rank the share of questions with a right article is drawn.
DEEPEST = 20
JUDGED = {True: "judged right", False: "judged wrong", None: "ungraded"}


def report_page(report: ReportData) -> str:
    """The page of a run, and of its comparison with another one if there is one."""
    against = report.against
    return render_template(
        "report.html",
        report=report,
        header={name: clean(str(value)) for name, value in report.run.header.items()},
        measures=[(name, MEASURES[name], value) for name, value in report.measures.items()],
        types=list(_types(report)),
        used=[clean(line) for line in used_lines(report)],
        note=FORMATS[report.scorer].flaws if report.official else "",
        plots=list(_plots(report)),
        bars=list(_bars(report)),
        against=against,
        chance=chance(against.p) if against else "",
        changes=list(_changes(against)) if against else [],
        questions=[
            _told(each)
            for each in sorted(
                report.scored, key=lambda each: (each.verdict.right, each.question.id)
            )
        ],
        width=WIDTH,
        height=HEIGHT,
    )


def _changes(against: Comparison) -> Iterator[dict[str, Any]]:
    """The differences, and where they lie on a scale that has room for all their intervals."""
    values = against.differences.values()
    scale = max((max(abs(value.low), abs(value.high)) for value in values), default=0.0) or 1.0
    for name, value in against.differences.items():
        low, at, high = (
            round((1 + end / scale) * WIDTH / 2, 1) for end in (value.low, value.mean, value.high)
        )
        yield {
            "name": name,
            "value": value,
            "p": chance(value.p),
            "low": low,
            "at": at,
            "high": high,
            "scale": scale,
        }


def _types(report: ReportData) -> Iterator[tuple[str, int, dict[str, Mean]]]:
    for kind, measures in report.types.items():
        yield clean(kind), sum(each.question.type == kind for each in report.scored), dict(measures)


def _plots(report: ReportData) -> Iterator[dict[str, Any]]:
    """Lines: a title, what the axes are, and points with both coordinates from 0 to 1."""
    if report.refusals.curve:
        points = [(coverage, risk) for coverage, risk in report.refusals.curve]
        yield _plot(
            "Risk and coverage", "share answered, the surest first", "share of them wrong", points
        )
    ranks = [each.verdict.rank for each in report.scored if "MRR" in each.verdict.measures]
    if ranks:
        shares = [
            sum(rank is not None and rank <= k for rank in ranks) / len(ranks)
            for k in range(1, DEEPEST + 1)
        ]
        points = [((k - 1) / (DEEPEST - 1), share) for k, share in enumerate(shares, start=1)]
        yield _plot(
            "Right article found",
            f"among the first 1 to {DEEPEST} articles",
            "share of questions",
            points,
        )
    taken = sorted(each.row.seconds for each in report.scored)
    if taken and taken[-1]:
        points = [(seconds / taken[-1], (i + 1) / len(taken)) for i, seconds in enumerate(taken)]
        yield _plot(
            "Time of an answer", f"0 to {taken[-1]:.2f} s", "share answered by then", points
        )


def _plot(
    title: str, across: str, up: str, points: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    step = max(1, len(points) // 400)
    kept = [*points[::step], points[-1]]
    # A single point is drawn as a short line.
    ends = [(max(0.0, points[0][0] - 0.02), points[0][1])] if len(points) == 1 else []
    line = " ".join(f"{x * WIDTH:.1f},{(1 - y) * HEIGHT:.1f}" for x, y in (*ends, *kept))
    return {"title": title, "across": across, "up": up, "line": line}


def _bars(report: ReportData) -> Iterator[dict[str, Any]]:
    """Right answers by type, with intervals."""
    everything = {"all": report.measures, **report.types}
    for kind, measures in everything.items():
        value = measures.get("right")
        if value:
            yield {"name": clean(kind), "value": value}


def _told(each: Scored) -> dict[str, Any]:
    question, row, answer = each.question, each.row, each.row.answer
    return {
        "id": clean(question.id),
        "question": clean(question.question),
        "type": clean(question.type),
        "date": question.date,
        "refused": each.verdict.refused,
        "right": each.verdict.right,
        "verdict": [(name, value) for name, value in each.verdict.measures.items()],
        "answers": [[clean(answer) for answer in group] for group in question.answers],
        "answerable": question.answerable,
        "gold": sorted(clean(id) for id in question.gold),
        "evidence": [(clean(e.article), clean(e.quote)) for e in question.evidence],
        "statements": [clean(statement) for statement in question.statements],
        "error": clean(row.error or ""),
        "seconds": row.seconds,
        "status": answer.status.value if answer else "failed",
        "sentences": [clean(sentence.marked()) for sentence in answer.sentences] if answer else [],
        "citations": list(_citations(answer, row.valid)) if answer else [],
        "passages": list(_passages(each, answer)) if answer else [],
        "judged": JUDGED[row.judged.right] if row.judged else "",
    }


def _citations(answer: Answer, valid: frozenset[int]) -> Iterator[dict[str, Any]]:
    for citation in answer.citations:
        yield {
            "number": citation.number,
            "head": clean(article_line(citation.article)),
            "id": clean(citation.article.id),
            "quote": clean(citation.quote),
            "true": citation.number in valid,
        }


def _passages(each: Scored, answer: Answer) -> Iterator[dict[str, Any]]:
    hits = [found for found in answer.trace.hits if found.dropped is None] if answer.trace else []
    for found, text in zip(hits, each.row.texts, strict=False):
        yield {
            "article": clean(found.article),
            "text": clean(text),
            "right": found.article in each.question.gold,
        }
