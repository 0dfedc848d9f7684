"""Typing mistakes in a question are read as words of the articles, with a notice."""

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
def test_a_word_one_edit_away_is_read_as_that_of_the_articles(
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
def test_words_that_are_right_or_unlike_any_other_stay(seeds: Assistant, question: str):
    assert respell(question, seeds.index) == (question, ())


def test_a_notice_says_how_a_word_was_read(seeds: Assistant):
    answer = seeds.ask("How many hairpin bends does the road to the telesope have?")

    assert answer.question == "How many hairpin bends does the road to the telesope have?"
    assert answer.status is Status.ANSWERED
    assert "“telesope” was read as “telescope”" in answer.notices


def test_an_answer_with_a_respelled_name_is_partial(seeds: Assistant):
    right, wrong = (
        seeds.ask(f"Who is the premier of {name}?") for name in ("Varrowdale", "Varrowdael")
    )

    assert [c.quote for c in right.citations] == [c.quote for c in wrong.citations]
    assert wrong.status is Status.PARTIAL


def test_without_inference_no_word_is_respelled(seeds: Assistant):
    answer = seeds.ask("How many hairpin bends does the road to the telesope have?", infer=False)

    assert not any("was read as" in notice for notice in answer.notices)
