"""Question sets that are made from articles."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.evaluation.datasets.reading import read_dataset
from assistant.evaluation.making import make_cloze_questions, unique_articles
from assistant.evaluation.measures import contains
from assistant.evaluation.questions import Question
from index.articles import FullArticle
from index.loading.folders import Reader

from .conftest import SEEDS
from .helpers import article, put
from .model_server import ModelServer, Request, Step

COLL = (
    "Marta Quell, a joiner from Velm, built the new wheel of Coll Mill with her own hands. "
    "The opening of Coll Mill on a cold morning in Velm was attended by 19 people. "
    "She said that it had been a long winter for Nell Garroway in the valley of Velm."
)


def made(*texts: str, n: int = 20) -> list[Question]:
    articles = [article(text, id=f"a{i}", title=f"Title {i}") for i, text in enumerate(texts)]
    return make_cloze_questions(articles, n)


def test_a_name_or_a_number_is_taken_out_of_a_sentence():
    questions = {question.question: question.answers for question in made(COLL)}

    assert questions == {
        "Which name is missing: Marta Quell, a joiner from Velm, built the new wheel of ____ "
        "with her own hands.": (("Coll Mill",),),
        "Which number is missing: The opening of Coll Mill on a cold morning in Velm was attended "
        "by ____ people.": (("19",),),
    }


@pytest.mark.parametrize(
    "sentence",
    [
        "She had never met so many people before at the old Coll Mill that morning in May.",
        "“The new wheel was built by the joiner Marta Quell alone,” he said on Monday.",
        "The new wheel of the mill was not built by the joiner Marta Quell from Velm.",
        "The new wheel of the mill\n- was built by the joiner Marta Quell in Velm.",
        "The new wheel was built [by the joiner](https://x.example) called Marta Quell in Velm.",
        "It rained on Marta Quell.",
    ],
)
def test_no_question_is_made_from_a_sentence_that_does_not_stand_alone(sentence: str):
    assert made(sentence) == []


def test_a_sentence_may_go_over_two_lines():
    (question,) = made("The new wheel of the mill was\r\nbuilt by the joiner Marta Quell in Velm.")

    assert question.question == (
        "Which name is missing: The new wheel of the mill was built by the joiner ____ in Velm."
    )
    assert "was\r\nbuilt" in question.evidence[0].quote


def test_every_article_with_the_sentence_is_right_and_its_copies_are_one_piece():
    for question in made(COLL, f"The Echo reports.\n\n{COLL}"):
        assert question.gold == {"a0", "a1"}
        assert len(question.pieces) == 1


def test_no_question_has_two_answers():
    one = "The head of the council of Velm is since Monday the joiner Marta Quell from Coll."
    assert made(one, one.replace("Marta Quell", "Nell Garroway")) == []


def test_a_question_without_an_answer_has_a_name_from_another_article():
    texts = (
        "The old mill beside the Orn Zoo was bought by the baker Nell Garroway from Velm.",
        "A new institute for music near the Hexby Dam was founded by the singer Rolf Dahl.",
    )
    (question,) = (one for one in made(*texts, n=5) if not one.answerable)

    assert question.type == "unanswerable"
    assert (question.answers, question.gold) == ((), frozenset())


def test_of_two_articles_with_one_id_the_last_counts():
    articles = [
        article(text, id="a") for text in (COLL, COLL.replace("Marta Quell", "Nell Garroway"))
    ]

    assert unique_articles(articles) == articles[1:]


@pytest.fixture(scope="module")
def articles() -> list[FullArticle]:
    return unique_articles(Reader([SEEDS]))


def test_every_quote_and_answer_stands_where_it_is_said_to(articles: list[FullArticle]):
    texts = {article.id: article.text for article in articles}
    questions = make_cloze_questions(articles, 100)

    assert len(questions) > 60
    assert len({question.question for question in questions}) == len(questions)
    assert sum(not question.answerable for question in questions) == 20
    for question in questions:
        for evidence in question.evidence:
            assert evidence.quote in texts[evidence.article]
            assert contains(evidence.quote, question.answers[0][0])
            assert not contains(question.question, question.answers[0][0])


def test_the_first_questions_are_from_many_articles(articles: list[FullArticle]):
    questions = make_cloze_questions(articles, 10)

    assert len({id for question in questions for id in question.gold}) == 8


def test_a_set_is_the_same_each_time_and_another_by_another_seed(articles: list[FullArticle]):
    one, same, other = (make_cloze_questions(articles, 20, seed) for seed in (1, 1, 2))

    assert one == same
    assert one != other


def test_the_command_makes_a_set_that_can_be_evaluated(tmp_path: Path, seeds_folder: Path, run):
    path = tmp_path / "mine.jsonl"
    made = run("questions", SEEDS, "-n", "12", "--out", path)

    assert (made.status, made.out) == (0, "")
    assert made.err.startswith("assistant: 12 questions from 12 articles (gap ")
    assert len(read_dataset(path).questions) == 12
    result = run("evaluate", path, "--index", seeds_folder, "--out", tmp_path / "run")
    assert result.status == 0
    assert "citation validity   1.000" in result.out
    assert run("questions", SEEDS, "-n", "12").out == path.read_text("utf-8")


def test_articles_that_cannot_be_read_are_named(tmp_path: Path, run):
    put(tmp_path / "news" / "bad.txt", b"caf\xe9")
    put(tmp_path / "news" / "coll.txt", COLL)
    result = run("questions", tmp_path / "news")

    assert result.status == 3
    assert "skipped" in result.err
    assert "not UTF-8" in result.err
    assert run("questions", tmp_path / "none").status == 1
    put(tmp_path / "short" / "a.txt", "It rained.")
    assert (
        "no question can be made from 1 article: name more articles"
        in run("questions", tmp_path / "short").err
    )


def test_what_a_model_writes_has_to_hold(tmp_path: Path, run, serve: Callable[..., ModelServer]):
    replies = {
        "good": "Question: Who made the wheel of the mill?\nAnswer: Marta Quell\nQuote: "
        "Marta Quell, a joiner from Velm, built the new wheel of Coll Mill with her own hands.",
        "invented": "Question: Who made the wheel?\nAnswer: Ada Kolb\nQuote: Ada Kolb made the wheel of Coll Mill.",
        "given away": "Question: Did Marta Quell make it?\nAnswer: Marta Quell\nQuote: "
        "Marta Quell, a joiner from Velm, built the new wheel of Coll Mill with her own hands.",
        "silent": "I cannot do that.",
    }
    for name in replies:
        put(tmp_path / "news" / f"{name}.md", f"---\nid: {name}\ntitle: {name}\n---\n{COLL}\n")

    def reply(request: Request) -> str:
        return next(text for name, text in replies.items() if f"Title: {name}" in request.prompt)

    serve(reply)
    result = run("questions", tmp_path / "news", "--model", "openai:gpt-5-mini")

    (question,) = map(json.loads, result.out.splitlines())
    assert (question["question"], question["answers"]) == (
        "Who made the wheel of the mill?",
        [["Marta Quell"]],
    )
    assert set(question["gold_articles"]) == set(replies)
    assert "3 questions of the model left out: the quote is not in the article" in result.err


def test_a_model_that_fails_or_says_nothing_useful(
    tmp_path: Path, run, serve: Callable[..., ModelServer]
):
    for name in "abc":
        put(tmp_path / "news" / f"{name}.md", f"---\nid: {name}\n---\n{COLL}\n")
    held = (
        "Question: Who made the wheel of the mill?\nAnswer: Marta Quell\nQuote: "
        "Marta Quell, a joiner from Velm, built the new wheel of Coll Mill with her own hands."
    )
    serve(held, Step(status=401, body="{}"))
    result = run("questions", tmp_path / "news", "--model", "openai:gpt-5-mini")
    assert (result.status, len(result.out.splitlines())) == (0, 1)
    assert "the model stopped early: " in result.err

    serve("I cannot do that.")
    result = run("questions", tmp_path / "news", "--model", "openai:gpt-5-mini")
    assert result.status == 1
    assert "no question can be made from 3 articles: name another model" in result.err
