"""Answers without a chat model: the sentence that holds the answer, with what it needs, and no filler."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import Answer, Assistant
from assistant.answer.parts import Status
from index.articles import FullArticle
from index.index import Index

from .helpers import article

Ask = Callable[..., Answer]


@pytest.fixture
def ask_about(tmp_path: Path) -> Ask:
    """Ask a question about some articles."""

    def ask(question: str, *articles: FullArticle | str) -> Answer:
        with Index(tmp_path / "index", create=True) as index:
            index.add(
                [
                    article(one, id=f"a{n}") if isinstance(one, str) else one
                    for n, one in enumerate(articles)
                ]
            )
        with Assistant(index=tmp_path / "index") as assistant:
            answer = assistant.ask(question)
            for citation in answer.citations:
                text = assistant.index.article(citation.article.id).text
                assert text[citation.start : citation.end] == citation.quote
                if citation.answer:
                    assert text[citation.answer.start : citation.answer.end] == citation.answer.text
        return answer

    return ask


HARBOUR = (
    "The harbour of Kell was dredged in spring. Ida Holm, the harbour master, paid the divers 4,200 crowns. "
    "They brought up eleven anchors and a bell. The bell was cast in 1783. Gulls watched them all day."
)


def test_the_answer_is_pointed_at_within_the_quote(ask_about: Ask):
    answer = ask_about("How much did the harbour master of Kell pay the divers?", HARBOUR)

    assert answer.status is Status.ANSWERED
    (citation, *_) = answer.citations
    assert citation.answer is not None
    assert citation.answer.text.startswith("4,200")
    assert answer.confidence is not None
    assert 0.5 < answer.confidence <= 1


def test_one_sure_quote_needs_no_second(ask_about: Ask):
    assert (
        len(ask_about("How much did the harbour master of Kell pay the divers?", HARBOUR).sentences)
        == 1
    )


def test_a_sentence_that_points_back_brings_what_it_points_to(ask_about: Ask):
    answer = ask_about("What did the divers bring up from the harbour of Kell?", HARBOUR)

    assert answer.sentences[0].text.endswith("They brought up eleven anchors and a bell.")
    assert "Ida Holm, the harbour master" in answer.sentences[0].text


def test_questions_in_a_transcript_are_no_answers(ask_about: Ask):
    text = (
        "Q: Who will pay for the new school in Sarn?\nA: The county will pay for it, from the sale of the mill.\n"
        "Q: When will the new school in Sarn open?\nA: In September."
    )

    answer = ask_about("Who will pay for the new school in Sarn?", text)

    assert "The county will pay" in answer.sentences[0].text
    assert not any(sentence.text.startswith("Q:") for sentence in answer.sentences)


def test_what_is_asked_of_a_name_that_no_article_has_is_answered_in_part_at_most(ask_about: Ask):
    assert ask_about("Who paid the divers of Kell?", HARBOUR).status is Status.ANSWERED
    assert ask_about("Who paid the divers of Quillhaven?", HARBOUR).status is not Status.ANSWERED
    assert ask_about("Who runs the bakery in Quillhaven?", HARBOUR).status is Status.UNANSWERED


def test_the_name_of_an_outlet_counts_as_known(ask_about: Ask):
    report = article(HARBOUR, title="Bell found", source="Quillhaven Mail")

    assert (
        ask_about("Whom did the Quillhaven Mail say the harbour master paid?", report).status
        is Status.ANSWERED
    )


def test_of_two_parts_the_one_without_an_answer_is_named(ask_about: Ask):
    answer = ask_about(
        "Who is the harbour master of Kell, and what is the population of Brazil?", HARBOUR
    )

    assert answer.status is Status.PARTIAL
    assert "Ida Holm" in answer.text
    assert any("what is the population of Brazil" in notice for notice in answer.notices)


def test_a_question_in_yes_or_no_has_a_quote_and_points_at_nothing(ask_about: Ask):
    answer = ask_about("Was the harbour of Kell dredged?", HARBOUR)

    assert "dredged" in answer.text
    assert answer.citations[0].answer is None


@pytest.mark.parametrize(
    "question",
    [
        "How much did the harbor mastr of Kell pay teh divers?",
        "harbour master kell divers paid",
        "It was a long spring in Kell and we all waited. " * 60
        + "How much did the harbour master pay the divers?",
    ],
    ids=["typos", "keywords", "long"],
)
def test_questions_typed_badly_are_answered(question: str, ask_about: Ask):
    assert "4,200 crowns" in ask_about(question, HARBOUR).text


def test_a_question_in_another_language_gets_nothing_wrong(ask_about: Ask):
    answer = ask_about("Wann wurde die Brücke in Orlow gesprengt?", HARBOUR)

    assert answer.status is Status.UNANSWERED


def test_articles_in_another_language_are_quoted_by_their_words(ask_about: Ask):
    text = (
        "Der Hafen von Kell wurde im Frühling ausgebaggert. "
        "Die Hafenmeisterin Ida Holm zahlte den Tauchern 4200 Kronen. "
        "Die Möwen sahen den ganzen Tag zu und stritten sich um die Reste, wie sie es immer tun."
    )

    answer = ask_about("Wer zahlte den Tauchern im Hafen von Kell 4200 Kronen?", text)

    assert "Ida Holm" in answer.text
    assert answer.citations[0].answer is None


def test_what_is_asked_of_the_latest_state_is_told_by_the_latest_report(ask_about: Ask):
    early = article(
        "Two people died when the dam at Velm broke, police said on Monday.", id="early", title="Dam breaks at Velm",
        published="2025-03-03", source="The Gull",
    )  # fmt: skip
    late = article(
        "The death toll of the broken dam at Velm has risen to seven, police said on Thursday.", id="late",
        title="Toll of Velm rises", published="2025-03-06", source="The Ledger",
    )  # fmt: skip

    answer = ask_about("How many people died when the dam at Velm broke?", early, late)

    assert answer.citations[0].article.id == "late"
    assert any(
        "earlier “Two people died” [2] (The Gull, 2025-03-03)" in notice
        for notice in answer.notices
    )


def test_a_question_that_shares_no_word_with_the_articles_is_refused(ask_about: Ask):
    assert ask_about("asdf qwer", HARBOUR).status is Status.UNANSWERED


def test_a_report_of_one_sentence_in_another_language_is_quoted(ask_about: Ask):
    text = "Die Hafenmeisterin Ida Holm zahlte den Tauchern im Hafen von Kell 4200 Kronen."

    assert ask_about(
        "Wer zahlte den Tauchern im Hafen von Kell 4200 Kronen?", article(text, title=text)
    ).text == (f"{text} [1]")
