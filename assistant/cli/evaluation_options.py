"""The options of the commands `evaluate` and `questions`, which `evaluation.py` runs."""

from __future__ import annotations

import argparse

from .options import Commands, add_command, add_json_option, add_model_options, count, small_count

__all__ = ["add_commands"]


def add_commands(commands: Commands) -> None:
    """Add `evaluate` and `questions`."""
    evaluate = add_command(
        commands,
        "evaluate",
        _run_evaluate,
        "ask questions whose answers are known, and score the answers",
    )
    evaluate.add_argument(
        "questions",
        metavar="QUESTIONS",
        help="a question set, or the folder of a run to report again",
    )
    add_model_options(evaluate)
    _add_evaluation_options(evaluate)
    add_json_option(evaluate)

    questions = add_command(
        commands, "questions", _run_questions, "make a question set from articles", index=False
    )
    add = questions.add_argument
    add("paths", nargs="+", metavar="PATH", help="file or folder of articles")
    add("-n", type=count, default=100, metavar="N", help="number of questions (default: 100)")
    add("--out", metavar="FILE", help="file to write (default: standard output)")
    add("--seed", type=int, default=0, metavar="N", help="seed of the choice (default: 0)")
    add("--model", help="model that writes the questions (default: none, cloze questions)")


def _add_evaluation_options(evaluate: argparse.ArgumentParser) -> None:
    add = evaluate.add_argument
    add("--articles", metavar="PATH", help="answer from this file or folder, not from the index")
    add("--embedder", metavar="NAME", help="embedder for --articles")
    add("--passage-tokens", metavar="N", help="maximum tokens of a passage of --articles")
    add("--vs", metavar="RUN", help="folder of another run to compare with")
    add("--out", metavar="DIR", help="folder of this run (default: a new one in evaluations/)")
    add("--format", metavar="NAME", help="format of the questions, if it is not recognized")
    add(
        "--official",
        metavar="NAME",
        help="dataset whose own scorer is reported too (default: that of the format)",
    )
    add("--sample", type=count, metavar="N", help="ask only N of the questions")
    add("--seed", type=int, default=0, metavar="N", help="seed of the sample (default: 0)")
    add(
        "--workers",
        type=small_count,
        default=2,
        metavar="N",
        help="questions asked at the same time (default: 2)",
    )
    add("--no-as-of", dest="as_of", action="store_false", help="ignore the questions' dates")
    add("--judge", metavar="MODEL", help="model that judges the answers as well")
    add("--calibrate", metavar="SPLIT", help="choose the confidence threshold on this split")


def _run_evaluate(options: argparse.Namespace) -> int:
    from .evaluation import evaluate_command

    return evaluate_command(options)


def _run_questions(options: argparse.Namespace) -> int:
    from .evaluation import questions_command

    return questions_command(options)
