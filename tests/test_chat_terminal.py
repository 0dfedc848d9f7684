"""The chat in a real pseudo-terminal."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from assistant.history.log import Log

from .conftest import ROOT
from .helpers import put
from .model_server import ModelServer, Step

pytestmark = pytest.mark.slow

STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")
MARKET = "The market of Brill moves to Dock Street in spring. Mayor Ada Kolb wants more room for the stalls.\n"


@pytest.fixture
def folder(tmp_path: Path, run) -> Path:
    """A folder with an article, and an index of it beside."""
    put(
        tmp_path / "town" / "market.md",
        f"---\ntitle: Market moves\nsource: Brill Echo\n---\n\n{MARKET}" + "Rain fell.\n\n" * 90,
    )
    run("index", tmp_path / "town", "--index", tmp_path / "index")
    return tmp_path


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., pexpect.spawn]]:
    """Start the chat in a terminal: `start("--index", ...)`."""
    running: list[pexpect.spawn] = []

    def begin(
        *options: str | Path, columns: int = 80, rows: int = 40, **environment: str
    ) -> pexpect.spawn:
        command = [
            "-c",
            "import sys; from assistant.cli.main import main; sys.exit(main())",
            "chat",
            *map(str, options),
        ]
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("COLUMNS", "LINES", "NO_COLOR", "PAGER")
        }
        settings = {**kept, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **environment}
        child = pexpect.spawn(
            sys.executable,
            command,
            cwd=str(ROOT),
            env=settings,
            dimensions=(rows, columns),
            encoding="utf-8",
            timeout=60,
            # What runs in the background ignores Ctrl-C, and so do its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        running.append(child)
        return child

    yield begin
    for child in running:
        child.close(force=True)


def until(child: pexpect.spawn, text: str) -> str:
    """What came until the text appeared, with the text and without styles; line ends as blanks."""
    pattern = r"(?:\s|\x1b\[[0-9;?]*[A-Za-z])+".join(map(re.escape, text.split()))
    child.expect(pattern)
    return " ".join(STYLE.sub("", child.before + child.after).split())


def ready(child: pexpect.spawn) -> None:
    """Wait until it waits for a line: from then on a paste is told from typing."""
    child.expect_exact("\x1b[?2004h")


def asked(child: pexpect.spawn, line: str) -> None:
    child.send(f"{line}\r")


def ended(child: pexpect.spawn) -> int:
    """End with Ctrl-D; the exit status."""
    ready(child)
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus is not None
    return int(child.exitstatus)


def test_a_conversation(start: Callable[..., pexpect.spawn], folder: Path):
    child = start("--index", folder / "index")
    until(
        child,
        "1 article; answers are quotes from them. :help lists the commands, Ctrl-D ends.",
    )
    asked(child, "Where does the market of Brill move?")
    until(child, "Dock Street in spring. [1]")
    until(child, "[1] Brill Echo: Market moves")
    asked(child, ":sorces")
    until(child, "did you mean :sources?")
    assert ended(child) == 0


def test_words_appear_as_they_come_and_ctrl_c_stops_them(
    start: Callable[..., pexpect.spawn], folder: Path, serve: Callable[..., ModelServer]
):
    words = "The market of Brill moves to Dock Street in spring. [1] The mayor of Brill is called Ada Kolb. [1]"
    server = serve(
        Step(words, pause=0.25), "The market of Brill moves to Dock Street in spring. [1]"
    )
    child = start("--index", folder / "index", "--model", "openai:gpt-5-mini")
    until(child, "Ctrl-D ends.")
    asked(child, "Where does the market of Brill move?")
    until(child, "The market of Brill")
    begun = time.monotonic()
    child.sendintr()
    until(child, "stopped")
    assert time.monotonic() - begun < 3
    assert server.hung_up.wait(10)
    asked(child, "Where does the market of Brill move?")
    until(child, "Written by openai:gpt-5-mini")
    assert ended(child) == 0

    turns = Log(Path(os.environ["XDG_DATA_HOME"]) / "quoteproof" / "log.db").turns()
    assert [turn.error is None for turn in turns] == [False, True]


def test_lines_are_as_wide_as_the_terminal_is_now(
    start: Callable[..., pexpect.spawn], folder: Path
):
    child = start("--index", folder / "index", columns=100)
    until(child, "Ctrl-D ends.")
    for columns in (100, 40):
        child.setwinsize(40, columns)
        time.sleep(0.3)
        asked(child, "Who wants more room for the stalls?")
        child.expect(r"\[1\]")
        answer = STYLE.sub("", child.before).split("stalls?")[-1]
        assert max(map(len, answer.splitlines())) <= columns
        assert (len(answer.strip().splitlines()) > 1) == (columns == 40)
        until(child, "Brill Echo: ")


def test_a_paste_is_one_question(start: Callable[..., pexpect.spawn], folder: Path):
    child = start("--index", folder / "index")
    ready(child)
    child.send("\x1b[200~Where does the market\nof Brill move?\n\x1b[201~")
    time.sleep(0.5)
    asked(child, "")
    until(child, "Dock Street in spring. [1]")
    assert ended(child) == 0

    (turn,) = Log(Path(os.environ["XDG_DATA_HOME"]) / "quoteproof" / "log.db").turns()
    assert turn.question == "Where does the market\nof Brill move?"


def test_what_was_typed_comes_back_another_time(start: Callable[..., pexpect.spawn], folder: Path):
    child = start("--index", folder / "index")
    until(child, "Ctrl-D ends.")
    asked(child, "Who wants more room for the stalls?")
    until(child, "Brill Echo: ")
    assert ended(child) == 0
    child = start("--index", folder / "index")
    ready(child)
    child.send("\x1b[A")
    until(child, "Who wants more room for the stalls?")
    asked(child, "")
    until(child, "Brill Echo: ")


def test_an_article_opens_in_the_pager_at_the_quote(
    start: Callable[..., pexpect.spawn], folder: Path, tmp_path: Path
):
    pager = tmp_path / "less"
    pager.write_text('#!/bin/sh\necho "pager: $*"\ncat > "$SHOWN"\n', "utf-8")
    pager.chmod(0o755)
    child = start("--index", folder / "index", PAGER=str(pager), SHOWN=str(tmp_path / "shown"))
    until(child, "Ctrl-D ends.")
    asked(child, "Who wants more room for the stalls?")
    until(child, "Brill Echo: ")
    asked(child, ":open 1")
    until(child, "pager: -R -PSpace for more, q to return to the chat +1")
    asked(child, ":k")
    until(child, "8 passages")
    shown = (tmp_path / "shown").read_text("utf-8")
    assert "\x1b[1;7mMayor Ada Kolb wants more" in shown


@pytest.mark.skipif(not shutil.which("less"), reason="less is not installed")
def test_long_output_opens_in_the_pager_and_q_returns(
    start: Callable[..., pexpect.spawn], folder: Path
):
    child = start("--index", folder / "index", rows=20, TERM="xterm")
    until(child, "Ctrl-D ends.")
    asked(child, ":help")
    until(child, "Space for more, q to return to the chat")
    child.send("q")
    asked(child, ":k")
    until(child, "8 passages")
    assert ended(child) == 0


def test_without_color_there_is_none(start: Callable[..., pexpect.spawn], folder: Path):
    for environment, colored in (({}, True), ({"NO_COLOR": "1"}, False)):
        child = start("--index", folder / "index", **environment)
        until(child, "Ctrl-D ends.")
        asked(child, "Where does the market of Brill move?")
        child.expect("Brill Echo: ")
        answer = child.before.partition("\n")[2]
        assert (re.search(r"\x1b\[[0-9;]*3[0-7]m", answer) is not None) == colored
        assert ended(child) == 0


def test_it_offers_to_make_an_index(
    start: Callable[..., pexpect.spawn], folder: Path, tmp_path: Path
):
    child = start("--index", tmp_path / "new")
    until(child, "There is no index in")
    until(child, "File or folder of articles to index (Enter to cancel):")
    asked(child, str(folder / "town"))
    until(child, "1 added")
    until(child, "Ctrl-D ends.")
    asked(child, "Where does the market of Brill move?")
    until(child, "Dock Street")
    child = start("--index", tmp_path / "none")
    until(child, "(Enter to cancel)")
    asked(child, "")
    until(child, "make one with")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
