"""What a run says: each measure with its interval, by type of question, the official scorer's, another run's."""

from __future__ import annotations

import itertools
import statistics as stats
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ..answer.parts import Status, Usage
from ..errors import EvaluationError
from .datasets.dataset import OfficialAnswer
from .datasets.reading import SCORERS
from .questions import Question
from .results import Comparison, Refusals, ReportData, Scored
from .runs import Row, Run
from .scoring import MEASURES, said, verdict
from .statistics import Difference, Mean, difference, mcnemar, mean
from .tables import report_lines

__all__ = ["Report", "check_shared", "check_view", "compare", "risk_coverage", "score_run"]

# Shares that have to be 1, and are a fault of the program if they are not.
HAS_TO_BE_ONE = "citation validity"


class Report(ReportData):
    """The figures of a run: see `ReportData`. Printed, it is the table that the command prints."""

    def __str__(self) -> str:
        return "\n".join(report_lines(self))


def score_run(run: Run, *, calibrate: str | None = None, official: str | None = None) -> Report:
    """Score a run. calibrate: the split on whose questions a threshold is chosen; the others are reported.

    official: the dataset whose own scorer is shown beside, by default that of the format. Raises EvaluationError as
    `check_view` does.
    """
    check_view(run.questions, calibrate, official)
    scorer = official or str(run.header.get("format", ""))
    rows = {row.id: row for row in run.rows}
    every = [
        _scored(question, rows[question.id]) for question in run.questions if question.id in rows
    ]
    answered = [each for each in every if not calibrate or each.question.split != calibrate]
    threshold = (
        _threshold([each for each in every if each.question.split == calibrate])
        if calibrate
        else None
    )
    untrue = [
        each.question.id for each in every if each.verdict.measures.get(HAS_TO_BE_ONE, 1.0) < 1
    ]
    scored = (
        [_refused_below(each, threshold) for each in answered]
        if threshold is not None
        else answered
    )
    return Report(
        run=run,
        scored=scored,
        measures=_means(scored),
        types=_by_type(scored),
        refusals=_refusals(scored, _curve(answered), threshold, calibrate or ""),
        official=_official(scorer, scored),
        scorer=scorer,
        usage=sum((each.row.answer.usage for each in scored if each.row.answer), Usage()),
        judging=sum((each.row.judged.usage for each in scored if each.row.judged), Usage()),
        seconds=_seconds(scored),
        faults=tuple(_faults(run, scored, untrue)),
        untrue=untrue,
    )


def check_view(
    questions: Sequence[Question], calibrate: str | None = None, official: str | None = None
) -> None:
    """Raise EvaluationError for a scorer that is not known, and for a split that no question is of, or all are."""
    if official and official not in SCORERS:
        raise EvaluationError(
            f"no scorer is known of {official!r}: known are those of {', '.join(SCORERS)}"
        )
    if calibrate and len({question.split == calibrate for question in questions}) < 2:
        raise EvaluationError(
            f"no question is of the split {calibrate!r}, or all are: a threshold has to be chosen on some"
        )
    told = [question for question in questions if question.split == calibrate]
    if calibrate and not any(question.answers or not question.answerable for question in told):
        raise EvaluationError(
            f"of no question of the split {calibrate!r} an answer is known: none can be chosen on it"
        )


def check_shared(questions: Sequence[Question], other: Run) -> None:
    """Raise EvaluationError for a run that asked none of these questions."""
    known = {(question.id, question.question) for question in other.questions}
    if known.isdisjoint((question.id, question.question) for question in questions):
        raise EvaluationError(
            f"{other.folder} shares no question with this run: name another one to compare with"
        )


def _scored(question: Question, row: Row) -> Scored:
    return Scored(question, row, verdict(question, row))


def _refused_below(each: Scored, threshold: float) -> Scored:
    """The same, refused if it is not as sure as that."""
    answer = each.row.answer
    if answer is None or each.verdict.confidence >= threshold:
        return each
    refused = replace(
        answer, status=Status.UNANSWERED, sentences=(), citations=(), disagreements=()
    )
    return _scored(each.question, replace(each.row, answer=refused, judged=None))


def _means(scored: Sequence[Scored]) -> dict[str, Mean]:
    found = {}
    for name in MEASURES:
        value = mean(
            [each.verdict.measures[name] for each in scored if name in each.verdict.measures]
        )
        if value:
            found[name] = value
    return found


def _by_type(scored: Sequence[Scored]) -> dict[str, dict[str, Mean]]:
    types = sorted({each.question.type for each in scored} - {""})
    return (
        {kind: _means([each for each in scored if each.question.type == kind]) for kind in types}
        if types[1:]
        else {}
    )


def _curve(scored: Sequence[Scored]) -> list[tuple[float, float]]:
    judged = [each for each in scored if "right" in each.verdict.measures]
    return risk_coverage([(each.verdict.confidence, _said_right(each)) for each in judged])


def _refusals(
    scored: Sequence[Scored],
    curve: Sequence[tuple[float, float]],
    threshold: float | None,
    chosen_on: str,
) -> Refusals:
    judged = [each for each in scored if "right" in each.verdict.measures]
    return Refusals(
        precision=mean(
            [float(not each.question.answerable) for each in judged if each.verdict.refused]
        ),
        recall=mean(
            [float(each.verdict.refused) for each in judged if not each.question.answerable]
        ),
        area=sum(risk for _, risk in curve) / len(curve) if curve else None,
        curve=curve,
        threshold=threshold,
        chosen_on=chosen_on,
    )


def _said_right(each: Scored) -> bool:
    """Whether what is said is right, if it is taken for an answer: of a question without one nothing is."""
    return each.question.answerable and each.verdict.right


