"""What a report holds: the figures of a run, and what changed against another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..answer.parts import Usage
from .datasets.reading import FORMATS
from .questions import Question
from .runs import Row, Run
from .scoring import Verdict
from .statistics import Difference, Mean

__all__ = ["Comparison", "Refusals", "ReportData", "Scored"]


@dataclass(frozen=True)
class Scored:
    """A question with what came of it and what that is worth."""

    question: Question
    row: Row
    verdict: Verdict


@dataclass(frozen=True)
class Refusals:
    """Refused answers. precision: the share that has no answer; recall: of those without one, the share refused.

    area: under the risk-coverage curve. threshold: the confidence from which on answers count, where one was chosen.
    """

    precision: Mean | None
    recall: Mean | None
    area: float | None
    curve: Sequence[tuple[float, float]]
    threshold: float | None = None
    chosen_on: str = ""


@dataclass(frozen=True)
class ReportData:
    """The figures of a run. types: the same by type of question. faults: what is wrong with the run itself.

    official: what the scorer of the dataset `scorer` says. usage: what the answers took; judging: what the judge did.
    untrue: questions, be they reported or not, with a citation that is not true. skipped: what of the
    articles could not be read, when they were indexed for this. against: what changed against another
    run.
    """

    run: Run = field(repr=False)
    scored: Sequence[Scored] = field(repr=False)
    measures: Mapping[str, Mean]
    types: Mapping[str, Mapping[str, Mean]]
    refusals: Refusals
    official: Mapping[str, float]
    scorer: str
    usage: Usage
    judging: Usage
    seconds: Mapping[str, float]
    faults: Sequence[str] = field(default_factory=tuple)
    untrue: Sequence[str] = ()
    skipped: Sequence[str] = ()
    against: Comparison | None = None

    @property
    def ungraded(self) -> int:
        """How many answers a judge said nothing clear of."""
        return sum(
            each.row.judged is not None and each.row.judged.right is None for each in self.scored
        )

    @property
    def precision_by(self) -> dict[str, int]:
        """Of how many answers citation precision was judged by what."""
        return dict(
            Counter(each.verdict.precision_by for each in self.scored if each.verdict.precision_by)
        )

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        right = sum(each.verdict.right for each in self.scored)
        cost = self.usage.cost_usd
        return {
            "run": dict(self.run.header),
            "questions": len(self.scored),
            "failed": sum(each.row.error is not None for each in self.scored),
            "ungraded": self.ungraded,
            "measures": {name: value.to_dict() for name, value in self.measures.items()},
            "citation_precision_by": self.precision_by,
            "types": {
                k: {name: value.to_dict() for name, value in v.items()}
                for k, v in self.types.items()
            },
            "refusals": {
                "precision": self.refusals.precision.to_dict() if self.refusals.precision else None,
                "recall": self.refusals.recall.to_dict() if self.refusals.recall else None,
                "area": self.refusals.area,
                "curve": [list(point) for point in self.refusals.curve],
                "threshold": self.refusals.threshold,
                "chosen_on": self.refusals.chosen_on or None,
            },
            "official": {
                "scorer": self.scorer,
                "scores": dict(self.official),
                "note": FORMATS[self.scorer].flaws,
            }
            if self.official
            else None,
            "usage": vars(self.usage),
            "judging": vars(self.judging),
            "cost_per_right_answer": cost / right if right and cost is not None else None,
            "seconds": dict(self.seconds),
            "faults": list(self.faults),
            "vs": self.against.to_dict() if self.against else None,
        }

    def verdicts(self) -> Iterator[dict[str, Any]]:
        """What each answer is worth, as JSON."""
        for each in self.scored:
            yield {
                "id": each.question.id,
                "right": each.verdict.right,
                "refused": each.verdict.refused,
                "confidence": round(each.verdict.confidence, 6),
                "citation_precision_by": each.verdict.precision_by or None,
                "measures": {
                    name: round(value, 6) for name, value in each.verdict.measures.items()
                },
            }


@dataclass(frozen=True)
class Comparison:
    """A run against another, question by question, over those that both asked.

    differences: this run's measures less the other's. won, lost: questions that only this, only the other had right.
    untrue: questions of the other with a citation that is not true.
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
            "differences": {name: value.to_dict() for name, value in self.differences.items()},
            "untrue": list(self.untrue),
            "won": [question.id for question in self.won],
            "lost": [question.id for question in self.lost],
            "p": self.p,
        }
