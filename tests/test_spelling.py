"""Typing mistakes in a question are read as the words of the articles that were meant, and it is said which."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.answer.parts import Status
from assistant.query.spelling import Respelled, respell


@pytest.mark.parametrize(
    ("question", "typed", "read"),
    [
        ("How much will the telesope cost?", "telesope", "telescope"),
        ("Who was bfeore the assembly of Varrowdael?", "Varrowdael", "Varrowdale"),
        ("Where did the River Brannnoch burst its banks?", "Brannnoch", "Brannoch"),
        ("What did the president of the Comission say?", "Comission", "Commission"),
    ],
)
def test_a_word_one_edit_away_from_one_of_the_articles_is_read_as_that(
    seeds: Assistant, question: str, typed: str, read: str
):
    text, changes = respell(question, seeds.index)

    assert Respelled(typed, read) in changes
    assert read in text.split() or read in text
    assert typed not in text


@pytest.mark.parametrize(
    "question",
    [
        "When is the telescope to be ready?",
        "What did the premier of Varrowdale say?",
        "Who wore a moustache?",  # English, and in no article
        "How was the farmer of Kettilsund hurt?",  # nothing like it
        "What does 1,4000 mean?",
        "Wer hat den Strandweg bezahlt?",
        "谁在二十国集团峰会上发言？",  # no spaces between words
        "",
    ],
)
def test_what_is_right_or_like_nothing_stays_as_it_is(seeds: Assistant, question: str):
    assert respell(question, seeds.index) == (question, ())


def test_it_is_said_how_a_word_was_read(seeds: Assistant):
    answer = seeds.ask("How many hairpin bends does the road to the telesope have?")

    assert answer.question == "How many hairpin bends does the road to the telesope have?"
    assert answer.status is Status.ANSWERED
    assert "“telesope” was read as “telescope”" in answer.notices


def test_a_name_that_was_typed_otherwise_may_be_somebody_elses(seeds: Assistant):
    right, wrong = (
        seeds.ask(f"Who is the premier of {name}?") for name in ("Varrowdale", "Varrowdael")
    )

    assert [c.quote for c in right.citations] == [c.quote for c in wrong.citations]
    assert wrong.status is Status.PARTIAL


def test_a_question_is_taken_as_it_stands_where_nothing_is_to_be_inferred(seeds: Assistant):
    answer = seeds.ask("How many hairpin bends does the road to the telesope have?", infer=False)

    assert not any("was read as" in notice for notice in answer.notices)
