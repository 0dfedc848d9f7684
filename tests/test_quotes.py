from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.answer.answer import Answer
from assistant.answer.parts import Status
from assistant.assistant import Assistant
from index.index import Index
from index.loading.folders import Reader


@pytest.fixture
def ask_about(tmp_path: Path) -> Callable[..., Answer]:
    """Ask a question about a few texts, one article each."""

    def ask_about_texts(question: str, *texts: str) -> Answer:
        folder = tmp_path / "articles"
        folder.mkdir()
        for number, text in enumerate(texts):
            (folder / f"{number}.txt").write_text(text, encoding="utf-8", newline="")
        with Index(tmp_path / "index", create=True) as index:
            index.add(Reader([folder]))
        with Assistant(index=tmp_path / "index") as assistant:
            return assistant.ask(question)

    return ask_about_texts


LIBRARY = (
    "Library opens late\n\nThe new library in Orlingham opened on 4 May, three weeks late. "
    "Mayor Petra Vance cut the ribbon before about 300 people. The building cost 12.4 million crowns. "
    "It has a reading room for children. Nobody was available to comment on the delay."
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "When did the library in Orlingham open?",
            "The new library in Orlingham opened on 4 May, three weeks late.",
        ),
        ("Who cut the ribbon?", "Mayor Petra Vance cut the ribbon before about 300 people."),
        ("How much did the library building cost?", "The building cost 12.4 million crowns."),
        ("Is there anything for children in it?", "It has a reading room for children."),
    ],
)
def test_the_first_quote_answers(question: str, expected: str, ask_about: Callable[..., Answer]):
    assert ask_about(question, LIBRARY).sentences[0].text.endswith(expected)


def test_a_question_about_something_else_stays_unanswered(ask_about: Callable[..., Answer]):
    answer = ask_about("What is the boiling point of mercury?", LIBRARY)

    assert answer.status is Status.UNANSWERED
    assert (answer.sentences, answer.citations) == ((), ())
    assert [article.title for article in answer.nearest] == ["Library opens late"]


def test_a_name_that_no_article_has_leaves_the_question_open(ask_about: Callable[..., Answer]):
    assert (
        ask_about("Did Ulrika Sandqvist cut the ribbon of the library?", LIBRARY).status
        is not Status.ANSWERED
    )


def test_when_no_quote_has_the_number_that_was_asked_for_the_question_stays_open(
    ask_about: Callable[..., Answer],
):
    text = "The old mill at Hask burned down. The mill at Hask stood empty. Children played in the mill."

    assert (
        ask_about("How many workers did the mill at Hask have?", text).status is not Status.ANSWERED
    )


def test_the_same_sentence_in_two_articles_is_quoted_once_and_the_other_named(
    ask_about: Callable[..., Answer],
):
    said = "The dam at Kessel will be drained in March."
    one, two = (
        f"Dam news\n\n{said} Fish will be moved.",
        f"From the valley\n\n{said} Hikers are warned.",
    )

    answer = ask_about("When will the dam at Kessel be drained?", one, two)

    assert [sentence.text for sentence in answer.sentences].count(said) == 1
    first = answer.citations[0]
    assert {first.article.title, *(article.title for article in first.also)} == {
        "Dam news",
        "From the valley",
    }


def test_a_copy_with_other_quotation_marks_is_the_same_sentence(ask_about: Callable[..., Answer]):
    one = 'Straight\n\n"We will drain it in March," the owner of the dam said.'
    two = "Curly\n\n“We will drain it in March,” the owner of the dam said."

    answer = ask_about("When will the owner drain the dam?", one, two)

    assert len(answer.citations) == 1
    assert len(answer.citations[0].also) == 1


def test_headings_are_not_quoted(tmp_path: Path):
    (tmp_path / "a.md").write_text(
        "# Ferry fares rise\n\n## When do the ferry fares rise?\n\nFares rise on 1 June.\n"
    )
    with Index(tmp_path / "index", create=True) as index:
        index.add(Reader([tmp_path / "a.md"]))
    with Assistant(index=tmp_path / "index") as assistant:
        answer = assistant.ask("When do the ferry fares rise?")

    assert [sentence.text for sentence in answer.sentences] == ["Fares rise on 1 June."]


def test_at_most_three_sentences_are_quoted(seeds: Assistant):
    answer = seeds.ask("What happened in the flood in Tolleth?")

    assert 1 <= len(answer.sentences) <= 3


def test_the_same_question_gives_the_same_answer(seeds: Assistant):
    first, second = (seeds.ask("Why was the telescope delayed?").to_dict() for _ in range(2))

    assert {**first, "timings": None} == {**second, "timings": None}


@pytest.mark.parametrize(
    "question", ["?", "...", "the of and", "🌊", "a" * 20_000, "why " * 5_000, "\ud800 who?"]
)
def test_odd_questions_get_an_answer_or_a_refusal(question: str, seeds: Assistant):
    answer = seeds.ask(question)

    assert answer.status in Status
    assert bool(answer.sentences) == (answer.status is not Status.UNANSWERED)
