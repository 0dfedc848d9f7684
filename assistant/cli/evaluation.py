"""`assistant evaluate`: ask a question set, and say how good the answers are; `assistant questions`: make one."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from index.articles import FullArticle

from ..answer.text import counted, printable
from ..errors import EvaluationError, ExitStatus
from ..evaluation.evaluating import EvaluationOptions, evaluate, report_run
from ..evaluation.making import make_cloze_questions, make_model_questions, unique_articles
from ..evaluation.questions import Question, write_questions
from ..evaluation.report import Report
from .indexing import reader_of

__all__ = ["evaluate_command", "questions_command"]

# A question with its answer and quote.
MAX_QUESTION_TOKENS = 400
# The options that a run that is reported again may have.
REPORT_OPTIONS = ("vs", "official", "calibrate", "seed", "workers")


def evaluate_command(options: argparse.Namespace) -> int:
    """`assistant evaluate`; the exit status is 1 where a citation is not true, 3 where something was left out."""
    made = _evaluated(options)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(json.dumps(made.to_dict(), ensure_ascii=False, indent=2) if options.json else made)
    if made.untrue:
        return ExitStatus.FAILED
    failed = any(each.row.error for each in made.scored)
    return ExitStatus.SKIPPED if failed or made.skipped else ExitStatus.DONE


def _evaluated(options: argparse.Namespace) -> Report:
    """The report of a question set, or that of the folder of a run."""
    asking = EvaluationOptions(
        **{field.name: getattr(options, field.name) for field in fields(EvaluationOptions)}
    )
    folder = Path(options.questions)
    if not folder.is_dir():
        return evaluate(folder, asking, progress=_progress, notice=_notice)
    for field in fields(EvaluationOptions):
        if field.name not in REPORT_OPTIONS and getattr(asking, field.name) != field.default:
            name = "no-as-of" if field.name == "as_of" else field.name.replace("_", "-")
            raise EvaluationError(
                f"{folder} is a finished run, and its report asks nothing: leave out --{name}"
            )
    view = {name: getattr(options, name) for name in ("vs", "official", "calibrate")}
    return report_run(folder, **view, notice=_notice)


def _progress(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\rasked {done}", end="", file=sys.stderr, flush=True)


def _notice(text: str) -> None:
    print(f"assistant: {text}", file=sys.stderr)


def questions_command(options: argparse.Namespace) -> int:
    """`assistant questions`; the exit status is 3 where some articles could not be read."""
    reader = reader_of(options.paths)
    articles = unique_articles(reader)
    for skipped in reader.skipped:
        _notice(f"skipped {printable(str(skipped))}")
    if options.model:
        questions = _model_questions(articles, options)
    else:
        questions = make_cloze_questions(articles, options.n, options.seed)
    count = counted(len(articles), "article")
    if not questions:
        other = "another model" if options.model else "more articles"
        raise EvaluationError(f"no question can be made from {count}: name {other}")
    _write_set(questions, options.out)
    types = Counter(question.type for question in questions)
    by_type = ", ".join(f"{type} {number}" for type, number in sorted(types.items()))
    _notice(f"{counted(len(questions), 'question')} from {count} ({by_type})")
    return ExitStatus.SKIPPED if reader.skipped else ExitStatus.DONE


def _model_questions(
    articles: Sequence[FullArticle], options: argparse.Namespace
) -> Sequence[Question]:
    from ..llm.models import make_model
    from ..llm.reply import Reply

    model = make_model(options.model)

    def write(prompt: str) -> str:
        return "".join(model.write(prompt, Reply(), max_tokens=MAX_QUESTION_TOKENS))

    made = make_model_questions(articles, options.n, write, options.seed)
    if made.rejected:
        _notice(
            f"{counted(made.rejected, 'question')} of the model left out: "
            "the quote is not in the article, or the answer not in the quote"
        )
    if made.failure:
        _notice(f"the model stopped early: {made.failure}")
    return made.questions


def _write_set(questions: Sequence[Question], out: str | None) -> None:
    if out is None:
        print(
            "\n".join(json.dumps(question.to_dict(), ensure_ascii=False) for question in questions)
        )
        return
    try:
        write_questions(questions, Path(out))
    except OSError as error:
        raise EvaluationError(f"{out} cannot be written ({error.strerror or error})") from error
