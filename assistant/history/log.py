"""The log: every turn with its answer and passages, in one SQLite file of the user."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote

from index.articles import Passage

from ..answer.answer import Answer
from ..answer.parts import Citation
from ..answer.serialize import from_json
from ..errors import LogError
from .secrets import redacted

__all__ = ["Log", "SessionSummary", "Turn", "now"]

# The `user_version` of these tables.
LAYOUT_VERSION = 1
TABLES = """
CREATE TABLE session (id INTEGER PRIMARY KEY, name TEXT UNIQUE, started TEXT NOT NULL);
CREATE TABLE turn (
    id INTEGER PRIMARY KEY, session INTEGER REFERENCES session (id), via TEXT NOT NULL,
    asked TEXT NOT NULL, place TEXT NOT NULL, question TEXT NOT NULL,
    standalone TEXT, status TEXT, text TEXT, error TEXT,
    model TEXT, prompts TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, cost_usd REAL,
    search_ms REAL, answer_ms REAL, answer TEXT, passages TEXT
);
CREATE INDEX turn_session ON turn (session);
"""
COLUMNS = "id, asked, question, answer, passages, error, place, via, session"


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A question, when it was asked (ISO 8601), and its answer or an error.

    id: its number in the log, None where it is not kept. place: the index.
    via: `chat`, `ask` or `api`.
    """

    asked: str
    question: str
    answer: Answer | None = None
    error: str | None = None
    id: int | None = None
    place: str = ""
    via: str = ""
    session: int | None = None

    @property
    def citations(self) -> Sequence[Citation]:
        """The citations of its answer; none without an answer."""
        return self.answer.citations if self.answer else ()

    def to_dict(self) -> dict[str, Any]:
        """The turn as the JSON contract names it."""
        answer = self.answer
        return {
            "id": self.id,
            "asked": self.asked,
            "via": self.via,
            "session": self.session,
            "index": self.place,
            "question": self.question,
            "error": self.error,
            "answer": answer.to_dict() if answer else None,
            "passages": [passage.to_dict() for passage in answer.passages] if answer else [],
        }


@dataclass(frozen=True)
class SessionSummary:
    """A session: its number, name, number of turns, first question, and when it was last used."""

    id: int
    name: str | None
    turns: int
    first: str
    last: str


