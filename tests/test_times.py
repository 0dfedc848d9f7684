from __future__ import annotations

import datetime

import pytest

from assistant.query.times import find_times

WEDNESDAY = datetime.date(2025, 12, 24)


@pytest.mark.parametrize(
    ("question", "since", "until", "published", "stretch"),
    [
        ("What did the AP say last week?", "2025-12-15", "2025-12-21", False, True),
        ("What happened this week?", "2025-12-18", "2025-12-24", False, True),
        ("What happened yesterday?", "2025-12-23", "2025-12-23", False, True),
        ("Who resigned in the past 10 days?", "2025-12-14", "2025-12-24", False, True),
        ("Who resigned three days ago?", "2025-12-21", "2025-12-21", False, False),
        ("Who won on Tuesday?", "2025-12-23", "2025-12-23", False, False),
        ("How many between October and November 2023?", "2023-10-01", "2023-11-30", False, True),
        ("How many from 3 May to 5 June 2025?", "2025-05-03", "2025-06-05", False, True),
        ("What has changed since May?", "2025-05-01", None, False, True),
        ("What was known before October 1, 2023?", None, "2023-09-30", False, True),
        ("What was known after the 3rd of May?", "2025-05-04", None, False, True),
        ("What was known until June 2024?", None, "2024-06-30", False, True),
        ("What does the AP report of Dec. 21 say?", "2025-12-21", "2025-12-21", True, False),
        (
            "What did the article published on 2 October 2023 say?",
            "2023-10-02",
            "2023-10-02",
            True,
            False,
        ),
        (
            "What did the Wire's coverage on December 24, 2023, leave out?",
            "2023-12-24",
            "2023-12-24",
            True,
            False,
        ),
        ("What was reported by the Wire before 2023-10-01?", None, "2023-09-30", True, True),
        ("Which strike was planned for 24 October?", "2025-10-24", "2025-10-24", False, False),
        ("Who won in 2022?", "2022-01-01", "2022-12-31", False, False),
    ],
)
def test_a_time_is_read_as_days(question, since, until, published, stretch):
    (time,) = find_times(question, WEDNESDAY)

    assert (time.within.since, time.within.until) == (
        since,
        until,
    )
    assert (time.published, time.stretch) == (published, stretch)
    assert question[time.start : time.end].strip().startswith(time.text)


@pytest.mark.parametrize(
    "question",
    [
        "What may a ticket cost?",
        "What will a ticket cost from next April?",
        "What will happen on 3 January 2026?",
        "Who led the March of the Thousand?",
        "In March Ellery won; who came second?",
        "How many of the 2000 members voted?",
        "When did it arrive, at 09:35 or at 10?",
        "What does USA TODAY say about the car?",
    ],
)
def test_other_words_and_times_to_come_are_left_out(question):
    assert find_times(question, WEDNESDAY) == []


def test_two_reports_have_two_times():
    question = "Between the report published on October 2, 2023, and the report published on October 7, 2023, what changed?"

    assert [str(time.since) for time in find_times(question, WEDNESDAY)] == [
        "2023-10-02",
        "2023-10-07",
    ]


def test_the_same_days_of_an_earlier_year():
    (time,) = find_times("What was known on 29 February?", datetime.date(2024, 5, 1))

    assert time.yearless
    assert str(time.earlier(1).since) == "2023-02-28"
    assert not find_times("What was known on 29 February 2024?", datetime.date(2024, 5, 1))[
        0
    ].yearless
