"""The guard: `python -m tests.quality` fails where the seeds' questions are answered worse than they were.

A measure is worse if even the upper end of its 95 % interval is below its floor in `tests/data/floor.json`; validity of
citations has to be 1. `--write` makes what was measured now the floor.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from assistant.evaluation import EvaluationOptions, evaluate
from assistant.evaluation.report import Report

from .helpers import ROOT

SEEDS = ROOT / "seeds"
FLOOR = ROOT / "tests" / "data" / "floor.json"
# Those that tell whether it got worse; the others follow from them.
WATCHED = (
    "right", "all answers", "first sentence", "hit@1", "hit@5", "MRR", "evidence@4", "evidence@10",
    "citation validity", "citation precision", "gold article", "gold quote",
)  # fmt: skip


def faults(made: Report, floor: dict[str, float]) -> list[str]:
    """What is worse than it was, a line each."""
    found = []
    for name, least in floor.items():
        value = made.measures.get(name)
        if value is None:
            found.append(f"{name} was {least:.3f} and is not measured any more")
        elif value.high < least or (name == "citation validity" and value.mean < 1):
            found.append(
                f"{name} was {least:.3f} and is {value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]"
            )
    return found


def measured() -> Report:
    """The seeds' questions, answered from the seeds' articles."""
    with tempfile.TemporaryDirectory() as folder:
        return evaluate(
            SEEDS / "questions.jsonl", EvaluationOptions(articles=SEEDS, out=Path(folder) / "run")
        )


def main() -> int:
    made = measured()
    if "--write" in sys.argv:
        floor = {name: round(made.measures[name].mean, 3) for name in WATCHED}
        FLOOR.write_text(json.dumps(floor, indent=2) + "\n", "utf-8")
    worse = faults(made, json.loads(FLOOR.read_text("utf-8")))
    print("\n".join(worse) or "the seeds' questions are answered no worse than they were")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
