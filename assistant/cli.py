"""The command `assistant`.

Exit status: 0 done; 1 an error, one line on standard error; 2 wrong usage; 3 done, but some inputs were skipped.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import AssistantError

from . import __version__

if TYPE_CHECKING:
    from index.reading import Reader
    from index.store import Index
    from index.writing import Changes

__all__ = ["main"]

# Everything heavy is imported inside the commands: `assistant --help` answers at once.
DONE, FAILED, WRONG_USAGE, SKIPPED, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    # A stream that was closed before we started is None: nobody will read it.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    if not os.environ.get("ASSISTANT_DEBUG"):
        # What libraries warn of is meant for their programmers.
        warnings.simplefilter("ignore")
    options = _parser().parse_args(arguments)
    try:
        status: int = options.command(options)
        sys.stdout.flush()
        return status
    except AssistantError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        print("assistant: stopped; what was written so far stays, run the same command again to go on", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has stopped; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        return _failed(f"{error.filename or 'the output'} cannot be used ({error.strerror or error})")
    except Exception as error:
        if os.environ.get("ASSISTANT_DEBUG"):
            raise
        return _failed(
            f"unexpected {type(error).__name__} ({error}): set ASSISTANT_DEBUG=1 to see where, and report it"
        )


def _failed(message: str) -> int:
    print(f"assistant: {' '.join(message.split())}", file=sys.stderr)
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="assistant",
        description="Answers questions over a set of articles and proves every answer with quotations.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = _command(commands, "index", _index, "read articles and make them ready to be asked about")
    command.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input")
    command.add_argument("--embedder", help="minilm (the default) or openai:MODEL; fixed once an index is made")
    command.add_argument("--cache", metavar="DIR", help="keep paid vectors here for the next time")
    command.add_argument("--rebuild", action="store_true", help="forget what is in the index first")

    command = _command(commands, "ask", _ask, "answer a question from the articles, with citations")
    command.add_argument("question", metavar="QUESTION", type=_text)
    command.add_argument(
        "--model",
        help="what writes the answer: quotes (the articles' own sentences, the default), a name such as "
        "openai:gpt-5-mini or ollama:qwen3, or gguf:FILE",
    )
    command.add_argument("--timeout", metavar="SECONDS", help="how long the model may take (default: 120)")
    command.add_argument("--max-cost", metavar="DOLLARS", help="the most that the answer may cost")
    command.add_argument("--context", metavar="TOKENS", help="what the model can take in, where that is not known")
    command.add_argument("--show-unsupported", action="store_true", help="show, marked, what no quote supports")
    command.add_argument("--cache", metavar="DIR", help="keep the model's replies and paid vectors here")
    _add_json(command)

    command = _command(commands, "search", _search, "find passages")
    command.add_argument("query", metavar="QUERY", type=_text)
    command.add_argument("-k", type=_positive, default=10, metavar="N", help="how many passages (default: 10)")
    _add_json(command)

    command = _command(commands, "show", _show, "print an article of the index")
    command.add_argument("article", metavar="ARTICLE", help="its id, or the file it was read from")
    command.add_argument("--at", type=_stretch, metavar="START:END", help="only these characters (code points)")

    command = _command(commands, "status", _status, "say what the index holds and what it was made with")
    _add_json(command)
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
    command.set_defaults(command=run)
    command.add_argument(
        "--index", metavar="DIR", help="where the index is (default: ASSISTANT_INDEX, or a user folder)"
    )
    return command


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def _text(value: str) -> str:
    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return value


def _positive(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) <= 1000:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 1 to 1000")
    return int(value)


def _stretch(value: str) -> tuple[int, int]:
    start, _, end = value.partition(":")
    if not (start.isdecimal() and end.isdecimal() and int(start) <= int(end)):
        raise argparse.ArgumentTypeError(f"{value!r} is not START:END, two numbers in order")
    return int(start), int(end)


def _index(options: argparse.Namespace) -> int:
    from index.reading import Reader
    from index.store import Index

    from .settings import settings

    chosen = settings(index=options.index, embedder=options.embedder, cache=options.cache)
    reader = Reader(options.paths)
    missing = reader.missing()
    if len(missing) == len(options.paths):
        raise AssistantError(f"no such file or folder: {', '.join(missing)}")
    begun = time.perf_counter()
    opened = (
        Index.made_anew(chosen.index, embedder=chosen.embedder, cache=chosen.cache)
        if options.rebuild
        else Index(chosen.index, embedder=chosen.embedder, create=True, cache=chosen.cache)
    )
    with opened as index, _progress() as progress:
        changes = index.add(reader, progress)
    _report(changes, reader, chosen.index, time.perf_counter() - begun)
    return SKIPPED if reader.skipped or changes.repeated else DONE


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[Changes], None] | None]:
    """A line on standard error that says how far indexing is; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading")
        yield lambda changes: bar.update(
            task, description=f"{_count(changes.read, 'article')}, {_count(changes.passages, 'passage')}"
        )