class Log:
    """The turns. Threads and processes may share the file; only its owner may read it."""

    def __init__(self, path: Path, *, via: str = "api") -> None:
        """Open the log, or create it. Raises LogError where it cannot be used.

        via: recorded with each turn.
        """
        self.path = path
        self.via = via
        self.session: int | None = None
        self._lock = threading.Lock()
        with self._faults():
            self._connection = _connect(path)
            self._prepare()

    def _prepare(self) -> None:
        (layout,) = self._connection.execute("PRAGMA user_version").fetchone()
        if layout == 0:
            # Readers do not wait for a writer, and commits survive a killed process.
            self._connection.execute("PRAGMA journal_mode = WAL")
            with self._writing():
                # Another process may have created them meanwhile.
                if self._connection.execute("PRAGMA user_version").fetchone() == (0,):
                    for statement in TABLES.split(";"):
                        self._connection.execute(statement)
                    self._connection.execute(f"PRAGMA user_version = {LAYOUT_VERSION}")
        elif layout != LAYOUT_VERSION:
            raise LogError(
                f"the log {self.path} is from another version of this program: move it away"
            )

    # Writing

    def start_session(self) -> int:
        """Start a session for the turns to come; its number."""
        with self._faults(), self._writing():
            self.session = self._connection.execute(
                "INSERT INTO session (started) VALUES (?)", (now(),)
            ).lastrowid
        assert self.session is not None
        return self.session

    def name_session(self, session: int, name: str) -> None:
        """Name a session. Raises LogError where another one has the name."""
        name = redacted(name)
        with self._faults(), self._writing():
            taken = self._connection.execute(
                "SELECT id FROM session WHERE name = ?", (name,)
            ).fetchone()
            if taken and taken != (session,):
                raise LogError(f"there already is a session “{name}”: choose another name")
            self._connection.execute("UPDATE session SET name = ? WHERE id = ?", (name, session))

    def record(self, turn: Turn) -> int:
        """Record a turn with secrets hidden; its number."""
        answer = turn.answer
        usage, timings = (answer.usage, answer.timings) if answer else (None, None)
        values = {
            "session": self.session,
            "via": self.via,
            "asked": turn.asked,
            "place": turn.place,
            "question": turn.question,
            "error": turn.error,
            **_attributes(answer, "standalone", "status", "text", "model", "prompts"),
            **_attributes(usage, "prompt_tokens", "completion_tokens", "cost_usd"),
            **_attributes(timings, "search_ms", "answer_ms"),
        }
        if answer:
            passages = [{"id": found.id, **found.to_dict()} for found in answer.passages]
            values["answer"] = json.dumps(answer.to_dict(), ensure_ascii=False)
            values["passages"] = json.dumps(passages, ensure_ascii=False)
        kept = {
            name: redacted(value) if isinstance(value, str) else value
            for name, value in values.items()
        }
        places = ", ".join(f":{name}" for name in kept)
        with self._faults(), self._writing():
            number = self._connection.execute(
                f"INSERT INTO turn ({', '.join(kept)}) VALUES ({places})", kept
            ).lastrowid
        assert number is not None
        return number

    # Reading

    def turns(
        self, *, session: int | None = None, containing: str = "", last: int | None = None
    ) -> list[Turn]:
        """The turns, oldest first.

        session: its turns only. containing: those with all these words in question or answer.
        last: at most this number, the latest.
        """
        words = containing.casefold().split()
        text = "question || ' ' || coalesce(standalone, '') || ' ' || coalesce(text, '')"
        contains = f" AND instr(folded({text}), ?) > 0"
        where = f"WHERE (? IS NULL OR session = ?) {contains * len(words)}"
        query = f"SELECT {COLUMNS} FROM turn {where} ORDER BY id DESC LIMIT ?"
        with self._faults():
            rows = self._connection.execute(
                query, (session, session, *words, -1 if last is None else last)
            ).fetchall()
        return [_turn(row) for row in reversed(rows)]

    def turn(self, number: int) -> Turn:
        """The turn with this number; raises LogError where there is none."""
        with self._faults():
            # SQLite takes no larger number.
            known = -(2**63) <= number < 2**63
            row = self._connection.execute(
                f"SELECT {COLUMNS} FROM turn WHERE id = ?", (number if known else 0,)
            ).fetchone()
        if row is None:
            raise LogError(f"the log has no turn {number}: `assistant log` lists them")
        return _turn(row)

    def sessions(self) -> list[SessionSummary]:
        """The sessions that have turns, the last one used first."""
        query = (
            "SELECT session.id, name, turns, first.question, last.asked FROM session "
            "JOIN (SELECT session, count(*) AS turns, min(id) AS low, max(id) AS high "
            "FROM turn GROUP BY session) AS those ON those.session = session.id "
            "JOIN turn AS first ON first.id = low "
            "JOIN turn AS last ON last.id = high ORDER BY high DESC"
        )
        with self._faults():
            return [SessionSummary(*row) for row in self._connection.execute(query).fetchall()]

    def session_called(self, name: str) -> int:
        """The number of the session with this name or number; raises LogError if there is none."""
        with self._faults():
            row = self._connection.execute(
                "SELECT id FROM session WHERE name = ? OR CAST(id AS TEXT) = ? "
                "ORDER BY name = ? DESC",
                (name, name, name),
            ).fetchone()
        if row is None:
            named = [each.name for each in self.sessions() if each.name]
            near = get_close_matches(name, named, n=1) or named[:3]
            hint = f"; there is {', '.join(near)}" if near else ""
            raise LogError(f"there is no session “{name}”{hint}")
        number: int = row[0]
        return number

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise LogError(
                f"the log {self.path} cannot be used ({error}): move it away, "
                "name another file in ASSISTANT_LOG, or keep none with --no-log"
            ) from error


def now() -> str:
    """This moment in ISO 8601, to the second, with the offset from UTC."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")


def _attributes(thing: object, *names: str) -> dict[str, Any]:
    """The attributes by name; None for those that it does not have."""
    return {name: getattr(thing, name, None) for name in names}


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        _check(path)
        path.chmod(0o600)
    else:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
    connection.create_function("folded", 1, lambda text: str(text).casefold(), deterministic=True)
    return connection


def _check(path: Path) -> None:
    """Raises LogError or sqlite3.Error for a file that is not a log, without changing it."""
    if not path.is_file():
        raise LogError(f"{path} is not a regular file: name another one in ASSISTANT_LOG")
    # `immutable`: SQLite creates no file beside it.
    address = f"file:{quote(str(path))}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
        tables = {
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    if tables and not tables >= {"session", "turn"}:
        raise LogError(f"{path} is a database, but not our log: name another file in ASSISTANT_LOG")


def _turn(row: tuple[Any, ...]) -> Turn:
    number, asked, question, data, passages, error, place, via, session = row
    answer = Answer.from_dict(json.loads(data)) if data else None
    if answer:
        found = from_json(tuple[Passage, ...], json.loads(passages or "[]"))
        answer = replace(answer, passages=found)
    return Turn(
        asked=asked,
        question=question,
        answer=answer,
        error=error,
        id=number,
        place=place,
        via=via,
        session=session,
    )
