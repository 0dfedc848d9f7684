"""Question sets that are made from articles."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.evaluation.datasets.reading import read_dataset
from assistant.evaluation.making import Corpus, make_questions
from assistant.evaluation.measures import contains
from assistant.evaluation.questions import Question
from index.loading.folders import Reader

from .conftest import SEEDS
from .helpers import article, put
from .model_server import ModelServer, Request, Step

COLL = (
    "Marta Quell, a joiner from Velm, built the new wheel of Coll Mill with her own hands. "
    "Nineteen people came to the opening of Coll Mill on a cold morning in Velm. "
    "The old wheel was taken to the museum of Velm on 3 May 2024 after a long debate. "
    "She said that it had been a long winter for everybody in the valley."
)


def made(*texts: str, n: int = 20) -> list[Question]:
    articles = [article(text, id=f"a{i}", title=f"Title {i}") for i, text in enumerate(texts)]
    return make_questions(Corpus(articles), n)


def test_who_when_and_how_many():
    questions = {question.type: question for question in made(COLL)}

    assert (
        questions["who"].question
        == "Who or what built the new wheel of Coll Mill with her own hands?"
    )
    assert questions["who"].answers == (("Marta Quell",),)
    assert questions["how many"].question == (
        "How many people came to the opening of Coll Mill on a cold morning in Velm?"
    )
    assert questions["how many"].answers == (("Nineteen",),)
    assert (
        questions["when"].question
        == "When was the old wheel taken to the museum of Velm after a long debate?"
    )
    assert questions["when"].answers == (("3 May 2024",),)


@pytest.mark.parametrize(
    "sentence",
    [
        "She had never seen so many people at Coll Mill before that morning in May.",
        "“Marta Quell built the new wheel of Coll Mill with her own hands,” he said on Monday.",
        "When Marta Quell built the new wheel, the people of Coll came to look at it.",
        "Three days after Marta Quell came to Coll Mill, the old wheel fell to pieces.",
        "It rained.",
    ],
)
def test_sentences_that_do_not_stand_by_themselves_are_no_facts(sentence: str):
    assert [question for question in made(sentence) if question.type != "gap"] == []


def test_two_articles_are_asked_at_once_where_they_share_a_name():
    other = (
        "Nell Garroway bought the bakery beside Coll Mill from the family of its founder in Velm."
    )
    (both,) = (question for question in made(COLL, other) if question.type == "two articles")

    assert len(both.answers) == 2
    assert set(both.articles) == {"a0", "a1"}
    assert ", and " in both.question


def test_a_near_copy_of_the_quote_is_right_too():
    copy = "The Echo reports.\n\n" + COLL.replace("a joiner from Velm", "a joiner of Velm")
    who = next(question for question in made(COLL, copy) if question.type == "who")

    assert set(who.articles) == {"a0", "a1"}
    assert {evidence.article for evidence in who.evidence} == {"a0", "a1"}
    assert any("a joiner of Velm" in evidence.quote for evidence in who.evidence)


def test_the_same_words_of_another_name_or_number_are_another_fact():
    one = "Marta Quell was elected head of the council of Velm on Monday with 1302 votes in the first round."
    other = one.replace("Marta Quell", "Nell Garroway").replace("1302", "1200")
    questions = made(one, other)

    assert questions
    assert all(
        len(question.gold) == 1
        for question in questions
        if question.type not in ("two articles", "unanswerable")
    )


def test_what_denies_it_or_has_another_word_is_no_copy():
    one = "Marta Quell was elected head of the council of Velm on Monday with 1302 votes in the first round."
    for other in (
        one.replace("was elected", "was not elected"),
        one.replace("head", "deputy"),
        f"It is false that {one}",
    ):
        assert all(
            len(question.gold) == 1 for question in made(one, other) if question.type == "who"
        )


def test_what_two_articles_answer_differently_is_not_asked():
    one = "Marta Quell joined the bakery of Velm from Coll Mill in June 2019 with a mandate to cut its costs."
    assert [q for q in made(one, one.replace("Marta", "Nell")) if q.type == "who"] == []


def test_what_an_article_says_in_other_words_has_an_answer():
    questions = made(
        "Sandra Okar won the mayoral race in Port Velm with 52 per cent of the ballots cast.",
        "Liam Orn won the mayoral race in Lower Coll with 52% of the ballots cast.",
    )
    assert questions
    assert all(question.answerable for question in questions)


def test_copies_of_a_quote_are_one_piece_of_evidence():
    copy = COLL.replace("a joiner from Velm", "a joiner of Velm")
    both = [question for question in made(COLL, copy) if len(question.gold) == 2]

    assert both
    assert all(len(question.pieces) == len(question.answers) for question in both)


def test_a_name_in_what_is_denied_is_not_put_in():
    texts = (
        "Rolf Dahl founded the Dahl Institute in Velm, not the Hexby Dam, with his own money.",
        "Nell Garroway bought the bakery beside the Orn Zoo from the family of its founder in Velm.",
    )
    (question,) = (question for question in made(*texts) if question.type == "unanswerable")
    assert (
        question.question
        == "Who or what bought the bakery beside the Dahl Institute from the family of its founder in Velm?"
    )


def test_lines_end_within_sentences_and_lists_are_none():
    wrapped = (
        "Marta Quell, a joiner from Velm, built the new\r\nwheel of Coll Mill with her own hands."
    )
    who = next(question for question in made(wrapped) if question.type == "who")
    listed = "Marta Quell built the new wheel of Coll Mill\n- with her own hands in Velm.\n"

    assert who.question == "Who or what built the new wheel of Coll Mill with her own hands?"
    assert "new\r\nwheel" in who.evidence[0].quote
    assert (
        made(
            listed,
            "Marta Quell built [the wheel](https://x.example) of Coll Mill with her own hands.",
        )
        == []
    )


def test_of_two_articles_with_one_id_the_last_counts():
    articles = [
        article(text, id="a") for text in (COLL, COLL.replace("Marta Quell", "Nell Garroway"))
    ]
    questions = make_questions(Corpus(articles), 10)

    assert questions
    assert all(
        each.quote in articles[1].text for question in questions for each in question.evidence
    )


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus(Reader([SEEDS]))


def test_every_quote_and_answer_stands_where_it_is_said_to(corpus: Corpus):
    texts = {article.id: article.text for article in corpus.articles}
    questions = make_questions(corpus, 100)

    assert len(questions) > 60
    assert len({question.question for question in questions}) == len(questions)
    for question in questions:
        for evidence in question.evidence:
            assert evidence.quote in texts[evidence.article]
        for group in question.answers:
            for answer in group:
                assert any(contains(evidence.quote, answer) for evidence in question.evidence)
                assert question.type == "two articles" or not contains(question.question, answer)


def test_what_is_said_to_have_no_answer_has_none(corpus: Corpus):
    lacking = [
        question for question in make_questions(corpus, 100) if question.type == "unanswerable"
    ]

    assert lacking
    for question in lacking:
        assert (question.answerable, question.answers, question.gold) == (False, (), frozenset())


def test_a_set_is_the_same_each_time_and_another_by_another_seed(corpus: Corpus):
    one, same, other = (make_questions(corpus, 20, seed) for seed in (1, 1, 2))

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
        "no question can be made of 1 article: name more"
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
    assert "3 questions of the model were left out: quote or answer do not hold" in result.err


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
    assert "no question can be made of 3 articles: name another model" in result.err
