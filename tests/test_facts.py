"""What is read from a sentence so that it can be compared: numbers, dates and the base of words."""

from __future__ import annotations

import datetime

import pytest

from assistant.dating import has_date
from assistant.facts import base, read


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("half of the boats", [(50, "%")]),
        ("more than one in five boats", [(20, "%")]),
        ("fell by a quarter.", [(25, "%")]),
        ("three quarters of it", [(75, "%")]),
        ("a third strike", [(3, "th")]),
        ("the second half", [(2, "th")]),
        ("half-term bookings", []),
        ("half a million people", [(500_000, "")]),
        ("for two decades", [(20, "")]),
        ("for a century", [(100, "")]),
        ("a 71-year-old man", [(71, "age")]),
        ("Ada Lund, 71, a teacher", [(71, "age")]),
        ("Ada Lund (71)", [(71, "age")]),
        ("pages 3, 71, 72", [(3, ""), (71, ""), (72, "")]),
        ("18 1/2 feet", [(18.5, "")]),
        ("5½ minutes", [(5.5, "")]),
        ("five and a half minutes", [(5.5, "")]),
        ("up to 50°C", [(50, "C")]),
        ("5,000 degrees Fahrenheit", [(5000, "F")]),
        ("a trio of boats", [(3, "")]),
    ],
)
def test_numbers_have_a_value_and_a_unit_in_any_form(text: str, numbers: list[tuple[float, str]]):
    assert [(number.value, number.unit) for number in read(text).numbers] == numbers


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("from Sept. 28 to Oct. 6", [(9, 28), (10, 6)]),
        ("on 17 and 18 October", [(10, 17), (10, 18)]),
        ("In December the ferry stopped.", [(12, None)]),
        ("They may come.", []),
    ],
)
def test_dates_are_read_in_any_form(text: str, dates: list[tuple[int, int | None]]):
    assert sorted((date.month, date.day) for date in read(text).dates) == dates


def test_a_season_names_two_years():
    assert {date.year for date in read("in the 2018–19 season").dates} == {2018, 2019}


@pytest.mark.parametrize(
    ("claimed", "line"),
    [
        ("in March 2019", "all mail before March of this year was lost"),
        ("in May 2018", "when he came last May"),
        ("in January 2019", "she won it in January"),
        ("on 5 June 2019", "they met on Wednesday"),
    ],
)
def test_a_date_is_completed_by_the_day_of_the_article(claimed: str, line: str):
    [date] = read(claimed).dates
    assert has_date(date, line, datetime.date(2019, 6, 7))


@pytest.mark.parametrize("form", ["rise", "rose", "risen", "rising"])
def test_forms_of_one_verb_have_one_base(form: str):
    assert base(form) == base("rise")


def test_a_name_is_no_verb():
    assert base("Rose") != base("rise")
