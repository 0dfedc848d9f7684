"""Make a report of a run: measures with intervals, refusals, and a comparison with a run."""

from __future__ import annotations

import itertools
import statistics as stats
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..answer.parts import Status, Usage
from ..answer.text import counted
from ..errors import EvaluationError
from .datasets.dataset import OfficialAnswer
from .datasets.reading import SCORERS
from .questions import Question
from .results import Comparison, Refusals, ReportData
from .runs import Run
from .scoring import MEASURE_NAMES, MEASURES, Group, ScoredAnswer, plain_text, score_answer
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
    scored, threshold = every, None
    if calibrate:
        threshold = _threshold([one for one in every if one.question.split == calibrate])
        scored = [one for one in every if one.question.split != calibrate]
    # The curve is over all thresholds, so it is that of the answers before one is applied.
    curve = _curve(scored)
    if threshold is not None:
        scored = [_refuse_below(one, threshold) for one in scored]
    scorer = official or str(run.header.get("format", ""))
    untrue = [one.question.id for one in every if one.has_untrue_citation]
    return Report(
        run=run,
        scored=scored,
        measures=_means(scored),
        types=_means_by_type(scored),
        refusals=_refusals(scored, curve, threshold, calibrate),
        official=_official_scores(scorer, scored),
        scorer=scorer,
        usage=sum((one.row.usage for one in scored), Usage()),
        judging=sum((one.row.judge_usage for one in scored), Usage()),
        seconds=_seconds(scored),
        faults=tuple(_faults(run, scored, untrue)),
        untrue=untrue,
    )


def _scored_answers(run: Run) -> list[ScoredAnswer]:
    """The questions that were asked, in their order."""
    rows = {row.id: row for row in run.rows}
    scored = []
    for question in run.questions:
        row = rows.get(question.id)
        if row:
            scored.append(ScoredAnswer(question, row, score_answer(question, row)))
    return scored


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
    if not chosen or len(chosen) == len(questions):
        which = "every" if chosen else "no"
        raise EvaluationError(
            f"{which} question is in the split {calibrate!r}: a threshold is chosen on a part of "
            "the questions, and the others are reported"
        )
    if not any(question.answers or not question.answerable for question in chosen):
        raise EvaluationError(
            f"no question in the split {calibrate!r} has a known answer: name another split"
        )


def check_shared(questions: Sequence[Question], other: Run) -> None:
    """Raise EvaluationError for a run that asked none of these questions."""
    known = {(question.id, question.question) for question in other.questions}
    if known.isdisjoint((question.id, question.question) for question in questions):
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
    row = replace(scored.row, answer=refused, judged=None)
    return ScoredAnswer(scored.question, row, score_answer(scored.question, row))


def _values(name: str, scored: Sequence[ScoredAnswer]) -> list[float]:
    return [one.score.measures[name] for one in scored if name in one.score.measures]


def _means(scored: Sequence[ScoredAnswer]) -> dict[str, Mean]:
    means = {name: mean(_values(name, scored)) for name in MEASURE_NAMES}
    return {name: value for name, value in means.items() if value}


def _means_by_type(scored: Sequence[ScoredAnswer]) -> dict[str, dict[str, Mean]]:
    """Empty where there are not two types."""
    types = sorted({one.question.type for one in scored} - {""})
    if len(types) < 2:
        return {}
    by_type = {}
    for type in types:
        means = _means([one for one in scored if one.question.type == type])
        # Whether a refusal is right is what the type says.
        by_type[type] = {k: v for k, v in means.items() if k not in MEASURES[Group.REFUSING]}
    return by_type


def _graded(scored: Sequence[ScoredAnswer]) -> list[ScoredAnswer]:
    return [one for one in scored if one.graded]


def _curve(scored: Sequence[ScoredAnswer]) -> list[tuple[float, float]]:
    return risk_coverage([(one.score.confidence, one.is_right_answer) for one in _graded(scored)])


def _refusals(
    scored: Sequence[ScoredAnswer],
    curve: Sequence[tuple[float, float]],
    threshold: float | None,
    chosen_on: str | None,
) -> Refusals:
    return Refusals(
        precision=mean(_values("refusal precision", scored)),
        recall=mean(_values("refusal recall", scored)),
        area=stats.fmean(risk for _, risk in curve) if curve else None,
        curve=curve,
        threshold=threshold,
        chosen_on=chosen_on or None,
    )


