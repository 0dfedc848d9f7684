"""Evaluate a question set: ask it, score the answers, and keep the report beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from index.articles import digest
from index.index import Index
from index.loading.folders import Reader

from ..answer.serialize import from_json
from ..answer.text import printable
from ..assistant import Assistant
from ..errors import EvaluationError
from ..settings import Settings, settings
from .asking import Asker
from .datasets.dataset import Dataset
from .datasets.multihop import read_corpus
from .datasets.reading import read_dataset
from .page import report_page
from .questions import Question
from .report import Report, check_shared, check_view, compare, score_run
from .rows import Judge
from .runs import Run, draw, header

__all__ = ["EvaluationOptions", "evaluate", "report_run"]

DEFAULT_FOLDER = Path("evaluations")
REPORT_FILE = "report.json"

Notice = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class EvaluationOptions:
    """How a question set is asked, and how its report is made.

    articles: a file or folder to answer from; without it the articles that come with the questions,
    else those of `index`. embedder, passage_tokens: how these articles are indexed.
    out: the folder of the run; an interrupted run in it continues.
    model, timeout, max_cost, context, cache: as for `Assistant`. The judge may cost as much again.
    format: the format of the question file, where its fields do not tell.
    sample, seed: ask that many questions, chosen at random. workers: questions asked at a time.
    as_of: ask a dated question as of its date. judge: a chat model that judges the answers too.
    vs, official, calibrate: as for `report_run`.
    """

    articles: str | Path | None = None
    index: str | Path | None = None
    model: str | None = None
    out: str | Path | None = None
    vs: str | Path | None = None
    format: str | None = None
    official: str | None = None
    as_of: bool = True
    sample: int | None = None
    seed: int = 0
    workers: int = 2
    judge: str | None = None
    calibrate: str | None = None
    embedder: str | None = None
    passage_tokens: int | str | None = None
    timeout: float | None = None
    max_cost: float | None = None
    context: int | None = None
    cache: str | Path | None = None

    def __post_init__(self) -> None:
        """Raise EvaluationError for options that no evaluation can have."""
        if self.articles is not None and self.index is not None:
            raise EvaluationError("name --articles or --index, not both")
        for name in ("sample", "workers"):
            count = getattr(self, name)
            if count is not None and count < 1:
                raise EvaluationError(f"{name} is {count}: it must be 1 or more")


@dataclass(frozen=True)
class View:
    """How a report is made of a run: see `report_run`."""

    vs: str | None = None
    official: str | None = None
    calibrate: str | None = None


def evaluate(
    questions: str | Path,
    options: EvaluationOptions | None = None,
    *,
    progress: Callable[[int], None] = lambda done: None,
    notice: Notice = lambda text: None,
) -> Report:
    """Ask the questions of a file, score the answers, and write the report into the run's folder.

    progress: called with the number of questions that have been asked. notice: called with a line
    for everything that was skipped. Raises AssistantErrors.
    """
    path, options = Path(questions), options or EvaluationOptions()
    dataset = read_dataset(path, options.format)
    asked = draw(dataset.questions, options.sample, options.seed)
    view = _view(options.vs, options.official, options.calibrate)
    # Mistakes in these options are reported before anything is asked.
    check_view(asked, view.calibrate, view.official)
    if view.vs:
        other = Run.read(Path(view.vs))
        check_view(other.questions, view.calibrate)
        check_shared(asked, other)
    place, skipped = _place_to_ask(dataset, path, options)
    for reason in skipped:
        notice(f"skipped {printable(reason)}")
    run = _ask(path, dataset.format, asked, place, options, progress=progress, notice=notice)
    # The report is made from the files of the run, as `report_run` makes it.
    return replace(_write_report(Run.read(run.folder), view, notice), skipped=skipped)


def report_run(
    folder: str | Path,
    *,
    vs: str | Path | None = None,
    official: str | None = None,
    calibrate: str | None = None,
    notice: Notice = lambda text: None,
) -> Report:
    """Make the report of a stored run again, without asking anything.

    vs: the folder of a run to compare with. official: the dataset whose own scorer is shown, by
    default that of the question file. calibrate: the split of the questions on which a confidence
    threshold is chosen; the other questions are reported. An option that is None stays as it was in
    the last report; an empty one is switched off. Raises EvaluationError.
    """
    folder = Path(folder)
    run, last = Run.read(folder), _last_view(folder)
    if vs is None and last.vs and not Path(last.vs).is_dir():
        notice(f"{last.vs}, the run it was compared with, no longer exists")
        last = replace(last, vs=None)
    chosen = _view(vs, official, calibrate)
    given = {name: value for name, value in asdict(chosen).items() if value is not None}
    return _write_report(run, replace(last, **given), notice)


def _view(vs: str | Path | None, official: str | None, calibrate: str | None) -> View:
    if vs:
        vs = Path(vs).absolute()
    return View(None if vs is None else str(vs), official, calibrate)


def _last_view(folder: Path) -> View:
    try:
        return from_json(View, json.loads((folder / REPORT_FILE).read_text("utf-8"))["view"])
    except (OSError, ValueError, KeyError, TypeError):
        return View()


def _write_report(run: Run, view: View, notice: Notice) -> Report:
    """Score a run and write its report, verdicts and page into its folder."""
    report = score_run(run, calibrate=view.calibrate, official=view.official)
    if view.vs:
        other = score_run(Run.read(Path(view.vs)), calibrate=view.calibrate)
        report = replace(report, against=compare(report, other))
    fields = {**report.to_dict(), "view": asdict(view)}
    verdicts = [json.dumps(verdict, ensure_ascii=False) + "\n" for verdict in report.verdicts()]
    files = {
        REPORT_FILE: json.dumps(fields, ensure_ascii=False, indent=2) + "\n",
        "verdicts.jsonl": "".join(verdicts),
        "report.html": report_page(report),
    }
    try:
        for name, text in files.items():
            (run.folder / name).write_text(text, "utf-8")
    except OSError as error:
        notice(f"the report was not saved: {error.filename} cannot be written ({error.strerror})")
    return report


def _ask(
    path: Path,
    format: str,
    questions: Sequence[Question],
    place: str | Path | None,
    options: EvaluationOptions,
    *,
    progress: Callable[[int], None],
    notice: Notice,
) -> Run:
    """Ask the questions that the run has no answer to."""
    shared: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("model", "timeout", "max_cost", "context", "cache")
    }
    chosen = settings(index=place, **shared)
    judge = _judge(options.judge, chosen) if options.judge else None
    with Assistant(index=place, log=False, notice=notice, **shared) as assistant:
        questions = _name_articles_by_id(questions, assistant.index)
        how_asked = {
            "as_of": options.as_of,
            "sample": options.sample,
            "seed": options.seed if options.sample is not None else None,
            "judge": options.judge,
            "context": chosen.context,
        }
        head = header(assistant, path, questions, format, how_asked)
        folder = options.out or DEFAULT_FOLDER / f"{_slug(path.stem)}-{_short_hash(head)}"
        run = Run.begin(Path(folder), head, questions)
        if run.missing:
            asker = Asker(assistant, as_of=options.as_of, judge=judge)
            run.ask(asker, workers=options.workers, progress=progress)
    return run


def _place_to_ask(
    dataset: Dataset, path: Path, options: EvaluationOptions
) -> tuple[str | Path | None, list[str]]:
    """The index to ask, and what of the articles could not be read when it was made.

    None stands for the index of the settings.
    """
    if options.articles is not None or (options.index is None and dataset.articles):
        return _build_index(dataset, path, options)
    if options.embedder or options.passage_tokens:
        raise EvaluationError(
            "--embedder and --passage-tokens need --articles: an existing index keeps its own"
        )
    return options.index, []


def _build_index(
    dataset: Dataset, path: Path, options: EvaluationOptions
) -> tuple[Path, list[str]]:
    """Index the articles that are named, or else come with the questions."""
    source, known = Path(options.articles or path), list(dataset.articles)
    if options.articles is not None:
        known = read_corpus(source) if source.suffix == ".json" else []
    # The index of a folder follows the folder; another file of a public set has another index.
    ids = sorted(article.id for article in known)
    name = f"index-{_short_hash([str(source), options.embedder, options.passage_tokens, ids])}"
    place = Path(options.out or DEFAULT_FOLDER) / name
    tokens = None
    if options.passage_tokens is not None:
        tokens = settings(passage_tokens=options.passage_tokens).passage_tokens
    skipped: list[str] = []
    with Index(place, create=True, embedder=options.embedder, passage_tokens=tokens) as index:
        if known:
            index.add(known)
        else:
            reader = Reader([source])
            index.sync(reader, confirm=lambda names, covered: True)
            skipped = [str(reason) for reason in reader.skipped]
        if not index.counts()[0]:
            why = f" ({printable(skipped[0])})" if skipped else ""
            raise EvaluationError(f"no article in {source} can be read{why}: name other articles")
    return place, skipped


def _name_articles_by_id(questions: Sequence[Question], index: Index) -> list[Question]:
    """The questions, with the ids of right articles in place of their URLs."""
    wanted = set[str]().union(*(question.gold for question in questions))
    known = index.store.summaries(sorted(wanted))
    if len(known) == len(wanted):
        return list(questions)
    ids = {article.url: article.id for article in index.articles() if article.url}
    ids |= zip(known, known, strict=True)
    return [question.renamed(ids) for question in questions]


def _judge(name: str, chosen: Settings) -> Judge:
    from ..llm.models import make_model
    from .judge import judge_with

    return judge_with(
        make_model(name, timeout=chosen.timeout, max_cost=chosen.max_cost, cache=chosen.cache)
    )


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text).strip("-") or "questions"


def _short_hash(value: Any) -> str:
    return digest(json.dumps(value, sort_keys=True, default=str))[:8]
