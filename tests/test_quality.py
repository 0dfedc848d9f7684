"""The guard of `make check-quality`: what it lets through, and what it stops."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.evaluation import EvaluationOptions, evaluate
from assistant.evaluation.report import Report
from assistant.evaluation.statistics import Mean

from .quality import FLOOR, SEEDS, WATCHED, faults


@pytest.fixture(scope="module")
def made(seeds_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return evaluate(
        SEEDS / "questions.jsonl",
        EvaluationOptions(index=seeds_folder, out=tmp_path_factory.mktemp("run") / "run", sample=8),
    )


def test_what_is_watched_has_a_floor():
    assert tuple(json.loads(FLOOR.read_text("utf-8"))) == WATCHED


def test_a_fall_below_the_interval_is_stopped_and_named(made: Report):
    floor = {
        "right": made.measures["right"].high + 0.01,
        "MRR": made.measures["MRR"].high - 0.01,
        "vision": 0.5,
    }

    assert [line.split(" was ")[0] for line in faults(made, floor)] == ["right", "vision"]


def test_one_untrue_citation_is_enough(made: Report):
    untrue = replace(
        made, measures={**made.measures, "citation validity": Mean(0.99, 0.97, 1.0, 40)}
    )

    assert faults(untrue, {"citation validity": 1.0}) == [
        "citation validity was 1.000 and is 0.990 [0.970, 1.000]"
    ]
