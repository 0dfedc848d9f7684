"""Whole transcripts of the chat: what is typed, and everything that is printed."""

from __future__ import annotations

import datetime
import io
import json
import os
import re
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from assistant import Assistant
from assistant.cli.chat.commands import has_slash
from assistant.cli.chat.completion import ChatCompleter
from assistant.cli.chat.input import KeptHistory, typed
from assistant.cli.chat.repl import Chat
from assistant.cli.chat.session import Session
from assistant.history.log import Log
from index.index import Index

from .conftest import ROOT
from .helpers import article
from .model_server import ModelServer, Step

MARKET = article(
    "The market of Brill moves to Dock Street in spring. Mayor Ada Kolb wants more room for the stalls.\n\n"
    "The old square will become a garden.",
    id="market",
    title="Market moves",
    source="Brill Echo",
    published="2025-02-01",
    url="https://echo.example/market",
)
SCHOOL = article(
    "The school in Brill will get six new rooms. Work starts in August, said head teacher Ines Kolb.",
    id="school",
    title="School to grow",
    source="Coast Herald",
    author="Nell Garroway",
    published="2025-03-01",
)


@pytest.fixture(scope="module")
def brill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("brill") / "index"
    with Index(folder, create=True) as index:
        index.add([MARKET, SCHOOL])
    return folder


@pytest.fixture
def session(brill: Path, tmp_path: Path) -> Iterator[Session]:
    log = Log(tmp_path / "log.db", via="chat")
    with Assistant(index=brill, log=log) as assistant:
        yield Session(assistant, log=log)


