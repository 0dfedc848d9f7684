"""A run: every question asked once, what came of it kept in a folder, to be scored, compared and gone on with."""

from __future__ import annotations

import contextlib
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from index.articles import digest
from index.errors import AssistantError
from index.index import Index

from .. import __version__
from ..answer.answer import Answer
from ..answer.parts import BROKE_OFF, Citation, Sentence, Status, Usage
from ..answer.quotes import stored
from ..assistant import Assistant
from ..errors import EvaluationError
from ..llm.prompts import prompt_names, prompts_hash
from .questions import Evidence, Question, read_lines, write_questions

__all__ = ["Judge", "Judgment", "Row", "Run", "code_hash", "draw", "header", "proven"]

QUESTIONS, ANSWERS, HEADER = "questions.jsonl", "answers.jsonl", "run.json"
PACKAGES = ("assistant", "index")
# What of the header each row has, too.
MADE_WITH = ("data", "index", "prompts", "code", "model")
Place = tuple[str, int, int]


@dataclass(frozen=True)
class Judgment:
    """Whether a judge says that an answer is right, None if it said nothing clear (ungraded), and what that took.

    error: why nothing could be had of it. held: of each of the `proven` sentences whether its quotes say it; nothing
    where the judge was not clear about that.
    """

    right: bool | None
    usage: Usage
    error: str | None = None
    held: tuple[bool, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The judgment as a row has it."""
        return {
            "right": self.right,
            "usage": vars(self.usage),
            "error": self.error,
            "held": list(self.held),
        }

    @staticmethod
    def from_dict(told: Mapping[str, Any]) -> Judgment:
        """The judgment of a row."""
        return Judgment(
            told["right"], Usage(**told["usage"]), told.get("error"), tuple(told.get("held", ()))
        )


Judge = Callable[[Question, Answer], Judgment]


def proven(answer: Answer) -> list[Sentence]:
    """The sentences that are shown with quotes as their proof."""
    return [sentence for sentence in answer.sentences if sentence.citations and sentence.supported]


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of one question.

    error: why it came to no answer; what there is of one counts for nothing but its cost. found: places of citations
    and what the articles have there. evidence: for each piece the places at which it stands. texts: of the passages.
    lacking: right articles that are not in the index. judged: what a judge says, if there is one. made_with: hashes of
    data, index, prompts and code, and the model.
    """

    id: str
    answer: Answer | None
    error: str | None = None
    seconds: float = 0.0
    found: tuple[tuple[Place, str], ...] = ()
    evidence: tuple[tuple[Place, ...], ...] = ()
    texts: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    judged: Judgment | None = None
    made_with: Mapping[str, str] = field(default_factory=dict)

    @property
    def valid(self) -> frozenset[int]:
        """The numbers of the citations that are exactly what their articles have at their places."""
        there = dict(self.found)
        citations = self.answer.citations if self.answer else ()
        untrue = {c.number for c in citations if not c.quote or there.get(_place(c)) != c.quote}
        return frozenset(c.number for c in citations) - untrue

    def to_dict(self) -> dict[str, Any]:
        """The row as a line of `answers.jsonl`."""
        return {
            "id": self.id,
            "answer": self.answer.to_dict() if self.answer else None,
            "error": self.error,
            "seconds": self.seconds,
            "found": [[*place, text] for place, text in self.found],
            "evidence": [[list(place) for place in piece] for piece in self.evidence],
            "texts": list(self.texts),
            "lacking": list(self.lacking),
            "judged": self.judged.to_dict() if self.judged else None,
            "made_with": dict(self.made_with),
        }

    @staticmethod
    def from_dict(told: Mapping[str, Any]) -> Row:
        """The row of a line."""
        return Row(
            id=told["id"],
            answer=Answer.from_dict(told["answer"]) if told["answer"] else None,
            error=told["error"],
            seconds=told["seconds"],
            found=tuple(((id, start, end), text) for id, start, end, text in told["found"]),
            evidence=tuple(tuple((p[0], p[1], p[2]) for p in piece) for piece in told["evidence"]),
            texts=tuple(told["texts"]),
            lacking=tuple(told.get("lacking", ())),
            judged=Judgment.from_dict(told["judged"]) if told["judged"] else None,
            made_with=told.get("made_with", {}),
        )


@dataclass(frozen=True)
class Run:
    """A folder with the questions, what they were asked of (the header), and a row for each that was asked."""

    folder: Path
    header: Mapping[str, Any]
    questions: tuple[Question, ...]
    rows: tuple[Row, ...]

    @property
    def missing(self) -> list[Question]:
        """The questions that were not asked yet, came to no answer, or could not be judged."""
        there = {
            row.id
            for row in self.rows
            if row.error is None and not (row.judged and row.judged.error)
        }
        return [question for question in self.questions if question.id not in there]

    @staticmethod
    def begin(folder: Path, header: Mapping[str, Any], questions: Sequence[Question]) -> Run:
        """A run in that folder: a new one, or the one that is there and was cut short.

        Raises EvaluationError where another one is there.
        """
        if (folder / HEADER).exists():
            run = Run.read(folder)
            other = [name for name in header if run.header.get(name) != header[name]]
            if other:
                raise EvaluationError(
                    f"{folder} has another run (its {', '.join(other)} differ): name another folder with --out"
                )
            return run
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_questions(questions, folder / QUESTIONS)
            (folder / ANSWERS).touch()
            # The header comes last: with it, the run is there.
            (folder / f"{HEADER}.new").write_text(
                json.dumps(header, ensure_ascii=False, indent=2) + "\n", "utf-8"
            )
            (folder / f"{HEADER}.new").replace(folder / HEADER)
        except OSError as error:
            raise EvaluationError(
                f"{folder} cannot be written ({error.strerror or error})"
            ) from error
        return Run(folder, header, tuple(questions), ())

    @staticmethod
    def read(folder: Path) -> Run:
        """A run as it is in its folder; raises EvaluationError where there is none."""
        try:
            told = dict(json.loads((folder / HEADER).read_text("utf-8")))
            if not {*MADE_WITH, "questions", "version"} <= told.keys():
                raise ValueError(f"{HEADER} lacks what a run has")
            # A text may have other line ends in it: lines of JSON end in line feeds only.
            questions = (folder / QUESTIONS).read_text("utf-8").split("\n")
            lines = (folder / ANSWERS).read_text("utf-8").split("\n")
        except OSError as error:
            raise EvaluationError(
                f"{folder} has no run ({error.strerror or error}): `assistant evaluate QUESTIONS` makes one"
            ) from None
        except (ValueError, TypeError, RecursionError) as error:
            raise EvaluationError(
                f"{folder} has a damaged run ({error}): ask again in another folder"
            ) from None
        return Run(
            folder, told, tuple(read_lines(questions, str(folder / QUESTIONS))), tuple(_rows(lines))
        )

    def ask(
        self,
        assistant: Assistant,
        *,
        as_of: bool,
        workers: int,
        judge: Judge | None,
        progress: Callable[[int], None],
    ) -> None:
        """Ask what is missing. Each row is on disk before the next one counts."""
        texts = _Texts(assistant.index)
        made_with = {name: self.header[name] for name in MADE_WITH}
        with self._writing() as file, ThreadPoolExecutor(workers) as pool:
            try:
                answered = {row.id: row for row in self.rows if row.answer and row.error is None}
                ask = partial(_ask, assistant, texts, as_of=as_of, judge=judge)
                asked = [
                    pool.submit(ask, question, answered.get(question.id))
                    for question in self.missing
                ]
                for done, future in enumerate(as_completed(asked), start=1):
                    row = replace(future.result(), made_with=made_with)
                    file.write(json.dumps(row.to_dict(), ensure_ascii=False).encode() + b"\n")
                    file.flush()
                    progress(len(self.questions) - len(asked) + done)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    @contextlib.contextmanager
    def _writing(self) -> Iterator[BinaryIO]:
        """The file of the answers, to be written on; raises EvaluationError where another process does."""
        lock = FileLock(self.folder / "lock", timeout=0)
        try:
            with lock, (self.folder / ANSWERS).open("r+b") as file:
                # What was left of a line when the run was killed is none.
                file.truncate(file.read().rfind(b"\n") + 1)
                file.seek(0, os.SEEK_END)
                yield file
        except Timeout:
            raise EvaluationError(
                f"{self.folder} is being asked by another process: wait until it is done"
            ) from None
        except OSError as error:
            raise EvaluationError(
                f"{self.folder} cannot be written ({error.strerror or error})"
            ) from error


def _rows(lines: Sequence[str]) -> Iterator[Row]:
    """The rows, the last of each question; a line that was cut short is none."""
    rows: dict[str, Row] = {}
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            row = Row.from_dict(json.loads(line))
            rows[row.id] = row
    return iter(rows.values())


class _Texts:
    """The texts of articles, each read once in a run: the index does not change in it, or it is another run."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: dict[str, str | None] = {}

    def __getitem__(self, id: str) -> str | None:
        """The text; None where there is no such article."""
        if id not in self._known:
            article = stored(id, self._index)
            self._known[id] = article.text if article else None
        return self._known[id]


def _ask(
    assistant: Assistant,
    texts: _Texts,
    question: Question,
    known: Row | None,
    *,
    as_of: bool,
    judge: Judge | None,
) -> Row:
    """Ask and judge; what was answered already is only judged."""
    row = known or _asked(assistant, texts, question, as_of)
    return (
        replace(row, judged=judge(question, row.answer))
        if judge and row.answer and not row.error
        else row
    )


def _asked(assistant: Assistant, texts: _Texts, question: Question, as_of: bool) -> Row:
    row = Row(
        id=question.id,
        answer=None,
        evidence=tuple(tuple(_places(piece, texts)) for piece in question.pieces),
        lacking=tuple(sorted(id for id in question.gold if texts[id] is None)),
    )
    begun = time.perf_counter()
    try:
        answer = assistant.ask(question.question, as_of=question.date if as_of else None)
    except AssistantError as error:
        return replace(row, error=str(error), seconds=_since(begun))
    broken = next((notice for notice in answer.notices if notice.startswith(BROKE_OFF)), None)
    return replace(
        row,
        answer=answer,
        error=broken if answer.status is Status.UNANSWERED else None,
        seconds=_since(begun),
        found=tuple(_found(answer, texts)),
        texts=tuple(passage.text for passage in answer.passages),
    )


def _since(begun: float) -> float:
    return round(time.perf_counter() - begun, 4)


def _places(piece: Sequence[Evidence], texts: _Texts) -> Iterator[Place]:
    """Where a piece of evidence stands, in each of the articles that are named for it."""
    for evidence in piece:
        start = (texts[evidence.article] or "").find(evidence.quote)
        if start >= 0:
            yield evidence.article, start, start + len(evidence.quote)


def _found(answer: Answer, texts: _Texts) -> Iterator[tuple[Place, str]]:
    """What the articles have at the places of the citations, looked up by none of the code that made them."""
    for citation in answer.citations:
        text = texts[citation.article.id] or ""
        yield _place(citation), text[citation.start : citation.end]


def _place(citation: Citation) -> Place:
    return citation.article.id, citation.start, citation.end


def header(
    assistant: Assistant,
    questions: Path,
    asked: Sequence[Question],
    format: str,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """All that a run depends on: hashes of code, prompts, questions and index, the model, and how it was asked."""
    return {
        "questions": questions.name,
        "format": format,
        "n": len(asked),
        "data": _hash(*(json.dumps(question.to_dict(), sort_keys=True) for question in asked)),
        "index": index_hash(assistant.index),
        "embedder": assistant.index.store.embedder_name,
        "passage_tokens": assistant.index.store.passage_tokens,
        "model": assistant.model,
        "prompts": prompts_hash(prompt_names()),
        "code": code_hash(),
        "version": __version__,
        **options,
    }


def index_hash(index: Index) -> str:
    """Hash of all articles, as they are cut into passages, whatever their order."""
    known = sorted(f"{id} {summary.version}" for id, summary in index.store.summaries().items())
    return _hash(*known, str(index.store.passage_tokens))


def code_hash() -> str:
    """Hash of the program: all modules of both packages."""
    root = Path(__file__).parent.parent.parent
    files = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    return _hash(
        *(path.relative_to(root).as_posix() + "\n" + path.read_text("utf-8") for path in files)
    )


def _hash(*parts: str) -> str:
    return digest(*parts)[:16]


def draw(questions: Sequence[Question], n: int | None, seed: int) -> list[Question]:
    """So many of the questions, chosen by the seed, in their order; all without a number."""
    if n is None or n >= len(questions):
        return list(questions)
    chosen = set(
        random.Random(seed).sample(
            [question.id for question in sorted(questions, key=lambda q: q.id)], n
        )
    )
    return [question for question in questions if question.id in chosen]
