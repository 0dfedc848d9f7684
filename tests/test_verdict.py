"""The verdict of an evaluation in words: runs without an index, a question of each outcome."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant import Answer
from assistant.answer.parts import Citation, Sentence, Status, Timings, Usage
from assistant.evaluation.page import report_page
from assistant.evaluation.questions import Question
from assistant.evaluation.report import Report, compare, score_run
from assistant.evaluation.rows import FoundText, Row
from assistant.evaluation.runs import Run
from assistant.evaluation.scoring import Outcome
from assistant.evaluation.verdict import verdict_sentences
from index.articles import Article

HEADER = {
    "questions": "set.jsonl", "format": "questions", "model": "quotes", "version": "1",
    "data": "d", "index": "i", "prompts": "p", "code": "c",
}  # fmt: skip
ASKED = {"answers": (("1871",), ("twelve",))}
REFUSAL = ""


def answer(text: str) -> Answer:
    citation = Citation(
        number=1, quote=text, start=0, end=len(text), article=Article(id="mill", title="Mill")
    )
    return Answer(
        question="?",
        status=Status.ANSWERED if text else Status.UNANSWERED,
        sentences=[Sentence(text, (1,))] if text else [],
        citations=[citation] if text else [],
        model="quotes",
        usage=Usage(),
        timings=Timings(1, 1),
    )


def scored(*cases: tuple[dict, str | None], found: str | None = None) -> Report:  # type: ignore[type-arg]
    """A report of questions with these fields and answers; None for one that failed."""
    questions, rows = [], []
    for number, (fields, text) in enumerate(cases, start=1):
        id = f"q{number}"
        questions.append(Question(id=id, question=f"Question {number}?", **fields))
        place = FoundText("mill", 0, len(text or ""), found or text or "")
        rows.append(
            Row(
                id=id,
                answer=None if text is None else answer(text),
                error="no key" if text is None else None,
                seconds=0.5,
                found=(place,),
            )
        )
    return score_run(Run(Path("run"), HEADER, questions, rows))


EVERY = (
    (ASKED, "Built in 1871, with twelve wheels."),
    (ASKED, "Built in 1871."),
    (ASKED, "It burned down."),
    (ASKED, REFUSAL),
    ({"answerable": False}, REFUSAL),
    ({"answerable": False}, "It burned down."),
    (ASKED, None),
    ({}, "It burned down."),
)


def test_each_question_has_one_outcome():
    assert [one.outcome for one in scored(*EVERY).scored] == [
        Outcome.RIGHT, Outcome.INCOMPLETE, Outcome.WRONG, Outcome.REFUSED, Outcome.RIGHTLY_REFUSED,
        Outcome.NOT_REFUSED, Outcome.FAILED, Outcome.UNGRADED,
    ]  # fmt: skip


def test_the_verdict_says_what_became_of_the_questions():
    assert list(verdict_sentences(scored(*EVERY)))[:-1] == [
        "2 of 7 questions came out right, or 29% (95% interval: 0% to 57%).",
        "Of the 4 questions that the articles answer, 1 was answered in full, 1 answered in part, "
        "1 answered wrongly and 1 refused.",
        "Of the 2 questions that the articles do not answer, 1 was refused and 1 answered all the "
        "same.",
        "1 question failed, which counts as wrong.",
        "1 question could not be graded: no right answer is known.",
        "The articles have 5 of 5 citations word for word.",
        "On average, the quotes of an answer prove 100% of its sentences "
        "(95% interval: 48% to 100%).",
    ]


@pytest.mark.parametrize(
    ("count", "says"),
    [(20, ["The interval of right answers is wide: about 330 questions would narrow it to 10 points."]),
     (2_000, [])],
)  # fmt: skip
def test_a_wide_interval_says_how_many_questions_would_narrow_it(count: int, says: list[str]):
    cases = [
        (ASKED, "Built in 1871, with twelve wheels." if n % 2 else "No.") for n in range(count)
    ]
    sentences = verdict_sentences(scored(*cases))

    assert [sentence for sentence in sentences if "is wide" in sentence] == says


def test_a_citation_that_its_article_does_not_have_is_a_fault():
    report = scored((ASKED, "Built in 1871."), found="Built in 1872.")

    assert (
        "The articles have 0 of 1 citation word for word; the others are a fault of the program."
        in list(verdict_sentences(report))
    )
    assert report.faults == ("citations not word for word in their articles: 1 answer (q1)",)


def test_nothing_asked_and_nothing_cited():
    assert list(verdict_sentences(scored())) == ["No question was asked."]
    assert "Nothing was cited." in list(verdict_sentences(scored((ASKED, REFUSAL))))


def test_a_comparison_is_better_worse_or_undecided():
    right = scored(*[(ASKED, "Built in 1871, with twelve wheels.")] * 10)
    wrong = scored(*[(ASKED, "No.")] * 10)

    def change(this: Report, other: Report) -> str:
        return list(verdict_sentences(replace(this, against=compare(this, other))))[-1]

    assert change(right, wrong) == (
        "This run is better than the other one: it won 10 questions and lost 0 (p 0.002)."
    )
    assert change(wrong, right).startswith("This run is worse than the other one")
    assert change(right, right).startswith("The questions do not show that this run is better")


def test_table_and_page_open_with_the_verdict_and_group_the_measures():
    report = scored(*EVERY)
    lines = str(report).splitlines()
    page = report_page(report)

    assert lines[:3] == [
        "set.jsonl: 8 questions, model quotes",
        "",
        "2 of 7 questions came out right, or 29% (95% interval: 0% to 57%).",
    ]
    titles = [line.split(" ")[0] for line in lines if line.endswith("n") and "interval" in line]
    assert titles == ["answering", "citing", "refusing"]
    assert "failed: question q7 (no key); the same command asks again" in page
    assert page.index("2 of 7 questions") < page.index("<h3>Answering</h3>")
