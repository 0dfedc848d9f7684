from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import example, given

from index.text.sentences import LIST_BULLET, paragraphs, sentences

from .helpers import odd_texts


def split(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Rain fell.", "The harbour closed at noon!", "Would it open again?", "Nobody knew."],
        ["Mr. Tan met Dr. Ilse Brandt at 5 p.m. on Monday.", "They spoke for an hour."],
        ["The U.S. envoy arrived.", "He left soon after."],
        ["Prices rose 4.5 percent to $1,200.50 a tonne.", "Nobody was surprised."],
        ['"We will rebuild," she said.', '"We have done it before."'],
        ["He asked who had opened the gate.", "It had stood open since No. 7 burned down."],
        ["See example.org for the list.", "It is long."],
        ["The ferry left at 2:30 p.m. ET on Tuesday.", "It came back at 9 a.m. Wednesday."],
        ["The poll ran from Sept. 3-Oct. 1, and nobody answered.", "Nobody was surprised."],
    ],
)
def test_a_paragraph_falls_into_its_sentences(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_a_full_stop_before_a_small_letter_ends_nothing() -> None:
    assert split("Fares rose by 5 pct. on Monday. Trains are full.") == [
        "Fares rose by 5 pct. on Monday.",
        "Trains are full.",
    ]


def test_a_question_ends_even_before_a_small_letter() -> None:
    assert split("Who pays? iRail does.") == ["Who pays?", "iRail does."]


def test_a_heading_is_a_sentence_of_its_own() -> None:
    assert split("A wet week\n\nRain fell. It was cold.") == [
        "A wet week",
        "Rain fell.",
        "It was cold.",
    ]


@pytest.mark.parametrize(
    "blank", ["\n\n", "\r\n\r\n", "\r\r", "\n \t\n", "\n\n\n\n", "\u2029\u2029"]
)
def test_a_blank_line_ends_a_paragraph_and_a_sentence(blank: str) -> None:
    text = f"Rain fell on the{blank}harbour town"
    assert split(text) == ["Rain fell on the", "harbour town"]
    assert [text[part.start : part.end] for part in paragraphs(text)] == [
        f"Rain fell on the{blank}",
        "harbour town",
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_sentence_wrapped_by_hand_is_one(newline: str) -> None:
    text = f"The ferry sailed again{newline}on Tuesday. It was full."
    assert split(text) == [f"The ferry sailed again{newline}on Tuesday.", "It was full."]


def test_where_lines_are_long_each_line_break_ends_a_sentence() -> None:
    long = (
        "The ferry sailed again on Tuesday after eleven days in the dock, and " * 2 + "it was full"
    )
    assert split(f"{long}\nFares stay as they are") == [long, "Fares stay as they are"]


@pytest.mark.parametrize("bullet", ["-", "*", "•", "–", "1.", "12)"])
def test_the_lines_of_a_list_are_sentences_without_their_bullets(bullet: str) -> None:
    assert split(f"{bullet} Bread\n{bullet} Fresh milk\n") == ["Bread", "Fresh milk"]


def test_a_year_at_the_beginning_of_a_line_is_no_bullet() -> None:
    assert split("Much changed in the town.\n\n2024. Then 2025.")[1].startswith("2024.")


@pytest.mark.parametrize("space", ["\xa0", "\u2009", "\u3000", "\u2029", "\n\u2029"])
def test_a_wide_space_before_a_full_stop_is_no_fault(space: str) -> None:
    assert split(f"They won against Team B{space}. Then it rained.")[-1] == "Then it rained."


def test_a_text_of_nothing_has_no_sentences() -> None:
    assert split("") == split(" \r\n\t\n ") == []


@given(odd_texts)
@example("1. 2. 3. x")
@example("- - a\n* b")
@example("- \r\n- ")
@example("\u2028\u2028a.\x85b")
def test_sentences_are_in_order_and_only_white_space_and_bullets_lie_outside(text: str) -> None:
    found = sentences(text)
    for sentence in found:
        inside = text[sentence.start : sentence.end]
        assert inside == inside.strip() != ""
    borders = [0, *itertools.chain.from_iterable((s.start, s.end) for s in found), len(text)]
    assert borders == sorted(borders)
    for start, end in zip(borders[::2], borders[1::2], strict=True):
        outside = " ".join(text[start:end].split())
        assert not outside or LIST_BULLET.fullmatch(f"{outside} ")


@given(odd_texts)
def test_paragraphs_tile_the_text(text: str) -> None:
    assert "".join(text[part.start : part.end] for part in paragraphs(text)) == text


@pytest.mark.parametrize(
    "unit", ["Rain fell. ", "a", "\n", "a\n", "- a\n", "1. ", ". ", "a.b", "\x00", " "]
)
def test_a_long_text_takes_no_time_to_speak_of(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    begun = time.perf_counter()
    sentences(text)
    assert time.perf_counter() - begun < 10
