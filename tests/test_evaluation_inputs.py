"""What is wrong with an evaluation is said before it is asked, or beside its figures; files are read as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from assistant import Assistant
from assistant.errors import EvaluationError
from assistant.evaluation import EvaluationOptions, evaluate, report_run
from assistant.evaluation.datasets.dataset import OfficialAnswer
from assistant.evaluation.datasets.multihop import read_corpus
from assistant.evaluation.datasets.reading import SCORERS, read_dataset
from assistant.evaluation.questions import Question
from assistant.evaluation.runs import ANSWERS, Run

from .conftest import SEEDS
from .helpers import json_lines, put

QUESTIONS = SEEDS / "questions.jsonl"
MILL = "The mill at Coll was built in 1871 by Marta Quell and has twelve wheels."
DAM = "The dam at Velm was finished in 1902 after a long debate in the council."


@pytest.fixture
def mill(tmp_path: Path) -> Path:
    """A folder with two articles, which have urls."""
    lines = json_lines(
        {"id": "mill", "title": "Mill", "url": "https://echo.example/mill", "text": MILL},
        {"id": "dam", "title": "Dam", "url": "https://echo.example/dam", "text": DAM},
    )
    return put(tmp_path / "news" / "articles.jsonl", lines).parent


def asked(folder: Path, *questions: dict[str, Any]) -> Path:
    return put(folder / "set.jsonl", json_lines(*questions))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"vs": "none"}, "none has no run"),
        ({"calibrate": "none"}, "no question is in the split 'none'"),
        ({"official": "none"}, "no official scorer is called 'none'"),
        ({"judge": "none"}, "none"),
        ({"sample": 0}, "sample is 0"),
        ({"workers": -1}, "workers is -1"),
        ({"articles": QUESTIONS, "index": None, "passage_tokens": "6"}, "passage_tokens"),
        ({"embedder": "bge-small"}, "need --articles"),
        ({"passage_tokens": 50}, "need --articles"),
    ],
)
def test_what_cannot_be_reported_is_not_asked(
    options: dict[str, Any],
    said: str,
    seeds_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(Assistant, "ask", lambda *_, **__: pytest.fail("asked"))
    monkeypatch.chdir(tmp_path)
    from assistant import AssistantError

    chosen = {"index": seeds_folder, "out": tmp_path / "run", **options}
    with pytest.raises(AssistantError, match=said):
        evaluate(QUESTIONS, EvaluationOptions(**chosen))


def test_articles_that_are_not_there_are_no_zeros(tmp_path: Path, mill: Path, run):
    questions = asked(
        tmp_path, {"question": "When was the mill at Coll built?", "answers": ["1871"]}
    )
    (tmp_path / "empty").mkdir()
    for name in ("none", "empty"):
        result = run(
            "evaluate", questions, "--articles", tmp_path / name, "--out", tmp_path / "run"
        )
        assert result.status == 1
        assert "can be read" in result.err
    put(mill / "bad.txt", b"caf\xe9")
    result = run("evaluate", questions, "--articles", mill, "--out", tmp_path / "run")
    assert result.status == 3
    assert "assistant: skipped" in result.err
    assert "not UTF-8" in result.err


def test_right_articles_may_be_named_by_their_urls(tmp_path: Path, mill: Path):
    url = "https://echo.example/mill"
    evidence = [{"article": url, "quote": "built in 1871"}]
    questions = asked(
        tmp_path,
        {"question": "When was the mill at Coll built?", "gold_articles": [url], "evidence": evidence},
        {"question": "When was the dam at Velm finished?", "answers": ["1902"], "gold_articles": ["gone"]},
    )  # fmt: skip
    made = evaluate(questions, EvaluationOptions(articles=mill, out=tmp_path / "run"))

    assert (
        made.scored[0].score.measures["hit@1"] == made.scored[0].score.measures["evidence@4"] == 1
    )
    assert made.faults == ("right article missing from the index: question 2 (gone)",)


def test_the_corpus_of_multihop_rag_is_read_as_it_is(tmp_path: Path):
    corpus = [
        {
            "title": "Mill",
            "author": "Ada Kolb",
            "source": "The Echo",
            "published_at": "2024-05-03T11:00:00+00:00",
            "category": "news",
            "url": "https://echo.example/mill",
            "body": MILL,
        }
    ]
    path = put(tmp_path / "corpus.json", json.dumps(corpus))
    (read,) = read_corpus(path)
    question = {
        "query": "When was the mill at Coll built?", "answer": "1871", "question_type": "inference_query",
        "evidence_list": [{"url": "https://echo.example/mill", "fact": "The mill at Coll was built in 1871"}],
    }  # fmt: skip
    made = evaluate(
        put(tmp_path / "MultiHopRAG.json", json.dumps([question])),
        EvaluationOptions(articles=path, out=tmp_path / "run"),
    )

    assert (read.id, read.source, read.text) == ("https://echo.example/mill", "The Echo", MILL)
    assert read.published is not None
    assert read.published.startswith("2024-05-03")
    assert (made.measures["hit@1"].mean, made.measures["evidence@4"].mean, made.faults) == (
        1,
        1,
        (),
    )
    with pytest.raises(
        EvaluationError, match="is not a list of articles like MultiHop-RAG's corpus"
    ):
        read_corpus(put(tmp_path / "other.json", "[1]"))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"gold_articles": "abc"}, '"gold_articles" must be a list'),
        ({"gold_articles": [1]}, '"gold_articles" must be a list of texts'),
        ({"answerable": "false"}, '"answerable" must be true or false'),
        ({"answers": [float("nan")]}, '"answers" must be a list of texts'),
        ({"answers": [""]}, '"answers" has no text, and "answerable" is missing'),
        ({"answers": 5}, '"answers" must be a list of texts'),
        ({"id": {"x": 1}}, '"id" must be a text'),
        ({"evidence": ["x"]}, '"evidence" must be a list of objects'),
        ({"evidence": [{"article": "a"}]}, '"evidence" must be a list of objects'),
    ],
)
def test_fields_of_other_kinds_are_told(told: dict[str, Any], said: str, tmp_path: Path):
    with pytest.raises(EvaluationError, match=f"line 1 is not a question: {said}"):
        read_dataset(asked(tmp_path, {"question": "Who?", **told}))


def test_a_mark_at_the_beginning_a_list_and_half_a_character_are_read(tmp_path: Path):
    put(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"question": "Who?"}\n')
    put(tmp_path / "b.jsonl", '[{"question": "Who?"}, {"question": "When?"}]')
    put(tmp_path / "c.jsonl", '{"question": "Who \\ud83d?", "answers": ["\\ud83d"]}')

    assert [len(read_dataset(tmp_path / f"{name}.jsonl").questions) for name in "abc"] == [1, 2, 1]
    assert "\ufffd" in read_dataset(tmp_path / "c.jsonl").questions[0].question


def test_what_is_known_of_a_question_is_what_is_measured(tmp_path: Path, mill: Path):
    when = "When was the mill at Coll built?"
    questions = asked(
        tmp_path,
        {"id": "only asked", "question": when},
        {"id": "only found", "question": when, "gold_articles": ["mill"]},
        {"id": "none", "question": when, "answers": []},
    )
    made = evaluate(questions, EvaluationOptions(articles=mill, out=tmp_path / "run"))
    measures = {each.question.id: each.score.measures for each in made.scored}

    assert "right" not in measures["only asked"]
    assert measures["only asked"]["citation validity"] == 1
    assert (measures["only found"]["hit@1"], "right" in measures["only found"]) == (1, False)
    assert measures["none"]["right"] == 0


def test_a_threshold_counts_in_every_figure(tmp_path: Path, mill: Path):
    told = [
        ("When was the dam at Velm finished?", ["1902"], "dev"),
        ("What does a ticket to Mars cost on Tuesdays?", [], "dev"),
        ("When was the mill at Coll built?", ["1871"], "test"),
        ("Who built the dam at Coll and the mill at Velm in 1930?", [], "test"),
    ]
    lines = [
        {"question": text, "answers": answers, "split": split} for text, answers, split in told
    ]
    made = evaluate(
        asked(tmp_path, *lines),
        EvaluationOptions(articles=mill, out=tmp_path / "run", calibrate="dev"),
    )
    sure, doubtful = made.scored

    assert sure.score.right
    assert made.refusals.threshold is not None
    assert doubtful.score.refused == doubtful.score.right == (doubtful.score.measures["right"] == 1)
    assert made.refusals.recall is not None
    assert made.refusals.recall.mean == doubtful.score.measures["right"]


def test_a_run_is_shown_again_as_it_was(tmp_path: Path, mill: Path, run):
    lines = [
        {"question": "When was the mill at Coll built?", "answers": ["1871"], "split": name}
        for name in "ab"
    ]
    questions = asked(tmp_path, *lines)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        evaluate(questions, EvaluationOptions(articles=mill, out=tmp_path / name))
    folder = tmp_path / "one"
    first = run(
        "evaluate", folder, "--vs", tmp_path / "two", "--official", "squad", "--calibrate", "a"
    )
    kept = {
        name: (folder / name).read_text("utf-8")
        for name in ("report.json", "report.html", "verdicts.jsonl")
    }
    again = run("evaluate", folder)

    assert first.status == again.status == 0
    assert first.out == again.out
    assert "as the scorer of squad counts" in again.out
    assert "right answers won 0, lost 0" in again.out
    assert {name: (folder / name).read_text("utf-8") for name in kept} == kept
    assert [json.loads(line)["id"] for line in kept["verdicts.jsonl"].splitlines()] == ["2"]
    # Gone from there, it is left out, and that is said.
    (tmp_path / "two").rename(tmp_path / "three")
    third = run("evaluate", folder)
    assert "two, the run it was compared with, no longer exists" in third.err
    assert "The questions do not show that this run is better or worse" in again.out
    assert "or worse" not in third.out
    assert "\nagainst " not in third.out
    for option in (("--model", "quotes"), ("--sample", "1"), ("--out", "x")):
        assert f"leave out {option[0]}" in run("evaluate", folder, *option).err


def test_a_run_of_other_questions_is_told_before_anything_is_asked(
    tmp_path: Path, mill: Path, monkeypatch: pytest.MonkeyPatch
):
    evaluate(
        asked(tmp_path / "a", {"question": "When was the dam at Velm finished?"}),
        EvaluationOptions(articles=mill, out=tmp_path / "one"),
    )
    monkeypatch.setattr(Assistant, "ask", lambda *_, **__: pytest.fail("asked"))
    questions = asked(tmp_path / "b", {"question": "When was the mill at Coll built?"})

    with pytest.raises(EvaluationError, match="one shares no question with this run"):
        evaluate(
            questions, EvaluationOptions(articles=mill, out=tmp_path / "two", vs=tmp_path / "one")
        )


def test_another_file_of_a_public_set_has_other_articles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def squad(text: str) -> str:
        asked = {"id": "1", "question": "When was it built?", "answers": [{"text": "1871"}]}
        return json.dumps(
            {"data": [{"title": "Coll", "paragraphs": [{"context": text, "qas": [asked]}]}]}
        )

    from index.index import Index

    monkeypatch.chdir(tmp_path)
    for text in (MILL, DAM):
        evaluate(put(tmp_path / "squad.json", squad(text)))
    counts = []
    for place in (tmp_path / "evaluations").glob("index-*"):
        with Index(place) as index:
            counts.append(index.counts()[0])

    assert counts == [1, 1]


def test_an_untrue_citation_counts_wherever_it_stands(tmp_path: Path, mill: Path, run):
    lines = [
        {"question": "When was the mill at Coll built?", "answers": ["1871"], "split": name}
        for name in "ab"
    ]
    questions = asked(tmp_path, *lines)
    made = evaluate(
        questions, EvaluationOptions(articles=mill, out=tmp_path / "run", calibrate="a")
    )
    assert made.untrue == []
    rows = [
        json.loads(line) for line in (tmp_path / "run" / ANSWERS).read_text("utf-8").splitlines()
    ]
    for row in rows:
        if row["id"] == "1":
            row["answer"]["citations"][0]["quote"] = "Another."
            # A number that another citation has hides nothing.
            row["answer"]["citations"] += [row["answer"]["citations"][0] | {"number": 9}]
    (tmp_path / "run" / ANSWERS).write_text(json_lines(*rows), "utf-8")
    result = run("evaluate", tmp_path / "run")

    assert result.status == 1
    assert "warning: citations not word for word in their articles: 1 answer (1)" in result.out


def test_what_was_shown_before_can_be_taken_back(tmp_path: Path, mill: Path, run):
    questions = asked(
        tmp_path, {"question": "When was the mill at Coll built?", "answers": ["1871"]}
    )
    evaluate(questions, EvaluationOptions(articles=mill, out=tmp_path / "run", official="squad"))

    assert "as the scorer of squad counts" in run("evaluate", tmp_path / "run").out
    assert "as the scorer of" not in run("evaluate", tmp_path / "run", "--official", "").out


def test_ids_that_come_twice_in_a_public_set_are_told_apart(tmp_path: Path):
    record = {
        "id": 0,
        "query": "When was the mill built?",
        "answer": "1871",
        "positive": [MILL],
        "negative": [DAM],
    }
    path = put(tmp_path / "en.json", json_lines(record, record))
    made = evaluate(path, EvaluationOptions(out=tmp_path / "run"))

    assert [each.question.id for each in report_run(tmp_path / "run").scored] == ["0", "0-2"]
    # The question is no part of what is found for it.
    assert {article.title for article in read_dataset(path).articles} == {MILL, DAM}
    assert made.measures["hit@1"].mean == 1


def test_a_reply_that_breaks_off_is_no_refusal(
    tmp_path: Path, mill: Path, serve: Callable[..., Any]
):
    from .model_server import Step

    questions = asked(tmp_path, {"question": "What does a ticket to Mars cost?", "answers": []})

    def ask() -> Any:
        return evaluate(
            questions,
            EvaluationOptions(articles=mill, out=tmp_path / "run", model="openai:gpt-5-mini"),
        )

    serve(Step(text="The mill at Coll was built by", cut=2))
    made = ask()

    assert made.measures["right"].mean == 0
    assert made.faults[0].startswith("failed: question 1 (")
    serve("The articles do not say.")
    assert ask().measures["right"].mean == 1


def test_what_could_not_be_judged_is_judged_again(
    tmp_path: Path, mill: Path, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    from .model_server import Step

    questions = asked(
        tmp_path, {"question": "When was the mill at Coll built?", "answers": ["1871"]}
    )

    def judge() -> Any:
        return evaluate(
            questions,
            EvaluationOptions(articles=mill, out=tmp_path / "run", judge="openai:gpt-5-mini"),
        )

    serve(Step(status=401, body="{}"))
    assert "not judged: question 1 (" in judge().faults[0]

    serve("It says so.\nVerdict: right")
    monkeypatch.setattr(Assistant, "ask", lambda *_, **__: pytest.fail("asked again"))
    made = judge()
    assert made.measures["judged right"].mean == 1
    assert made.faults == ()


def test_a_report_that_cannot_be_written_is_still_told(tmp_path: Path, mill: Path, run):
    questions = asked(
        tmp_path, {"question": "When was the mill at Coll built?", "answers": ["1871"]}
    )
    evaluate(questions, EvaluationOptions(articles=mill, out=tmp_path / "run"))
    (tmp_path / "run" / "report.json").unlink()
    (tmp_path / "run" / "report.json").mkdir()
    result = run("evaluate", tmp_path / "run")

    assert result.status == 0
    assert "set.jsonl: 1 question, model quotes" in result.out
    assert "cannot be written" in result.err


def test_one_process_at_a_time_asks(tmp_path: Path, mill: Path):
    questions = asked(
        tmp_path, {"question": "When was the mill at Coll built?", "answers": ["1871"]}
    )
    made = evaluate(questions, EvaluationOptions(articles=mill, out=tmp_path / "run"))
    answers = made.run.folder / ANSWERS
    line = answers.read_bytes()
    answers.write_bytes(line[:-30])
    with (
        FileLock(made.run.folder / "lock"),
        pytest.raises(EvaluationError, match="another process is asking"),
    ):
        evaluate(questions, EvaluationOptions(articles=mill, out=tmp_path / "run"))
    evaluate(questions, EvaluationOptions(articles=mill, out=tmp_path / "run"))

    # What was left of the line that was cut is gone.
    assert [json.loads(line)["id"] for line in answers.read_text("utf-8").splitlines()] == ["1"]
    assert len(Run.read(made.run.folder).rows) == 1


def test_a_damaged_run_is_one_line(tmp_path: Path):
    for name in ("questions.jsonl", "answers.jsonl"):
        put(tmp_path / name, "")
    put(tmp_path / "run.json", "[5]")
    with pytest.raises(EvaluationError, match="is damaged"):
        report_run(tmp_path)


# Scorers as their authors publish them


def test_counterfactual_snippets_are_the_articles():
    record = {
        "id": 1, "query": "When was the mill built?", "answer": "1871", "fakeanswer": "1781",
        "positive": ["Built in 1871."], "positive_wrong": ["Built in 1781."], "negative": ["No."],
    }  # fmt: skip
    from assistant.evaluation.datasets.rgb import RGB

    dataset = RGB.read([record])
    (question,) = dataset.questions
    said = [
        OfficialAnswer(question, "It was built in 1781.", ()),
        OfficialAnswer(question, "There are factual errors in the documents; it was 1871.", ()),
    ]

    assert {article.text for article in dataset.articles} == {"Built in 1781.", "No."}
    assert SCORERS["rgb"](said) == {"all_rate": 0.5, "fact_check_rate": 0.5, "correct_rate": 1}


def test_alce_takes_what_stands_between_commas():
    question = Question(
        id="1",
        question="Which?",
        type="qampari",
        answers=(("Coll",), ("Velm", "the Velm"), ("Farrow",), ("Orn",)),
    )
    scores = SCORERS["alce"](
        [OfficialAnswer(question, "Coll, Velm, Hollin.", ()), OfficialAnswer(question, "", ())]
    )

    # Two of three are right, two of four are found; nothing is neither.
    assert scores["num_preds"] == 1.5
    assert scores["qampari_prec"] == pytest.approx(100 * 2 / 3 / 2)
    assert scores["qampari_rec"] == scores["qampari_rec_top5"] == pytest.approx(100 * 0.5 / 2)
    assert scores["qampari_f1"] == pytest.approx(100 * (2 * (2 / 3) * 0.5 / (2 / 3 + 0.5)) / 2)


def test_a_server_that_fails_refuses_nothing(tmp_path: Path, mill: Path, serve: Callable[..., Any]):
    from .model_server import Step

    serve(Step(status=401, body="{}"))
    questions = asked(
        tmp_path,
        {"question": "When was the mill at Coll built?", "answers": ["1871"], "gold_articles": ["mill"],
         "evidence": [{"article": "mill", "quote": "built in 1871"}]},
        {"question": "What does a ticket to Mars cost?", "answers": []},
    )  # fmt: skip
    made = evaluate(
        questions, EvaluationOptions(articles=mill, out=tmp_path / "run", model="openai:gpt-5-mini")
    )

    assert made.refusals.recall is not None
    assert (made.refusals.recall.mean, made.refusals.precision) == (0, None)
    assert "every question was refused" not in made.faults
    assert made.measures["right"].mean == 0
    assert all(made.measures[name].mean == 0 for name in ("hit@1", "evidence@4", "evidence MAP@10"))
