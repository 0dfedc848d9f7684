"""A report's verdict in plain sentences, computed from its outcomes and measures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from enum import Enum

from ..answer.text import counted
from .results import Comparison, ReportData
from .scoring import Outcome
from .statistics import Mean

__all__ = ["verdict_sentences"]

# An interval wider than this share deserves more questions, enough for one that is 0.10 wide.
WIDE_SHARE = 0.15

ANSWERABLE = {
    Outcome.RIGHT: "answered in full",
    Outcome.INCOMPLETE: "answered in part",
    Outcome.WRONG: "answered wrongly",
    Outcome.REFUSED: "refused",
}
UNANSWERABLE = {Outcome.RIGHTLY_REFUSED: "refused", Outcome.NOT_REFUSED: "answered all the same"}


class Change(Enum):
    """A run beside the one that it is compared with."""

    BETTER = "This run is better than the other one"
    WORSE = "This run is worse than the other one"
    UNDECIDED = "The questions do not show that this run is better or worse than the other one"


def verdict_sentences(report: ReportData) -> Iterator[str]:
    """How many questions are right, found, cited and refused, and how sure the figures are."""
    if not report.scored:
        yield "No question was asked."
        return
    right = report.measures.get("right")
    if right:
        count = sum(answer.score.right for answer in report.scored)
        share = f"{right.mean:.0%} ({_interval_text(right)})"
        yield f"{count} of {counted(right.n, 'question')} came out right, or {share}."
    yield from _outcomes(report)
    if "hit@1" in report.measures:
        found, found_early = report.measures["hit@1"], report.measures["hit@5"]
        yield (
            f"The first article found is a right one for {found.mean:.0%} of the questions, "
            f"one of the first five for {found_early.mean:.0%}."
        )
    yield from _citations(report)
    if right and right.high - right.low > WIDE_SHARE:
        enough = right.n * ((right.high - right.low) / 0.10) ** 2
        yield (
            f"The interval of right answers is wide: about {_round_up(enough)} questions would "
            "narrow it to 10 points."
        )
    if report.against:
        yield _change_sentence(report.against)


def _outcomes(report: ReportData) -> Iterator[str]:
    outcomes = report.outcomes
    for which, names in (("answer", ANSWERABLE), ("do not answer", UNANSWERABLE)):
        counts = {name: outcomes[one] for one, name in names.items() if outcomes[one]}
        if counts:
            total = counted(sum(counts.values()), "question")
            (first, number), *rest = counts.items()
            verb = "was" if number == 1 else "were"
            parts = [f"{number} {verb} {first}", *(f"{count} {name}" for name, count in rest)]
            yield f"Of the {total} that the articles {which}, {_enumerated(parts)}."
    if outcomes[Outcome.FAILED]:
        yield f"{counted(outcomes[Outcome.FAILED], 'question')} failed, which counts as wrong."
    if outcomes[Outcome.UNGRADED]:
        count = counted(outcomes[Outcome.UNGRADED], "question")
        yield f"{count} could not be graded: no right answer is known."


def _enumerated(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _citations(report: ReportData) -> Iterator[str]:
    citations = sum(len(answer.row.counted_answer.citations) for answer in report.scored)
    valid = sum(len(answer.row.valid) for answer in report.scored)
    if not citations:
        yield "Nothing was cited."
        return
    fault = "" if valid == citations else "; the others are a fault of the program"
    count = f"{valid} of {counted(citations, 'citation')}"
    yield f"The articles have {count} word for word{fault}."
    precision = report.measures.get("citation precision")
    if precision:
        share = f"{precision.mean:.0%} of its sentences ({_interval_text(precision)})"
        yield f"On average, the quotes of an answer prove {share}."


def _interval_text(value: Mean) -> str:
    return f"95% interval: {value.low:.0%} to {value.high:.0%}"


def _change_sentence(against: Comparison) -> str:
    change = Change.UNDECIDED
    won, lost = len(against.won), len(against.lost)
    if against.p < 0.05:
        change = Change.BETTER if won > lost else Change.WORSE
    return f"{change.value}: it won {counted(won, 'question')} and lost {lost} (p {against.p:.3f})."


def _round_up(number: float) -> int:
    """The number with two significant digits."""
    whole = round(number)
    step = int("1".ljust(len(str(whole)) - 1, "0"))
    return math.ceil(whole / step) * step
