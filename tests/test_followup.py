"""Follow-up questions without a model."""

from __future__ import annotations

import pytest

from assistant import Answer, Assistant
from assistant.answer.parts import Status, Timings, Usage
from assistant.query.followup import FollowUp, follow_up
from assistant.query.names import find_names


def after(question: str) -> Answer:
    """The answer to a question; with brackets, to one that was understood so."""
    carried = question if question.endswith(")") else None
    return Answer(
        question=question,
        standalone=carried,
        status=Status.ANSWERED,
        model="quotes",
        usage=Usage(),
        timings=Timings(0, 0),
    )


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("When did Velm sue The Guardian?", ["Velm", "The Guardian"]),
        ("The Guardian reported what?", ["Guardian"]),
        ("Who left the Bank of Velm for the U.S. Senate?", ["Bank of Velm", "U.S. Senate"]),
        ("Considering its cost, who uses GPT-4 in Tarn?", ["GPT-4", "Tarn"]),
        ("Who is Will Smith?", ["Will Smith"]),
        ("In the report, Which quarter was it?", []),
    ],
)
def test_names_are_found_without_the_words_that_open_a_question(question: str, names: list[str]):
    assert [name.group() for name in find_names(question)] == names


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        # What was named before goes along.
        (
            "What will the Hollin tunnel cost?",
            "And when does it open?",
            "And when does it open? (Hollin tunnel)",
        ),
        (
            "What will the Hollin tunnel cost?",
            "Who are its builders?",
            "Who are its builders? (Hollin tunnel)",
        ),
        (
            "How many lived in Orlow in 1950?",
            "And how many live there now?",
            "And how many live there now? (Orlow)",
        ),
        (
            "Where was Nell Garroway born?",
            "When did she leave?",
            "When did she leave? (Nell Garroway)",
        ),
        # Only a name changes.
        ("How many people died in Orlow?", "And in Velm?", "How many people died in Velm?"),
        ("How many people died in Orlow?", "What about Velm?", "How many people died in Velm?"),
        ("What did Garroway say about Orlow?", "And Frayle?", "What did Frayle say about Orlow?"),
        (
            "Who spoke for the European Bank in Velm?",
            "How about NATO?",
            "Who spoke for NATO in Velm?",
        ),
        (
            "According to the Harbour Courier, how many people in Tolleth left?",
            "And according to the Meridian Wire?",
            "According to the Meridian Wire, how many people in Tolleth left?",
        ),
        (
            "According to the Harbour Courier, how many people in Tolleth left?",
            "What about the Ledger?",
            "According to the Ledger, how many people in Tolleth left?",
        ),
        ("How many people died in Orlow?", "the same for Velm", "How many people died in Velm?"),
        (
            "What did Garroway say in Velm?",
            "What about the Harbour Courier?",
            "According to the Harbour Courier, what did Garroway say in Velm?",
        ),
        # Something is added.
        (
            "How many people died in Orlow?",
            "And in the second week?",
            "How many people died in Orlow in the second week?",
        ),
        # Nothing but a question word.
        ("How high did the river rise?", "And when?", "How high did the river rise, and when?"),
        ("How high did the river rise?", "Why?", "How high did the river rise, and Why?"),
        # Where nothing has a name, the words have to do.
        (
            "What pay rise did the crews accept?",
            "Who mediated?",
            "Who mediated? (pay, rise, crews, accept)",
        ),
        # What was carried into the last one is carried on.
        (
            "And when does it open? (Hollin tunnel)",
            "And what does it cost?",
            "And what does it cost? (Hollin tunnel)",
        ),
    ],
)
def test_a_follow_up_is_completed_from_the_question_before(
    seeds: Assistant, before: str, question: str, understood: str
):
    found = follow_up(question, after(before), seeds.index)

    assert found is not None
    assert found.text == understood


@pytest.mark.parametrize(
    "question",
    [
        "How wide is the mirror of the telescope?",
        "Who is the mayor of Velm?",
        "Did Frayle say that he would resign?",
        "How many people lost their homes in the fire?",
        "Is it true that the bridge is closed?",
        "Who won in Tolm and who was there?",
        "It was a landslide that buried the Ostmark line, how long was the track?",
        "What is it that Merz asked for?",
        "What does IT cost the Velm hospital?",
        "and",
        "more",
        "What does the bridge cost, and who pays for it?",
        "Which of the two reports is right about that bridge?",
        "According to the Harbour Courier, who is it that pays?",
        "But for the booster, how long does protection last?",
    ],
)
def test_a_complete_question_is_no_follow_up(seeds: Assistant, question: str):
    assert (
        follow_up(question, after("What did Garroway say about the Orlow fire?"), seeds.index)
        is None
    )


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("And what did Frayle say?", ("Frayle",)),
        ("What did the Harbour Courier say before that?", ("Harbour Courier",)),
        ("But in 2016 how many were there in Velm?", ("Velm", "2016")),
        ("And what is the capital of Peru?", ("Peru",)),
        ("And how many trains of the old company ran on time last winter?", ()),
        (
            "How much was the fine of the bank and what about the cost of Coll Mill and Velm Bridge?",
            (),
        ),
    ],
)
def test_a_follow_up_with_names_is_searched_as_it_stands(
    seeds: Assistant, question: str, names: tuple[str, ...]
):
    found = follow_up(question, after("What did Garroway say about the Orlow fire?"), seeds.index)

    assert found in (FollowUp(None, names), None)


def test_an_answer_without_the_new_name_is_partial(seeds: Assistant):
    before = seeds.ask("How much was the first damage of the flood in Varrowdale put at?")
    answer = seeds.ask("And in Ostrelle?", history=[before])

    assert answer.standalone == "How much was the first damage of the flood in Ostrelle put at?"
    assert answer.status is not Status.ANSWERED


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            "How many people were evacuated in the Varrowdale flood?",
            "And how many died?",
            "people died",
        ),
        ("What pay rise did the ferry crews accept?", "And from when?", "1 December"),
        ("How high did the river peak at Skarrow Bridge?", "And when?", "Wednesday evening"),
        (
            "According to the Valley Free Press, how many people were evacuated?",
            "What about the Meridian Wire?",
            "1,400 were evacuated",
        ),
        ("What will the Serrin telescope cost?", "Who is its chief engineer?", "J. R. Hale"),
    ],
)
def test_a_follow_up_is_answered(seeds: Assistant, first: str, second: str, expected: str):
    answer = seeds.ask(second, history=[seeds.ask(first)])

    assert expected in answer.text
    assert answer.question == second
    assert answer.standalone
    assert str(answer).startswith(f"(understood as: {answer.standalone[:20]}")


def test_the_articles_cited_last_are_preferred(seeds: Assistant):
    before = seeds.ask("What will the Serrin telescope cost?")
    answer = seeds.ask("And when does it open?", history=[before])

    assert answer.trace is not None
    (wish,) = (wish for wish in answer.trace.wishes if wish.kind == "article")
    assert set(wish.within.articles) == {citation.article.id for citation in before.citations}
    assert {citation.article.id for citation in answer.citations} <= set(wish.within.articles)
    assert not any("last answer" in notice for notice in answer.notices)


def test_a_complete_question_does_not_prefer_them(seeds: Assistant):
    before = seeds.ask("What will the Serrin telescope cost?")
    question = "How many people were evacuated in the Varrowdale flood?"

    alone, after = seeds.ask(question), seeds.ask(question, history=[before])

    assert after.standalone is None
    assert after.text == alone.text
