from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from assistant.answer.parts import Status
from assistant.assistant import Assistant
from index.loading.folders import Reader
from tests.conftest import SEEDS

QUESTIONS = [
    json.loads(line) for line in (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()
]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
ARTICLES = {article.id: article for article in Reader([SEEDS])}


def as_read_from_file(path: str) -> str:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return file.read()


def test_there_are_a_dozen_articles_of_newspaper_length_with_all_facts():
    assert len(ARTICLES) == 12
    for article in ARTICLES.values():
        assert all([article.title, article.source, article.author, article.published, article.url])
        assert 400 <= len(article.text[article.body :].split()) <= 900, article.id


def test_the_readme_and_the_questions_are_not_taken_for_articles():
    reader = Reader([SEEDS])

    assert {Path(article.path or "").suffix for article in reader} == {".md"}
    assert (reader.skipped, reader.ignored) == ([], 2)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_the_gold_of_a_question_stands_in_the_articles(question: dict):
    quotes = [evidence["quote"] for evidence in question["evidence"]]
    for evidence in question["evidence"]:
        article = ARTICLES[evidence["article"]]
        assert evidence["quote"] in article.text[article.body :]
        assert evidence["article"] in question["gold_articles"]
    assert question["answerable"] == bool(quotes)
    assert all(any(answer in quote for quote in quotes) for answer in question["answers"])


def test_the_questions_differ_in_kind():
    kinds = [question["type"] for question in QUESTIONS]

    assert len(QUESTIONS) >= 40
    assert {"single", "multi", "temporal", "comparison", "unanswerable"} == set(kinds)
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_every_citation_is_exactly_what_the_file_has(question: dict, seeds: Assistant):
    answer = seeds.ask(question["question"])

    for citation in answer.citations:
        assert (
            as_read_from_file(citation.article.path or "")[citation.start : citation.end]
            == citation.quote
        )
    numbers = [citation.number for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    assert sorted(itertools.chain.from_iterable(s.citations for s in answer.sentences)) == numbers
    assert all(sentence.supported for sentence in answer.sentences)


def test_the_right_article_is_among_the_first_five_for_nearly_all_questions(seeds: Assistant):
    hits = [
        bool(
            {passage.article.id for passage in seeds.search(question["question"], k=5)}
            & set(question["gold_articles"])
        )
        for question in ANSWERABLE
    ]
    assert sum(hits) >= 0.9 * len(hits)


def test_most_questions_that_the_articles_answer_are_answered_and_few_others_fully(
    seeds: Assistant,
):
    statuses = [seeds.ask(question["question"]).status for question in ANSWERABLE]

    assert statuses.count(Status.UNANSWERED) <= 0.1 * len(statuses)
    assert statuses.count(Status.ANSWERED) >= 0.75 * len(statuses)


@pytest.mark.parametrize(
    "question",
    [
        "Who won the football world cup?",
        "What is the best way to remove limescale from a kettle?",
        "How many moons does Jupiter have?",
        "Which film won the Oscar for best picture?",
        "What did the central bank decide about interest rates?",
    ],
)
def test_questions_about_other_things_stay_unanswered(question: str, seeds: Assistant):
    assert seeds.ask(question).status is Status.UNANSWERED


def test_the_near_copy_is_named_beside_the_article_it_copies(seeds: Assistant):
    answer = seeds.ask("In which room was the wider session held?")

    room = next(citation for citation in answer.citations if "State Dining Room" in citation.quote)
    sources = {room.article.source, *(article.source for article in room.also)}
    assert {"Meridian Wire", "Northgate Post"} <= sources
