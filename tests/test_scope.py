"""The articles that a question means: outlets, authors, times, copies, several articles at once."""

from __future__ import annotations

import datetime
import json

import pytest

from assistant import Answer
from assistant.answer.parts import Status
from assistant.assistant import Assistant
from assistant.query.question import understand
from index.articles import Filter
from index.errors import QuestionError

from .conftest import SEEDS

QUESTIONS = [
    json.loads(line) for line in (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()
]


def sources(answer: Answer) -> set[str | None]:
    return {citation.article.source for citation in answer.citations}


def test_the_outlet_that_the_question_names_is_quoted(seeds: Assistant):
    answer = seeds.ask("According to the Valley Free Press, how many people were evacuated?")

    assert sources(answer) == {"Valley Free Press"}
    assert "2,100" in answer.sentences[0].text
    assert any("outlet Valley Free Press" in notice for notice in answer.notices)


def test_another_outlet_gives_another_answer(seeds: Assistant):
    answer = seeds.ask("According to the Meridian Wire, how many people were evacuated?")

    assert sources(answer) == {"Meridian Wire"}
    assert "1,400" in answer.sentences[0].text


def test_quotes_are_not_attributed_to_an_outlet_that_the_index_lacks(seeds: Assistant):
    answer = seeds.ask("According to The Guardian, how many people were evacuated in Varrowdale?")

    assert answer.status is not Status.ANSWERED
    assert any("no article here is from “The Guardian”" in notice for notice in answer.notices)


def test_an_outlet_without_an_answer_gets_a_notice(seeds: Assistant):
    answer = seeds.ask("According to the Valley Free Press, what will the Serrin telescope cost?")

    assert answer.status in (Status.PARTIAL, Status.UNANSWERED)
    assert not answer.citations or any(
        "no answer was found from" in notice for notice in answer.notices
    )


def test_an_author_can_be_named(seeds: Assistant):
    answer = seeds.ask(
        "What does the article by Nell Garroway say about people who were evacuated?"
    )

    assert sources(answer) == {"Valley Free Press"}


def test_inference_can_be_switched_off(seeds: Assistant):
    question = "According to The Guardian, how many people were evacuated in Varrowdale?"

    assert seeds.ask(question, infer=False).trace.wishes == ()
    assert seeds.ask(question, infer=False).notices == ()


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        (Filter(sources=("ledger",)), {"The Ledger"}),
        (Filter(authors=("Imogen Sallow",)), {"Harbour Courier"}),
        (Filter(articles=("brannoch-flood-valley",)), {"Valley Free Press"}),
        (Filter(since="2025-09-17", until="2025-09-17"), {"Northgate Post"}),
    ],
)
def test_a_filter_excludes_all_other_articles(seeds: Assistant, within: Filter, expected: set[str]):
    assert {
        passage.article.source for passage in seeds.search("flood", k=50, within=within)
    } == expected


def test_as_of_a_day_later_articles_do_not_exist(seeds: Assistant):
    question = "How much is the damage of the flood estimated at?"
    before, after = seeds.ask(question, as_of="2025-09-14"), seeds.ask(question, as_of="2025-09-18")

    assert all((citation.article.published or "") <= "2025-09-14" for citation in before.citations)
    assert "£38 million" in before.text
    assert "£61.5 million" in after.text
    assert before.as_of == before.trace.as_of == "2025-09-14"
    assert before.trace.later > after.trace.later > 0
    assert any("published later" in notice for notice in before.notices)


def test_an_article_that_was_updated_after_that_day_is_flagged(seeds: Assistant):
    answer = seeds.ask("How high did the Brannoch peak at Skarrow Bridge?", as_of="2025-09-14")

    assert "Harbour Courier" in sources(answer)
    assert any("was updated on 2025-09-16" in notice for notice in answer.notices)


def test_a_day_that_cannot_be_read_is_an_error(seeds: Assistant):
    with pytest.raises(
        QuestionError, match=r"the day to ask as of is 'soon': write it like 2025-03-31"
    ):
        seeds.ask("What happened?", as_of="soon")


@pytest.mark.parametrize("date", ["2025-99-99", "May 2025", "soon"])
def test_a_filter_with_a_date_that_cannot_be_read_is_an_error(seeds: Assistant, date: str):
    with pytest.raises(
        QuestionError, match=f"the filter has the date '{date}': write it like 2025-03-31"
    ):
        seeds.ask("What happened?", within=Filter(since=date))


def test_a_time_of_saying_is_the_date_of_the_report(seeds: Assistant):
    (wish,) = (
        w
        for w in seeds.find("What did the Ledger say in November 2025?").trace.wishes
        if w.kind == "time"
    )

    assert (wish.firm, wish.within) == (True, Filter(since="2025-11-01", until="2025-11-30"))


def test_a_corrected_figure_is_not_quoted_as_the_answer(seeds: Assistant):
    answer = seeds.ask(
        "According to the Harbour Courier, how high did the river peak at Skarrow Bridge?"
    )

    assert "7.14 metres" in answer.sentences[0].text
    assert "7.41" not in answer.text


def test_a_correction_is_quoted_if_asked_for(seeds: Assistant):
    question = "On what day did the Harbour Courier correct its figure for the height of the river?"

    assert "16 September" in seeds.ask(question).text


def test_a_near_copy_gets_no_place_beside_its_original(seeds: Assistant):
    found = seeds.find("In which room was the wider session held?", k=8)

    articles = {passage.article.id for passage in found.passages}
    assert len(articles & {"washington-talks-meridian", "washington-talks-northgate"}) == 1
    ((original, same),) = found.copies.items()
    assert {original, *(article.id for article in same)} == {
        "washington-talks-meridian",
        "washington-talks-northgate",
    }


