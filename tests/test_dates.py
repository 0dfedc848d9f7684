from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.loading.dates import iso_date

from .helpers import odd_texts


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025-03-04", "2025-03-04"),
        ("20250304", "2025-03-04"),
        (" 2025-03-04\n", "2025-03-04"),
        ("2025-03-04T09:30:00Z", "2025-03-04T09:30:00+00:00"),
        ("2025-03-04 09:30", "2025-03-04T09:30:00"),
        ("2025-03-04T09:30:00.250+05:30", "2025-03-04T09:30:00.250000+05:30"),
        ("2025/03/04", "2025-03-04"),
        ("2025/3/4 09:30", "2025-03-04T09:30:00"),
        ("2025.3.4", "2025-03-04"),
        ("4 March 2025", "2025-03-04"),
        ("March 4, 2025", "2025-03-04"),
        ("Tuesday, 4th of March 2025", "2025-03-04"),
        ("Mar. 4, 2025 2:05 pm", "2025-03-04T14:05:00"),
        ("Tue, 04 Mar 2025 09:30:00 +0100", "2025-03-04T09:30:00+01:00"),
        ("Tue, 04 Mar 2025 09:30:00 GMT", "2025-03-04T09:30:00+00:00"),
    ],
)
def test_a_date_comes_in_iso_8601(written: str, read: str) -> None:
    assert iso_date(written) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (datetime.date(2025, 3, 4), "2025-03-04"),
        (datetime.datetime(2025, 3, 4, 9, 30), "2025-03-04T09:30:00"),
        (datetime.datetime(2025, 3, 4, 9, 30, tzinfo=datetime.UTC), "2025-03-04T09:30:00+00:00"),
    ],
)
def test_a_date_of_yaml_or_of_a_pdf_needs_no_reading(value: object, read: str) -> None:
    assert iso_date(value) == read


@pytest.mark.parametrize("nothing", [None, "", "  \n"])
def test_nothing_is_no_date(nothing: object) -> None:
    assert iso_date(nothing) is None


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2025",
        "3.4.2025",
        "03-04-25",
        "March 2025",
        "4 March",
        "2025",
        "Tuesday",
        "09:30",
        "2025-13-45",
        "2025/02/30",
        "yesterday",
        "vor drei Tagen",
        "101112",
    ],
)
def test_what_can_be_read_in_two_ways_or_none_stands_as_it_is(text: str) -> None:
    assert iso_date(text) == text


def test_a_year_alone_gets_no_day_made_up() -> None:
    assert iso_date(2025) == "2025"


@given(st.integers(1_000_000_000, 2_000_000_000) | st.integers(10**12, 2 * 10**12))
def test_seconds_since_1970_are_not_taken_for_digits_of_a_date(moment: int) -> None:
    assert iso_date(moment) == str(moment)


@given(
    odd_texts
    | st.text("0123456789/-:.TZ+ ", max_size=30)
    | st.text("MarchTueAMPGTS ,.:0123456789", max_size=40)
)
def test_no_text_is_too_odd_to_be_asked_about(text: str) -> None:
    date = iso_date(text)
    assert (date is None) == (not text.strip())
    assert iso_date(date) == date


@given(st.datetimes(datetime.datetime(1000, 1, 1)) | st.dates(datetime.date(1000, 1, 1)))
def test_what_is_read_is_the_moment_that_was_written(moment: datetime.date) -> None:
    assert iso_date(moment.isoformat()) == iso_date(moment) == moment.isoformat()
