"""A second look: what of a model's verdicts counts, and what it changes in an answer."""

from __future__ import annotations

import pytest

from assistant.answering.citing import Doubtful
from assistant.answering.second_look import lifts_written, prompt_for
from assistant.verify.evidence import lines_of

from .helpers import article

GULL = article(
    "The harbour reopened on Monday. The repairs were paid for by the county.",
    title="Harbour",
    source="The Gull",
)
FIRST, SECOND = lines_of(1, GULL.without_text(), "The Gull: Harbour", GULL.text)
YES = '{"sentence": 1, "verdict": "supported", "quote": 1}'
NO = '{"sentence": 1, "verdict": "not supported", "quote": null}'
DOUBTFUL = [
    Doubtful(0, "The county met the bill.", ((SECOND,), (FIRST,))),
    Doubtful(2, "Boats are back.", ((FIRST,),)),
]


def lifted(reply: str) -> list[tuple[str, str]]:
    return [(lift.doubtful.claim, lift.window[0].text) for lift in lifts_written(reply, DOUBTFUL)]


def test_the_prompt_shows_each_sentence_with_its_nearest_quotes():
    prompt = prompt_for(DOUBTFUL)
    assert (
        "Sentence 1: The county met the bill.\n> Quote 1 (The Gull: Harbour): The repairs were paid"
        in prompt
    )
    assert (
        "Sentence 2: Boats are back.\n> Quote 1 (The Gull: Harbour): The harbour reopened on Monday."
        in prompt
    )


def test_a_sentence_that_a_quote_is_said_to_support_is_lifted_onto_it():
    reply = f"{YES}\n{NO.replace('1', '2')}"
    assert lifted(reply) == [("The county met the bill.", SECOND.text)]


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "Sentence 1 is supported by quote 1.",
        '{"sentence": 1, "verdict": "supported", "quote": 3}',
        '{"sentence": 1, "verdict": "supported", "quote": 0}',
        '{"sentence": 1, "verdict": "supported", "quote": "1"}',
        '{"sentence": 1, "verdict": "supported", "quote": true}',
        '{"sentence": true, "verdict": "supported", "quote": 1}',
        '{"sentence": 1, "verdict": "supported"}',
        '{"sentence": 1, "verdict": "yes", "quote": 1}',
        '{"sentence": 9, "verdict": "supported", "quote": 1}',
        f"{YES}\n{NO}",
        "[" * 10_000,
        "null",
    ],
)
def test_what_is_no_clear_verdict_counts_for_nothing(reply: str):
    assert lifted(reply) == []
