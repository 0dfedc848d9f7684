"""`assistant evaluate`: ask a question set, and say how good the answers are; `assistant questions`: make one."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.articles import digest
from index.reading import Reader
from index.store import Index

from ..assistant import Assistant
from ..errors import EvaluationError
from ..indexing import DONE, SKIPPED, reader_of
from ..settings import Settings, settings
from ..terminal import counted, printable
from .formats import Dataset, read_articles, read_dataset
from .making import Corpus, Written, make_questions, with_model
from .questions import Question, write_questions
from .report import Report, check_options, compare, report
from .runs import Judge, Run, draw, header

__all__ = ["evaluate", "evaluate_command", "questions_command"]

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

    articles: files or a folder to answer from; without them the articles that come with the questions, or those of
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
        told = {"index": index, "articles": articles, "model": model, "out": out, "sample": sample, "judge": judge}
        named = [f"--{name}" for name, value in told.items() if value is not None]
        if named:
            raise EvaluationError(f"{path} is a run, which is reported again without asking: leave {named[0]} away")
        run, shown = Run.read(path), _shown(path)
        view = _View(vs=vs or shown.vs, official=official or shown.official, calibrate=calibrate or shown.calibrate)
        return _reported(run, view, notice)
    for name, count in (("sample", sample), ("workers", workers)):
        if count is not None and count < 1:
            raise EvaluationError(f"{name} is {count}: it must be 1 or more")
    dataset = read_dataset(path, format)
    asked = draw(dataset.questions, sample, seed)
    view = _View(vs=vs, official=official, calibrate=calibrate)
    # What is wrong with these is to be known before anything is asked.
    check_options(asked, view.calibrate or "", view.official)
    _ = Run.read(Path(vs)) if vs else None
    folder = Path(out) if out else None
    place = _index(dataset, path, folder, articles, index, embedder, passage_tokens, notice)
    chosen = settings(index=place, model=model, timeout=timeout, max_cost=max_cost, context=context, cache=cache)
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
        options = {"as_of": as_of, "sample": sample, "seed": seed if sample is not None else None, "judge": judge}
        head = header(assistant, path, asked, dataset.format, {**options, "context": chosen.context})
        run = Run.begin(folder or RUNS / f"{_slug(path.stem)}-{_short(head)}", head, asked)
        if run.missing:
            run = run.ask(assistant, as_of=as_of, workers=workers, judge=judging, progress=progress)
    return _reported(run, view, notice)


@dataclass(frozen=True)
class _View:
    """How a run is shown: beside which other run and which official scorer, and with a threshold of which split."""

    vs: str | Path | None = None
    official: str | None = None
    calibrate: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        return {name: str(value) if value else None for name, value in vars(self).items()}


def _shown(folder: Path) -> _View:
    """How a run was shown last."""
    try:
        return _View(**json.loads((folder / REPORT).read_text("utf-8"))["view"])
    except (OSError, ValueError, KeyError, TypeError):
        return _View()


def _reported(run: Run, view: _View, notice: Callable[[str], None]) -> Report:
    """The report of a run, which is also written beside its answers."""
    from .page import page

    made = report(run, calibrate=view.calibrate or "", official=view.official)
    if view.vs:
        made = replace(made, against=compare(made, report(Run.read(Path(view.vs)), calibrate=view.calibrate or "")))
    verdicts = (json.dumps(each, ensure_ascii=False) + "\n" for each in made.verdicts())
    written = {
        REPORT: json.dumps({**made.to_dict(), "view": view.to_dict()}, ensure_ascii=False, indent=2) + "\n",
        "verdicts.jsonl": "".join(verdicts),
        "report.html": page(made),
    }
    try:
        for name, text in written.items():
            (run.folder / name).write_text(text, "utf-8")
    except OSError as error:
        notice(f"{run.folder} cannot be written ({error.strerror or error}): the report is not kept")
    return made


def _index(
    dataset: Dataset,
    path: Path,
    folder: Path | None,
    articles: str | Path | None,
    index: str | Path | None,
    embedder: str | None,
    passage_tokens: int | None,
    notice: Callable[[str], None],
) -> str | Path | None:
    """The index that is named, or one of the articles that are named or come with the questions."""
    if articles is not None and index is not None:
        raise EvaluationError("name --articles or --index, not both")
    if articles is None and (index is not None or not dataset.articles):
        if embedder or passage_tokens:
            raise EvaluationError("an index keeps its embedder and its passages: name --articles to try others")
        return index
    known = list(dataset.articles)
    if articles is not None and Path(articles).suffix == ".json":
        known, articles = read_articles(Path(articles)), None
    made = (folder or RUNS) / f"index-{_short([str(articles or path), embedder, passage_tokens])}"
    with Index(made, create=True, embedder=embedder, passage_tokens=passage_tokens) as new:
        if articles is None:
            new.add(known)
        else:
            reader = Reader([articles])
            # Their place is not their name: the same articles elsewhere are the same.
            new.sync(reader, confirm=lambda names, covered: True)
            for skipped in reader.skipped:
                notice(f"skipped {printable(str(skipped))}")
        if not new.counts()[0]:
            raise EvaluationError(f"{articles or path} holds no article that could be read: name others")
    return made


def _by_id(questions: Sequence[Question], index: Index) -> list[Question]:
    """The questions, with right articles that are named by their urls named by their ids."""
    known = index.store.summaries()
    if all(question.gold <= known.keys() for question in questions):
        return list(questions)
    by_url = {summary.article.url: id for id, summary in known.items() if summary.article.url}

    def named(name: str) -> str:
        return name if name in known else by_url.get(name, name)

    return [
        replace(
            question,
            articles=tuple(map(named, question.articles)),
            evidence=tuple(replace(each, article=named(each.article)) for each in question.evidence),
        )
        for question in questions
    ]


def _judge(name: str, chosen: Settings) -> Judge:
    from ..models import make_model
    from .judge import judge_with

    return judge_with(make_model(name, timeout=chosen.timeout, max_cost=chosen.max_cost, cache=chosen.cache))


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text).strip("-") or "questions"


def _short(value: Any) -> str:
    return digest(json.dumps(value, sort_keys=True, default=str))[:8]


def evaluate_command(options: argparse.Namespace) -> int:
    """`assistant evaluate`; the exit status is 1 where a citation is not true."""
    made = evaluate(
        options.questions,
        articles=options.articles,
        index=options.index,
        model=options.model,
        out=options.out,
        vs=options.vs,
        format=options.format,
        official=options.official,
        as_of=options.as_of,
        sample=options.sample,
        seed=options.seed,
        workers=options.workers,
        judge=options.judge,
        calibrate=options.calibrate,
        embedder=options.embedder,
        passage_tokens=options.passage_tokens,
        timeout=options.timeout,
        max_cost=options.max_cost,
        context=options.context,
        cache=options.cache,
        progress=_progress,
        notice=_notice,
    )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(json.dumps(made.to_dict(), ensure_ascii=False, indent=2) if options.json else made)
    valid = made.measures.get("citation validity")
    return 1 if valid is not None and valid.mean < 1 else 0


def _progress(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\rasked {done}", end="", file=sys.stderr, flush=True)


def _notice(text: str) -> None:
    print(f"assistant: {text}", file=sys.stderr)


def questions_command(options: argparse.Namespace) -> int:
    """`assistant questions`; the exit status is 3 where some articles could not be read."""
    reader = reader_of(options.paths)
    corpus = Corpus(reader)
    for skipped in reader.skipped:
        _notice(f"skipped {printable(str(skipped))}")
    written = (
        with_model(corpus, options.n, _writer(options.model), options.seed)
        if options.model
        else Written(make_questions(corpus, options.n, options.seed))
    )
    made = written.questions
    if written.refused:
        _notice(f"{written.refused} questions of the model were left out: quote or answer do not hold")
    if written.stopped:
        _notice(f"the model stopped early: {written.stopped}")
    if not made:
        raise EvaluationError(
            f"no question can be made of {counted(len(corpus.articles), 'article')}: name "
            f"{'another model' if written.refused else 'more'}"
        )
    _write_set(made, options.out)
    kinds = Counter(question.type for question in made)
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    _notice(f"{counted(len(made), 'question')} from {counted(len(corpus.articles), 'article')} ({told})")
    return SKIPPED if reader.skipped else DONE


def _writer(name: str) -> Callable[[str], str]:
    from ..models import make_model
    from ..reply import Reply

    model = make_model(name)
    return lambda prompt: "".join(model.write(prompt, Reply(), most=LONGEST, config=None, notice=_notice))


# Tokens of a question with answer and quote.
LONGEST = 400


def _write_set(questions: Sequence[Question], out: str | None) -> None:
    if out is None:
        print("\n".join(json.dumps(question.to_dict(), ensure_ascii=False) for question in questions))
        return
    try:
        write_questions(questions, Path(out))
    except OSError as error:
        raise EvaluationError(f"{out} cannot be written ({error.strerror or error})") from error
