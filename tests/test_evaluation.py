"""Runs: asked, kept, gone on with, compared, and what a report makes of systems that are broken on purpose."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Assistant
from assistant.answer.parts import Status
from assistant.errors import EvaluationError
from assistant.evaluation import EvaluationOptions, Report, evaluate, report_run
from assistant.evaluation.judge import read_proofs, read_verdict
from assistant.evaluation.report import compare, score_run
from assistant.evaluation.runs import ANSWERS, Run
from assistant.evaluation.tables import report_lines
from assistant.retrieval.search import Found

from .conftest import ROOT, SEEDS
from .model_server import ModelServer, Request, Step

QUESTIONS = SEEDS / "questions.jsonl"


@pytest.fixture(scope="module")
def whole(seeds_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of all seed questions."""
    folder = tmp_path_factory.mktemp("run") / "seeds"
    evaluate(QUESTIONS, EvaluationOptions(index=seeds_folder, out=folder))
    return folder


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A dozen of the seeds' questions."""
    path = tmp_path / "few.jsonl"
    path.write_text("\n".join(QUESTIONS.read_text("utf-8").splitlines()[4:16]), "utf-8")
    return path


def told(made: object) -> dict:  # type: ignore[type-arg]
    return json.loads(json.dumps(made.to_dict()))  # type: ignore[attr-defined, no-any-return]


def test_the_seeds(whole: Path):
    made = report_run(whole)

    assert len(made.scored) == 80
    assert made.faults == ()
    assert made.measures["citation validity"].mean == 1
    assert made.measures["hit@10"].mean > 0.9
    assert made.measures["right"].n == 80
    assert set(made.types) == {"comparison", "multi", "single", "temporal", "unanswerable"}
    assert sum(each["right"].n for each in made.types.values()) == 80
    assert all(
        each.row.made_with.keys() == {"data", "index", "prompts", "code", "model"}
        for each in made.scored
    )


def test_reported_again_without_asking_it_is_the_same(whole: Path, monkeypatch: pytest.MonkeyPatch):
    first = told(report_run(whole))
    monkeypatch.setattr(Assistant, "ask", lambda *_, **__: pytest.fail("asked again"))

    assert told(report_run(whole)) == first


def test_the_same_command_goes_on_where_it_stopped(whole: Path, seeds_folder: Path, tmp_path: Path):
    rows = (whole / ANSWERS).read_text("utf-8").splitlines(keepends=True)
    folder = tmp_path / "cut"
    folder.mkdir()
    for name in ("run.json", "questions.jsonl"):
        (folder / name).write_bytes((whole / name).read_bytes())
    # Killed in the middle of a line.
    (folder / ANSWERS).write_text("".join(rows[:30]) + rows[30][:200], "utf-8")
    assert "not asked yet: 50 of 80 questions" in report_run(folder).faults[0]

    asked: list[int] = []
    made = evaluate(
        QUESTIONS, EvaluationOptions(index=seeds_folder, out=folder), progress=asked.append
    )

    assert asked == list(range(31, 81))
    # What was left of the line that was cut has not swallowed the next one.
    assert len(Run.read(folder).rows) == 80
    assert {name: value.to_dict() for name, value in made.measures.items()} == {
        name: value.to_dict() for name, value in report_run(whole).measures.items()
    }


def test_a_run_that_is_killed_keeps_what_was_asked(seeds_folder: Path, tmp_path: Path, few: Path):
    code = "import sys; from assistant.cli.main import main; sys.exit(main())"
    options = [
        "evaluate",
        str(few),
        "--index",
        str(seeds_folder),
        "--out",
        str(tmp_path / "run"),
        "--workers",
        "1",
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *options], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answers = tmp_path / "run" / ANSWERS
        if answers.exists() and answers.read_bytes().count(b"\n") >= 3:
            break
        time.sleep(0.02)
    process.kill()
    process.wait()

    asked = len(Run.read(tmp_path / "run").rows)
    assert 3 <= asked < 12
    made = evaluate(few, EvaluationOptions(index=seeds_folder, out=tmp_path / "run"))
    assert len(made.scored) == 12
    assert made.faults == ()


