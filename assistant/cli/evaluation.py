"""`assistant evaluate`: ask a question set, and say how good the answers are; `assistant questions`: make one."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from ..answer.text import counted, printable
from ..errors import EvaluationError
from ..evaluation.evaluating import EvaluationOptions, evaluate, report_run
from ..evaluation.making import Corpus, Written, make_questions, with_model
from ..evaluation.questions import Question, write_questions
from ..evaluation.report import Report
from .indexing import DONE, SKIPPED, reader_of

__all__ = ["evaluate_command", "questions_command"]

UNTRUE = 1
# The options that a run that is reported again may have.
REPORT_OPTIONS = ("vs", "official", "calibrate", "seed", "workers")


def evaluate_command(options: argparse.Namespace) -> int:
    """`assistant evaluate`; the exit status is 1 where a citation is not true, 3 where something was left out."""
    made = _evaluated(options)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(json.dumps(made.to_dict(), ensure_ascii=False, indent=2) if options.json else made)
    if made.untrue:
        return UNTRUE
    failed = any(each.row.error for each in made.scored)
    return SKIPPED if failed or made.skipped else DONE


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
        _notice(
            f"{written.refused} questions of the model were left out: quote or answer do not hold"
        )
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
    _notice(
        f"{counted(len(made), 'question')} from {counted(len(corpus.articles), 'article')} ({told})"
    )
    return SKIPPED if reader.skipped else DONE


def _writer(name: str) -> Callable[[str], str]:
    from ..llm.models import make_model
    from ..llm.reply import Reply

    model = make_model(name)
    return lambda prompt: "".join(model.write(prompt, Reply(), max_tokens=LONGEST))


# Tokens of a question with answer and quote.
LONGEST = 400


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