def test_a_question_of_two_parts_has_both_answers(seeds: Assistant):
    answer = seeds.ask(
        "Who leads the inquiry into the flood, and what will a single ticket to Torvay cost?"
    )

    assert answer.status is Status.ANSWERED
    assert "Rosalind Achterberg" in answer.text
    assert "£6.90" in answer.text


def test_a_part_is_asked_with_the_names_of_the_others(seeds: Assistant):
    question = "Who built the Tarn bridge, and when was it opened?"
    understood = understand(question, seeds.index, datetime.date(2025, 12, 1))

    assert [part.question for part in understood.asked] == [
        "Who built the Tarn bridge",
        "when was it opened (Tarn)",
    ]


def test_each_outlet_named_has_a_passage_among_the_first(seeds: Assistant):
    passages = seeds.search(
        "Do the Valley Free Press and the Northgate Post agree on the sirens?", k=4
    )

    assert {"Valley Free Press", "Northgate Post"} <= {
        passage.article.source for passage in passages
    }
    assert max(passage.score for passage in passages) <= 1


@pytest.mark.parametrize(
    "question", [q for q in QUESTIONS if q["answerable"]], ids=lambda q: q["id"]
)
def test_no_inference_hides_a_right_article(seeds: Assistant, question: dict):
    passages = seeds.search(question["question"], k=8, as_of=question["date"])

    assert {passage.article.id for passage in passages} & set(question["gold_articles"])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Did the ferry strike begin before or after the Varrowdale flood?",
            {"averell", "brannoch"},
        ),
        ("Which came first, the flood in Varrowdale or the ferry strike?", {"averell", "brannoch"}),
        (
            "What happened first: the White House talks or the flood in Tolleth?",
            {"washington", "brannoch"},
        ),
    ],
)
def test_a_question_of_order_quotes_both_events_with_their_dates(
    seeds: Assistant, question: str, expected: set[str]
):
    answer = seeds.ask(question)

    assert {citation.article.id.partition("-")[0] for citation in answer.citations} == expected
    assert all(citation.article.published for citation in answer.citations)
    assert answer.disagreements == ()


def test_a_time_may_be_named_by_an_event(seeds: Assistant):
    (wish,) = seeds.find("What did Trump say about land before the Alaska summit?").trace.wishes
    assert (wish.kind, wish.within.since, wish.within.until, wish.firm) == (
        "time",
        None,
        "2025-08-18",
        False,
    )

    (wish,) = seeds.find("What has been mended in Tolleth since the Varrowdale flood?").trace.wishes
    assert (wish.within.since, wish.within.until) == ("2025-09-10", None)


def test_an_event_in_no_article_gives_no_time(seeds: Assistant):
    question = "What did Trump say about land before the Alaska summit?"
    assert seeds.find(question, as_of="2025-08-17").trace.wishes == ()
    assert seeds.find("What happened after the Brask election?").trace.wishes == ()


def test_a_date_without_a_year_is_of_the_latest_year_with_reports(seeds: Assistant):
    answer = seeds.ask(
        "What does the telescope cost, as in the report of 12 November by the Ledger?",
        as_of="2027-12-31",
    )

    assert {str(wish.within.since) for wish in answer.trace.wishes if wish.kind == "time"} == {
        "2025-11-12"
    }
    assert {citation.article.id for citation in answer.citations} == {"serrin-delay-ledger"}


def test_unknown_names_in_a_filter_get_a_notice_with_the_nearest(seeds: Assistant):
    answer = seeds.ask(
        "What was flooded?",
        within=Filter(sources=("Ledgr",), authors=("Nobody Known",), articles=("x",)),
    )

    assert answer.status is Status.UNANSWERED
    assert answer.notices[0] == "no outlet here is called “Ledgr”; the nearest: The Ledger"
    assert answer.notices[1].startswith("no author here is called “Nobody Known”; there are")
    assert answer.notices[2] == "no article here has the id “x”"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Does the Valley Free Press agree with the Meridian Wire on how many people were evacuated?",
            {"Valley Free Press", "Meridian Wire"},
        ),
        (
            "How do the Ledger and Plumbline Science differ on what the Serrin telescope will cost?",
            {"The Ledger", "Plumbline Science"},
        ),
    ],
)
def test_outlets_that_are_compared_are_both_quoted(
    seeds: Assistant, question: str, expected: set[str]
):
    answer = seeds.ask(question)

    assert sources(answer) == expected
    assert len(answer.trace.parts) == 2


def test_an_attribution_that_opens_a_question_holds_for_all_parts(seeds: Assistant):
    answer = seeds.ask(
        "According to the Ledger, what does the Serrin telescope cost, and when is first light?"
    )

    assert sources(answer) == {"The Ledger"}
    assert "March 2028" in answer.text


def test_the_author_that_the_question_names_is_quoted(seeds: Assistant):
    answer = seeds.ask("What did Margit Solane write about the mirror of the telescope?")

    assert {citation.article.author for citation in answer.citations} == {"Margit Solane"}


def test_the_events_of_a_question_of_order_are_not_times(seeds: Assistant):
    found = seeds.find("Did the ferry strike begin before or after the Varrowdale flood?")

    assert [wish for wish in found.trace.wishes if wish.kind == "time"] == []


def test_a_filter_takes_a_name_or_a_list():
    assert (
        Filter(sources="The Ledger")
        == Filter(sources=["The Ledger"])
        == Filter(sources=("The Ledger",))
    )  # type: ignore[arg-type]