def test_another_run_is_not_gone_on_with(
    whole: Path, seeds_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(
        EvaluationError, match=r"has another run \(different: n, data, sample, seed\)"
    ):
        evaluate(QUESTIONS, EvaluationOptions(index=seeds_folder, out=whole, sample=5))
    monkeypatch.setattr("assistant.evaluation.runs.code_hash", lambda: "other")
    with pytest.raises(EvaluationError, match=r"has another run \(different: code\)"):
        evaluate(QUESTIONS, EvaluationOptions(index=seeds_folder, out=whole))


def test_the_order_of_the_questions_and_the_number_of_workers_change_nothing(
    whole: Path, seeds_folder: Path, tmp_path: Path
):
    lines = QUESTIONS.read_text("utf-8").splitlines()
    random.Random(3).shuffle(lines)
    (tmp_path / "questions.jsonl").write_text("\n".join(lines), "utf-8")

    made = evaluate(
        tmp_path / "questions.jsonl",
        EvaluationOptions(index=seeds_folder, out=tmp_path / "run", workers=4),
    )

    one, other = told(made), told(report_run(whole))
    assert one["measures"] == other["measures"]
    assert one["types"] == other["types"]
    assert one["refusals"] == other["refusals"]


def test_a_sample_is_the_same_each_time_and_another_by_another_seed(
    seeds_folder: Path, tmp_path: Path
):
    def ids(name: str, seed: int) -> list[str]:
        made = evaluate(
            QUESTIONS,
            EvaluationOptions(index=seeds_folder, out=tmp_path / name, sample=4, seed=seed),
        )
        return [each.question.id for each in made.scored]

    assert ids("a", 1) == ids("b", 1) != ids("c", 2)


def test_articles_that_are_named_or_come_along_are_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    made = evaluate(QUESTIONS, EvaluationOptions(articles=SEEDS, sample=3, passage_tokens=60))
    assert made.measures["citation validity"].mean == 1
    assert made.run.folder.parent == Path("evaluations")

    squad = {
        "title": "Coll",
        "paragraphs": [
            {
                "context": "The mill at Coll was built in 1871 and has twelve wheels.",
                "qas": [
                    {
                        "id": "1",
                        "question": "When was the mill at Coll built?",
                        "answers": [{"text": "1871"}],
                    }
                ],
            }
        ],
    }
    (tmp_path / "squad.json").write_text(json.dumps({"version": "v2.0", "data": [squad]}), "utf-8")
    made = evaluate(tmp_path / "squad.json")
    assert (made.measures["right"].mean, made.measures["hit@1"].mean) == (1, 1)
    assert made.official["HasAns_exact"] == 0


# Broken on purpose


def broken(
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Answer], Answer],
    few: Path,
    seeds_folder: Path,
    folder: Path,
) -> Report:
    ask = Assistant.ask
    monkeypatch.setattr(
        Assistant, "ask", lambda self, question, **options: change(ask(self, question, **options))
    )
    return evaluate(few, EvaluationOptions(index=seeds_folder, out=folder))


def test_a_citation_shifted_by_one_character_is_caught(
    seeds_folder: Path, tmp_path: Path, few: Path, monkeypatch: pytest.MonkeyPatch
):
    def shifted(answer: Answer) -> Answer:
        if answer.question.startswith("Who is in charge"):
            citation = answer.citations[0]
            moved = replace(citation, start=citation.start + 1, end=citation.end + 1)
            return replace(answer, citations=(moved, *answer.citations[1:]))
        return answer

    made = broken(monkeypatch, shifted, few, seeds_folder, tmp_path / "run")

    assert made.measures["citation validity"].mean < 1
    assert made.measures["citation precision"].mean < 1
    assert made.faults[0] == "citations not word for word in their articles: 1 answer (q10)"


