"""Make a report of a run: measures with intervals, refusals, and a comparison with a run."""

from __future__ import annotations

import itertools
import statistics as stats
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..answer.parts import Status, Usage
from ..answer.text import counted
from ..errors import EvaluationError
from .datasets.dataset import OfficialAnswer
from .datasets.reading import SCORERS
from .grouping import grouped
from .questions import Question
from .results import Comparison, Refusals, ReportData
from .runs import Run, changed_fields
from .scoring import MEASURE_NAMES, MEASURES, Group, ScoredAnswer, plain_text
from .statistics import Difference, Mean, difference, mcnemar_p, mean, risk_coverage
from .tables import report_lines

__all__ = ["Report", "check_shared", "check_view", "compare", "score_run"]


class Report(ReportData):
    """The figures of a run: see `ReportData`. Printed, it is the table that the command prints."""

    def __str__(self) -> str:
        return "\n".join(report_lines(self))


def score_run(run: Run, *, calibrate: str | None = None, official: str | None = None) -> Report:
    """Score a run. calibrate: the split on which a threshold is chosen; the others are reported.

    official: the dataset whose own scorer is shown, by default that of the format. Raises
    EvaluationError as `check_view` does.
    """
    check_view(run.questions, calibrate, official)
    every = _scored_answers(run)
    chosen_on = calibrate or None
    threshold = _threshold([one for one in every if one.question.split == chosen_on])
    scored = [one for one in every if one.question.split != chosen_on]
    # The curve is over all thresholds, so it is that of the answers before one is applied.
    curve = _curve(scored)
    if threshold is not None:
        scored = [_refuse_below(one, threshold) for one in scored]
    scorer = official or str(run.header.get("format", ""))
    untrue = [one.question.id for one in every if one.has_untrue_citation]
    measures = _means(scored)
    return Report(
        run=run,
        scored=scored,
        measures=measures,
        types=_means_by_type(scored),
        refusals=Refusals(
            precision=measures.get("refusal precision"),
            recall=measures.get("refusal recall"),
            area=stats.fmean(risk for _, risk in curve) if curve else None,
            curve=curve,
            threshold=threshold,
            chosen_on=chosen_on,
        ),
        official=_official_scores(scorer, scored),
        scorer=scorer,
        usage=sum((one.row.usage for one in scored), Usage()),
        judging=sum((one.row.judgment.usage for one in scored), Usage()),
        seconds=_seconds(scored),
        faults=tuple(_faults(run, scored, untrue)),
        untrue=untrue,
    )


def _scored_answers(run: Run) -> list[ScoredAnswer]:
    """The questions that were asked, in their order."""
    rows = {row.id: row for row in run.rows}
    asked = [question for question in run.questions if question.id in rows]
    return [ScoredAnswer.of(question, rows[question.id]) for question in asked]


def check_view(
    questions: Sequence[Question], calibrate: str | None = None, official: str | None = None
) -> None:
    """Raise EvaluationError for an unknown scorer, and for a split that cannot be calibrated on."""
    if official and official not in SCORERS:
        known = ", ".join(SCORERS)
        raise EvaluationError(f"no official scorer is called {official!r}: name one of {known}")
    if not calibrate:
        return
    chosen = [question for question in questions if question.split == calibrate]
    if len(chosen) in (0, len(questions)):
        which = "every" if chosen else "no"
        raise EvaluationError(
            f"{which} question is in the split {calibrate!r}: a threshold is chosen on a part of "
            "the questions, and the others are reported"
        )
    if not any(question.gradable for question in chosen):
        raise EvaluationError(
            f"no question in the split {calibrate!r} has a known answer: name another split"
        )


def check_shared(questions: Sequence[Question], other: Run) -> None:
    """Raise EvaluationError for a run that asked none of these questions."""
    known = {question.identity for question in other.questions}
    if known.isdisjoint(question.identity for question in questions):
        raise EvaluationError(
            f"{other.folder} shares no question with this run: name another one to compare with"
        )


def _refuse_below(scored: ScoredAnswer, threshold: float) -> ScoredAnswer:
    """The answer, refused if its confidence is below the threshold."""
    answer = scored.row.answer
    if answer is None or scored.score.confidence >= threshold:
        return scored
    refused = replace(
        answer, status=Status.UNANSWERED, sentences=(), citations=(), disagreements=()
    )
    return ScoredAnswer.of(scored.question, replace(scored.row, answer=refused, judged=None))


def _means(scored: Sequence[ScoredAnswer]) -> dict[str, Mean]:
    columns = zip(MEASURE_NAMES, _measure_table(scored).T, strict=True)
    known = {name: values[~np.isnan(values)] for name, values in columns}
    return {name: mean(values) for name, values in known.items() if len(values)}


def _measure_table(scored: Sequence[ScoredAnswer]) -> np.ndarray:
    """A row for each answer, a column for each measure; NaN where it does not apply."""
    rows = [[one.score.measures.get(name, np.nan) for name in MEASURE_NAMES] for one in scored]
    return np.array(rows).reshape(-1, len(MEASURE_NAMES))


