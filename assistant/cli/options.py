"""Options that several commands share, and the types of their values.

This room imports the index and the models inside the functions that run: help comes at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from index.articles import Filter

from ..settings import settings
from .output import print_notice

if TYPE_CHECKING:
    from index.index import Index

__all__ = [
    "SWITCH",
    "Commands",
    "add_command",
    "add_json_option",
    "add_model_options",
    "add_scope_options",
    "count",
    "open_index",
    "parse_scope",
    "small_count",
    "text",
]

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
# An option with a `--no-` form; None if neither is given.
SWITCH: dict[str, Any] = {"action": argparse.BooleanOptionalAction, "default": None}


def add_command(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], int],
    help: str,
    *,
    index: bool = True,
) -> argparse.ArgumentParser:
    """Add a command whose `run` returns the exit status; index: whether it takes `--index`."""
    command = commands.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
    command.set_defaults(run=run)
    command.add_argument(
        "--verbose",
        action="store_true",
        help="log what is searched and sent, and how long it takes, to standard error; "
        "with an answer, show the file and the position of each quote",
    )
    if index:
        command.add_argument(
            "--index",
            metavar="PLACE",
            help="folder of the index, or http://HOST:PORT of a Chroma server "
            "(default: ASSISTANT_INDEX, or a folder in your user data)",
        )
    return command


def add_json_option(command: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    command.add_argument("--json", action="store_true", help="print JSON")


def add_model_options(command: argparse.ArgumentParser) -> None:
    """Add the chat model, its limits and its cache."""
    add = command.add_argument
    add(
        "--model",
        help="model that writes the answer: quotes (default: sentences of the articles), "
        "a name such as openai:gpt-5-mini or ollama:qwen3, or gguf:FILE",
    )
    add("--timeout", metavar="SECONDS", help="time limit for each answer (default: 120)")
    add("--max-cost", metavar="DOLLARS", help="spending limit for all answers together")
    add("--context", metavar="TOKENS", help="context window of the model, if it is not known")
    add("--cache", metavar="DIR", help="keep model replies and paid embeddings in this folder")


def add_scope_options(command: argparse.ArgumentParser) -> None:
    """Add the options that limit which articles are asked; `parse_scope` reads them."""
    scope = command.add_argument_group("articles to use")
    add = scope.add_argument
    repeatable: dict[str, Any] = {"action": "append", "default": []}
    add("--source", **repeatable, metavar="NAME", help="only this outlet (repeatable)")
    add("--author", **repeatable, metavar="NAME", help="only this author (repeatable)")
    add("--article", **repeatable, metavar="ARTICLE", help="only this article (repeatable)")
    add("--since", type=_day, metavar="DATE", help="only articles of this day or later")
    add("--until", type=_day, metavar="DATE", help="only articles of this day or earlier")
    add(
        "--as-of",
        type=_day,
        metavar="DATE",
        help="answer as if asked on this day, without later articles",
    )
    add(
        "--no-infer",
        dest="infer",
        action="store_false",
        help="do not infer an outlet, author or time from the question",
    )


def parse_scope(options: argparse.Namespace, index: Index) -> Filter:
    """The filter in the options; raises ArticleNotFoundError if an article is unknown."""
    return Filter(
        sources=tuple(options.source),
        authors=tuple(options.author),
        articles=tuple(index.article_named(name).id for name in options.article),
        since=options.since,
        until=options.until,
    )


def open_index(options: argparse.Namespace) -> Index:
    """The index that `--index` or the settings name."""
    from index.index import Index

    chosen = settings(index=options.index)
    return Index(chosen.index, embedder=chosen.embedder, notice=print_notice)


def text(value: str) -> str:
    """A text that is not blank."""
    if not value.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return value


def count(value: str) -> int:
    """A number from 1."""
    if not value.isdecimal() or not int(value):
        raise argparse.ArgumentTypeError(f"{value!r} is not a whole number above 0")
    return int(value)


def small_count(value: str) -> int:
    """A number of passages, workers or lines."""
    if not value.isdecimal() or not 0 < int(value) <= 1000:
        raise argparse.ArgumentTypeError(f"{value!r} is not a whole number from 1 to 1000")
    return int(value)


def _day(value: str) -> str:
    from index.loading.dates import whole_or_part

    date = whole_or_part(value)
    if date is None:
        raise argparse.ArgumentTypeError(f"{value!r} is not a date; use the form 2025-03-31")
    return date