def transcript(session: Session, *keys: str, width: int = 80) -> str:
    """What is printed while these keys are pressed, the prompts and lines that were typed included."""
    printed = io.StringIO()
    chat = Chat(session, Console(file=printed, width=width))

    def echoed(lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            printed.write(f"{chat.prompt()}{line}\n")
            yield line

    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text("".join(keys))
        chat.run(echoed(typed(session, chat.prompt, InMemoryHistory())))
    return printed.getvalue()


ENTER, END, TAB, CTRL_C = "\r", "\x04", "\t", "\x03"


def test_a_conversation(session: Session, capsys: pytest.CaptureFixture[str]):
    shown = transcript(
        session,
        f"Where does the market of Brill move?{ENTER}",
        f":source Coast Herald{ENTER}",
        f"How many new rooms will the school get?{ENTER}",
        f":clear{ENTER}",
        f":cost{ENTER}",
        f":save Brill{ENTER}",
        f":quit{ENTER}",
    )

    assert shown == (
        "> Where does the market of Brill move?\n"
        "The market of Brill moves to Dock Street in spring. [1]\n"
        "\n"
        "[1] Brill Echo, 2025-02-01: Market moves\n"
        "\n"
        "> :source Coast Herald\n"
        "source Coast Herald: 1 article\n"
        "[source Coast Herald] > How many new rooms will the school get?\n"
        "The school in Brill will get six new rooms. [1]\n"
        "\n"
        "[1] Coast Herald, 2025-03-01: School to grow\n"
        "\n"
        "[source Coast Herald] > :clear\n"
        "no filters: 2 articles\n"
        "> :cost\n"
        "quotes: 2 answers, no cost\n"
        "> :save Brill\n"
        "saved as “Brill”; further turns are kept too\n"
        "> :quit\n"
    )
    assert capsys.readouterr().err == ""


def test_a_follow_up_says_as_what_it_was_understood(session: Session):
    shown = transcript(session, f"Where does the market of Brill move?{ENTER}And when?{ENTER}", END)

    assert "(understood as: Where does the market of Brill move, and when?)\n" in shown


def test_a_line_may_go_on_in_the_next(session: Session):
    shown = transcript(session, f"Where does the market\\{ENTER}of Brill move?{ENTER}", END)

    assert (
        "> Where does the market\nof Brill move?\nThe market of Brill moves to Dock Street" in shown
    )


def test_a_paste_of_several_lines_is_one_question(session: Session):
    shown = transcript(
        session, f"\x1b[200~Where does the market\nof Brill move?\n\x1b[201~{ENTER}", END
    )

    assert shown.count("[1] Brill Echo") == 1
    assert len(session.turns) == 1


def test_ctrl_c_throws_a_line_away_and_keeps_the_session(session: Session):
    shown = transcript(session, f"Where does{CTRL_C}", f":k{ENTER}", END)

    assert shown == "> :k\n8 passages\n"


def test_days_are_named_as_people_do_and_commands_as_elsewhere(session: Session):
    yesterday = datetime.date.today() - datetime.timedelta(days=1)

    shown = transcript(
        session,
        *(
            f"{line}{ENTER}"
            for line in (
                ":since yesterday",
                ":until yesterday",
                ":since off",
                "/until",
                "/help since",
            )
        ),
        END,
    )

    assert f"since {yesterday}: 0 articles\n" in shown
    assert f"since {yesterday}, until {yesterday}: 0 articles\n" in shown
    assert f"\nuntil {yesterday}: 2 articles\n" in shown
    assert "/until\nno filters: 2 articles\n" in shown
    assert ":since [DATE]" in shown


def test_other_slashes_may_begin_a_question():
    assert has_slash("/HELP")
    assert not has_slash("/etc/hosts says what?")
    assert not has_slash("/")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (":sorces", "unknown command :sorces; did you mean :sources? :help lists all"),
        (":xyzzy", "unknown command :xyzzy; :help lists all"),
        (":", "a colon begins a command, such as :sources; :help lists them"),
        (
            ":open",
            "open which article? `:open 2` opens that of quote [2]",
        ),
        (":open 1", "there is no answer yet: ask something first"),
        (
            ":open Moon",
            "there is no article “Moon”; `:open 2` opens that of quote [2]",
        ),
        (":sources", "there is no answer yet: ask something first"),
        (":why", "there is no answer yet: ask something first"),
        (":since soon", "'soon' is not a date; write it like 2025-03-31 or yesterday"),
        (":as-of 2025", "'2025' is not a day; write it like 2025-03-31"),
        (
            ":source Coast Heralt",
            "no outlet here is called “Coast Heralt”; the nearest: Coast Herald",
        ),
        (":k 0", "'0' is not a number from 1 to 100"),
        (":model openai:", "'openai:' names no model"),
        (
            ":export",
            "which file? One that ends in .md, .html or .json; -f replaces it",
        ),
        (":export a.docx", "a.docx has no known suffix: end its name in one of .md, .html, .json"),
        (":save", "save under which name? It must have a letter: numbers are taken"),
        (":resume Moon", "there is no session “Moon”"),
        ("x" * 1_000_000, "the question has 1,000,000 characters: ask in at most 100,000"),
        ("?", None),
        (":clear all", ":clear takes no argument"),
        (":HELP export", None),
        (
            ":export --force",
            "which file? One that ends in .md, .html or .json; -f replaces it",
        ),
    ],
)
def test_what_cannot_be_done_says_what_can(
    session: Session, capsys: pytest.CaptureFixture[str], typed: str, said: str | None
):
    chat = Chat(session, Console(file=io.StringIO()))
    chat.take(typed)
    chat.take(":k")

    error = capsys.readouterr().err
    assert error.count("\n") == (1 if said else 0)
    assert error.startswith(f"assistant: {said}" if said else "")


def test_filters_stand_in_the_prompt_and_count(
    session: Session, capsys: pytest.CaptureFixture[str]
):
    shown = transcript(
        session,
        *(
            f"{line}{ENTER}"
            for line in (":since 2025-02", ":until 2025-02-20", ":author Nell Garroway", ":author")
        ),
        *(f"{line}{ENTER}" for line in (":since", ":as-of 2025-02-10", ":clear")),
        END,
    )

    assert shown.splitlines() == [
        "> :since 2025-02",
        "since 2025-02: 2 articles",
        "[since 2025-02] > :until 2025-02-20",
        "since 2025-02, until 2025-02-20: 1 article",
        "[since 2025-02, until 2025-02-20] > :author Nell Garroway",
        "author Nell Garroway, since 2025-02, until 2025-02-20: 0 articles",
        "[author Nell Garroway, since 2025-02, until 2025-02-20] > :author",
        "since 2025-02, until 2025-02-20: 1 article",
        "[since 2025-02, until 2025-02-20] > :since",
        "until 2025-02-20: 1 article",
        "[until 2025-02-20] > :as-of 2025-02-10",
        "until 2025-02-20, as of 2025-02-10: 1 article",
        "[until 2025-02-20, as of 2025-02-10] > :clear",
        "no filters: 2 articles",
    ]


