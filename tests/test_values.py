"""Values as answers: the kinds that questions ask for, the values of sentences, statements."""

from __future__ import annotations

import pytest

from assistant.conflicts.statements import make_statements
from assistant.conflicts.values import Value, ValueKind, read_asked_value, read_values

from .helpers import article

AMOUNTS = {ValueKind.MONEY, ValueKind.SHARE, ValueKind.MEASURE, ValueKind.COUNT}
REPORT = article("", published="2025-03-05").without_text()


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("How many people died in the flood?", {ValueKind.COUNT, ValueKind.ORDINAL}),
        ("How many metres high is the tower?", {ValueKind.MEASURE}),
        ("When did the tunnel open?", {ValueKind.DATE}),
        ("In which year did it open?", {ValueKind.DATE}),
        ("How old is the mayor?", {ValueKind.AGE}),
        ("What is the unemployment rate?", {ValueKind.SHARE}),
        ("How much did the bridge cost?", {ValueKind.MONEY}),
        ("How much did Dunmore pay for Ilves?", {ValueKind.MONEY}),
        ("What was the price of the bridge?", {ValueKind.MONEY}),
        ("How large is the field?", {ValueKind.MEASURE}),
        ("What is the height of the tower?", {ValueKind.MEASURE}),
        ("How big an increase was it?", AMOUNTS),
        ("What was the magnitude of the earthquake?", AMOUNTS),
        ("Who won the race?", {ValueKind.NAME}),
        ("Who was elected mayor?", {ValueKind.NAME}),
    ],
)
def test_a_question_asks_for_kinds_of_value(question: str, kinds: set[ValueKind]):
    asked = read_asked_value(question)
    assert asked
    assert asked.kinds == kinds


@pytest.mark.parametrize(
    "question", ["Why did the bridge close?", "Who is the mayor?", "What did the mayor say?"]
)
def test_a_question_with_several_right_answers_asks_for_no_value(question: str):
    assert read_asked_value(question) is None


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("It cost £2.4 million.", ("£2.4 million", ValueKind.MONEY, "£", 2.4e6)),
        ("It cost 48 million crowns.", ("48 million crowns", ValueKind.MONEY, "crown", 48e6)),
        ("It is 0.3 km long.", ("0.3 km", ValueKind.MEASURE, "length", 300)),
        ("It ran for two decades.", ("two decades", ValueKind.MEASURE, "time", 20 * 31_557_600)),
        ("They ran 5 metres an hour.", ("5 metres", ValueKind.MEASURE, "length per hour", 5)),
        ("Turnout was 41 per cent.", ("41 per cent", ValueKind.SHARE, "", 41)),
        ("A 71-year-old drove it.", ("71-year-old", ValueKind.AGE, "", 71)),
        ("Eleven miners were hurt.", ("Eleven miners", ValueKind.COUNT, "", 11)),
        ("A fifth victim was found.", ("fifth victim", ValueKind.ORDINAL, "", 5)),
    ],
)
def test_an_amount_has_a_kind_and_a_unit(
    sentence: str, expected: tuple[str, ValueKind, str, float]
):
    (value,) = read_values(sentence, REPORT)
    assert (value.text, value.kind, value.unit) == expected[:3]
    assert value.amount == pytest.approx(expected[3])


def read_one(sentence: str) -> Value:
    (value,) = read_values(sentence, REPORT)
    return value


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("It is 311 metres high.", "It is 1,020 feet high.", True),
        ("It is 311 metres high.", "It is 318 metres high.", False),
        ("It is about 300 metres high.", "It is 318 metres high.", True),
        ("It opened on Monday.", "It opened on 3 March.", True),
        ("It opened in March.", "It opened on 3 March 2025.", True),
        ("It opened in March.", "It opened on 3 April.", False),
        ("It cost £6.", "It cost €6.", False),
        ("Two people died.", "A second victim has died.", True),
    ],
)
def test_values_are_the_same_as_exactly_as_they_are_given(one: str, other: str, same: bool):
    assert read_one(one).agrees_with(read_one(other)) is same


def test_a_value_may_be_given_as_an_earlier_one_or_denied():
    values = read_values("It cost £9 instead of £6.", REPORT)
    assert [value.former for value in values] == [False, True]


def test_hours_and_weekdays_of_undated_articles_are_no_values():
    assert read_values("It opens at 4 p.m. and at 16:30.", REPORT) == []
    assert read_values("It opened on Monday.", article("").without_text()) == []


@pytest.mark.parametrize(
    ("question", "answer", "statements"),
    [
        (
            "When will the Hollin tunnel open to traffic?",
            "June 2026",
            ["The Hollin tunnel will open in June 2026 to traffic."],
        ),
        (
            "On what day was the treaty signed?",
            "4 October",
            ["The treaty was signed on 4 October."],
        ),
        (
            "How many people died in the flood?",
            "Eleven miners",
            ["Eleven people died in the flood."],
        ),
        ("How many people were hurt?", "fifth", ["5 people were hurt."]),
        (
            "How many jobs Brask Steel will cut?",
            "1,200 jobs",
            ["Brask Steel will cut 1,200 jobs."],
        ),
        (
            "How tall is the tower?",
            "311 metres",
            ["The tower is 311 metres tall.", "The tower: 311 metres tall."],
        ),
        ("And when does it open? (Hollin tunnel)", "May", ["It open in May (Hollin tunnel)."]),
        ("Who won the race?", "Lena Strand", ["Lena Strand won the race."]),
        ("When is  ?", "May", []),
        ("The race?", "Lena Strand", []),
    ],
)
def test_a_question_and_its_answer_make_statements(
    question: str, answer: str, statements: list[str]
):
    assert list(make_statements(question, answer)) == statements
