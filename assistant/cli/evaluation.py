"""`assistant evaluate` scores answers to a question set; `assistant questions` makes a set."""

from __future__ import annotations

import argparse
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
from ..evaluation.questions import Question, question_lines, write_questions
from ..evaluation.report import Report
from ..evaluation.scoring import Outcome
from .indexing import reader_of
from .output import print_json, print_notice

__all__ = ["evaluate_command", "questions_command"]

# The options that the report of a stored run may have.
REPORT_OPTIONS = ("vs", "official", "calibrate", "seed", "workers")
# A question with its answer and quote.
MAX_QUESTION_TOKENS = 400


def evaluate_command(options: argparse.Namespace) -> int:
    """Run `assistant evaluate`.

    The exit status is 1 if an article does not have a citation word for word, else 3 if a question
    failed or an article could not be read.
    """
    report = _make_report(options)
    if sys.stderr.isatty():
        # The line of progress ends here.
        print(file=sys.stderr)
    if options.json:
        print_json(report.to_dict())
    else:
        print(report)
    if report.untrue:
        return ExitStatus.FAILED
    incomplete = report.skipped or report.outcomes[Outcome.FAILED]
    return ExitStatus.SKIPPED if incomplete else ExitStatus.DONE


def _make_report(options: argparse.Namespace) -> Report:
    """The report of a question set, or of the folder of a run."""
    path = Path(options.questions)
    given = {field.name: getattr(options, field.name) for field in fields(EvaluationOptions)}
    if not path.is_dir():
        return evaluate(
            path, EvaluationOptions(**given), progress=_print_progress, notice=print_notice
        )
    for field in fields(EvaluationOptions):
        if field.name not in REPORT_OPTIONS and given[field.name] != field.default:
            name = "no-as-of" if field.name == "as_of" else field.name.replace("_", "-")
            raise EvaluationError(
                f"{path} is a run, and the report of a run asks nothing: leave out --{name}"
            )
    return report_run(
        path,
        vs=options.vs,
        official=options.official,
        calibrate=options.calibrate,
        notice=print_notice,
    )


def _print_progress(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\rasked {done}", end="", file=sys.stderr, flush=True)


def questions_command(options: argparse.Namespace) -> int:
    """Run `assistant questions`; the exit status is 3 if an article could not be read."""
    reader = reader_of(options.paths)
    articles = unique_articles(reader)
    for skipped in reader.skipped:
        print_notice(f"skipped {printable(str(skipped))}")
    if options.model:
        questions = _write_with_model(articles, options)
    else:
        questions = make_cloze_questions(articles, options.n, options.seed)
    count = counted(len(articles), "article")
    if not questions:
        other = "another model" if options.model else "more articles"
        raise EvaluationError(f"no question can be made from {count}: name {other}")
    _save(questions, options.out)
    types = Counter(question.type for question in questions)
    by_type = ", ".join(f"{type} {number}" for type, number in sorted(types.items()))
    print_notice(f"{counted(len(questions), 'question')} from {count} ({by_type})")
    return ExitStatus.SKIPPED if reader.skipped else ExitStatus.DONE


def _write_with_model(
    articles: Sequence[FullArticle], options: argparse.Namespace
) -> Sequence[Question]:
    from ..llm.models import make_model
    from ..llm.reply import Reply

    model = make_model(options.model)

    def write(prompt: str) -> str:
        return "".join(model.write(prompt, Reply(), max_tokens=MAX_QUESTION_TOKENS))

    made = make_model_questions(articles, options.n, write, options.seed)
    if made.rejected:
        print_notice(
            f"{counted(made.rejected, 'question')} of the model left out: "
            "the quote is not in the article, or the answer not in the quote"
        )
    if made.failure:
        print_notice(f"the model stopped early: {made.failure}")
    return made.questions


def _save(questions: Sequence[Question], out: str | None) -> None:
    """Write the questions to a file, or to standard output."""
    if out is None:
        sys.stdout.writelines(question_lines(questions))
        return
    try:
        write_questions(questions, Path(out))
    except OSError as error:
        raise EvaluationError(f"{out} cannot be written ({error.strerror or error})") from error