def risk_coverage(answers: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """For each share of the answers, the surest first, that share and the share of wrong ones among them.

    The mean of the risks is the area under the curve (El-Yaniv and Wiener, 2010; Geifman, Uziel and El-Yaniv, 2019). Of
    equally sure answers each counts as wrong as all of them are, so that their order changes nothing.
    """
    by_confidence: dict[float, list[bool]] = {}
    for confidence, right in answers:
        by_confidence.setdefault(confidence, []).append(right)
    points, taken, wrong = [], 0, 0.0
    for confidence in sorted(by_confidence, reverse=True):
        same = by_confidence[confidence]
        share = same.count(False) / len(same)
        for _ in same:
            taken, wrong = taken + 1, wrong + share
            points.append((taken / len(answers), wrong / taken))
    return points


def _threshold(chosen: Sequence[Scored]) -> float | None:
    """The confidence from which on right answers exceed wrong ones by most; the lowest such.

    It lies halfway between those of two answers: what came just below the surer one is not yet known to be worse.
    """
    judged = [each for each in chosen if "right" in each.verdict.measures]
    if not judged:
        return None

    def gain(threshold: float) -> int:
        return sum(
            1 if _said_right(each) else -1
            for each in judged
            if each.verdict.confidence >= threshold
        )

    seen = sorted({each.verdict.confidence for each in judged})
    # Below all of them, between each two, and above all, where it is best to refuse everything.
    steps = [seen[0], *(sum(pair) / 2 for pair in itertools.pairwise(seen)), seen[-1] + 0.001]
    return max(steps, key=lambda threshold: (gain(threshold), -threshold))


def _official(name: str, scored: Sequence[Scored]) -> dict[str, float]:
    scorer = SCORERS.get(name)
    told = [OfficialAnswer(each.question, said(each.row.answer), each.row.texts) for each in scored]
    return scorer(told) if scorer and told else {}


def _seconds(scored: Sequence[Scored]) -> dict[str, float]:
    taken = sorted(each.row.seconds for each in scored)
    if not taken:
        return {}
    return {
        "median": stats.median(taken),
        "p95": taken[int(0.95 * (len(taken) - 1))],
        "total": sum(taken),
    }


def _faults(run: Run, scored: Sequence[Scored], untrue: Sequence[str]) -> Iterator[str]:
    """What makes the figures doubtful, the gravest first."""
    if untrue:
        some = ", ".join(untrue[:5])
        yield f"{len(untrue)} answers have a citation that is not what the article says there (questions {some})"
    others = [
        each
        for each in scored
        if any(run.header[name] != by for name, by in each.row.made_with.items())
    ]
    if others:
        yield f"{len(others)} answers are of another run: their hashes differ, such as that of {others[0].question.id}"
    failed = [each for each in scored if each.row.error is not None]
    if failed:
        first = failed[0]
        yield (
            f"{len(failed)} questions came to no answer (the same command asks them again), such as "
            f"{first.question.id}: {first.row.error}"
        )
    unjudged = [each for each in scored if each.row.judged and each.row.judged.error]
    if unjudged:
        first = unjudged[0]
        yield (
            f"{len(unjudged)} answers could not be judged (the same command tries again), such as "
            f"{first.question.id}: {first.row.judged.error if first.row.judged else ''}"
        )
    there = {row.id for row in run.rows}
    unasked = sum(question.id not in there for question in run.questions)
    if unasked:
        yield f"{unasked} of {len(run.questions)} questions were not asked yet: run it again to go on"
    lacking = [each for each in scored if each.row.lacking]
    if lacking:
        first = lacking[0]
        yield (
            f"{len(lacking)} questions have right articles that are not in the index, such as "
            f"{first.question.id}: {first.row.lacking[0]}"
        )
    lost = sum(len(each.question.pieces) - sum(map(bool, each.row.evidence)) for each in scored)
    if lost:
        yield f"{lost} pieces of evidence stand in none of the articles that are named for them"
    if scored and all(each.verdict.refused for each in scored):
        yield "every question was refused"


# Two runs


def compare(this: Report, other: Report) -> Comparison:
    """Pair two runs. Raises EvaluationError if they share no question."""
    others = {each.question.id: each for each in other.scored}
    pairs = [
        (each, others[each.question.id])
        for each in this.scored
        if each.question.id in others
        and others[each.question.id].question.question == each.question.question
    ]
    if not pairs:
        raise EvaluationError(
            f"{other.run.folder} has answered no question of this run: ask it first"
        )
    judged = [
        (a, b) for a, b in pairs if "right" in a.verdict.measures and "right" in b.verdict.measures
    ]
    _, _, p = mcnemar([a.verdict.right for a, _ in judged], [b.verdict.right for _, b in judged])
    return Comparison(
        other=other.run.header,
        untrue=other.untrue,
        n=len(pairs),
        differences={name: value for name in MEASURES if (value := _paired(name, pairs))},
        won=[a.question for a, b in judged if a.verdict.right and not b.verdict.right],
        lost=[a.question for a, b in judged if b.verdict.right and not a.verdict.right],
        p=p,
        changed=[
            name for name in this.run.header if this.run.header[name] != other.run.header.get(name)
        ],
    )


def _paired(name: str, pairs: Sequence[tuple[Scored, Scored]]) -> Difference | None:
    both = [(a, b) for a, b in pairs if name in a.verdict.measures and name in b.verdict.measures]
    get: Callable[[Scored], float] = lambda each: each.verdict.measures[name]  # noqa: E731
    return difference([get(a) for a, _ in both], [get(b) for _, b in both])