def test_raw_answers_that_were_changed_are_caught_when_they_are_reported_again(
    whole: Path, tmp_path: Path
):
    def changed(change: Callable[[dict[str, Any]], None]) -> tuple[str, ...]:
        rows = [json.loads(line) for line in (whole / ANSWERS).read_text("utf-8").splitlines()]
        change(next(row for row in rows if row["answer"]["citations"]))
        shutil.copytree(whole, folder := tmp_path / str(len(list(tmp_path.iterdir()))))
        (folder / ANSWERS).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return tuple(report_run(folder).faults)

    def moved(row: dict[str, Any]) -> None:
        row["answer"]["citations"][0]["start"] += 1

    def reworded(row: dict[str, Any]) -> None:
        row["answer"]["citations"][0]["quote"] += "!"

    assert changed(lambda row: None) == ()
    assert "citations not word for word in their articles" in changed(moved)[0]
    assert "citations not word for word in their articles" in changed(reworded)[0]
    assert (
        "answered in another run (different index): question "
        in changed(lambda row: row["made_with"].update(index="other"))[0]
    )


def test_a_model_that_always_refuses_is_caught(whole: Path):
    run = Run.read(whole)
    refusals = [
        replace(row.answer, status=Status.UNANSWERED, sentences=(), citations=(), disagreements=())
        for row in run.rows
        if row.answer
    ]
    made = score_run(
        replace(
            run, rows=tuple(replace(r, answer=a) for r, a in zip(run.rows, refusals, strict=True))
        )
    )

    assert made.measures["right"].mean == pytest.approx(20 / 80)
    assert made.measures["all answers"].mean == 0
    assert "citation validity" not in made.measures
    assert made.refusals.recall is not None
    assert made.refusals.precision is not None
    assert (made.refusals.recall.mean, made.refusals.precision.mean) == (1, pytest.approx(20 / 80))
    assert "every question was refused" in made.faults


def test_a_broken_retriever_is_caught(
    whole: Path, seeds_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from assistant.answering import quoting as module

    find_passages = module.find_passages

    def worst(*arguments: object, **options: object) -> Found:
        found = find_passages(*arguments, **options)  # type: ignore[arg-type]
        hits = list(reversed(found.trace.hits))
        kept = {passage.id for passage in (*found.rest,)} or {
            passage.id for passage in found.passages[-2:]
        }
        trace = replace(
            found.trace,
            hits=[replace(h, dropped=None if h.passage in kept else "broken") for h in hits],
        )
        return replace(found, passages=tuple(reversed(found.rest))[:8], rest=(), trace=trace)

    monkeypatch.setattr(module, "find_passages", worst)
    made = evaluate(QUESTIONS, EvaluationOptions(index=seeds_folder, out=tmp_path))
    against = compare(made, report_run(whole))

    assert made.measures["hit@1"].mean < 0.3
    assert against.differences["hit@1"].high < 0
    assert against.differences["hit@1"].p < 0.01
    assert len(against.lost) > len(against.won)
    assert against.p < 0.05


def test_shuffled_answers_are_right_by_chance_only(whole: Path):
    run = Run.read(whole)
    ids = [row.id for row in run.rows]
    shuffled = replace(
        run,
        rows=tuple(
            replace(row, id=id) for row, id in zip(run.rows, ids[7:] + ids[:7], strict=True)
        ),
    )
    made, real = score_run(shuffled), score_run(run)

    answered = [each for each in made.scored if each.question.answerable]
    assert sum(each.score.right for each in answered) / len(answered) < 0.1
    assert made.measures["gold article"].mean < real.measures["gold article"].mean / 1.5


def test_what_failed_is_worth_nothing_and_is_named(
    seeds_folder: Path, tmp_path: Path, serve: Callable[..., ModelServer]
):
    serve(Step(status=401, body="{}"))

    def ask() -> Any:
        return evaluate(
            QUESTIONS,
            EvaluationOptions(
                index=seeds_folder, model="openai:gpt-5-mini", out=tmp_path, sample=4, workers=1
            ),
        )

    made = ask()

    assert made.measures["right"].mean == 0
    assert made.faults[0].startswith("failed: 4 questions, such as q")
    assert "OPENAI_API_KEY" in made.faults[0]
    assert told(made)["failed"] == 4

    serve(lambda request: "The articles do not say.")
    assert told(ask())["failed"] == 0
    assert told(report_run(tmp_path))["failed"] == 0


# With a model


def test_a_model_costs_and_is_compared_question_by_question(
    whole: Path, seeds_folder: Path, tmp_path: Path, serve: Callable[..., ModelServer]
):
    def reply(request: Request) -> str:
        return "Dame Rosalind Achterberg, a retired appeal judge, will lead the inquiry. [1] [2] [3] [4] [5] [6] [7] [8]"

    serve(reply)
    made = evaluate(
        QUESTIONS, EvaluationOptions(index=seeds_folder, model="openai:gpt-5-mini", out=tmp_path)
    )
    against = compare(made, report_run(whole))

    assert made.usage.prompt_tokens
    assert made.usage.prompt_tokens >= 80 * 100
    assert made.usage.cost_usd
    assert told(made)["cost_per_right_answer"] > 0
    assert against.n == 80
    assert "model" in against.changed
    assert len(against.lost) > 5


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("It names the judge.\nVerdict: right", True),
        ("It names nobody.\n\n**Verdict: WRONG**\n", False),
        ("Verdict: right\nOr so I think.", None),
        ("Verdict: right\nVerdict: wrong", None),
        ("It is right.", None),
        ("The verdict: right or wrong?", None),
        ("", None),
    ],
)
def test_only_a_clear_verdict_counts(text: str, verdict: bool | None):
    assert read_verdict(text) is verdict