def test_passages_and_how_they_were_found(session: Session):
    shown = transcript(
        session, f"Where does the market of Brill move?{ENTER}:sources{ENTER}:why{ENTER}", END
    )

    assert "p1. Brill Echo, 2025-02-01: Market moves\n    market 0:" in shown
    assert "    cited as [1]\n" in shown
    assert "    not cited\n" in shown
    assert re.search(r"by meaning: “Where does the market of Brill move\?”, 2 passages", shown)
    assert re.search(r"market 0:\d+ +meaning 1, words 1", shown)


def test_an_article_is_opened_at_the_quote(session: Session, monkeypatch: pytest.MonkeyPatch):
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) is None)
    shown = transcript(
        session,
        f"Who wants more room for the stalls?{ENTER}:open 1{ENTER}",
        f":open 1 browser{ENTER}",
        END,
        width=120,
    )

    assert shown.endswith(
        "> :open 1\n"
        "Brill Echo, 2025-02-01: Market moves\n"
        "https://echo.example/market\n"
        "\n"
        "The market of Brill moves to Dock Street in spring. ⟦Mayor Ada Kolb wants more room for the stalls.⟧\n"
        "\n"
        "The old square will become a garden.\n"
        "> :open 1 browser\n"
        "https://echo.example/market\n"
    )
    assert opened == ["https://echo.example/market"]


@pytest.mark.parametrize(
    ("name", "what"), [("p1", "a passage"), ("school", "an id"), ("school to grow", "a title")]
)
def test_what_else_can_be_opened(
    session: Session, capsys: pytest.CaptureFixture[str], name: str, what: str
):
    shown = transcript(
        session, f"How many new rooms?{ENTER}:open {name}{ENTER}:open {name} browser{ENTER}", END
    )

    assert f":open {name}\nCoast Herald, 2025-03-01: School to grow\nschool\n\n" in shown
    assert ("⟦" in shown) == (name == "p1")
    told = "“School to grow” has no web address; `:open` without `browser` shows it"
    assert told in capsys.readouterr().err
    assert "http" not in shown


def test_quotes_of_earlier_answers_can_be_opened(
    session: Session, capsys: pytest.CaptureFixture[str]
):
    shown = transcript(
        session,
        f"Where does the market of Brill move?{ENTER}How many new rooms?{ENTER}:answers{ENTER}",
        f":open 1 1{ENTER}:open p1 2{ENTER}:why 1{ENTER}:sources 2{ENTER}:open 1 3{ENTER}:why x{ENTER}",
        END,
    )

    assert (
        "> :answers\n"
        "  1  Where does the market of Brill move? (1 quote)\n"
        "  2  How many new rooms? (1 quote)\n"
        "> :open 1 1\n"
        "Brill Echo, 2025-02-01: Market moves\n"
    ) in shown
    assert "> :open p1 2\nCoast Herald, 2025-03-01: School to grow\n" in shown
    assert re.search(r"> :why 1\nasked on .*\n(?:.*\n)*.*“Where does the market", shown)
    assert "> :sources 2\np1. Coast Herald, 2025-03-01: School to grow\n" in shown
    assert capsys.readouterr().err.splitlines() == [
        "assistant: there is no answer 3; :answers lists them",
        "assistant: 'x' is not the number of an answer; :answers lists them",
    ]


def test_only_web_addresses_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(webbrowser, "open", lambda url: pytest.fail(url))
    with Index(tmp_path / "index", create=True) as index:
        index.add([article("The lamp is green.", id="lamp", url="file:///etc/passwd")])
    with Assistant(index=tmp_path / "index") as assistant:
        transcript(Session(assistant), f":open lamp browser{ENTER}", END)

    assert "is not a web address: file:///etc/passwd" in capsys.readouterr().err


