"""A run: a folder with a question set, what it depends on, and a row for each question asked."""

from __future__ import annotations

import contextlib
import json
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from index.articles import digest
from index.index import Index

from .. import __version__
from ..answer.serialize import as_json
from ..assistant import Assistant
from ..errors import EvaluationError
from ..llm.prompts import prompt_names, prompts_hash
from .asking import Asker
from .questions import Question, read_lines, write_questions
from .rows import Row, read_row

__all__ = ["ANSWERS", "Run", "changed_fields", "code_hash", "draw", "header"]

QUESTIONS, ANSWERS, HEADER = "questions.jsonl", "answers.jsonl", "run.json"
# The fields of the header that each row has, too.
MADE_WITH = ("data", "index", "prompts", "code", "model")


@dataclass(frozen=True)
class Run:
    """The folder of a run, its header (what it depends on), its questions, and its rows."""

    folder: Path
    header: Mapping[str, Any]
    questions: Sequence[Question]
    rows: Sequence[Row]

    @property
    def missing(self) -> list[Question]:
        """The questions that were not asked yet, failed, or could not be judged."""
        done = {row.id for row in self.rows if row.error is None and row.judgment.error is None}
        return [question for question in self.questions if question.id not in done]

    @staticmethod
    def begin(folder: Path, header: Mapping[str, Any], questions: Sequence[Question]) -> Run:
        """The interrupted run in that folder, or a new one.

        Raises EvaluationError if the folder has a run with another header.
        """
        if (folder / HEADER).exists():
            run = Run.read(folder)
            changed = changed_fields(header, run.header)
            if changed:
                raise EvaluationError(
                    f"{folder} has another run (different: {', '.join(changed)}): "
                    "name another folder with --out"
                )
            return run
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_questions(questions, folder / QUESTIONS)
            (folder / ANSWERS).touch()
            # The header is written last, and at once: with it the run is complete.
            text = json.dumps(header, ensure_ascii=False, indent=2) + "\n"
            (folder / f"{HEADER}.new").write_text(text, "utf-8")
            (folder / f"{HEADER}.new").replace(folder / HEADER)
        except OSError as error:
            raise _not_writable(folder, error) from error
        return Run(folder, header, questions, ())

    @staticmethod
    def read(folder: Path) -> Run:
        """The run in that folder. Raises EvaluationError if there is none, or a damaged one."""
        try:
            header = dict(json.loads((folder / HEADER).read_text("utf-8")))
            missing = {*MADE_WITH, "questions", "version"} - header.keys()
            if missing:
                raise ValueError(f"{HEADER} lacks {', '.join(sorted(missing))}")
            # A text may have other line separators in it: JSON lines end in line feeds only.
            questions = (folder / QUESTIONS).read_text("utf-8").split("\n")
            lines = (folder / ANSWERS).read_text("utf-8").split("\n")
        except OSError as error:
            raise EvaluationError(
                f"{folder} has no run ({error.strerror or error}): "
                "make one with `assistant evaluate QUESTIONS`"
            ) from None
        except (ValueError, TypeError, RecursionError) as error:
            raise EvaluationError(
                f"the run in {folder} is damaged ({error}): ask again in another folder"
            ) from None
        asked = list(read_lines(questions, str(folder / QUESTIONS)))
        return Run(folder, header, asked, list(_rows(lines)))

    def ask(self, asker: Asker, *, workers: int, progress: Callable[[int], None]) -> None:
        """Ask what is missing. Each row is on disk before `progress` is called with its number."""
        made_with = {name: self.header[name] for name in MADE_WITH}
        answered = {row.id: row for row in self.rows if row.answer and row.error is None}
        with self._open_answers() as file, ThreadPoolExecutor(workers) as pool:
            try:
                futures = []
                for question in self.missing:
                    futures.append(pool.submit(asker.ask, question, answered.get(question.id)))
                done = len(self.questions) - len(futures)
                for number, future in enumerate(as_completed(futures), start=done + 1):
                    row = replace(future.result(), made_with=made_with)
                    file.write(json.dumps(as_json(row), ensure_ascii=False).encode() + b"\n")
                    file.flush()
                    progress(number)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    @contextlib.contextmanager
    def _open_answers(self) -> Iterator[BinaryIO]:
        """The file of answers, open at its end. Raises EvaluationError if another process asks."""
        lock = FileLock(self.folder / "lock", timeout=0)
        try:
            with lock, (self.folder / ANSWERS).open("r+b") as file:
                # A run that was killed may have left a part of a line.
                file.truncate(file.read().rfind(b"\n") + 1)
                file.seek(0, os.SEEK_END)
                yield file
        except Timeout:
            raise EvaluationError(
                f"another process is asking the run in {self.folder}: wait until it is done"
            ) from None
        except OSError as error:
            raise _not_writable(self.folder, error) from error


def _not_writable(folder: Path, error: OSError) -> EvaluationError:
    return EvaluationError(f"{folder} cannot be written ({error.strerror or error})")


def _rows(lines: Sequence[str]) -> Iterator[Row]:
    """The last row of each question; a line that is cut off is skipped."""
    rows: dict[str, Row] = {}
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            row = read_row(json.loads(line))
            rows[row.id] = row
    yield from rows.values()


def header(
    assistant: Assistant,
    path: Path,
    questions: Sequence[Question],
    format: str,
    how_asked: Mapping[str, Any],
) -> dict[str, Any]:
    """All that a run depends on: hashes of its inputs and the program, the model, the options."""
    return {
        "questions": path.name,
        "format": format,
        "n": len(questions),
        "data": _hash(*(json.dumps(one.to_dict(), sort_keys=True) for one in questions)),
        "index": index_hash(assistant.index),
        "embedder": assistant.index.store.embedder_name,
        "passage_tokens": assistant.index.store.passage_tokens,
        "model": assistant.model,
        "prompts": prompts_hash(prompt_names()),
        "code": code_hash(),
        "version": __version__,
        **how_asked,
    }


def changed_fields(header: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The fields of a header, or of a part of one, in which the other header differs."""
    return [name for name, value in header.items() if other.get(name) != value]


def index_hash(index: Index) -> str:
    """The hash of all articles, as they are cut into passages, in any order."""
    known = sorted(f"{id} {summary.version}" for id, summary in index.store.summaries().items())
    return _hash(*known, str(index.store.passage_tokens))


def code_hash() -> str:
    """The hash of all modules of both packages."""
    root = Path(__file__).parent.parent.parent
    parts = []
    for file in sorted([*root.glob("assistant/**/*.py"), *root.glob("index/**/*.py")]):
        parts.append(f"{file.relative_to(root).as_posix()}\n" + file.read_text("utf-8"))
    return _hash(*parts)


def _hash(*parts: str) -> str:
    return digest(*parts)[:16]


def draw(questions: Sequence[Question], n: int | None, seed: int) -> list[Question]:
    """N of the questions, chosen at random by the seed, in their order; all of them without n."""
    if n is None or n >= len(questions):
        return list(questions)
    ids = sorted(question.id for question in questions)
    chosen = set(random.Random(seed).sample(ids, n))
    return [question for question in questions if question.id in chosen]