def _threshold(scored: Sequence[ScoredAnswer]) -> float | None:
    """The lowest confidence from which on right answers exceed wrong ones by most.

    It is halfway between two answers: nothing is known of what would come between them.
    """
    graded = _graded(scored)
    if not graded:
        return None

    def gain(threshold: float) -> int:
        kept = [one.is_right_answer for one in graded if one.score.confidence >= threshold]
        return kept.count(True) - kept.count(False)

    seen = sorted({one.score.confidence for one in graded})
    # Below all answers, between each two, and above all, where it is best to refuse everything.
    steps = [seen[0], *(sum(pair) / 2 for pair in itertools.pairwise(seen)), seen[-1] + 0.001]
    return max(steps, key=lambda threshold: (gain(threshold), -threshold))


def _official_scores(name: str, scored: Sequence[ScoredAnswer]) -> dict[str, float]:
    if name not in SCORERS or not scored:
        return {}
    return SCORERS[name](
        [OfficialAnswer(one.question, plain_text(one.row.answer), one.row.texts) for one in scored]
    )


def _seconds(scored: Sequence[ScoredAnswer]) -> dict[str, float]:
    taken = sorted(one.row.seconds for one in scored)
    if not taken:
        return {}
    p95 = taken[int(0.95 * (len(taken) - 1))]
    return {"median": stats.median(taken), "p95": p95, "total": sum(taken)}


class Check(NamedTuple):
    """A fault that an answer may have. reason: why it has it; None where it has not."""

    reason: Callable[[ScoredAnswer, Run], str | None]
    text: str


CHECKS = (
    Check(
        lambda one, run: _foreign_field(one.row.made_with, run.header),
        "answered in another run (different {reason}): {questions}",
    ),
    Check(
        lambda one, run: one.row.error,
        "failed: {questions} ({reason}); the same command asks again",
    ),
    Check(
        lambda one, run: one.row.judge_error,
        "not judged: {questions} ({reason}); the same command tries again",
    ),
    Check(
        lambda one, run: next(iter(one.row.lacking), None),
        "right article missing from the index: {questions} ({reason})",
    ),
)


def _foreign_field(made_with: Mapping[str, str], header: Mapping[str, Any]) -> str | None:
    return next((name for name, value in made_with.items() if header[name] != value), None)


def _faults(run: Run, scored: Sequence[ScoredAnswer], untrue: Sequence[str]) -> Iterator[str]:
    """The reasons to doubt the figures, the gravest first."""
    if untrue:
        count, some = counted(len(untrue), "answer"), ", ".join(untrue[:5])
        yield f"citations not word for word in their articles: {count} ({some})"
    for check in CHECKS:
        reasons = {one.question.id: check.reason(one, run) for one in scored}
        ids = [id for id, reason in reasons.items() if reason]
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
    pairs = _pairs(this, other)
    if not pairs:
        raise EvaluationError(
            f"{other.run.folder} has no answer to a question of this run: name another one"
        )
    graded = [(a, b) for a, b in pairs if a.graded and b.graded]
    won = [a.question for a, b in graded if a.score.right and not b.score.right]
    lost = [a.question for a, b in graded if b.score.right and not a.score.right]
    differences = {name: _difference(name, pairs) for name in MEASURE_NAMES}
    header = this.run.header
    return Comparison(
        other=other.run.header,
        untrue=other.untrue,
        n=len(pairs),
        differences={name: value for name, value in differences.items() if value},
        won=won,
        lost=lost,
        p=mcnemar_p(len(won), len(lost)),
        changed=[name for name in header if header[name] != other.run.header.get(name)],
    )


def _pairs(this: ReportData, other: ReportData) -> list[tuple[ScoredAnswer, ScoredAnswer]]:
    """The answers of both runs to the same questions."""
    answers = {(one.question.id, one.question.question): one for one in other.scored}
    pairs = []
    for one in this.scored:
        match = answers.get((one.question.id, one.question.question))
        if match:
            pairs.append((one, match))
    return pairs


def _difference(name: str, pairs: Sequence[tuple[ScoredAnswer, ScoredAnswer]]) -> Difference | None:
    both = [pair for pair in pairs if len(_values(name, pair)) == 2]
    return difference(_values(name, [a for a, _ in both]), _values(name, [b for _, b in both]))
