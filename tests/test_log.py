"""The log: what is kept, what never is, and what it survives."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.errors import LogError, ModelError
from assistant.history.export import export
from assistant.history.log import Log, Turn, now
from assistant.history.secrets import redacted

from .conftest import ROOT
from .model_server import ModelServer, Step

QUESTION = "Who leads the inquiry into the flood?"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "log.db"


def turn(question: str, error: str | None = "no model answered") -> Turn:
    return Turn(asked=now(), question=question, error=error)


def test_a_turn_is_kept_whole(seeds_folder: Path, path: Path):
    log = Log(path)
    with Assistant(index=seeds_folder, log=log) as assistant:
        answer = assistant.ask(QUESTION)
    (kept,) = Log(path).turns()

    assert (kept.question, kept.error, kept.via, kept.place) == (
        QUESTION,
        None,
        "api",
        str(seeds_folder),
    )
    assert kept.answer is not None
    assert kept.answer.to_dict() == json.loads(json.dumps(answer.to_dict()))
    assert [passage.id for passage in kept.answer.passages] == [
        passage.id for passage in answer.passages
    ]
    assert kept.answer.passages[0].text == answer.passages[0].text


def test_what_a_model_used_is_kept(
    seeds_folder: Path, path: Path, serve: Callable[..., ModelServer]
):
    serve("Dame Rosalind Achterberg leads the inquiry. [1]")
    with Assistant(index=seeds_folder, model="openai:gpt-5-mini", log=Log(path)) as assistant:
        assistant.ask(QUESTION)
    with sqlite3.connect(path) as connection:
        row = connection.execute(
            "SELECT model, prompts, prompt_tokens, completion_tokens, cost_usd FROM turn"
        ).fetchone()

    assert row[0] == "openai:gpt-5-mini"
    assert len(row[1]) == 16
    assert (row[2], row[3]) == (100, 20)
    assert 0 < row[4] < 0.01


def test_a_turn_without_an_answer_is_kept_with_the_reason(
    seeds_folder: Path, path: Path, serve: Callable[..., ModelServer]
):
    serve(Step(status=401, body='{"error": {"message": "no such key"}}'))
    log = Log(path)
    with Assistant(index=seeds_folder, model="openai:gpt-5-mini", log=log) as assistant:  # noqa: SIM117
        with pytest.raises(ModelError, match="OPENAI_API_KEY"):
            assistant.ask(QUESTION)
    (kept,) = log.turns()

    assert kept.answer is None
    assert "OPENAI_API_KEY" in (kept.error or "")


def test_an_answer_that_nobody_waited_for_is_kept_as_stopped(
    seeds_folder: Path, path: Path, serve: Callable[..., ModelServer]
):
    serve(Step("The inquiry is led by a judge. [1] It reports in March. [1]", pause=0.05))
    log = Log(path)
    with Assistant(index=seeds_folder, model="openai:gpt-5-mini", log=log) as assistant:
        events = assistant.stream(QUESTION)
        next(events)
        events.close()  # type: ignore[attr-defined]

    assert [(kept.question, kept.error) for kept in log.turns()] == [(QUESTION, "stopped")]


def test_nothing_is_kept_unless_it_is_wanted(
    seeds_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run
):
    monkeypatch.setenv("ASSISTANT_LOG", str(tmp_path / "log.db"))
    run("ask", QUESTION, "--index", seeds_folder, "--no-log")
    assert not (tmp_path / "log.db").exists()
    run("ask", QUESTION, "--index", seeds_folder)
    assert [turn.via for turn in Log(tmp_path / "log.db").turns()] == ["ask"]
    monkeypatch.delenv("ASSISTANT_LOG")
    run("ask", QUESTION, "--index", seeds_folder)
    with Assistant(index=seeds_folder) as assistant:
        assistant.ask(QUESTION)
    default = Path(os.environ["XDG_DATA_HOME"]) / "quoteproof" / "log.db"
    assert not default.exists()
    with Assistant(index=seeds_folder, log=True) as assistant:
        assistant.ask(QUESTION)
    assert [turn.via for turn in Log(default).turns()] == ["api"]


def test_only_its_owner_may_read_it(path: Path):
    path.parent.mkdir()
    path.touch(mode=0o644)
    Log(path).record(turn("Who?"))

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes.keys() >= {"log.db"}
    assert set(modes.values()) == {0o600}


def test_secrets_are_never_written(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOUSE_API_KEY", 'correct-horse"battery\\staple')
    monkeypatch.setenv("SHORT_TOKEN", "the")
    log = Log(path)
    log.record(
        turn(
            'Is correct-horse"battery\\staple the key?',
            error="401 for sk-proj-abcdefghijklmnop1234567890",
        )
    )
    (kept,) = log.turns()

    assert (kept.question, kept.error) == ("Is [secret] the key?", "401 for [secret]")
    log.close()
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"battery" not in content
    assert b"abcdefghijklmnop" not in content


WRITER = """
import sys
from pathlib import Path
from assistant.history.log import Log, Turn, now
from assistant.history.secrets import redacted
log = Log(Path(sys.argv[1]))
log.start_session()
for number in range(int(sys.argv[2])):
    log.record(Turn(asked=now(), question=f"{sys.argv[3]} {number} " + "x" * 2000, error="none"))
    print(number, flush=True)
