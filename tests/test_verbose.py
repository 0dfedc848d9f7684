"""Our log records: who sees them, and what is never in them."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import Assistant

from .helpers import put, run_python
from .model_server import ModelServer

QUESTION = "Who leads the inquiry into the flood?"


def test_importing_the_packages_leaves_the_loggers_of_others_as_they_were():
    code = """
import logging

def state():
    loggers = [logging.root, *map(logging.getLogger, sorted(logging.root.manager.loggerDict))]
    return {
        logger.name: (logger.level, list(logger.handlers), logger.disabled, logger.propagate)
        for logger in loggers
        if logger.name.partition(".")[0] not in ("assistant", "index")
    }

import anyio, chromadb, httpx, langchain_openai, openai, pypdf, tantivy, trafilatura
before = state(), logging.root.manager.disable, logging.lastResort
import assistant.cli.chat.repl, assistant.answering.chain, assistant.llm.models
import index.loading.folders, index.embedding.openai_embedder, assistant.evaluation
after = {name: value for name, value in state().items() if name in before[0]}
assert (after, logging.root.manager.disable, logging.lastResort) == before
assert [type(h) for h in logging.getLogger("assistant").handlers] == [logging.NullHandler]
assert [type(h) for h in logging.getLogger("index").handlers] == [logging.NullHandler]
assert logging.getLogger("assistant").level == logging.getLogger("index").level == logging.NOTSET
"""
    assert run_python(code) == ""


def test_a_program_that_asks_for_them_gets_them(
    seeds_folder: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO, "assistant"), Assistant(index=seeds_folder) as assistant:
        assistant.ask(QUESTION)
    [record] = [one for one in caplog.records if one.name == "assistant.retrieval.search"]
    assert f"passages found for “{QUESTION}”: 8 in " in record.getMessage()
    assert "brannoch-flood-northgate" in record.getMessage()


@pytest.mark.parametrize("command", [["search", QUESTION], ["status"], ["show", "school"]])
def test_verbose_adds_to_standard_error_only(run, tmp_path: Path, command: list[str]):
    put(
        tmp_path / "school.md",
        "---\nid: school\n---\nThe school in Brill will get six new rooms.\n",
    )
    place = tmp_path / "index"
    run("index", tmp_path / "school.md", "--index", place)

    quiet = run(*command, "--index", place)
    verbose = run(*command, "--index", place, "--verbose")

    assert (quiet.status, quiet.err) == (verbose.status, "") == (0, "")
    assert verbose.out == quiet.out
    assert f"index.index: opened the index in {place} in " in verbose.err


def test_verbose_says_how_much_was_written(run, tmp_path: Path):
    put(tmp_path / "school.md", "The school in Brill will get six new rooms.\n")
    result = run("index", tmp_path / "school.md", "--index", tmp_path / "index", "--verbose")
    assert "index.sync.write: written: articles 1, passages 1 (1 embedded)" in result.err


def test_verbose_says_what_is_sent_where_and_shows_no_key_and_no_article(
    run, seeds_folder: Path, serve: Callable[..., ModelServer]
):
    server = serve("Dame Rosalind Achterberg leads the inquiry. [1]")
    result = run(
        "ask",
        f"{QUESTION} (my key is sk-secret-key-of-the-test)",
        "--index", seeds_folder, "--model", "openai:gpt-5-mini", "--verbose",
    )  # fmt: skip

    assert result.status == 0
    assert f"tokens to {server.url} for openai:gpt-5-mini, which may write " in result.err
    assert "openai:gpt-5-mini read and wrote 100 and 20 tokens in " in result.err
    assert "secret-key" not in result.err
    assert "appeal judge" in result.out + server.requests[0].prompt
    assert "appeal judge" not in result.err


def test_nothing_is_left_behind_by_a_command(run, tmp_path: Path):
    names = ("", "assistant", "index", "openai")
    before = [
        (logging.getLogger(name).level, list(logging.getLogger(name).handlers)) for name in names
    ]
    run("status", "--index", tmp_path, "--verbose")
    after = [
        (logging.getLogger(name).level, list(logging.getLogger(name).handlers)) for name in names
    ]
    assert after == before


def test_the_command_is_quiet_about_what_libraries_warn_of(tmp_path: Path):
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica")
    pdf.cell(text="The school in Brill will get six new rooms.")
    # pypdf logs a warning about the place of the table of contents that is wrong.
    content = bytes(pdf.output()).replace(b"startxref\n", b"startxref\n1")
    put(tmp_path / "school.pdf", content)
    code = "import sys; from assistant.cli.main import main; sys.exit(main())"
    paths = ["index", str(tmp_path / "school.pdf"), "--index", str(tmp_path / "index")]
    process = subprocess.run(
        [sys.executable, "-c", code, *paths], capture_output=True, text=True, timeout=120
    )
    assert (process.returncode, process.stderr) == (0, "")
    warned = run_python(
        "import sys; from pypdf import PdfReader; sys.stderr = sys.stdout; "
        "PdfReader(sys.argv[1]).pages[0].extract_text()",
        tmp_path / "school.pdf",
    )
    assert warned