def test_a_session_is_saved_and_resumed(session: Session, brill: Path, tmp_path: Path):
    transcript(session, f"Where does the market of Brill move?{ENTER}:save Brill news{ENTER}", END)
    with Assistant(index=brill, log=session.log) as assistant:
        again = Session(assistant, log=Log(tmp_path / "log.db", via="chat"))
        shown = transcript(
            again, f":sessions{ENTER}:resume Brill news{ENTER}:sources{ENTER}And when?{ENTER}", END
        )

    assert re.search(
        r"\d Brill news  \d{4}-\d\d-\d\d \d\d:\d\d, 1 turn: Where does the market of Brill move\?\n",
        shown,
    )
    assert (
        "Brill news: 1 turn\n> Where does the market of Brill move?\n  The market of Brill moves to Dock"
        in shown
    )
    assert "    cited as [1]" in shown
    assert "(understood as: Where does the market of Brill move, and when?)" in shown


def test_a_new_conversation_forgets_the_last(session: Session):
    shown = transcript(
        session, f"Where does the market of Brill move?{ENTER}:new{ENTER}And when?{ENTER}", END
    )

    assert "understood as" not in shown
    assert [each.turns for each in session.log.sessions()] == [1, 1]


def test_the_session_is_exported(session: Session, tmp_path: Path):
    path = tmp_path / "brill.json"
    shown = transcript(
        session,
        f"Where does the market of Brill move?{ENTER}:export {path}{ENTER}:export -f {path}{ENTER}",
        END,
    )

    assert shown.count(f"1 turn written to {path}\n".replace("\n", "")) == 2
    told = json.loads(path.read_text("utf-8"))
    assert (
        told["turns"][0]["answer"]["citations"][0]["quote"]
        == "The market of Brill moves to Dock Street in spring."
    )


def test_the_model_can_be_changed(session: Session, serve: Callable[..., ModelServer]):
    server = serve(
        "The market moves to Dock Street. [1]",
        "Where does the market go, and when?",
        "In spring. [1]",
    )
    shown = transcript(
        session,
        f":model openai:gpt-5-mini{ENTER}Where does the market of Brill move?{ENTER}And when?{ENTER}",
        f":cost{ENTER}:model quotes{ENTER}",
        END,
    )

    assert "> :model openai:gpt-5-mini\nopenai:gpt-5-mini\n" in shown
    assert "The market moves to Dock Street. [1]" in shown
    assert "(understood as: Where does the market go, and when?)" in shown
    assert "Q: Where does the market of Brill move?" in server.requests[1].prompt
    assert re.search(r"openai:gpt-5-mini: 2 answers, 300 \+ 60 tokens, \$0\.\d{4}\n", shown)
    assert "> :model quotes\nquotes (the articles' own sentences)\n" in shown


def test_a_model_that_dies_costs_the_answer_only(
    session: Session, serve: Callable[..., ModelServer], capsys: pytest.CaptureFixture[str]
):
    serve(
        Step(status=401, body="{}"),
        Step("The market moves to Dock Street. [1] And then it goes on to", cut=3),
        "The market moves to Dock Street. [1]",
    )
    session.assistant.use_model("openai:gpt-5-mini")
    question = f"Where does the market of Brill move?{ENTER}"
    shown = transcript(session, question, f":new{ENTER}", question, f":new{ENTER}", question, END)

    assert "OPENAI_API_KEY" in capsys.readouterr().err
    assert "The reply broke off: the connection to " in shown
    assert shown.count("The market moves to Dock Street. [1]") >= 1
    assert len(session.log.turns()) == 3


def test_an_index_that_changes_is_seen(brill: Path, tmp_path: Path):
    folder = tmp_path / "index"
    with Index(folder, create=True) as index:
        index.add([MARKET])
    with Assistant(index=folder) as assistant:
        session = Session(assistant)
        transcript(session, f"Where does the market of Brill move?{ENTER}", END)
        with Index(folder) as other:
            other.add([SCHOOL])
            other.remove(["market"])
        shown = transcript(
            session,
            f":clear{ENTER}:open 1{ENTER}How many new rooms will the school get?{ENTER}",
            END,
        )

    assert "six new rooms. [1]" in shown


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (":so", ["sources", "source"]),
        (":source C", ["Coast Herald"]),
        (":author n", ["Nell Garroway"]),
        (":open Sch", ["School to grow"]),
        ("What does the Coast H", ["Coast Herald"]),
        ("What stands in market mo", ["Market moves"]),
        ("What now", []),
        (":resume ", []),
    ],
)
def test_tab_completes(session: Session, text: str, offered: list[str]):
    completions = ChatCompleter(session).get_completions(Document(text), CompleteEvent())

    assert [completion.text for completion in completions] == offered


