from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.cli.main import make_parser
from index.index import Index
from tests.conftest import ROOT, SEEDS
from tests.model_server import Step

COMMAND = [
    sys.executable,
    "-c",
    "import sys; from assistant.cli.main import main; sys.exit(main())",
]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder with two small articles."""
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "market.txt").write_text(
        "Market moves\n\nThe market of Brill moves to Dock Street on 3 May.\n", "utf-8"
    )
    (folder / "school.md").write_text(
        "---\nid: school\ntitle: School to grow\ndate: 2025-02-01\nsource: Brill Echo\n---\n\n"
        "The school in Brill will get six new rooms. Work starts in August, said head teacher Ines Kolb.\n",
        "utf-8",
    )
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_index_says_what_it_did(run, town: Path, place: Path):
    first = run("index", town, "--index", place)
    second = run("index", town, "--index", place)

    assert (first.status, first.err) == (0, "")
    assert first.out.startswith(
        f"2 added, 0 changed, 0 unchanged, 0 renamed, 0 removed; 2 passages written to {place} "
    )
    assert second.out.startswith(
        "0 added, 0 changed, 2 unchanged, 0 renamed, 0 removed; 0 passages written"
    )


def test_search_says_what_does_not_exist_yet(run, town: Path, place: Path):
    run("index", town, "--index", place)

    result = run("search", "rooms", "--as-of", "2025-01-31", "--index", place)

    assert (
        "assistant: as of 2025-01-31: left out 1 article published later and 1 without a date"
        in result.err
    )


def test_what_is_skipped_is_named_and_the_rest_is_indexed(run, town: Path, place: Path):
    (town / "broken.txt").write_bytes(b"caf\xe9")
    (town / "notes.docx").write_bytes(b"PK")

    result = run("index", town, "--index", place)

    assert result.status == 3
    assert f"skipped {town / 'broken.txt'}: not UTF-8" in result.err
    assert "ignored 1 file (hidden, README, question set or unsupported type)" in result.err
    assert result.out.startswith("2 added")


def test_a_path_that_is_not_there_beside_one_that_is_counts_as_skipped(
    run, town: Path, place: Path
):
    result = run("index", town, "nowhere.md", "--index", place)

    assert result.status == 3
    assert result.err.count("\n") == 1
    assert "nowhere.md: no such file or directory" in result.err


def test_only_paths_that_are_not_there_are_an_error_and_make_no_index(run, place: Path):
    result = run("index", "nowhere.md", "--index", place)

    assert (result.status, result.out) == (1, "")
    assert result.err == "assistant: no such file or folder: nowhere.md\n"
    assert not place.exists()


def test_standard_input_is_read(run, place: Path, monkeypatch: pytest.MonkeyPatch):
    text = "Fair\n\nThe fair in Brill ended on Sunday.\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(text.encode()))))

    assert run("index", "-", "--index", place).out.startswith("1 added")

    (citation,) = json.loads(
        run("ask", "When did the fair in Brill end?", "--index", place, "--json").out
    )["citations"]
    assert (citation["quote"], citation["article"]["path"]) == (
        "The fair in Brill ended on Sunday.",
        None,
    )
    assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_ask_prints_the_answer_and_its_source(run, town: Path, place: Path):
    run("index", town, "--index", place)

    result = run("ask", "Where does the market of Brill move?", "--index", place)

    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines() == [
        "The market of Brill moves to Dock Street on 3 May. [1]",
        "",
        "[1] Market moves",
    ]


def test_ask_names_the_place_of_each_source_if_that_is_wanted(run, town: Path, place: Path):
    run("index", town, "--index", place)

    result = run("ask", "Where does the market of Brill move?", "--index", place, "--verbose")

    _, _, title, *place_lines = result.out.splitlines()
    assert title == "[1] Market moves"
    # How many lines the path takes depends on the folder of this run.
    assert " ".join(" ".join(place_lines).split()) == f"{town / 'market.txt'}, characters 14-64"


def test_ask_json_is_the_contract(run, town: Path, place: Path):
    run("index", town, "--index", place)

    told = json.loads(
        run("ask", "How many new rooms will the school get?", "--index", place, "--json").out
    )

    assert list(told) == [
        "question", "standalone", "status", "confidence", "text", "sentences", "disagreements", "dropped", "nearest",
        "citations", "notices", "as_of", "trace", "model", "prompts", "usage", "timings",
    ]  # fmt: skip
    assert (told["status"], told["model"]) == ("answered", "quotes")
    article = told["citations"][0]["article"]
    assert len(article.pop("checksum")) == 64
    assert article == {
        "id": "school", "title": "School to grow", "source": "Brill Echo", "author": None, "published": "2025-02-01",
        "updated": None, "url": None, "path": str(town / "school.md"), "also_at": [], "page": None, "pages": [],
    }  # fmt: skip
    assert told["text"].startswith("The school in Brill will get six new rooms. [1]")


def test_an_unanswered_question_is_no_fault(run, town: Path, place: Path):
    run("index", town, "--index", place)

    result = run("ask", "Which planet has rings?", "--index", place, "--json")

    told = json.loads(result.out)
    assert (result.status, told["status"], told["citations"]) == (0, "unanswered", [])
    assert {article["title"] for article in told["nearest"]} == {"Market moves", "School to grow"}


def test_a_file_that_changed_since_is_said(run, town: Path, place: Path):
    run("index", town, "--index", place)
    (town / "market.txt").write_text("Market stays\n", "utf-8")

    result = run("ask", "Where does the market of Brill move?", "--index", place)

    assert "note: the file has changed since it was indexed" in result.out


def test_search_json_is_a_list_of_passages(run, town: Path, place: Path):
    run("index", town, "--index", place)

    passages = json.loads(run("search", "head teacher", "-k", "1", "--index", place, "--json").out)

    assert len(passages) == 1
    assert list(passages[0]) == ["article", "start", "end", "text", "score"]
    file = (town / "school.md").read_text("utf-8")
    assert file[passages[0]["start"] : passages[0]["end"]] == passages[0]["text"]


def test_search_prints_where_each_passage_stands(run, town: Path, place: Path):
    run("index", town, "--index", place)

    result = run("search", "head teacher", "-k", "1", "--index", place)

    assert result.out.splitlines()[0] == "1. Brill Echo, 2025-02-01: School to grow"
    assert result.out.splitlines()[1].startswith("   school 77:")


@pytest.mark.parametrize("at", ["0:3", "77:82", "0:0"])
def test_show_at_writes_exactly_those_characters(at: str, town: Path, place: Path, run):
    run("index", town, "--index", place)
    start, end = map(int, at.split(":"))

    result = subprocess.run(
        [*COMMAND, "show", "school", "--at", at, "--index", place],
        stdout=subprocess.PIPE,
        check=True,
    )

    assert result.stdout == (town / "school.md").read_bytes()[start:end]


def test_show_piped_writes_the_article_as_it_is(town: Path, place: Path, run):
    data = "Crlf\r\n\r\nZeile mit Umlaut: Öl.\u2028Ende\x00\r".encode()
    (town / "odd.txt").write_bytes(data)
    run("index", town, "--index", place)

    result = subprocess.run(
        [*COMMAND, "show", town / "odd.txt", "--index", place], stdout=subprocess.PIPE, check=True
    )

    assert result.stdout == data


def test_show_beyond_the_end_says_how_long_the_article_is(run, town: Path, place: Path):
    run("index", town, "--index", place)

    result = run("show", "school", "--at", "0:5000", "--index", place)

    assert (result.status, result.out) == (1, "")
    assert "school has 174 characters" in result.err


def test_show_of_an_unknown_article_is_an_error(run, town: Path, place: Path):
    run("index", town, "--index", place)

    result = run("show", "nonsense", "--index", place)

    assert result.status == 1
    assert "no article 'nonsense'" in result.err


def test_status_tells_what_the_index_holds(run, town: Path, place: Path):
    run("index", town, "--index", place)

    assert json.loads(run("status", "--index", place, "--json").out) == {
        "index": str(place),
        "articles": 2,
        "passages": 2,
        "sources": {"unknown": 1, "Brill Echo": 1},
        "published": ["2025-02-01", "2025-02-01"],
        "embedder": "bge-small",
        "model": "quotes",
        "leaves": [],
    }
    assert (
        "articles:  2, published from 2025-02-01 to 2025-02-01"
        in run("status", "--index", place).out
    )


@pytest.mark.parametrize("command", [["ask", "Who?"], ["search", "x"], ["show", "x"], ["status"]])
def test_without_an_index_there_is_one_line_that_says_how_to_make_one(
    command: list[str], run, place: Path
):
    result = run(*command, "--index", place)

    assert (result.status, result.out) == (1, "")
    assert (
        result.err
        == f"assistant: no index in {place}: make one with `assistant index PATH... --index {place}`\n"
    )
    assert not place.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["ask"],
        ["ask", ""],
        ["ask", "  "],
        ["search", "x", "-k", "0"],
        ["search", "x", "-k", "many"],
        ["show", "x", "--at", "5"],
        ["show", "x", "--at", "9:3"],
        ["show", "x", "--at", "-1:3"],
        ["index"],
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str], run, place: Path):
    result = run(*arguments)

    assert (result.status, result.out) == (2, "")
    assert "usage: assistant" in result.err


def test_another_embedder_than_the_index_was_made_with_is_an_error(run, town: Path, place: Path):
    run("index", town, "--index", place)

    result = run("index", town, "--index", place, "--embedder", "openai:text-embedding-3-small")

    assert result.status == 1
    assert "bge-small" in result.err
    assert "openai:text-embedding-3-small --rebuild" in result.err


def test_rebuild_starts_from_an_empty_index(run, town: Path, place: Path):
    run("index", town, "--index", place)
    (town / "market.txt").unlink()

    result = run("index", town, "--index", place, "--rebuild", "--yes")

    assert result.out.startswith("1 added, 0 changed, 0 unchanged, 0 renamed, 1 removed")
    with Index(place) as index:
        assert [article.id for article in index.articles()] == ["school"]


def test_an_unknown_embedder_is_an_error_and_leaves_no_index(run, town: Path, place: Path):
    result = run("index", town, "--index", place, "--embedder", "word2vec")

    assert result.status == 1
    assert "unknown embedder 'word2vec'" in result.err
    assert not place.exists()


def test_an_index_that_is_a_file_is_an_error_of_one_line(run, town: Path, tmp_path: Path):
    (tmp_path / "file").write_text("x")

    result = run("index", town, "--index", tmp_path / "file")

    assert result.status == 1
    assert result.err.count("\n") == 1


def test_a_set_in_another_language_gets_one_line_and_is_found_by_its_words(
    run, tmp_path: Path, place: Path
):
    (tmp_path / "brücke.txt").write_text(
        "Neue Brücke über die Ammer\n\nDie neue Brücke über die Ammer wurde am Montag eröffnet. "
        "Bürgermeisterin Ilse Brandner sprach von einem Festtag für die ganze Stadt.\n",
        "utf-8",
    )

    result = run("index", tmp_path / "brücke.txt", "--index", place)

    assert result.status == 0
    assert result.err.count("\n") == 1
    assert "not in English: 1 of 1 article;" in result.err
    told = json.loads(run("ask", "Bürgermeisterin Ilse Brandner", "--index", place, "--json").out)
    assert "Ilse Brandner" in told["citations"][0]["quote"]


def test_an_interrupted_command_leaves_no_traceback(
    run, monkeypatch: pytest.MonkeyPatch, seeds_folder: Path
):
    monkeypatch.setattr(
        "assistant.assistant.Assistant.find",
        lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt),
    )

    result = run("search", "bridge", "--index", seeds_folder)

    assert (result.status, result.out) == (130, "")
    assert result.err.startswith("assistant: stopped")
    assert result.err.count("\n") == 1


def test_what_nobody_foresaw_is_one_line_too(
    run, monkeypatch: pytest.MonkeyPatch, seeds_folder: Path
):
    monkeypatch.setattr("assistant.assistant.Assistant.find", lambda *_, **__: 1 / 0)

    result = run("search", "bridge", "--index", seeds_folder)

    assert result.status == 1
    assert result.err.startswith("assistant: unexpected ZeroDivisionError")
    assert result.err.count("\n") == 1


def test_a_reader_that_stops_reading_is_no_error(seeds_folder: Path):
    command = [*COMMAND, "search", "the", "-k", "75", "--json", "--index", str(seeds_folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(10)
        process.stdout.close()
        errors = process.stderr.read()
    assert errors == b""


def test_every_command_and_option_is_documented():
    table = (ROOT / "docs" / "commands.md").read_text("utf-8")
    for name, command in make_parser()._subparsers._group_actions[0].choices.items():  # type: ignore[union-attr]
        assert f"assistant {name}" in table
        for action in command._actions:
            options = [option for option in action.option_strings if option not in ("-h", "--help")]
            assert not options or any(f"`{option}" in table for option in options), options


def test_help_says_what_each_command_does():
    result = subprocess.run(
        [*COMMAND, "--help"], capture_output=True, text=True, check=True, env={**os.environ}
    )

    for name in ("index", "ask", "search", "show", "status"):
        assert f"    {name} " in result.stdout


def test_the_terminal_shows_progress_while_indexing(place: Path):
    import pty

    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "index", str(SEEDS), "--index", str(place)],
        stdout=subprocess.PIPE,
        stderr=follower,
    ) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                part = os.read(leader, 1024)
            except OSError:
                break
            if not part:
                break
            shown += part
    os.close(leader)
    assert process.returncode == 0
    assert b"reading" in shown


def test_an_id_that_comes_twice_with_different_content_is_said(run, tmp_path: Path, place: Path):
    lines = [
        {"id": "one", "text": "The bridge is open."},
        {"id": "one", "text": "The bridge is closed."},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")

    result = run("index", tmp_path / "a.jsonl", "--index", place)

    assert result.status == 3
    assert (
        result.err
        == "id one occurs more than once with different content; only the last one is kept\n"
    )


def test_an_index_without_articles_is_an_error_and_no_refusal(run, tmp_path: Path, place: Path):
    (tmp_path / "empty").mkdir()
    run("index", tmp_path / "empty", "--index", place)

    result = run("ask", "Who?", "--index", place)

    assert (result.status, result.out) == (1, "")
    assert f"the index in {place} holds no articles" in result.err


def test_closed_streams_and_a_full_disk_are_no_reason_for_a_bug_report(seeds_folder: Path):
    command = shlex.join([*COMMAND, "status", "--index", str(seeds_folder)])

    assert subprocess.run(f"{command} >&-", shell=True, stderr=subprocess.PIPE).stderr == b""
    # What is buffered is written when the process ends, unless it was written before.
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    if Path("/dev/full").exists():
        for ask in (
            command,
            shlex.join([*COMMAND, "--version"]),
            shlex.join([*COMMAND, "ask", "--help"]),
        ):
            full = subprocess.run(
                f"{ask} >/dev/full", shell=True, stderr=subprocess.PIPE, env=buffered
            )
            assert full.returncode == 1
            assert (
                full.stderr
                == b"assistant: cannot write to standard output (No space left on device)\n"
            )


def test_the_parts_report_nothing_to_their_makers(seeds_folder: Path, tmp_path: Path):
    script = (
        "import os, assistant.assistant, onnxruntime; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    subprocess.run(
        [*COMMAND, "ask", "Who leads the flood inquiry?", "--index", str(seeds_folder)],
        env=environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip

    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
        == b"1\n"
    )
    # Reports that wait to be sent would lie here.
    assert not list(tmp_path.rglob("*onnxruntime*"))


def test_a_key_without_a_model_is_pointed_out_once(
    run, town: Path, place: Path, monkeypatch: pytest.MonkeyPatch
):
    run("index", town, "--index", place)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    first, second = (
        run("ask", "How many new rooms will the school get?", "--index", place) for _ in range(2)
    )

    assert "OPENAI_API_KEY is set, but no model is named" in first.err
    assert "sk-secret" not in first.err
    assert (second.err, second.out) == ("", first.out)
    assert "Written by" not in first.out


def test_status_says_what_leaves_the_machine(
    run, town: Path, place: Path, monkeypatch: pytest.MonkeyPatch
):
    run("index", town, "--index", place)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://user:secret@example.org/v1")
    for model, said in (
        ("quotes", []),
        ("gguf:model.gguf", []),
        ("openai:x", ["questions and the passages found for them go to https://example.org/v1"]),
        (
            "ollama:x",
            ["questions and the passages found for them go to the Ollama server on this machine"],
        ),
    ):
        monkeypatch.setenv("ASSISTANT_MODEL", model)
        assert json.loads(run("status", "--index", place, "--json").out)["leaves"] == said


def test_a_model_answers_and_is_named_with_its_cost(run, serve, town: Path, place: Path):
    run("index", town, "--index", place)
    serve("The school in Brill will get 6 new rooms. [1] Oslo is the capital of Norway. [1]")

    result = run(
        "ask",
        "How many new rooms will the school get?",
        "--index",
        place,
        "--model",
        "openai:gpt-5-mini",
    )

    assert (result.status, result.err) == (0, "")
    assert "Oslo" not in result.out
    assert "1 sentence of the model was left out" in result.out
    assert "Written by openai:gpt-5-mini (100 + 20 tokens, $0.0001)" in result.out


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_model_that_fails_is_one_line_and_status_1(
    run, serve, town: Path, place: Path, status: int, monkeypatch
):
    run("index", town, "--index", place)
    serve(Step(status=status, headers={"Retry-After": "0"}))

    result = run("ask", "How many?", "--index", place, "--model", "openai:gpt-5-mini")

    assert (result.status, result.out) == (1, "")
    assert result.err.splitlines()[-1].startswith("assistant: ")
    assert "Traceback" not in result.err
