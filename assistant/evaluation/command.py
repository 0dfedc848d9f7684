"""`assistant evaluate`: ask a question set, and say how good the answers are; `assistant questions`: make one."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
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
from .formats import Dataset, read_dataset
from .making import Corpus, make_questions, with_model
from .questions import Question, write_questions
from .report import Comparison, Report, compare, report
from .runs import Judge, Run, header, sample
from .tables import comparison_lines, report_lines

__all__ = ["evaluate", "evaluate_command", "questions_command"]

# Where runs go that no folder was named for.
RUNS = Path("evaluations")


def evaluate(
    questions: str | Path,
    *,
    articles: str | Path | None = None,
    index: str | Path | None = None,
    model: str | None = None,
    out: str | Path | None = None,
    format: str | None = None,
    official: str | None = None,
    as_of: bool = True,
    most: int | None = None,
    seed: int = 0,
    workers: int = 2,
    judge: str | None = None,
    calibrate: str = "",
    embedder: str | None = None,
    passage_tokens: int | None = None,
    timeout: float | None = None,
    max_cost: float | None = None,
    context: int | None = None,
    cache: str | Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Ask the questions of a file, and score the answers; or score a run again, if `questions` is its folder.

    articles: files or a folder to answer from; without them the articles that come with the questions, or those of
    `index`. out: the folder of the run, in which a run that was cut short goes on. official: the dataset whose own
    scorer is shown beside, if not that of the format. as_of: ask questions that have a date as of it. most, seed: only
    so many of the questions. judge: a model that judges the answers, too. calibrate: a split of the questions on which
    the confidence is chosen from which on answers count. timeout, max_cost, context, cache: as of `Assistant`, and of
    the judge, which may cost as much again. Raises AssistantErrors.
    """
    path = Path(questions)
    if path.is_dir():
        return report(Run.read(path), calibrate=calibrate, official=official)
    dataset = read_dataset(path, format)
    asked = sample(dataset.questions, most, seed)
    folder = Path(out) if out else None
    place = _index(dataset, path, folder, articles, index, embedder, passage_tokens)
    chosen = settings(index=place, model=model, timeout=timeout, max_cost=max_cost, context=context, cache=cache)
    with Assistant(
        index=chosen.index,
        model=chosen.model,
        timeout=chosen.timeout,
        max_cost=chosen.max_cost,
        context=chosen.context,
        cache=chosen.cache,
        log=False,
    ) as assistant:
        options = {"as_of": as_of, "sample": most, "seed": seed if most is not None else None, "judge": judge}
        head = header(assistant, path, asked, dataset.format, {**options, "context": chosen.context})
        run = Run.begin(folder or RUNS / f"{_slug(path.stem)}-{_short(head)}", head, asked)
        if run.missing:
            judging = _judge(judge, chosen) if judge else None
            run = run.ask(assistant, as_of=as_of, workers=workers, judge=judging, progress=progress)
    return report(run, calibrate=calibrate, official=official)


def _index(
    dataset: Dataset,
    path: Path,
    folder: Path | None,
    articles: str | Path | None,
    index: str | Path | None,
    embedder: str | None,
    passage_tokens: int | None,
) -> str | Path | None:
    """The index that is named, or one of the articles that are named or come with the questions."""
    if articles is not None and index is not None:
        raise EvaluationError("name --articles or --index, not both")
    if articles is None and (index is not None or not dataset.articles):
        return index
    made = (folder or RUNS) / f"index-{_short([str(articles or path), embedder, passage_tokens])}"
    with Index(made, create=True, embedder=embedder, passage_tokens=passage_tokens) as new:
        # Their place is not their name: the same articles elsewhere are the same.
        new.sync(Reader([articles]), confirm=lambda names, covered: True) if articles else new.add(dataset.articles)
    return made


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
        format=options.format,
        official=options.official,
        as_of=options.as_of,
        most=options.sample,
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
    )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    against = compare(made, report(Run.read(Path(options.vs)), calibrate=options.calibrate)) if options.vs else None
    _write(made, against)
    if options.json:
        print(json.dumps(_told(made, against), ensure_ascii=False, indent=2))
    else:
        print("\n".join(report_lines(made)))
        if against:
            print("\n" + "\n".join(comparison_lines(against)))
    valid = made.measures.get("citation validity")
    return 1 if valid is not None and valid.mean < 1 else 0


def _told(made: Report, against: Comparison | None) -> dict[str, Any]:
    return {**made.to_dict(), "vs": against.to_dict() if against else None}


def _write(made: Report, against: Comparison | None) -> None:
    """`report.json` and `report.html` beside the answers."""
    from .page import page

    folder = made.run.folder
    try:
        text = json.dumps(_told(made, against), ensure_ascii=False, indent=2) + "\n"
        (folder / "report.json").write_text(text, "utf-8")
        (folder / "report.html").write_text(page(made, against), "utf-8")
    except OSError as error:
        raise EvaluationError(f"{folder} cannot be written ({error.strerror or error})") from error


def _progress(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\rasked {done}", end="", file=sys.stderr, flush=True)


def questions_command(options: argparse.Namespace) -> int:
    """`assistant questions`; the exit status is 3 where some articles could not be read."""
    reader = reader_of(options.paths)
    corpus = Corpus(reader)
    for skipped in reader.skipped:
        print(f"assistant: skipped {printable(str(skipped))}", file=sys.stderr)
    if options.model:
        made, refused = with_model(corpus, options.n, _writer(options.model), options.seed)
        if refused:
            print(
                f"assistant: {refused} questions of the model were left out: quote or answer do not hold",
                file=sys.stderr,
            )
    else:
        made = make_questions(corpus, options.n, options.seed)
    if not made:
        raise EvaluationError(f"no question can be made of {counted(len(corpus.articles), 'article')}: name more")
    _write_set(made, options.out)
    kinds = Counter(question.type for question in made)
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    print(
        f"assistant: {counted(len(made), 'question')} from {counted(len(corpus.articles), 'article')} ({told})",
        file=sys.stderr,
    )
    return SKIPPED if reader.skipped else DONE


def _writer(name: str) -> Callable[[str], str]:
    from ..models import make_model
    from ..reply import Reply

    model = make_model(name)
    told = lambda text: print(f"assistant: {text}", file=sys.stderr)  # noqa: E731
    return lambda prompt: "".join(model.write(prompt, Reply(), most=LONGEST, config=None, notice=told))


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
