"""Question sets as their authors publish them: which it is, its questions, and the articles that come with them."""

from __future__ import annotations

import gzip
import itertools
import json
import textwrap
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.articles import FullArticle, content_id
from index.loading.dates import iso_date

from ..errors import EvaluationError
from .questions import Evidence, Question, read_lines

__all__ = ["FORMATS", "Dataset", "read_articles", "read_dataset"]

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Dataset:
    """A question set. articles: those that come in the same file; empty where they are elsewhere."""

    format: str
    questions: tuple[Question, ...]
    articles: tuple[FullArticle, ...] = ()


def read_dataset(path: Path, format: str | None = None) -> Dataset:
    """The questions of a file, in the format that is named, or that it looks like.

    Raises EvaluationError, one line, for a file that cannot be read or is in none of them.
    """
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except OSError as error:
        raise EvaluationError(
            f"the questions {path} cannot be read ({error.strerror or error})"
        ) from None
    except (UnicodeDecodeError, EOFError, zlib.error) as error:
        raise EvaluationError(f"the questions {path} cannot be read ({error})") from None
    if not text.strip():
        raise EvaluationError(f"{path} is empty: a question set is a JSON object a line")
    try:
        records = _records(text)
    except RecursionError:
        raise EvaluationError(f"{path} is nested too deeply for a question set") from None
    name = format or _looks_like(records)
    if name not in (*FORMATS, "questions"):
        raise EvaluationError(
            f"{path} is in no known format: known are questions, {', '.join(FORMATS)}"
        )
    if name == "questions":
        # A JSON list is taken as the lines that it would be.
        lines = map(json.dumps, records) if text.lstrip().startswith("[") else text.split("\n")
        dataset = Dataset(name, tuple(read_lines(lines, str(path))))
    else:
        try:
            dataset = FORMATS[name](records)
        except KeyError as error:
            raise EvaluationError(
                f"{path} is not in the format {name}: there is no field {error}"
            ) from None
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            raise EvaluationError(f"{path} is not in the format {name} ({error})") from None
    dataset = replace(dataset, questions=tuple(_told_apart(dataset.questions)))
    if not dataset.questions:
        raise EvaluationError(f"{path} holds no question")
    return dataset


def _told_apart(questions: Sequence[Question]) -> Iterator[Question]:
    """The questions, those with an id that came before with another one."""
    seen: set[str] = set()
    for question in questions:
        ids = itertools.chain([question.id], (f"{question.id}-{n}" for n in itertools.count(2)))
        id = next(id for id in ids if id not in seen)
        seen.add(id)
        yield replace(question, id=id)


def read_articles(path: Path) -> list[FullArticle]:
    """The articles of MultiHop-RAG's `corpus.json`, by their urls. Raises EvaluationError for any other file."""
    try:
        return [
            FullArticle(
                id=told["url"],
                title=told["title"],
                source=told.get("source"),
                author=told.get("author"),
                published=iso_date(told.get("published_at")),
                url=told["url"],
                text=told["body"],
            )
            for told in json.loads(path.read_text("utf-8-sig"))
        ]
    except OSError as error:
        raise EvaluationError(
            f"the articles {path} cannot be read ({error.strerror or error})"
        ) from None
    except (ValueError, TypeError, KeyError) as error:
        raise EvaluationError(
            f"{path} is no list of articles as in MultiHop-RAG's corpus.json ({type(error).__name__}: {error})"
        ) from None


def _records(text: str) -> list[Json]:
    """The objects of a JSON list, of JSON lines, or a single one; those lines that are none are left out."""
    try:
        whole = json.loads(text)
        return whole if isinstance(whole, list) else [whole]
    except ValueError:
        found = []
        for line in text.split("\n"):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return [each for each in found if isinstance(each, dict)]


def _looks_like(records: Sequence[Json]) -> str | None:
    """The format by the fields of the first record."""
    first = records[0] if records and isinstance(records[0], dict) else {}
    for name, fields in MARKS.items():
        if all(field in first for field in fields):
            return name
    return None


def _multihop(records: Sequence[Json]) -> Dataset:
    """MultiHop-RAG (Tang and Yang, 2024): `MultiHopRAG.json`; its articles are in `corpus.json`, by url."""
    return Dataset(
        "multihop-rag", tuple(_multihop_question(i, each) for i, each in enumerate(records))
    )


def _multihop_question(number: int, told: Json) -> Question:
    evidence = [Evidence(each["url"], each["fact"]) for each in told["evidence_list"]]
    kind = told["question_type"]
    answerable = kind != "null_query"
    return Question(
        id=str(number),
        question=told["query"],
        answers=((told["answer"],),) if answerable else (),
        type=kind,
        answerable=answerable,
        articles=tuple(dict.fromkeys(each.article for each in evidence)),
        evidence=tuple(evidence),
    )


def _squad(records: Sequence[Json]) -> Dataset:
    """SQuAD 2.0 (Rajpurkar, Jia and Liang, 2018): paragraphs with questions, some of which they do not answer."""
    questions, articles = [], []
    for topic in records[0]["data"]:
        for number, paragraph in enumerate(topic["paragraphs"], start=1):
            id = content_id(topic["title"], paragraph["context"])
            title = f"{topic['title'].replace('_', ' ')} {number}"
            articles.append(FullArticle(id=id, title=title, text=paragraph["context"]))
            questions += [
                _squad_question(told, id, paragraph["context"]) for told in paragraph["qas"]
            ]
    return Dataset(
        "squad", tuple(questions), tuple({article.id: article for article in articles}.values())
    )


