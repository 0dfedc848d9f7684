"""Read a question set: recognise its format, and take its questions and articles from it."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import EvaluationError
from ..questions import Question, read_lines
from .alce import ALCE
from .benchmark_qed import BENCHMARK_QED
from .dataset import Dataset, Format, Record
from .multihop import MULTIHOP_RAG
from .realtime import REALTIMEQA
from .rgb import RGB
from .squad import SQUAD

__all__ = ["FORMATS", "SCORERS", "read_dataset"]

PUBLISHED = (MULTIHOP_RAG, SQUAD, RGB, ALCE, REALTIMEQA, BENCHMARK_QED)
FORMATS = {format.name: format for format in PUBLISHED}
# The official scorers by the names of their formats.
SCORERS = {format.name: format.score for format in PUBLISHED if format.score}
# The format of `questions.py`.
OWN = "questions"


def read_dataset(path: Path, format: str | None = None) -> Dataset:
    """The questions of a file, in the named format or in the one that its first record has.

    Raises EvaluationError for a file that cannot be read or is in no known format.
    """
    text = _read_text(path)
    try:
        records = _records(text)
    except RecursionError:
        raise EvaluationError(f"{path} is nested too deeply for a question set") from None
    name = format or _recognise(records)
    if name == OWN:
        # The elements of a JSON list are read like lines.
        lines = map(json.dumps, records) if text.lstrip().startswith("[") else text.split("\n")
        dataset = Dataset(OWN, list(read_lines(lines, str(path))))
    elif name in FORMATS:
        dataset = _read_published(FORMATS[name], records, path)
    else:
        known = ", ".join((OWN, *FORMATS))
        raise EvaluationError(f"{path} is in no known format: name one of {known} with --format")
    if not dataset.questions:
        raise EvaluationError(f"{path} has no questions")
    return replace(dataset, questions=list(_with_unique_ids(dataset.questions)))


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise EvaluationError(f"the questions {path} cannot be read ({reason})") from None
    if not text.strip():
        raise EvaluationError(f"{path} is empty: a question set has a JSON object on each line")
    return text


def _records(text: str) -> list[Record]:
    """The elements of a JSON list, the objects of JSON lines, or a single object."""
    try:
        whole = json.loads(text)
    except ValueError:
        return list(_objects_of_lines(text))
    return whole if isinstance(whole, list) else [whole]


def _objects_of_lines(text: str) -> Iterator[Record]:
    """The lines that are JSON objects; others are reported by the reader of the format."""
    for line in text.split("\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def _recognise(records: Sequence[Record]) -> str | None:
    first = next(iter(records), {})
    if not isinstance(first, dict):
        return None
    own = OWN if "question" in first else None
    matches = (format.name for format in PUBLISHED if first.keys() >= set(format.fields))
    return next(matches, own)


def _read_published(format: Format, records: Sequence[Record], path: Path) -> Dataset:
    try:
        return format.read(records)
    except KeyError as error:
        raise EvaluationError(
            f"{path} is not in the format {format.name}: it has no field {error}"
        ) from None
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise EvaluationError(f"{path} is not in the format {format.name} ({error})") from None


def _with_unique_ids(questions: Sequence[Question]) -> Iterator[Question]:
    """The questions; an id that was used before gets a number."""
    used: set[str] = set()
    for question in questions:
        id, number = question.id, 1
        while id in used:
            number += 1
            id = f"{question.id}-{number}"
        used.add(id)
        yield replace(question, id=id)
