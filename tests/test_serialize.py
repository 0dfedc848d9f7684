"""The JSON of an answer: written, read again, refused where it is damaged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from assistant import Answer, Assistant
from assistant.answer.serialize import from_json
from index.articles import Passage

from .conftest import ROOT, SEEDS

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
        data = {"id": passage.id, **passage.to_dict()}
        assert replace(from_json(Passage, data), score=passage.score) == passage


def test_the_members_keep_their_order(seeds: Assistant):
    told = seeds.ask("Who leads the inquiry into the flood?").to_dict()
    example = json.loads(
        (ROOT / "docs/json.md").read_text("utf-8").split("```json\n")[1].split("```")[0]
    )

    def names(value: object) -> object:
        if isinstance(value, dict):
            return [(name, names(member)) for name, member in value.items()]
        return names(value[0]) if isinstance(value, list) and value else None

    for part in ("sentences", "citations"):
        assert names(told[part]) == names(example[part])
    assert list(told) == list(example)
    assert list(told["trace"]) == list(example["trace"])


def damaged(seeds: Assistant, **members: object) -> dict[str, object]:
    return {**seeds.ask("Who leads the inquiry into the flood?").to_dict(), **members}


@pytest.mark.parametrize(
    "members",
    [
        {"status": "perhaps"},
        {"sentences": [{"text": "It opened."}]},
        {"citations": None},
        {"trace": {"query": "Who?"}},
        {"usage": []},
    ],
)
def test_damaged_json_is_refused_in_one_line(seeds: Assistant, members: dict[str, object]):
    with pytest.raises(ValueError, match="this is not the JSON of an answer") as error:
        Answer.from_dict(damaged(seeds, **members))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("told", [{}, {"question": "Who?"}])
def test_what_is_no_answer_says_so(told: dict[str, str]):
    with pytest.raises(ValueError, match="this is not the JSON of an answer"):
        Answer.from_dict(told)
