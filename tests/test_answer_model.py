"""The model that finds answers: whether a passage answers, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.reading import answers
from assistant.reading.answers import AnswerModel, Reading, answer_model
from assistant.retrieval.rerank import MAX_QUESTION_WORDS, focus
from index.errors import EmbedderError

HEAD = "The Gull, 2025-05-05: Library opens late"
TEXT = (
    "The new library in Orlingham opened on 4 May, three weeks late. Mayor Petra Vance cut the ribbon before about 300 "
    "people. The building cost 12.4 million crowns. Nobody was available to comment on the delay."
)


def read(question: str, text: str = TEXT) -> Reading:
    (reading,) = answer_model().read(question, [(HEAD, text)])
    return reading


def pointed(question: str) -> str:
    span = read(question).span_within(0, len(TEXT))
    assert span is not None
    return TEXT[span.start : span.end]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When did the library in Orlingham open?", "4 May"),
        ("Who cut the ribbon at the opening?", "Petra Vance"),
        ("What did the library building cost?", "12.4 million crowns"),
        ("How many people watched the mayor open the library?", "300"),
    ],
)
def test_it_points_at_the_answer(question: str, answer: str):
    assert answer in pointed(question)
    assert read(question).answered > 0.5


@pytest.mark.parametrize(
    "question",
    [
        "What is the boiling point of mercury?",
        "Who scored the winning goal?",
        "Which airline lost most bags in 2019?",
    ],
)
def test_it_tells_a_passage_that_does_not_answer(question: str):
    assert read(question).answered < 0.2


def test_a_part_of_the_passage_has_a_share_of_the_answer():
    reading = read("Who cut the ribbon at the opening?")
    second = TEXT.index("Mayor"), TEXT.index(" The building")
    last = TEXT.index("Nobody"), len(TEXT)
    here, there = reading.span_within(*second), reading.span_within(*last)

    assert here
    assert there
    assert 0 <= there.share < 0.1 < 0.8 < here.share <= 1
    assert reading.span_within(4, 4) is None


def test_the_end_of_a_long_passage_is_not_read():
    reading = read("Who cut the ribbon?", "Rain fell. " * 200 + TEXT)

    assert reading.span_within(0, 100) is not None
    assert reading.span_within(2_300, 2_500) is None


def test_a_passage_reads_the_same_beside_others_and_alone():
    question = "Who cut the ribbon?"
    others = [(HEAD, "Rain fell."), (HEAD, TEXT), ("", TEXT), (HEAD, "")]

    together = AnswerModel().read(question, others)

    assert together[1].answered == read(question).answered
    assert together[3].span_within(0, 10) is None


def test_no_passage_is_no_reading():
    assert answer_model().read("Who?", []) == []


def test_a_changed_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "answer.onnx").write_bytes(b"other")
    monkeypatch.setattr(
        answers, "ANSWER_MODEL", (tmp_path / "answer.onnx", answers.ANSWER_MODEL[1])
    )

    with pytest.raises(
        EmbedderError, match=r"answer\.onnx is not the file that this version was made for"
    ):
        AnswerModel().read("Who?", [(HEAD, TEXT)])


def test_of_a_long_question_the_sentence_that_asks_is_read():
    lead = "It rained for weeks and the river rose. " * 20

    assert focus("Who cut the ribbon?") == "Who cut the ribbon?"
    assert focus(f"{lead}Who cut the ribbon? Thank you.") == "Who cut the ribbon?"
    assert len(focus("word " * 2_000).split()) == MAX_QUESTION_WORDS
