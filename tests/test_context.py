"""A sentence that points back is quoted with the one that it points to."""

from __future__ import annotations

import pytest

from assistant.answer.quotes import Quote
from assistant.answering.context import names_of, points_back, with_context

from .helpers import article


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He told reporters that it was over.", True),
        ("Her name was withheld.", True),
        ("“It held for ninety metres,” he said.", True),
        ("“Crews tested ninety metres of it,” she said.", True),
        ("“Crews tested ninety metres of it,” Ida Holm said.", False),
        ("The company puts its loss at £310,000.", True),
        ("The second will not be ready before May.", True),
        ("On that occasion nobody came.", True),
        ("These were sold.", True),
        ("Mr. Pike said that he had signed the order.", False),
        ("The company of actors left.", False),
        ("The last 30 kilometres of the road are steep.", False),
        ("The second half of the match was quiet.", False),
        ("This week the dam was drained.", False),
        ("It is not clear who paid.", False),
        ("Crews last had a rise in 2024, when they were given 2 per cent.", False),
    ],
)
def test_a_sentence_points_back_where_nothing_in_it_is_meant(text: str, expected: bool):
    assert points_back(text) is expected


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Who owns the Mar-a-Lago estate?", {"mar", "lago"}),
        ("How many KN95 masks did Ida Holm's firm sell to the U.S.?", {"kn95", "ida", "holm"}),
        ("What is Almodóvar's film called?", {"almodovar"}),
        ("When was the mill sold?", set()),
    ],
)
def test_names_are_compared_by_the_terms_that_the_index_has(question: str, names: set[str]):
    assert names_of(question) >= names
    assert not names_of(question) & {"who", "how", "what", "when", "mill"}


def grown(text: str, sentence: str, question: str = "What happened?") -> str:
    whole = article(text)
    start = text.index(sentence)
    quote = Quote(whole.without_text(), start, start + len(sentence), sentence)
    grown = with_context(quote, question, whole)
    assert whole.text[grown.start : grown.end] == grown.text
    return grown.text


def test_what_is_meant_is_quoted_too():
    text = "Rain fell. Ida Holm runs the mill. She bought it in May.\n\nShe sold it again."

    assert grown(text, "She bought it in May.") == "Ida Holm runs the mill. She bought it in May."
    assert grown(text, "Ida Holm runs the mill.") == "Ida Holm runs the mill."


def test_a_quote_grows_over_paragraphs_and_no_further_than_two_sentences():
    text = "Ida Holm runs the mill.\n\nShe bought it.\n\nShe liked it. She sold it."

    assert grown(text, "She sold it.") == "She bought it.\n\nShe liked it. She sold it."


def test_a_date_that_is_asked_for_comes_along():
    text = "In 2017 the dome was closed. The mirror was sold to a school."

    assert grown(text, "The mirror was sold to a school.", "When was the mirror sold?") == text
    assert (
        grown(text, "The mirror was sold to a school.", "Who got the mirror?")
        == "The mirror was sold to a school."
    )


def test_a_name_that_is_asked_for_comes_along_where_neither_quote_nor_headline_has_it():
    text = "Ida Holm ran the mill at Skerra. Flour was dear then. Twelve hands were paid each week."
    last = "Twelve hands were paid each week."

    assert grown(text, last, "How many did Ida Holm pay?") == text
    assert grown(text, last, "How many did Odd Vik pay?") == last


def test_the_first_sentence_of_an_article_stays_alone():
    assert grown("He left. Nobody saw it.", "He left.") == "He left."
