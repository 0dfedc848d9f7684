from __future__ import annotations

import itertools
import statistics
from typing import Any

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.articles import FullArticle, Stretch, fingerprint, to_passage
from index.text.passages import PASSAGE_TOKENS, cut_passages
from index.text.sentences import paragraphs, sentences
from index.text.tokens import count_tokens

from .helpers import article, bge_small, odd_texts

# What is left of the embedder's 256 word pieces for a passage under a short and under a long title.
LIMITS = st.sampled_from([250, 190])
RUN = regex.compile(r"[\p{L}\p{M}\p{N}]+")
IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")

SENTENCE = "The ferry to the outer island sailed again on Tuesday after eleven days in the dock. "
PARAGRAPH = (SENTENCE * 8).strip() + "\n\n"


def passages_of(text: str, limit: int = 250) -> list[str]:
    return [text[stretch.start : stretch.end] for stretch in stretches_of(article(text), limit)]


def stretches_of(whole: FullArticle, limit: int = 250) -> list[Stretch]:
    return cut_passages(whole, bge_small().count, limit)


def fits(text: str, limit: int) -> bool:
    return count_tokens([text])[0] <= PASSAGE_TOKENS and bge_small().count([text])[0] <= limit


@given(odd_texts.filter(bool), LIMITS)
@settings(max_examples=150, deadline=None)
@example("\x00\r\n\u2028", 250)
def test_passages_tile_the_text(text: str, limit: int) -> None:
    stretches = stretches_of(article(text), limit)
    assert [stretch.start for stretch in stretches] == [
        0,
        *(stretch.end for stretch in stretches[:-1]),
    ]
    assert stretches[-1].end == len(text)
    assert all(stretch.start < stretch.end for stretch in stretches)


@given(odd_texts.filter(bool), LIMITS)
@settings(max_examples=150, deadline=None)
def test_every_passage_fits_the_embedder(text: str, limit: int) -> None:
    assert [piece for piece in passages_of(text, limit) if not fits(piece, limit)] == []


@given(
    st.lists(
        st.sampled_from(["ß", "Ж", "é", "ﬁ", "x", "1", "的", "か", "\u0301", "-", "😀"]),
        max_size=900,
    )
)
@settings(max_examples=60, deadline=None)
def test_every_passage_of_a_text_without_spaces_fits_the_embedder(characters: list[str]) -> None:
    assert [piece for piece in passages_of("".join(characters)) if not fits(piece, 250)] == []


@given(odd_texts.filter(bool), LIMITS)
@settings(max_examples=150, deadline=None)
def test_no_word_is_cut_that_fits_a_passage(text: str, limit: int) -> None:
    for stretch in stretches_of(article(text), limit)[1:]:
        around = text[stretch.start - 1 : stretch.start + 1]
        if RUN.fullmatch(around) and not IDEOGRAPH.search(around):
            word = next(
                match for match in RUN.finditer(text) if match.start() < stretch.start < match.end()
            )
            assert not fits(word.group(), limit)


@pytest.mark.parametrize(
    "text",
    [
        ("a" + "\u0301" * 40) * 50,
        "a" + "\u0301" * 5_000,
        "👩\u200d" * 500,
        "\u1100" * 500,
        "\u0903" * 500,
    ],
    ids=[
        "marked letters",
        "one letter of many marks",
        "joined faces",
        "syllables without end",
        "marks alone",
    ],
)
def test_a_character_of_a_thousand_code_points_fits_the_embedder_too(text: str) -> None:
    assert "".join(passages_of(text)) == text
    assert [len(piece) for piece in passages_of(text) if not fits(piece, 250)] == []


@pytest.mark.parametrize("unit", ["ab1", "The ferry sailed. ", "😀"])
def test_a_line_of_a_megabyte_is_cut_into_passages_that_fit(unit: str) -> None:
    text = unit * (1_000_000 // len(unit.encode()))
    pieces = passages_of(text)
    assert "".join(pieces) == text
    assert max(count_tokens(pieces)) <= PASSAGE_TOKENS
    assert max(bge_small().count(pieces)) <= 250


def test_a_short_article_is_one_passage() -> None:
    assert passages_of("A wet week\n\nRain fell. It was cold.\n") == [
        "A wet week\n\nRain fell. It was cold.\n"
    ]


def test_front_matter_is_in_no_passage() -> None:
    head = "---\ntitle: Ferry\n---\n"
    assert stretches_of(article(f"{head}It sailed.", body=len(head))) == [
        Stretch(len(head), len(head) + 10)
    ]


def test_paragraphs_are_kept_whole_where_they_fit() -> None:
    assert passages_of(PARAGRAPH * 3) == [PARAGRAPH] * 3


def test_short_paragraphs_share_a_passage() -> None:
    text = "Rain fell on the harbour town.\n\n" * 20
    borders = {paragraph.start for paragraph in paragraphs(text)}
    assert len(passages_of(text)) < 4
    assert {stretch.start for stretch in stretches_of(article(text))} <= borders


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = SENTENCE * 30
    starts = {sentence.start for sentence in sentences(text)}
    assert {stretch.start for stretch in stretches_of(article(text))} <= starts
    assert len(passages_of(text)) < 6


def test_a_long_sentence_is_cut_between_words() -> None:
    text = "and the ferry sailed to the outer island " * 40
    pieces = passages_of(text)
    assert len(pieces) > 1
    assert list(itertools.chain.from_iterable(piece.split() for piece in pieces)) == text.split()


def test_passages_of_a_text_without_full_stops_are_as_long_as_others() -> None:
    text = "and the ferry sailed to the outer island " * 200
    assert statistics.mean(count_tokens(passages_of(text))) > PASSAGE_TOKENS * 0.75


def test_a_long_address_is_cut_between_its_parts() -> None:
    text = "https://courier.example/" + "/".join(f"ferry{n}" for n in range(200))
    borders = [stretch.start for stretch in stretches_of(article(text))][1:]
    assert borders
    assert not any(RUN.fullmatch(text[border - 1 : border + 1]) for border in borders)


def test_chinese_is_cut_between_its_characters() -> None:
    text = "河水上涨，居民撤离。" * 60
    assert "".join(passages_of(text)) == text
    assert max(count_tokens(passages_of(text))) > PASSAGE_TOKENS / 2


def test_a_longer_title_leaves_less_room_for_the_text() -> None:
    text = "Вода поднялась выше отметки у старого моста. " * 40
    assert (
        max(bge_small().count(passages_of(text, 120)))
        <= 120
        < max(bge_small().count(passages_of(text, 250)))
    )


def test_a_passage_says_where_it_stands() -> None:
    whole = article(PARAGRAPH * 3, id="ferry")
    passage = to_passage(whole, stretches_of(whole)[1], fingerprint(whole))
    assert (passage.article.id, passage.text) == ("ferry", whole.text[passage.start : passage.end])


def test_the_id_of_a_passage_changes_with_all_that_is_known_of_its_article_and_its_place() -> None:
    def id_of(text: str, start: int = 5, **facts: Any) -> str:
        whole = article(text, **facts)
        return to_passage(whole, Stretch(start, start + 5), fingerprint(whole)).id

    text = "Rain fell. Rain fell."
    ids = [
        id_of(text),
        id_of(text, id="b"),
        id_of(text, title="Weather"),
        id_of(text, source="Bay Courier"),
        id_of(text, start=16),
        id_of("Rain felt. Rain fell."),
        id_of("Snow fell. Rain fell."),
    ]
    assert len(set(ids)) == len(ids)
    assert id_of(text, path="/news/a.txt", checksum="0f") == ids[0]
