"""Ask a question set, score what comes of it, and keep the report beside the answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.articles import digest
from index.index import Index
from index.loading.folders import Reader

from ..answer.text import printable
from ..assistant import Assistant
from ..errors import EvaluationError
from ..settings import Settings, settings
from .formats import Dataset, read_articles, read_dataset
from .questions import Question
from .report import Report, check_options, check_shared, compare, report
from .runs import Judge, Run, draw, header

__all__ = ["evaluate"]

# Where runs go that no folder was named for.
RUNS = Path("evaluations")
REPORT = "report.json"


def evaluate(
    questions: str | Path,
    *,
    articles: str | Path | None = None,
    index: str | Path | None = None,
    model: str | None = None,
    out: str | Path | None = None,
    vs: str | Path | None = None,
    format: str | None = None,
    official: str | None = None,
    as_of: bool = True,
    sample: int | None = None,
    seed: int = 0,
    workers: int = 2,
    judge: str | None = None,
    calibrate: str | None = None,
    embedder: str | None = None,
    passage_tokens: int | None = None,
    timeout: float | None = None,
    max_cost: float | None = None,
    context: int | None = None,
    cache: str | Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
    notice: Callable[[str], None] = lambda text: None,
) -> Report:
    """Ask the questions of a file, and score the answers; or score a run again, if `questions` is its folder.

    articles: a file or folder to answer from; without them the articles that come with the questions, or those of
    `index`. out: the folder of the run, in which a run that was cut short goes on. vs: that of a run to compare with.
    official: the dataset whose own scorer is shown beside, if not that of the format. as_of: ask questions that have a
    date as of it. sample, seed: only so many of the questions. judge: a model that judges the answers, too. calibrate:
    a split of the questions on which the confidence is chosen from which on answers count. timeout, max_cost, context,
    cache: as of `Assistant`, and of the judge, which may cost as much again. notice: is told what was skipped.

    The folder then has `report.json`, `report.html` and `verdicts.jsonl`, too. A run that is scored again is shown as
    it was, unless `vs`, `official` or `calibrate` say otherwise. Raises AssistantErrors.
    """
    path = Path(questions)
    if path.is_dir():
        told = {
            "index": index, "articles": articles, "model": model, "out": out, "sample": sample, "judge": judge,
            "format": format, "embedder": embedder, "passage-tokens": passage_tokens, "timeout": timeout,
            "max-cost": max_cost, "context": context, "cache": cache, "no-as-of": None if as_of else True,
        }  # fmt: skip
        named = [f"--{name}" for name, value in told.items() if value is not None]
        if named:
            raise EvaluationError(
                f"{path} is a run, which is reported again without asking: leave {named[0]} away"
            )
        run, shown = Run.read(path), _shown(path)
        if vs is None and shown.vs and not Path(shown.vs).is_dir():
            notice(f"{shown.vs}, with which it was compared, is not there any more")
            shown = replace(shown, vs=None)
        # An empty one takes back what was said before.
        view = _View(
            vs=shown.vs if vs is None else vs,
            official=shown.official if official is None else official,
            calibrate=shown.calibrate if calibrate is None else calibrate,
        )
        return _reported(run, view, notice)
    for name, count in (
        ("sample", sample),
        ("workers", workers),
        ("passage_tokens", passage_tokens),
    ):
        if count is not None and count < 1:
            raise EvaluationError(f"{name} is {count}: it must be 1 or more")
    dataset = read_dataset(path, format)
    asked = draw(dataset.questions, sample, seed)
    view = _View(vs=vs, official=official, calibrate=calibrate)
    # What is wrong with these is to be known before anything is asked.
    check_options(asked, view.calibrate, view.official)
    if vs:
        other = Run.read(Path(vs))
        check_options(other.questions, view.calibrate)
        check_shared(asked, other)
    folder = Path(out) if out else None
    skipped: list[str] = []
    place = _index(dataset, path, folder, articles, index, embedder, passage_tokens, skipped)
    for each in skipped:
        notice(f"skipped {printable(each)}")
    chosen = settings(
        index=place, model=model, timeout=timeout, max_cost=max_cost, context=context, cache=cache
    )
    judging = _judge(judge, chosen) if judge else None
    with Assistant(
        index=chosen.index,
        model=chosen.model,
        timeout=chosen.timeout,
        max_cost=chosen.max_cost,
        context=chosen.context,
        cache=chosen.cache,
        log=False,
        notice=notice,
    ) as assistant:
        asked = _by_id(asked, assistant.index)
        options = {
            "as_of": as_of,
            "sample": sample,
            "seed": seed if sample is not None else None,
            "judge": judge,
        }
        head = header(
            assistant, path, asked, dataset.format, {**options, "context": chosen.context}
        )
        run = Run.begin(folder or RUNS / f"{_slug(path.stem)}-{_short(head)}", head, asked)
        if run.missing:
            run.ask(assistant, as_of=as_of, workers=workers, judge=judging, progress=progress)
    # What is reported is what was kept: the same as when it is reported again.
    return replace(_reported(Run.read(run.folder), view, notice), skipped=skipped)


@dataclass(frozen=True)
class _View:
    """How a run is shown: beside which other run and which official scorer, and with a threshold of which split."""

    vs: str | Path | None = None
    official: str | None = None
    calibrate: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        return {**vars(self), "vs": str(Path(self.vs).absolute()) if self.vs else None}


def _shown(folder: Path) -> _View:
    """How a run was shown last."""
    try:
        return _View(**json.loads((folder / REPORT).read_text("utf-8"))["view"])
    except (OSError, ValueError, KeyError, TypeError):
        return _View()


def _reported(run: Run, view: _View, notice: Callable[[str], None]) -> Report:
    """The report of a run, which is also written beside its answers."""
    from .page import page

    made = report(run, calibrate=view.calibrate, official=view.official)
    if view.vs:
        made = replace(
            made, against=compare(made, report(Run.read(Path(view.vs)), calibrate=view.calibrate))
        )
    verdicts = (json.dumps(each, ensure_ascii=False) + "\n" for each in made.verdicts())
    written = {
        REPORT: json.dumps({**made.to_dict(), "view": view.to_dict()}, ensure_ascii=False, indent=2)
        + "\n",
        "verdicts.jsonl": "".join(verdicts),
        "report.html": page(made),
    }
    try:
        for name, text in written.items():
            (run.folder / name).write_text(text, "utf-8")
    except OSError as error:
        notice(
            f"{run.folder} cannot be written ({error.strerror or error}): the report is not kept"
        )
    return made


def _index(
    dataset: Dataset,
    path: Path,
    folder: Path | None,
    articles: str | Path | None,
    index: str | Path | None,
    embedder: str | None,
    passage_tokens: int | None,
    skipped: list[str],
) -> str | Path | None:
    """The index that is named, or one of the articles that are named or come with the questions.

    What of these cannot be read is put into `skipped`.
    """
    if articles is not None and index is not None:
        raise EvaluationError("name --articles or --index, not both")
    if articles is None and (index is not None or not dataset.articles):
        if embedder or passage_tokens:
            raise EvaluationError(
                "an index keeps its embedder and its passages: name --articles to try others"
            )
        return index
    named = Path(articles or path)
    of_files = articles is not None and named.suffix != ".json"
    known = [] if of_files else read_articles(named) if articles else dataset.articles
    # Another file of a public set has another index; that of a folder follows it.
    made = (
        folder or RUNS
    ) / f"index-{_short([str(named), embedder, passage_tokens, sorted(a.id for a in known)])}"
    with Index(made, create=True, embedder=embedder, passage_tokens=passage_tokens) as new:
        if of_files:
            reader = Reader([named])
            # Their place is not their name: the same articles elsewhere are the same.
            new.sync(reader, confirm=lambda names, covered: True)
            skipped += map(str, reader.skipped)
        else:
            new.add(known)
        if not new.counts()[0]:
            why = f" ({printable(skipped[0])})" if skipped else ""
            raise EvaluationError(f"{named} holds no article that could be read{why}: name others")
    return made


def _by_id(questions: Sequence[Question], index: Index) -> list[Question]:
    """The questions, with right articles that are named by their urls named by their ids."""
    wanted = sorted({id for question in questions for id in question.gold})
    known = index.store.summaries(wanted)
    if len(known) == len(wanted):
        return list(questions)
    by_url = {article.url: article.id for article in index.articles() if article.url}

    def named(name: str) -> str:
        return name if name in known else by_url.get(name, name)

    return [
        replace(
            question,
            articles=tuple(map(named, question.articles)),
            evidence=tuple(
                replace(each, article=named(each.article)) for each in question.evidence
            ),
        )
        for question in questions
    ]


def _judge(name: str, chosen: Settings) -> Judge:
    from ..llm.models import make_model
    from .judge import judge_with

    return judge_with(
        make_model(name, timeout=chosen.timeout, max_cost=chosen.max_cost, cache=chosen.cache)
    )


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text).strip("-") or "questions"


def _short(value: Any) -> str:
    return digest(json.dumps(value, sort_keys=True, default=str))[:8]