def test_a_judge_has_a_say_and_what_it_leaves_open_is_counted(
    seeds_folder: Path, tmp_path: Path, few: Path, serve: Callable[..., ModelServer]
):
    def reply(request: Request) -> str:
        if "Achterberg" in request.prompt.partition("A right answer says:")[2]:
            return "It does.\nVerdict: right"
        return "Hard to say."

    serve(reply)
    made = evaluate(
        few, EvaluationOptions(index=seeds_folder, out=tmp_path / "run", judge="openai:gpt-5-mini")
    )

    assert made.measures["judged right"].n < 12
    assert told(made)["ungraded"] == 12 - made.measures["judged right"].n
    assert (made.usage.prompt_tokens, made.usage.cost_usd) == (0, 0)
    assert made.judging.prompt_tokens
    assert made.judging.cost_usd
    assert any(
        "Judge openai:gpt-5-mini" in line and "ungraded" in line for line in report_lines(made)
    )


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("1: yes\n2: no", (True, False)),
        ("Here you are:\n1. Yes\n**2: NO**", (True, False)),
        ("1: yes", ()),
        ("1: yes\n2: no\n3: no", ()),
        ("1: yes\n1: no\n2: no", ()),
        ("Both are proven.", ()),
        ("", ()),
    ],
)
def test_what_a_judge_says_of_quotes_counts_if_it_is_clear_of_each(
    text: str, held: tuple[bool, ...]
):
    assert read_proofs(text, 2) == held


def test_citations_are_judged_by_gold_evidence_a_judge_or_word_overlap(
    seeds_folder: Path, tmp_path: Path, few: Path, serve: Callable[..., ModelServer]
):
    def reply(request: Request) -> str:
        numbers = re.findall(r"(?m)^(\d+)\. ", request.prompt)
        return (
            "\n".join(f"{n}: no" for n in numbers)
            if "Write one line for each sentence" in request.prompt
            else "?"
        )

    questions = [json.loads(line) for line in few.read_text("utf-8").splitlines()]
    bare = tmp_path / "bare.jsonl"
    bare.write_text("".join(json.dumps({**q, "evidence": []}) + "\n" for q in questions), "utf-8")
    serve(reply)
    gold = evaluate(few, EvaluationOptions(index=seeds_folder, out=tmp_path / "gold"))
    overlap = evaluate(bare, EvaluationOptions(index=seeds_folder, out=tmp_path / "overlap"))
    judged = evaluate(
        bare,
        EvaluationOptions(index=seeds_folder, out=tmp_path / "judged", judge="openai:gpt-5-mini"),
    )

    assert "gold" in told(gold)["citation_precision_by"]
    assert set(told(overlap)["citation_precision_by"]) == {"overlap"}
    assert overlap.measures["citation precision"].mean == 1
    assert set(told(judged)["citation_precision_by"]) == {"model"}
    assert judged.measures["citation precision"].mean == 0
    assert any(
        line.startswith("Citation precision was judged by the judge (")
        for line in report_lines(judged)
    )