def test_what_was_typed_is_remembered_by_its_owner_only(tmp_path: Path):
    history = KeptHistory(tmp_path / "state" / "history")
    for line in ("Who?", "first\nsecond", "my key is sk-abcdefghijklmnopqrstuvwx", "x" * 20_000):
        history.store_string(line)

    assert list(KeptHistory(tmp_path / "state" / "history").load_history_strings()) == [
        "my key is [secret]",
        "first\nsecond",
        "Who?",
    ]
    assert (tmp_path / "state" / "history").stat().st_mode & 0o777 == 0o600


# As a script


def script(
    text: str | bytes, *options: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "import sys; from assistant.cli.main import main; sys.exit(main())",
        "chat",
    ]
    typed = text.encode() if isinstance(text, str) else text
    done = subprocess.run(
        [*command, *map(str, options)],
        input=typed,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def test_a_pipe_is_a_script(brill: Path):
    done = script(
        "Where does the market of Brill move?\n\n:k\\\n 5\nHow many new rooms will the school get?",
        "--index",
        brill,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "> Where does the market of Brill move?\nThe market of Brill moves to Dock Street"
    )
    assert "> :k\n 5\n5 passages\n" in done.stdout
    assert "six new rooms. [1]" in done.stdout
    assert "\x1b" not in done.stdout


def test_what_is_not_utf8_is_skipped_and_named(brill: Path):
    done = script(b"Wh\xffre?\nWhere does the market of Brill move?\n", "--index", brill)

    assert done.returncode == 3
    assert done.stderr == "assistant: skipped line 1 of the input: not UTF-8 (byte 2)\n"
    assert "Dock Street" in done.stdout


def test_an_error_in_a_script_is_its_status(brill: Path):
    done = script(":open 9\nWhere does the market of Brill move?\n", "--index", brill)

    assert done.returncode == 1
    assert done.stderr == "assistant: there is no answer yet: ask something first\n"
    assert "Dock Street" in done.stdout


def test_without_an_index_a_script_says_so(tmp_path: Path):
    done = script("Who?\n", "--index", tmp_path / "none")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "assistant index PATH" in done.stderr


def test_where_nothing_can_be_written_it_still_answers(brill: Path, tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.touch()
    done = script(
        "Where does the market of Brill move?\n:save Brill\n",
        "--index",
        brill,
        XDG_DATA_HOME=str(blocked),
        XDG_STATE_HOME=str(blocked),
        XDG_CACHE_HOME=str(blocked),
    )

    first, second = done.stderr.splitlines()
    assert first.startswith(f"assistant: the log {blocked}/quoteproof/log.db cannot be used (")
    assert first.endswith("; this session will not be kept")
    assert (
        second == "assistant: this session is not kept: the log is switched off, or cannot be used"
    )
    assert "Dock Street" in done.stdout


def test_nothing_is_kept_with_no_log(brill: Path, tmp_path: Path):
    places = {name: str(tmp_path / name) for name in ("XDG_DATA_HOME", "XDG_STATE_HOME")}
    script("Where does the market of Brill move?\n", "--index", brill, "--no-log", **places)
    assert not any((tmp_path / name).exists() for name in places)
    script("Where does the market of Brill move?\n", "--index", brill, **places)
    (kept,) = Log(tmp_path / "XDG_DATA_HOME" / "quoteproof" / "log.db").turns()
    assert (kept.via, kept.session) == ("chat", 1)


def test_control_sequences_of_articles_never_reach_the_terminal(tmp_path: Path):
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\x00"
    folder = tmp_path / "index"
    with Index(folder, create=True) as index:
        index.add(
            [
                article(
                    f"The lamp of Kelda {evil} was lit in 1931.",
                    id="lamp\x1b[1m",
                    title=f"Lamp {evil}",
                    source=f"Echo {evil}",
                    author=f"Nell {evil}",
                    url=f"https://echo.example/{evil}",
                )
            ]
        )
    done = script(
        f"When was the lamp of Kelda lit?\n:sources\n:why\n:open 1\n:open p1\n:source Echo {evil}\n:open {evil}\n",
        "--index",
        folder,
    )

    assert "1931" in done.stdout
    printed = done.stdout + done.stderr
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed)
