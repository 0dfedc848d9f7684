from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.terms import FUNCTION_TERMS, is_english, stem, terms

from .helpers import odd_texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. had 1,400 cafés", ["the", "us", "had", "1400", "cafe"]),
        ("the mayor's and the mayors’ offices", ["the", "mayor", "and", "the", "mayor", "offic"]),
        ("4.5 percent of 12,000,000.50", ["4.5", "percent", "of", "12000000.50"]),
        ("well-known e-mail_address", ["well", "known", "e", "mail", "address"]),
        ("doesn't DON’T", ["doesnt", "dont"]),
        ("a 5G network in B2B", ["a", "5g", "network", "in", "b2b"]),
        ("Größe und Straße", ["gross", "und", "strass"]),
        ("ＦＵＬＬ １２", ["full", "12"]),
        ("水位上涨", ["水位", "位上", "上涨"]),
        ("水", ["水"]),
        ("iPhone価格500円", ["iphon", "価格", "500", "円"]),
        ("", []),
        (" .,;!? \x00 😀", []),
    ],
)
def test_a_text_is_compared_by_its_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("negotiations", "negotiation"),
        ("flooded", "flooding"),
        ("CEASEFIRE", "ceasefire"),
        ("café", "cafe\u0301"),
        ("Zelenský", "Zelensky"),
        ("U.N.", "UN"),
        ("10,000", "10000"),
        ("Владимир", "владимир"),
        ("NATO's", "NATO"),
    ],
)
def test_two_ways_to_write_a_word_are_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [("4.5", "45"), ("й", "и"), ("1.400", "1.4"), ("が", "か"), ("march 4", "march 5")],
)
def test_different_words_are_different_terms(one: str, other: str) -> None:
    assert terms(one) != terms(other)


def test_a_stem_is_that_of_the_word_alone() -> None:
    assert [stem(word) for word in ("Elections", "election’s", "electing")] == [
        "elect",
        "elect",
        "elect",
    ]


def test_function_terms_say_nothing_about_the_subject() -> None:
    assert set(terms("What did they say about it, and who was there?")) - FUNCTION_TERMS == {"say"}


@given(odd_texts)
def test_composed_and_decomposed_texts_have_the_same_terms(text: str) -> None:
    assert terms(unicodedata.normalize("NFC", text)) == terms(unicodedata.normalize("NFD", text))


@given(odd_texts)
def test_no_term_is_empty_or_holds_white_space(text: str) -> None:
    assert all(term and len(term.split()) == 1 for term in terms(text))


@given(
    st.lists(st.text("abcdefghij", min_size=1, max_size=8), max_size=8),
    st.sampled_from([" ", ", ", "\n", " – "]),
)
def test_what_stands_between_words_makes_no_difference(words: list[str], between: str) -> None:
    assert terms(between.join(words)) == [stem(word) for word in words]


@pytest.mark.parametrize(
    "text",
    [
        "The council said on Monday that it will close the old bridge for a month, and that buses will run instead.",
        "Is it about to rain?",
        "",
    ],
)
def test_english_is_known_by_its_function_words(text: str) -> None:
    assert is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "Der Stadtrat hat am Montag beschlossen, die alte Brücke für einen Monat zu sperren; Busse fahren stattdessen.",
        "Городской совет в понедельник решил закрыть старый мост на месяц, вместо трамваев пойдут автобусы.",
        "Le conseil municipal a décidé lundi de fermer le vieux pont pendant un mois; des bus le remplaceront.",
        "El ayuntamiento decidió el lunes cerrar el puente viejo durante un mes; habrá autobuses en su lugar.",
        "De gemeenteraad besloot maandag om de oude brug een maand te sluiten; in plaats daarvan rijden er bussen.",
        "市议会周一决定将旧桥关闭一个月，改由公交车接送乘客。",
    ],
)
def test_other_languages_are_not_taken_for_english(text: str) -> None:
    assert not is_english(text)