def _squad_question(told: Json, article: str, context: str) -> Question:
    answerable = not told.get("is_impossible", False)
    texts = tuple(dict.fromkeys(answer["text"] for answer in told["answers"]))
    return Question(
        id=str(told["id"]),
        question=told["question"].strip(),
        answers=(texts,) if answerable and texts else (),
        type="answerable" if answerable else "unanswerable",
        answerable=answerable,
        articles=(article,) if answerable else (),
    )


def _rgb(records: Sequence[Json]) -> Dataset:
    """RGB (Chen et al., 2024): search snippets that hold the answer, and some that do not.

    Its counterfactual sets have snippets in which the answer was made false (`positive_wrong`): these are the articles,
    as its own scorer has it.
    """
    questions, articles = [], {}
    for told in records:
        given = told.get("positive_wrong") or told["positive"]
        positive = [text for each in given for text in (each if isinstance(each, list) else [each])]
        made = {text: _snippet(text) for text in (*positive, *told["negative"])}
        articles.update({article.id: article for article in made.values()})
        questions.append(
            Question(
                id=str(told["id"]),
                question=told["query"],
                answers=_rgb_answers(told["answer"]),
                type="counterfactual" if told.get("positive_wrong") else "",
                answerable=bool(positive),
                articles=tuple(dict.fromkeys(made[text].id for text in positive)),
            )
        )
    return Dataset("rgb", tuple(questions), tuple(articles.values()))


def _rgb_answers(answer: Any) -> tuple[tuple[str, ...], ...]:
    """A string; a list of strings, all of which are needed; lists in it, of each of which one is needed."""
    groups = answer if isinstance(answer, list) else [answer]
    return tuple(
        tuple(map(str, group)) if isinstance(group, list) else (str(group),) for group in groups
    )


def _snippet(text: str) -> FullArticle:
    return FullArticle(
        id=content_id(text), title=textwrap.shorten(text, 80, placeholder=" ..."), text=text
    )


def _alce(records: Sequence[Json]) -> Dataset:
    """ALCE (Gao et al., 2023): ASQA (short answers to each reading), QAMPARI (lists) and ELI5 (claims)."""
    articles: dict[str, FullArticle] = {}
    questions = []
    for number, told in enumerate(records):
        for doc in told.get("docs") or ():
            id = content_id(doc["title"], doc["text"])
            articles[id] = FullArticle(
                id=id, title=doc["title"], text=doc["text"], url=doc.get("url")
            )
        readings = [tuple(pair["short_answers"]) for pair in told.get("qa_pairs") or ()]
        listed = [
            tuple(each) if isinstance(each, list) else (each,) for each in told.get("answers") or ()
        ]
        questions.append(
            Question(
                id=str(told.get("sample_id") or told.get("id") or number),
                question=told["question"],
                answers=tuple(group for group in readings or listed if group),
                type="asqa" if readings else "qampari" if listed else "eli5",
                statements=tuple(told.get("claims") or ()),
            )
        )
    return Dataset("alce", tuple(questions), tuple(articles.values()))


def _realtime(records: Sequence[Json]) -> Dataset:
    """RealTimeQA (Kasai et al., 2023): quiz questions of a week's news; the answer is the text of the right choice."""
    questions = []
    for told in records:
        chosen = [told["choices"][int(number)] for number in told["answer"]]
        questions.append(
            Question(
                id=told["question_id"],
                question=told["question_sentence"],
                answers=tuple((choice,) for choice in chosen),
                date=(iso_date(told.get("question_date")) or "")[:10] or None,
                type=str(told.get("question_source") or ""),
            )
        )
    return Dataset("realtimeqa", tuple(questions))


def _benchmark_qed(records: Sequence[Json]) -> Dataset:
    """BenchmarkQED (Microsoft, 2025): questions with assertions, which a judge has to find in the answer."""
    questions = []
    for told in records:
        statements = [
            each["statement"] if isinstance(each, dict) else str(each)
            for each in told.get("assertions") or ()
        ]
        questions.append(
            Question(
                id=str(told["question_id"]),
                question=told["question_text"],
                statements=tuple(statements),
            )
        )
    return Dataset("benchmark-qed", tuple(questions))


FORMATS: dict[str, Callable[[Sequence[Json]], Dataset]] = {
    "multihop-rag": _multihop,
    "squad": _squad,
    "rgb": _rgb,
    "alce": _alce,
    "realtimeqa": _realtime,
    "benchmark-qed": _benchmark_qed,
}
# Fields by which a format is told from the others.
MARKS: dict[str, tuple[str, ...]] = {
    "multihop-rag": ("query", "evidence_list", "question_type"),
    "squad": ("data",),
    "rgb": ("query", "positive", "negative"),
    "realtimeqa": ("question_sentence", "choices"),
    "benchmark-qed": ("question_id", "question_text"),
    "alce": ("question", "docs"),
    "questions": ("question",),
}
