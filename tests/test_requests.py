"""Requests that do not ask for a fact are recognised, and answered from the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Assistant, Filter
from assistant.answer.parts import Status, Verdict
from assistant.errors import LogError
from assistant.history.log import Log
from assistant.query.requests import Kind, Request, recognise_request, wants_all


@pytest.mark.parametrize(
    ("question", "kind", "about"),
    [
        ("Hello!", Kind.GREETING, ""),
        ("good evening", Kind.GREETING, ""),
        ("What can you do?", Kind.GREETING, ""),
        ("help", Kind.GREETING, ""),
        ("Thanks a lot!", Kind.THANKS, ""),
        ("okay, thank you", Kind.THANKS, ""),
        ("How many articles are there?", Kind.COUNT, ""),
        ("how many articles do you have about the harbour", Kind.COUNT, "the harbour"),
        ("How many reports mention Torvay?", Kind.COUNT, "Torvay"),
        ("what are these articles about?", Kind.OVERVIEW, ""),
        ("Could you summarise the articles, please?", Kind.OVERVIEW, ""),
        ("What is here about the ferry strike?", Kind.LIST, "the ferry strike"),
        ("Is there anything about Mount Serrin?", Kind.LIST, "Mount Serrin"),
        ("list all articles on the settlement", Kind.LIST, "the settlement"),
        ("Which outlets reported on the flood?", Kind.OUTLETS, "the flood"),
        ("Which newspapers covered the Washington talks?", Kind.OUTLETS, "the Washington talks"),
        ("Who wrote the article about the settlement?", Kind.AUTHOR, "the settlement"),
        ("When was the story about the telescope published?", Kind.DATE, "the telescope"),
    ],
)
def test_requests_about_the_articles_are_recognised(question: str, kind: Kind, about: str):
    assert recognise_request(question) == Request(kind, about)


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote the constitution?",
        "Who reported the fire?",
        "When was the bridge built?",
        "When was the report of 2019 published?",
        "How many reports of fraud did the police get?",
        "How many stories does the tower have?",
        "Which reports on the flood were wrong?",
        "What is on Mount Serrin?",
        "What did the article in the contract say?",
        "What is the cost of the telescope?",
        "Hello Kitty made how much money last year?",
        "Who thanked the crews?",
        "",
    ],
)
def test_questions_of_fact_are_not_requests(question: str):
    assert recognise_request(question) is None


@pytest.mark.parametrize(
    ("question", "kind", "about", "limits"),
    [
        ("How many articles from the Ledger are there?", Kind.COUNT, "", "from the Ledger"),
        ("How many articles were published in October 2025?", Kind.COUNT, "", "in October 2025"),
        (
            "How many stories on the strike did the Courier run in May?",
            Kind.COUNT,
            "the strike",
            "the Courier in May",
        ),
        ("How many reports from 2023 mention the bridge?", Kind.COUNT, "the bridge", "from 2023"),
        ("Which articles appeared in August?", Kind.OVERVIEW, "", "in August"),
        (
            "Which articles on the flood are from the Courier?",
            Kind.LIST,
            "the flood",
            "from the Courier",
        ),
    ],
)
def test_limits_and_topic_of_a_request_are_separated(
    question: str, kind: Kind, about: str, limits: str
):
    assert recognise_request(question) == Request(kind, about, limits)


def test_a_question_may_ask_for_all_of_something():
    assert wants_all("List all the people who died")
    assert not wants_all("Who died?")


def test_a_greeting_is_answered_with_examples_of_questions(seeds: Assistant):
    answer = seeds.ask("Hello!")

    assert (answer.status, answer.citations, answer.confidence) == (Status.ANSWERED, (), None)
    assert [sentence.verdict for sentence in answer.sentences] == [Verdict.NO_CLAIM]
    assert answer.text.startswith("Ask what the articles say")


def test_articles_are_counted(seeds: Assistant):
    assert seeds.ask("How many articles are there?").text == "There are 12 articles here."
    of_the_ledger = seeds.ask("How many articles are there from the Ledger?")
    assert of_the_ledger.text == "There are 3 articles here from The Ledger."


def test_outlets_that_reported_on_something_are_named_with_their_articles(seeds: Assistant):
    answer = seeds.ask("Which outlets reported on the ferry strike?")

    assert answer.text.startswith("Harbour Courier (2), The Ledger (1).")
    assert {citation.article.source for citation in answer.citations} == {
        "Harbour Courier",
        "The Ledger",
    }
    assert [sentence.supported for sentence in answer.sentences] == [True]
    assert answer.notices == (
        "found by their words: an article that says it in other words is not among them",
    )


def test_the_author_and_the_date_of_an_article_are_given(seeds: Assistant):
    assert (
        "(Harbour Courier) is by Tobias Wrenfield. [1]"
        in seeds.ask("Who wrote the article about the settlement?").text
    )
    assert (
        "published on 2025-11-12. [1]"
        in seeds.ask("When was the article about the telescope published?").text
    )


def test_a_topic_of_no_article_stays_unanswered(seeds: Assistant):
    answer = seeds.ask("Which articles mention unicorns?")

    assert (answer.status, answer.sentences) == (Status.UNANSWERED, ())
    assert answer.notices == ("no article here has all words of “unicorns”",)


def test_requests_keep_to_the_scope_of_the_question(seeds: Assistant):
    answer = seeds.ask("What are these articles about?", as_of="2025-04-30")

    assert answer.text.startswith(
        "There is 1 article here, published on 2025-04-09: Plumbline Science (1)."
    )


def test_articles_of_one_of_two_outlets_are_counted(seeds: Assistant):
    answer = seeds.ask("How many articles are there from the Ledger and from the Harbour Courier?")

    assert answer.text == "There are 6 articles here from The Ledger or Harbour Courier."


@pytest.mark.parametrize(
    ("question", "counted"),
    [
        (
            "How many articles were published in September?",
            "There are 4 articles here published from 2025-09-01",
        ),
        (
            "How many articles on the ferry are there from the Ledger in October 2025?",
            "1 of 12 articles here from The",
        ),
        (
            "How many articles did the Meridian Wire publish in August 2025?",
            "There is 1 article here from Meridian",
        ),
    ],
)
def test_topic_outlet_and_time_of_one_request_all_count(
    seeds: Assistant, question: str, counted: str
):
    assert seeds.ask(question).text.startswith(counted)


def test_a_report_by_somebody_else_is_a_question_of_fact(seeds: Assistant):
    answer = seeds.ask("Which reports were published by the river authority in 2025?")

    assert all(sentence.verdict is not Verdict.KNOWN for sentence in answer.sentences)


def test_an_outlet_that_the_index_lacks_has_no_articles(seeds: Assistant):
    answer = seeds.ask("How many articles are there?", within=Filter(sources=("Gazette",)))

    assert (answer.status, answer.sentences) == (Status.UNANSWERED, ())
    assert answer.notices == ("there is no article here",)


def test_an_error_during_a_request_is_logged(
    tmp_path: Path, seeds_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    log = Log(tmp_path / "log.db")
    with Assistant(index=seeds_folder, log=log) as assistant:
        monkeypatch.setattr(
            assistant.index, "articles", lambda *_: (_ for _ in ()).throw(LogError("gone"))
        )
        with pytest.raises(LogError):
            assistant.ask("How many articles are there?")

    assert [turn.error for turn in log.turns()] == ["gone"]