def test_the_budget_bounds_a_whole_run(
    seeds_folder: Path, tmp_path: Path, few: Path, serve: Callable[..., ModelServer], run
):
    server = serve(Step(text="The articles do not say.", usage=(1_000, 20)))
    options = [
        "--index",
        seeds_folder,
        "--out",
        tmp_path / "run",
        "--model",
        "openai:gpt-5-mini",
        "--workers",
        1,
    ]
    result = run("evaluate", few, *options, "--max-cost", "0.002")

    assert 0 < len(server.requests) < 12
    assert "raise --max-cost" in result.out


def test_a_threshold_is_chosen_on_one_split_and_reported_on_the_other(
    seeds_folder: Path, tmp_path: Path, few: Path
):
    lines = [json.loads(line) for line in few.read_text("utf-8").splitlines()]
    for number, line in enumerate(lines):
        line["split"] = "dev" if number % 2 else "test"
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    made = evaluate(
        tmp_path / "set.jsonl",
        EvaluationOptions(index=seeds_folder, out=tmp_path / "run", calibrate="dev"),
    )

    assert {each.question.split for each in made.scored} == {"test"}
    assert made.refusals.threshold is not None
    assert made.refusals.chosen_on == "dev"
    with pytest.raises(EvaluationError, match="no question is in the split 'none'"):
        report_run(tmp_path / "run", calibrate="none")


# The command


def test_the_command_prints_writes_and_compares(
    whole: Path, seeds_folder: Path, tmp_path: Path, run
):
    shutil.copytree(whole, tmp_path / "run")
    result = run(
        "evaluate",
        QUESTIONS,
        "--index",
        seeds_folder,
        "--out",
        tmp_path / "run",
        "--vs",
        whole,
        "--workers",
        1,
    )

    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("questions.jsonl: 80 questions, model quotes\n")
    assert "citation validity   1.000" in result.out
    assert "against questions.jsonl, model quotes; different: nothing" in result.out
    assert "right answers won 0, lost 0 (McNemar, p 1.000)" in result.out
    assert f"kept in {tmp_path / 'run'}" in result.out
    kept = json.loads((tmp_path / "run" / "report.json").read_text("utf-8"))
    assert kept["measures"]["right"]["n"] == 80
    assert set(kept["run"]) >= {"data", "index", "prompts", "model", "code"}
    assert (
        json.loads(run("evaluate", tmp_path / "run", "--json").out)["measures"] == kept["measures"]
    )


def test_the_status_says_that_a_citation_is_not_true(
    seeds_folder: Path, tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch
):
    ask = Assistant.ask

    def shifted(self: Assistant, question: str, **options: object) -> Answer:
        answer = ask(self, question, **options)  # type: ignore[arg-type]
        return replace(
            answer, citations=[replace(c, quote=c.quote + "!") for c in answer.citations]
        )

    monkeypatch.setattr(Assistant, "ask", shifted)
    result = run(
        "evaluate", QUESTIONS, "--index", seeds_folder, "--out", tmp_path / "run", "--sample", 5
    )

    assert result.status == 1
    assert re.search(
        "warning: citations not word for word in their articles: [2-5] answers",
        result.out,
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["none.jsonl"], "the questions none.jsonl cannot be read"),
        ([QUESTIONS, "--articles", SEEDS, "--index", "x"], "name --articles or --index, not both"),
        (
            [QUESTIONS, "--format", "csv"],
            "is in no known format: name one of questions, multihop-rag",
        ),
        ([SEEDS], "has no run"),
        ([QUESTIONS, "--index", "no-index"], "assistant index PATH"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(
    run, options: list[str | Path], said: str, monkeypatch, tmp_path: Path
):
    monkeypatch.chdir(tmp_path)
    result = run("evaluate", *options)

    assert result.status == 1
    assert result.err.count("\n") == 1
    assert said in result.err