def _means_by_type(scored: Sequence[ScoredAnswer]) -> dict[str, dict[str, Mean]]:
    """Empty where there are not two types. A type decides itself whether a refusal is right."""
    by_type = grouped(scored, lambda one: one.question.type)
    by_type.pop("", None)
    if len(by_type) < 2:
        return {}
    means = {type: _means(by_type[type]) for type in sorted(by_type)}
    for name, some in itertools.product(MEASURES[Group.REFUSING], means.values()):
        some.pop(name, None)
    return means


def _graded(scored: Sequence[ScoredAnswer]) -> list[ScoredAnswer]:
    return [one for one in scored if one.graded]


def _curve(scored: Sequence[ScoredAnswer]) -> list[tuple[float, float]]:
    return risk_coverage([(one.score.confidence, one.is_right_answer) for one in _graded(scored)])


def _threshold(scored: Sequence[ScoredAnswer]) -> float | None:
    """The lowest confidence from which on right answers exceed wrong ones by most.

    It is halfway between two answers: nothing is known of what would come between them.
    """
    graded = _graded(scored)
    if not graded:
        return None

    confidences = np.array([one.score.confidence for one in graded])
    gains = np.array([1 if one.is_right_answer else -1 for one in graded])
    seen = np.unique(confidences)
    # Below all answers, between each two, and above all, where it is best to refuse everything.
    steps = [seen[0], *(seen[:-1] + seen[1:]) / 2, seen[-1] + 0.001]
    return float(max(steps, key=lambda step: gains[confidences >= step].sum()))


def _official_scores(name: str, scored: Sequence[ScoredAnswer]) -> dict[str, float]:
    if name not in SCORERS or not scored:
        return {}
    return SCORERS[name](
        [
            OfficialAnswer(one.question, plain_text(one.row.counted_answer), one.row.texts)
            for one in scored
        ]
    )


def _seconds(scored: Sequence[ScoredAnswer]) -> dict[str, float]:
    if not scored:
        return {}
    taken = sorted(one.row.seconds for one in scored)
    p95 = taken[int(0.95 * (len(taken) - 1))]
    return {"median": stats.median(taken), "p95": p95, "total": sum(taken)}


class Check(NamedTuple):
    """A fault that an answer may have. reason: why it has it; None where it has not."""

    reason: Callable[[ScoredAnswer, Run], str | None]
    text: str


CHECKS = (
    Check(
        lambda one, run: next(iter(changed_fields(one.row.made_with, run.header)), None),
        "answered in another run (different {reason}): {questions}",
    ),
    Check(
        lambda one, run: one.row.error,
        "failed: {questions} ({reason}); the same command asks again",
    ),
    Check(
        lambda one, run: one.row.judgment.error,
        "not judged: {questions} ({reason}); the same command tries again",
    ),
    Check(
        lambda one, run: next(iter(one.row.lacking), None),
        "right article missing from the index: {questions} ({reason})",
    ),
)


def _faults(run: Run, scored: Sequence[ScoredAnswer], untrue: Sequence[str]) -> Iterator[str]:
    """The reasons to doubt the figures, the gravest first."""
    if untrue:
        count, some = counted(len(untrue), "answer"), ", ".join(untrue[:5])
        yield f"citations not word for word in their articles: {count} ({some})"
    for check in CHECKS:
        reasons = {one.question.id: check.reason(one, run) for one in scored}
        ids = list(filter(reasons.get, reasons))
        if ids:
            some = f"{len(ids)} questions, such as {ids[0]}" if ids[1:] else f"question {ids[0]}"
            yield check.text.format(questions=some, reason=reasons[ids[0]])
    unasked = len(run.questions) - len(run.rows)
    if unasked:
        total = counted(len(run.questions), "question")
        yield f"not asked yet: {unasked} of {total}; the same command continues"
    lost = sum(one.row.evidence.count(()) for one in scored)
    if lost:
        yield f"evidence not found in the articles named for it: {counted(lost, 'piece')}"
    if scored and all(one.score.refused for one in scored):
        yield "every question was refused"


def compare(this: ReportData, other: ReportData) -> Comparison:
    """Pair two runs question by question. Raises EvaluationError if they share no question."""
    theirs = {one.question.identity: one for one in other.scored}
    these = [one for one in this.scored if one.question.identity in theirs]
    if not these:
        raise EvaluationError(
            f"{other.run.folder} has no answer to a question of this run: name another one"
        )
    others = [theirs[one.question.identity] for one in these]
    graded = [(a, b) for a, b in zip(these, others, strict=True) if a.graded and b.graded]
    won = [a.question for a, b in graded if a.score.right > b.score.right]
    lost = [a.question for a, b in graded if a.score.right < b.score.right]
    return Comparison(
        other=other.run.header,
        untrue=other.untrue,
        n=len(these),
        differences=_differences(these, others),
        won=won,
        lost=lost,
        p=mcnemar_p(len(won), len(lost)),
        changed=changed_fields(this.run.header, other.run.header),
    )


def _differences(
    these: Sequence[ScoredAnswer], others: Sequence[ScoredAnswer]
) -> dict[str, Difference]:
    """The differences of the measures that both runs have."""
    differences = {}
    columns = zip(MEASURE_NAMES, _measure_table(these).T, _measure_table(others).T, strict=True)
    for name, one, other in columns:
        both = ~np.isnan(one - other)
        if both.any():
            differences[name] = difference(one[both], other[both])
    return differences
