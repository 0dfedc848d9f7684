"""The figures of a run, and what changed against another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..answer.parts import Usage
from ..answer.serialize import as_json
from .datasets.reading import FORMATS
from .questions import Question
from .runs import Run
from .scoring import MEASURES, Group, Outcome, PrecisionJudge, ScoredAnswer
from .statistics import Difference, Mean

__all__ = ["Comparison", "Refusals", "ReportData"]


@dataclass(frozen=True)
class Refusals:
    """How well the program refuses what has no answer.

    precision: the share of the refused questions that have no answer. recall: the share of the
    questions without an answer that were refused. curve: pairs of coverage and risk, each 0 to 1.
    area: under this curve. threshold: the lowest confidence of an answer that counts, and chosen_on
    the split on which it was chosen.
    """

    precision: Mean | None
    recall: Mean | None
    area: float | None
    curve: Sequence[tuple[float, float]]
    threshold: float | None = None
    chosen_on: str | None = None


@dataclass(frozen=True)
class Comparison:
    """A run against another one, over the n questions that both asked.

    differences: this run's measures less the other's. won, lost: questions that only this run, only
    the other run answered right; p: the chance of so unequal a split without any difference.
    untrue: ids of questions for which the other run has an untrue citation. changed: the fields of
    the run's header that differ.
    """

    other: Mapping[str, Any]
    n: int
    differences: Mapping[str, Difference]
    untrue: Sequence[str]
    won: Sequence[Question]
    lost: Sequence[Question]
    p: float
    changed: Sequence[str]

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON."""
        return {
            "other": dict(self.other),
            "questions": self.n,
            "changed": list(self.changed),
            "differences": as_json(self.differences),
            "untrue": list(self.untrue),
            "won": [question.id for question in self.won],
            "lost": [question.id for question in self.lost],
            "p": self.p,
        }


@dataclass(frozen=True)
class ReportData:
    """The figures of a run.

    types: the measures by type of question. official: the figures of the official scorer of the
    dataset `scorer`. usage: of the answers; judging: of the judge. seconds: median, p95 and total.
    faults: a line for each reason to doubt the figures. untrue: ids of questions, reported or not,
    with a citation that its article does not have. skipped: articles that could not be read.
    """

    run: Run = field(repr=False)
    scored: Sequence[ScoredAnswer] = field(repr=False)
    measures: Mapping[str, Mean]
    types: Mapping[str, Mapping[str, Mean]]
    refusals: Refusals
    official: Mapping[str, float]
    scorer: str
    usage: Usage
    judging: Usage
    seconds: Mapping[str, float]
    faults: Sequence[str] = ()
    untrue: Sequence[str] = ()
    skipped: Sequence[str] = ()
    against: Comparison | None = None

    @property
    def groups(self) -> dict[Group, dict[str, Mean]]:
        """The measures by group, without the groups that have none."""
        groups = {}
        for group, names in MEASURES.items():
            found = {name: self.measures[name] for name in names if name in self.measures}
            if found:
                groups[group] = found
        return groups

    @property
    def outcomes(self) -> Counter[Outcome]:
        """The number of questions with each outcome."""
        return Counter(answer.outcome for answer in self.scored)

    @property
    def type_counts(self) -> Counter[str]:
        """The number of questions of each type."""
        return Counter(answer.question.type for answer in self.scored)

    @property
    def ungraded(self) -> int:
        """The number of answers on which the judge gave no clear verdict."""
        judgments = [answer.row.judged for answer in self.scored if answer.row.judged]
        return [judged.right for judged in judgments].count(None)

    @property
    def precision_by(self) -> dict[PrecisionJudge, int]:
        """The number of answers whose citation precision each of the judges has judged."""
        judges = (answer.score.precision_by for answer in self.scored)
        return dict(Counter(filter(None, judges)))

    @property
    def cost_per_right_answer(self) -> float | None:
        """Dollars; None where the cost is not known or nothing is right."""
        right = sum(answer.score.right for answer in self.scored)
        cost = self.usage.cost_usd
        return None if cost is None or not right else cost / right

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        official = None
        if self.official:
            flaws = FORMATS[self.scorer].flaws
            official = {"scorer": self.scorer, "scores": dict(self.official), "note": flaws}
        return {
            "run": dict(self.run.header),
            "questions": len(self.scored),
            "failed": self.outcomes[Outcome.FAILED],
            "ungraded": self.ungraded,
            "measures": as_json(self.measures),
            "citation_precision_by": self.precision_by,
            "types": as_json(self.types),
            "refusals": as_json(self.refusals),
            "official": official,
            "usage": as_json(self.usage),
            "judging": as_json(self.judging),
            "cost_per_right_answer": self.cost_per_right_answer,
            "seconds": dict(self.seconds),
            "faults": list(self.faults),
            "vs": as_json(self.against),
        }

    def verdicts(self) -> Iterator[dict[str, Any]]:
        """The score of each answer as JSON."""
        for answer in self.scored:
            score = answer.score
            yield {
                "id": answer.question.id,
                "right": score.right,
                "refused": score.refused,
                "confidence": round(score.confidence, 6),
                "citation_precision_by": score.precision_by,
                "measures": {name: round(value, 6) for name, value in score.measures.items()},
            }
