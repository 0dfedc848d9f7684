"""Facts of a sentence that can be compared exactly: numbers, dates and names."""

from __future__ import annotations

import datetime

import pytest

from assistant.verify.facts import may_mean_date, read_facts


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("half of the boats", [(50, "%")]),
        ("fell by a quarter.", [(25, "%")]),
        ("three quarters of it", [(75, "%")]),
        ("two thirds of the boats", [(200 / 3, "%")]),
        ("a third strike", [(3, "th")]),
        ("half-term bookings", []),
        ("half a million people", [(500_000, "")]),
        ("for two decades", [(20, "")]),
        ("for two centuries", [(200, "")]),
        ("a 71-year-old man", [(71, "age")]),
        ("pages 3, 71, 72", [(3, ""), (71, ""), (72, "")]),
        ("up to 50°C", [(50, "C")]),
        ("5,000 degrees Fahrenheit", [(5000, "F")]),
        ("$1.2bn and £2.4 million", [(1.2e9, "$"), (2.4e6, "£")]),
        ("2,400,000 pounds", [(2.4e6, "£")]),
        ("from 40 to 50 per cent", [(40, "%"), (50, "%")]),
        ("three hundred and five men", [(305, "")]),
        ("at 4:15 p.m.", [(255, "min")]),
        ("one of the boats", []),
        ("77 to 75 million", [(77e6, ""), (75e6, "")]),
        ("300 to 400 yen", [(300, "¥"), (400, "¥")]),
        ("US$5, C$7m and HK$3k", [(5, "$"), (7e6, "c$"), (3000, "hk$")]),
        ("the 21st and the third", [(21, "th"), (3, "th")]),
        ("a dozen, hundreds of", [(12, "")]),
    ],
)
def test_numbers_have_a_value_and_a_unit_in_any_form(text: str, numbers: list[tuple[float, str]]):
    found = [(number.value, number.unit) for number in read_facts(text).numbers]
    assert found == [(pytest.approx(value), unit) for value, unit in numbers]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("from Sept. 28 to Oct. 6", [(9, 28), (10, 6)]),
        ("on 17 and 18 October", [(10, 17), (10, 18)]),
        ("In December the ferry stopped.", [(12, None)]),
        ("They may come.", []),
        ("On Monday, August 15, 2022, it rained.", [(8, 15)]),
    ],
)
def test_dates_are_read_in_any_form(text: str, dates: list[tuple[int, int | None]]):
    assert [(date.month, date.day) for date in read_facts(text).dates] == dates


def test_names_are_runs_of_words_with_capitals():
    said = read_facts("On Monday Ada Lund of the Bank of England met the U.S. Army in New York.")
    assert [name.text for name in said.whole_names] == [
        "Ada Lund",
        "Bank of England",
        "U.S. Army",
        "New York",
    ]


@pytest.mark.parametrize(
    ("claimed", "text", "meant"),
    [
        ("on 3 March 2025", "It reopened on Monday.", True),
        ("on 4 March 2025", "It reopened on Monday.", False),
        ("on Monday", "It reopened on March 3.", True),
        ("on Tuesday", "It reopened on March 3.", False),
        ("on 4 March", "It reopened yesterday.", True),
        ("in 2024", "It reopened last year.", True),
        ("in 2023", "It reopened last year.", False),
        ("in February 2025", "It reopened last month.", True),
        ("in April 2025", "It reopened last month.", False),
        ("in April 2025", "It will reopen next month.", True),
        ("in 2022", "It reopened three years ago.", True),
        ("in December 2024", "It reopened last December.", True),
        ("in April 2025", "It may reopen in April.", True),
        ("on 14 April 2025", "It may reopen in April.", False),
        ("on 5 March 2025", "It has reopened.", True),
        ("in 2019", "It has been closed since 2019.", True),
    ],
)
def test_a_date_may_be_given_from_the_day_of_the_article(claimed: str, text: str, meant: bool):
    (date,) = read_facts(claimed).dates
    assert may_mean_date(text, date, datetime.date(2025, 3, 5)) is meant