def _report(changes: Changes, reader: Reader, folder: Path, seconds: float) -> None:
    from .terminal import printable

    for skipped in reader.skipped:
        print(f"skipped {printable(str(skipped))}", file=sys.stderr)
    for id in changes.repeated:
        print(f"id {printable(id)} came more than once with different content: only the last is kept", file=sys.stderr)
    if reader.ignored:
        what = "hidden, READMEs, question sets, other kinds"
        print(f"ignored {_count(reader.ignored, 'file')} that are no articles ({what})", file=sys.stderr)
    written = len(changes.added) + len(changes.changed)
    if changes.foreign > written / 2:
        print(
            f"{changes.foreign} of {_count(written, 'article')} not in English, which is what the embedder knows: "
            "found by words only",
            file=sys.stderr,
        )
    print(f"{changes}; {_count(changes.passages, 'passage')} written to {folder} in {seconds:.1f} s")


def _ask(options: argparse.Namespace) -> int:
    from .assistant import Assistant
    from .privacy import hint_at_a_key

    hint_at_a_key(options.model)
    with Assistant(
        index=options.index,
        model=options.model,
        timeout=options.timeout,
        max_cost=options.max_cost,
        context=options.context,
        cache=options.cache,
        show_unsupported=options.show_unsupported,
        notice=lambda text: print(f"assistant: {text}", file=sys.stderr),
    ) as assistant:
        if sys.stdout.isatty() and not options.json:
            from .live import show_live

            show_live(assistant.stream(options.question))
            return DONE
        answer = assistant.ask(options.question)
    print(_json(answer.to_dict()) if options.json else answer)
    return DONE


def _search(options: argparse.Namespace) -> int:
    from .assistant import Assistant
    from .terminal import passage_lines

    with Assistant(index=options.index) as assistant:
        passages = assistant.search(options.query, k=options.k)
    if options.json:
        print(_json([passage.to_dict() for passage in passages]))
    else:
        print("\n\n".join("\n".join(passage_lines(i, passage)) for i, passage in enumerate(passages, start=1)))
    return DONE


def _show(options: argparse.Namespace) -> int:
    from .terminal import article_lines

    with _open_index(options) as index:
        article = index.article_named(options.article)
    start, end = options.at or (0, len(article.text))
    if end > len(article.text):
        raise AssistantError(f"{article.id} has {len(article.text)} characters: --at {start}:{end} goes beyond them")
    if sys.stdout.isatty():
        print("\n".join(article_lines(article, options.at)))
    else:
        # Exactly these characters: no line feed at the end, none translated.
        sys.stdout.flush()
        sys.stdout.buffer.write(article.text[start:end].encode("utf-8"))
    return DONE


def _status(options: argparse.Namespace) -> int:
    from .privacy import what_leaves
    from .settings import settings
    from .terminal import status_lines

    with _open_index(options) as index:
        facts = index.facts()
    model = settings(index=options.index).model
    facts |= {"model": model, "leaves": what_leaves(model, facts["embedder"])}
    print(_json(facts) if options.json else "\n".join(status_lines(facts)))
    return DONE


def _open_index(options: argparse.Namespace) -> Index:
    from index.store import Index

    from .settings import settings

    chosen = settings(index=options.index)
    return Index(chosen.index, embedder=chosen.embedder)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
