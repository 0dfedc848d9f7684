"""An answer that was written as JSON and is read again."""

from __future__ import annotations

import json

import pytest

from assistant import Answer, Assistant
from assistant.answer.from_json import passage_from

from .conftest import SEEDS

QUESTIONS = [
    json.loads(line)["question"] for line in (SEEDS / "questions.jsonl").open(encoding="utf-8")
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_the_same_after_json(seeds: Assistant, question: str):
    answer = seeds.ask(question, as_of="2025-11-20")
    told = json.loads(json.dumps(answer.to_dict()))
    again = Answer.from_dict(told)

    assert json.loads(json.dumps(again.to_dict())) == told
    assert str(again) == str(answer)


def test_a_passage_is_the_same_after_json(seeds: Assistant):
    for passage in seeds.search("flood", k=5):
        assert passage_from(passage.to_dict()).to_dict() == passage.to_dict()


@pytest.mark.parametrize("told", [{}, {"question": "Who?"}])
def test_what_is_no_answer_says_so(told: dict[str, str]):
    with pytest.raises(ValueError, match="this is no answer's JSON"):
        Answer.from_dict(told)
