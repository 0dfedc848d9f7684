from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.llm.marks import Claim, ClaimReader, read_claims


@pytest.mark.parametrize(
    ("written", "marks"),
    [
        ("It opened. [1]", (1,)),
        ("It opened [1].", (1,)),
        ("It opened.[1][3]", (1, 3)),
        ("It opened [1, 3].", (1, 3)),
        ("It opened [1; 3] [2].", (1, 3, 2)),
        ("It opened [1-3].", (1, 2, 3)),
        ("It opened [1–3].", (1, 2, 3)),
        ("It opened 【1】.", (1,)),
        ("It opened【4†source】【1:0†source】.", (4, 1)),
        ("It opened.[^2]", (2,)),
        ("It opened [^1][^2].", (1, 2)),
        ("It opened (Source 4).", (4,)),
        ("It opened (see sources 4 and 5).", (4, 5)),
        ("It opened [Passage 2].", (2,)),
        ("It opened [Doc 2].", (2,)),
        ("It opened.¹", (1,)),
        ("It opened<sup>3</sup>.", (3,)),
        ("It opened [1](http://x.example/a).", (1,)),
        ("It opened [[1]](#one).", (1,)),
        ("It opened (see [2]).", (2,)),
        ("It opened ［１］.", (1,)),
        ("It opened [1] [1].", (1,)),
        ("It opened [1],[2],[3].", (1, 2, 3)),
        ("It opened [1], [2] and [3].", (1, 2, 3)),
        ("It opened.", ()),
        ("It opened [99].", (99,)),
    ],
)
def test_every_style_of_mark_is_read(written: str, marks: tuple[int, ...]):
    assert read_claims(written) == [Claim("It opened.", marks)]


@pytest.mark.parametrize(
    "text",
    ["It rose (2019).", "It rose [2019].", "It rose [sic].", "It rose (4).", "It rose [...]."],
)
def test_what_is_no_mark_stays(text: str):
    assert read_claims(text) == [Claim(text)]


def test_marks_after_a_full_stop_belong_to_the_sentence_before():
    assert read_claims("It opened. [1] It closed.[2][3] It burnt. [4]") == [
        Claim("It opened.", (1,)),
        Claim("It closed.", (2, 3)),
        Claim("It burnt.", (4,)),
    ]


def test_abbreviations_and_decimals_end_no_sentence():
    assert read_claims("Mr. Lund of the U.S. paid £2.4 million. [1] It was late. [2]") == [
        Claim("Mr. Lund of the U.S. paid £2.4 million.", (1,)),
        Claim("It was late.", (2,)),
    ]


def test_markdown_is_reduced_to_sentences():
    text = (
        "## What happened\n\n> **It opened** on *Monday*. [1]\n\n- The `crane` came [2]\n* It is [new](http://x.example).\n"
        "1. Ships left. [3]\n\n| day | event |\n|---|---|\n![a](http://evil.example/p.png)\n"
        "```\nIt closed. [4]\n```\n"
    )
    assert read_claims(text) == [
        Claim("What happened"),
        Claim("It opened on Monday.", (1,)),
        Claim("The crane came", (2,)),
        Claim("It is new."),
        Claim("Ships left.", (3,)),
        Claim("day event"),
        Claim("It closed.", (4,)),
    ]


@pytest.mark.parametrize("heading", ["Sources:", "## References", "**Sources:**", "Footnotes"])
def test_a_list_of_references_at_the_end_is_left_out(heading: str):
    assert read_claims(f"It opened. [1]\n\n{heading}\n[1] The Gull, harbour\n2. The Heron") == [
        Claim("It opened.", (1,))
    ]


def test_definitions_of_footnotes_are_left_out():
    assert read_claims("It opened.[^1]\n\n[^1]: The Gull, 5 March.") == [Claim("It opened.", (1,))]


def test_a_sentence_that_was_wrapped_is_one():
    text = "The harbour of Sandwick reopened after fourteen weeks\nof repairs. [1] Ships came. [2]"
    assert [claim.marks for claim in read_claims(text)] == [(1,), (2,)]


def test_control_characters_do_not_come_through():
    assert read_claims("It \x1b[31mopened\x07\u202e. [1]")[0].text == "It [31mopened."


PIECES = [
    "It opened. ", "[1]", "[2, 3] ", "Ships came", " on Monday", ".", "\n", "\n\n- ",
    "Mr. Lund said so. ", "【1】",
    "(Source 2)", "[", "]", "**", "The ferry left at 4.15 a.m. today. ", " 3.5 km", "[^1]", "\n## ",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.integers(0, 99))
def test_in_pieces_or_at_once_the_marks_are_the_same(text: str, seed: int):
    reader, claims, start = ClaimReader(), [], 0
    sizes = random.Random(seed)
    while start < len(text):
        size = sizes.randint(1, 9)
        claims += reader.feed(text[start : start + size])
        assert "[1]" not in reader.pending
        start += size
    claims += reader.close()
    assert claims == read_claims(text)


@pytest.mark.parametrize("marks", ['""', "“”", "()", "[]"])
def test_what_stands_in_marks_or_brackets_is_not_cut_when_it_is_streamed(marks: str):
    quote = f"{marks[0]}It rained all day. It blew all night.{marks[1]}"
    text = f"She said {quote} and left. [1] Ships came in at noon. [2]"
    reader = ClaimReader()
    assert [
        *(claim for letter in text for claim in reader.feed(letter)),
        *reader.close(),
    ] == read_claims(text)
    assert [claim.marks for claim in read_claims(text)][-1] == (2,)


@pytest.mark.parametrize("text", ["x" * 100_000, "[" * 20_000, "a b " * 25_000, "[1]" * 9_000])
def test_a_text_without_end_comes_to_an_end(text: str):
    reader = ClaimReader()
    claims = [
        claim
        for start in range(0, len(text), 500)
        for claim in reader.feed(text[start : start + 500])
    ]
    claims += reader.close()
    assert sum(len(claim.text) for claim in claims) <= len(text)