"""


def writer(path: Path, turns: int, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(turns), name]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Is Bearer abcdefgh12345678 it?", "Is Bearer [secret] it?"),
        ("See postgres://ada:p4ssw0rd@host/db", "See postgres://[secret]@host/db"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def here", "[secret] here"),
        ("-----BEGIN PRIVATE KEY-----MIIabc\ndef-----END PRIVATE KEY----- end", "[secret] end"),
        ("hunter2\nsecret and sesame, sesameseed", "[secret] and [secret], sesameseed"),
        ("Who was the first?", "Who was the first?"),
    ],
)
def test_other_secrets_are_seen(monkeypatch: pytest.MonkeyPatch, text: str, kept: str):
    monkeypatch.setenv("SVC_PASSWORD", "hunter2secret")
    monkeypatch.setenv("DOOR_TOKEN", "sesame")
    assert redacted(text) == kept
    assert json.loads(redacted(json.dumps(text))) == kept


def test_a_name_of_a_session_and_a_document_have_no_secrets(
    path: Path, seeds: Assistant, tmp_path: Path
):
    key = "sk-proj-abcdefghijklmnop1234567890"
    log = Log(path)
    log.name_session(log.start_session(), key)
    log.record(turn("Who?"))
    assert [each.name for each in log.sessions()] == ["[secret]"]
    asked = Turn(asked=now(), question=f"Who knows {key}?", answer=seeds.ask(f"Who knows {key}?"))
    for name in ("a.md", "a.html", "a.json"):
        export([asked], tmp_path / name, seeds.index, title="T")
        assert "abcdefghijklmnop" not in (tmp_path / name).read_text("utf-8")


def test_what_is_no_log_is_left_as_it_is(tmp_path: Path):
    letter, other = tmp_path / "letter.txt", tmp_path / "other.db"
    letter.write_text("Dear aunt, " * 100, "utf-8")
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE bookmark (url TEXT)")
    os.mkfifo(tmp_path / "pipe")
    for file in (letter, other, tmp_path / "pipe"):
        file.chmod(0o644)
        with pytest.raises(LogError):
            Log(file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_two_processes_and_several_threads_write_to_one_log(path: Path):
    processes = [writer(path, 60, name) for name in ("one", "two")]
    log = Log(path)
    threads = [
        threading.Thread(target=lambda: [log.record(turn("three")) for _ in range(20)])
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(60) for process in processes] == [0, 0]

    words = [kept.question.split()[0] for kept in log.turns()]
    assert (words.count("one"), words.count("two"), words.count("three")) == (60, 60, 60)
    assert sorted(each.turns for each in log.sessions()) == [60, 60]


def test_what_was_kept_survives_a_kill(path: Path):
    process = writer(path, 10_000, "one")
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) == 25:
            os.kill(process.pid, signal.SIGKILL)
            break
    rest = [int(line) for line in process.stdout if line.strip().isdecimal()]
    process.wait()
    said = max([25, *rest])

    kept = [kept.question.split()[1] for kept in Log(path).turns()]
    assert kept[: said + 1] == [str(number) for number in range(said + 1)]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_log_that_breaks_costs_no_answer(seeds_folder: Path, path: Path):
    log = Log(path)
    with Assistant(index=seeds_folder, log=log) as assistant:
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TABLE turn")
        answer = assistant.ask(QUESTION)

    assert answer.citations
    assert answer.notices[-1].startswith(
        f"this turn was not kept: the log {path} cannot be used (no such table: turn)"
    )


@pytest.mark.parametrize(
    "content", [b"This is no database, but a letter to my aunt. " * 50, b"\x00" * 5000]
)
def test_what_is_no_log_is_one_line(path: Path, content: bytes):
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(
        LogError, match=r"log.db cannot be used \(file is not a database\): move it away"
    ):
        Log(path)
    assert path.read_bytes() == content


def test_a_log_of_another_version_is_left_alone(path: Path):
    Log(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")

    with pytest.raises(LogError, match="is from another version of this program"):
        Log(path)


class TestTheCommand:
    @pytest.fixture
    def kept(self, path: Path, seeds_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A log of three turns."""
        monkeypatch.setenv("ASSISTANT_LOG", str(path))
        log = Log(path, via="chat")
        log.name_session(log.start_session(), "Flood of Tolleth")
        with Assistant(index=seeds_folder, log=log) as assistant:
            assistant.ask(QUESTION)
            assistant.ask("How much will the Serrin telescope cost?")
        log.start_session()
        log.record(turn("Who broke the MÜHLE?", error="the model did not answer"))
        log.close()
        return path

    def test_lists_what_was_asked(self, kept: Path, run):
        lines = run("log").out.splitlines()

        assert [line.split()[0] for line in lines] == ["1", "2", "3"]
        assert lines[0].endswith(f"chat  answered    {QUESTION}")
        assert lines[2].endswith("chat  failed      Who broke the MÜHLE?")
        assert run("log", "-n", "1").out.splitlines() == lines[2:]

    @pytest.mark.parametrize(
        ("words", "numbers"),
        [
            ("achterberg", ["1"]),
            ("TELESCOPE serrin", ["2"]),
            ("mühle", ["3"]),
            ("flood telescope", []),
            ("100%", []),
        ],
    )
    def test_finds_words_in_questions_and_answers(
        self, kept: Path, run, words: str, numbers: list[str]
    ):
        result = run("log", "--search", words)

        assert [line.split()[0] for line in result.out.splitlines()] == (numbers or ["no"])

    def test_prints_one_as_it_was_answered(self, kept: Path, run, seeds: Assistant):
        printed = run("log", "1").out

        assert printed.endswith(f"> {QUESTION}\n\n{seeds.ask(QUESTION)}\n")
        assert run("log", "3").out.endswith("no answer: the model did not answer\n")

    def test_knows_sessions(self, kept: Path, run):
        assert len(run("log", "--session", "Flood of Tolleth").out.splitlines()) == 2
        assert len(run("log", "--session", "2").out.splitlines()) == 1
        result = run("log", "--session", "Fire")
        assert (result.status, result.err) == (
            1,
            "assistant: there is no session “Fire”; there is Flood of Tolleth\n",
        )

    def test_exports(self, kept: Path, run, tmp_path: Path):
        result = run("log", "--session", "Flood of Tolleth", "--export", tmp_path / "flood.html")
        assert (result.status, result.out) == (0, f"2 turns written to {tmp_path / 'flood.html'}\n")
        assert "<mark" in (tmp_path / "flood.html").read_text("utf-8")
        assert run("log", "--export", tmp_path / "flood.html").status == 1
        assert run("log", "--export", tmp_path / "flood.html", "-f").status == 0
        told = json.loads(run("log", "--json").out)
        assert [each["id"] for each in told] == [1, 2, 3]
        assert told[0]["answer"]["status"] == "answered"

    def test_says_what_is_not_there(self, kept: Path, run, path: Path):
        assert run("log", "9" * 30).err.endswith("`assistant log` lists them\n")
        assert run("log", "--search", "zzz", "--export", "x.md").err == (
            "assistant: no turn matches: there is nothing to export\n"
        )
        assert (
            run("log", "77").err
            == "assistant: the log has no turn 77: `assistant log` lists them\n"
        )
        path.unlink()
        assert run("log").err.startswith(
            f"assistant: there is no log yet in {path}: `assistant chat` keeps one"
        )


def test_a_session_has_a_name_of_its_own(path: Path):
    log = Log(path)
    first, second = log.start_session(), log.start_session()
    log.name_session(first, "Flood")
    with pytest.raises(LogError, match="there already is a session “Flood”: choose another name"):
        log.name_session(second, "Flood")
    log.name_session(first, "Flood")
    assert log.session_called("Flood") == first
    assert log.session_called(str(second)) == second
