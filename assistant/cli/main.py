"""The command `assistant`.

Exit status: 0 done; 1 an error, one line on standard error; 2 wrong usage; 3 done, but some inputs were skipped.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import AssistantError

from .. import __version__
from .verbose import log_to_stderr

if TYPE_CHECKING:
    from index.index import Index

    from ..assistant import Assistant
    from ..history.log import Log

__all__ = ["main"]

# Everything heavy is imported inside the commands: `assistant --help` answers at once.
DONE, FAILED, INTERRUPTED = 0, 1, 130
SWITCH: dict[str, Any] = {"action": argparse.BooleanOptionalAction, "default": None}


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
    try:
        options = _parsed(arguments)
        with log_to_stderr(options.verbose):
            status: int = options.command(options)
        sys.stdout.flush()
        return status
    except AssistantError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        print(
            "assistant: stopped; what was written so far stays, run the same command again to go on",
            file=sys.stderr,
        )
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has stopped.
        _give_up_output()
        return DONE
    except OSError as error:
        if error.filename is None:
            _give_up_output()
        return _failed(
            f"{error.filename or 'the output'} cannot be used ({error.strerror or error})"
        )
    except Exception as error:
        if os.environ.get("ASSISTANT_DEBUG"):
            raise
        return _failed(
            f"unexpected {type(error).__name__} ({error}): set ASSISTANT_DEBUG=1 to see where, and report it"
        )


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; help and version are printed here, and the output may be full."""
    try:
        return _parser().parse_args(arguments)
    finally:
        sys.stdout.flush()


def _give_up_output() -> None:
    """Send what is not yet written nowhere: Python would complain once more when it closes the stream."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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

    command = _command(
        commands, "index", _index, "read articles and make them ready to be asked about"
    )
    command.add_argument(
        "paths", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input"
    )
    command.add_argument(
        "--embedder", help="bge-small (the default) or openai:MODEL; fixed once an index is made"
    )
    command.add_argument(
        "--passage-tokens", metavar="N", help="the most tokens of a passage (180); fixed likewise"
    )
    command.add_argument("--cache", metavar="DIR", help="keep paid vectors here for the next time")
    command.add_argument(
        "--rebuild",
        action="store_true",
        help="make the index anew from PATH..., beside the one that is there",
    )
    command.add_argument("--dry-run", action="store_true", help="only say what would be done")
    command.add_argument("--keep", action="store_true", help="remove nothing")
    command.add_argument(
        "--yes", action="store_true", help="remove more than a third without asking"
    )
    command.add_argument(
        "--watch", action="store_true", help="go on, whenever something changes there"
    )
    _add_json(command)

    command = _command(commands, "ask", _ask, "answer a question from the articles, with citations")
    command.add_argument("question", metavar="QUESTION", type=_text)
    _add_model(command)
    _add_check(command)
    _add_scope(command)
    command.add_argument(
        "--log", **SWITCH, help="keep the turn in the log (default: as ASSISTANT_LOG says, or not)"
    )
    _add_json(command)

    command = _command(
        commands, "chat", _chat, "ask one question after the other, and work with the evidence"
    )
    _add_model(command)
    _add_check(command)
    _add_scope(command)
    command.add_argument(
        "-k", type=_positive, default=8, metavar="N", help="passages of an answer (default: 8)"
    )
    command.add_argument(
        "--resume", metavar="NAME", help="go on with a session, by its name or number"
    )
    command.add_argument(
        "--log", **SWITCH, help="keep all turns in the log (the default), or nothing at all"
    )

    command = _command(commands, "search", _search, "find passages")
    command.add_argument("query", metavar="QUERY", type=_text)
    command.add_argument(
        "-k", type=_positive, default=10, metavar="N", help="how many passages (default: 10)"
    )
    _add_scope(command)
    command.add_argument(
        "--explain",
        action="store_true",
        help="say what was inferred, and how each passage was found",
    )
    _add_json(command)

    command = _command(
        commands,
        "evaluate",
        _evaluate,
        "ask questions whose answers are known, and score the answers",
    )
    command.add_argument(
        "questions",
        metavar="QUESTIONS",
        help="a question set, or the folder of a run to report again",
    )
    command.add_argument(
        "--articles", metavar="PATH", help="a file or folder to answer from, in place of an index"
    )
    _add_model(command)
    command.add_argument(
        "--vs",
        metavar="RUN",
        help="the folder of another run, to compare with question by question",
    )
    command.add_argument(
        "--out", metavar="DIR", help="the folder of this run (default: one in evaluations/)"
    )
    command.add_argument(
        "--format", metavar="NAME", help="the format of the questions, where it is not seen"
    )
    command.add_argument(
        "--official",
        metavar="NAME",
        help="the dataset whose own scorer is shown beside (by the format)",
    )
    command.add_argument("--sample", type=_count, metavar="N", help="only so many of the questions")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="which ones (default: 0)")
    command.add_argument(
        "--workers",
        type=_positive,
        default=2,
        metavar="N",
        help="questions asked at once (default: 2)",
    )
    command.add_argument(
        "--no-as-of", dest="as_of", action="store_false", help="do not ask as of a question's date"
    )
    command.add_argument("--judge", metavar="MODEL", help="a model that judges the answers too")
    command.add_argument(
        "--calibrate", metavar="SPLIT", help="choose on it from which confidence to answer"
    )
    command.add_argument("--embedder", help="what embeds --articles")
    command.add_argument(
        "--passage-tokens", metavar="N", help="the most tokens of a passage of --articles"
    )
    _add_json(command)

    command = _command(
        commands, "questions", _questions, "make a question set from articles", place=False
    )
    command.add_argument("paths", nargs="+", metavar="PATH", help="articles: a file, or a folder")
    command.add_argument(
        "-n", type=_count, default=100, metavar="N", help="how many (default: 100)"
    )
    command.add_argument(
        "--out", metavar="FILE", help="write them there (default: to standard output)"
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="which ones (default: 0)")
    command.add_argument("--model", help="what writes them (default: rules)")

    command = _command(commands, "log", _show_log, "show what was asked and answered", place=False)
    command.add_argument(
        "turn", nargs="?", type=int, metavar="TURN", help="the number of one, to see it whole"
    )
    command.add_argument(
        "--search", metavar="WORDS", help="only those with all these words in question or answer"
    )
    command.add_argument(
        "--session", metavar="NAME", help="only those of this session, by its name or number"
    )
    command.add_argument(
        "-n", type=_positive, metavar="N", help="only the last so many (in a list: 20)"
    )
    command.add_argument(
        "--export", metavar="FILE", help="write them to FILE.md, FILE.html or FILE.json"
    )
    command.add_argument("-f", "--force", action="store_true", help="replace FILE if it is there")
    _add_json(command)

    command = _command(commands, "show", _show, "print an article of the index")
    command.add_argument("article", metavar="ARTICLE", help="its id, or the file it was read from")
    command.add_argument(
        "--at", type=_stretch, metavar="START:END", help="only these characters (code points)"
    )

    command = _command(commands, "remove", _remove, "take articles out of the index")
    command.add_argument(
        "articles", nargs="+", metavar="ARTICLE", help="its id, or the file it was read from"
    )

    command = _command(
        commands, "export", _export, "print all articles as JSON lines, which `index` reads"
    )
    command.add_argument(
        "--vectors", action="store_true", help="with the vectors, so that nothing is embedded again"
    )

    command = _command(commands, "doctor", _doctor, "check everything that can be checked")
    command.add_argument("--fix", action="store_true", help="mend what can be mended")
    command.add_argument("--model", help="the model that is to be reached")
    _add_json(command)

    command = _command(
        commands, "status", _status, "say what the index holds and what it was made with"
    )
    _add_json(command)
    return parser


def _command(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    help: str,
    *,
    place: bool = True,
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=help, description=f"{help[0].upper()}{help[1:]}."
    )
    command.set_defaults(command=run)
    command.add_argument(
        "--verbose",
        action="store_true",
        help="say on standard error what is searched and sent, where, and how long it takes; "
        "with an answer, name the file and the place of each source",
    )
    if place:
        command.add_argument(
            "--index",
            metavar="PLACE",
            help="a folder, or http://HOST:PORT (default: ASSISTANT_INDEX, or a user folder)",
        )
    return command


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model",
        help="what writes the answer: quotes (the articles' own sentences, the default), a name such as "
        "openai:gpt-5-mini or ollama:qwen3, or gguf:FILE",
    )
    command.add_argument(
        "--timeout", metavar="SECONDS", help="how long the model may take (default: 120)"
    )
    command.add_argument(
        "--max-cost", metavar="DOLLARS", help="the most that all answers may cost together"
    )
    command.add_argument(
        "--context", metavar="TOKENS", help="what the model can take in, where that is not known"
    )
    command.add_argument(
        "--cache", metavar="DIR", help="keep the model's replies and paid vectors here"
    )


def _add_check(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--show-unsupported", action="store_true", help="show, marked, what no quote supports"
    )
    command.add_argument(
        "--hide-uncertain", action="store_true", help="leave out what quotes only come near to"
    )
    command.add_argument(
        "--no-second-look",
        action="store_true",
        help="do not ask the model again about what is not verified",
    )


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def _add_scope(command: argparse.ArgumentParser) -> None:
    for name, what in (
        ("source", "of this outlet"),
        ("author", "by this author"),
        ("article", "this article"),
    ):
        metavar = "ARTICLE" if name == "article" else "NAME"
        command.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar=metavar,
            help=f"only {what}; repeatable",
        )
    command.add_argument(
        "--since", type=_date, metavar="DATE", help="only published on this day or later"
    )
    command.add_argument(
        "--until", type=_date, metavar="DATE", help="only published on this day or earlier"
    )
    command.add_argument(
        "--as-of",
        type=_date,
        metavar="DATE",
        help="as if asked on this day: later articles do not exist",
    )
    command.add_argument(
        "--no-infer",
        dest="infer",
        action="store_false",
        help="read no outlet, author or time out of the question",
    )


def _scope(options: argparse.Namespace, assistant: Assistant) -> dict[str, Any]:
    from index.articles import Filter

    within = Filter(
        sources=tuple(options.source),
        authors=tuple(options.author),
        articles=tuple(assistant.index.article_named(name).id for name in options.article),
        since=options.since,
        until=options.until,
    )
    return {"within": within, "as_of": options.as_of, "infer": options.infer}


def _text(value: str) -> str:
    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return value


def _positive(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) <= 1000:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 1 to 1000")
    return int(value)


def _count(value: str) -> int:
    if not value.isdecimal() or not int(value):
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 1 on")
    return int(value)


def _date(value: str) -> str:
    from index.loading.dates import whole_or_part

    read = whole_or_part(value)
    if read is None:
        raise argparse.ArgumentTypeError(f"{value!r} is no date: write it like 2025-03-31")
    return read


def _stretch(value: str) -> tuple[int, int]:
    start, _, end = value.partition(":")
    if not (start.isdecimal() and end.isdecimal() and int(start) <= int(end)):
        raise argparse.ArgumentTypeError(f"{value!r} is not START:END, two numbers in order")
    return int(start), int(end)


def _index(options: argparse.Namespace) -> int:
    from .indexing import index

    return index(options)


def _remove(options: argparse.Namespace) -> int:
    from .indexing import remove

    return remove(options)


def _export(options: argparse.Namespace) -> int:
    from .indexing import export

    return export(options)


def _doctor(options: argparse.Namespace) -> int:
    from .doctor import doctor

    return doctor(options)


def _ask(options: argparse.Namespace) -> int:
    from ..answer.text import answer_lines
    from ..llm.privacy import hint_at_a_key

    hint_at_a_key(options.model)
    with _assistant(options, _log(options)) as assistant:
        if sys.stdout.isatty() and not options.json:
            from ..answer.live import show_live, terminal

            events = assistant.stream(options.question, **_scope(options, assistant))
            show_live(events, terminal(), verbose=options.verbose)
            return DONE
        answer = assistant.ask(options.question, **_scope(options, assistant))
    print(
        _json(answer.to_dict())
        if options.json
        else "\n".join(answer_lines(answer, verbose=options.verbose))
    )
    return DONE


def _log(options: argparse.Namespace) -> Log | bool:
    from ..history.log import Log
    from ..settings import settings

    path = settings().log_file(options.log)
    return Log(path, via="ask") if path else False


def _chat(options: argparse.Namespace) -> int:
    from ..llm.privacy import hint_at_a_key
    from .chat.repl import chat

    hint_at_a_key(options.model)
    return chat(
        options,
        lambda log: _assistant(options, log),
        lambda assistant: _scope(options, assistant),
        main,
    )


def _assistant(options: argparse.Namespace, log: Log | bool) -> Assistant:
    from ..assistant import Assistant

    return Assistant(
        index=options.index,
        model=options.model,
        timeout=options.timeout,
        max_cost=options.max_cost,
        context=options.context,
        cache=options.cache,
        show_unsupported=options.show_unsupported,
        show_uncertain=not options.hide_uncertain,
        second_look=not options.no_second_look,
        log=log,
        notice=lambda text: print(f"assistant: {text}", file=sys.stderr),
    )


def _search(options: argparse.Namespace) -> int:
    from ..answer.text import passage_lines, trace_lines
    from ..assistant import Assistant
    from ..retrieval.scope import left_out, strangers

    with Assistant(index=options.index) as assistant:
        found = assistant.find(options.query, k=options.k, **_scope(options, assistant))
        for notice in (*strangers(found.trace.within, assistant.index), *left_out(found.trace)):
            print(f"assistant: {notice}", file=sys.stderr)
    passages = found.passages
    if not passages:
        print("assistant: no passage fits", file=sys.stderr)
    if options.json:
        told = [passage.to_dict() for passage in passages]
        print(
            _json({"passages": told, "trace": found.trace.to_dict()} if options.explain else told)
        )
        return DONE
    blocks = ["\n".join(passage_lines(i, passage)) for i, passage in enumerate(passages, start=1)]
    if options.explain:
        blocks.append("\n".join(trace_lines(found.trace)))
    if blocks:
        print("\n\n".join(blocks))
    return DONE


def _evaluate(options: argparse.Namespace) -> int:
    from .evaluation import evaluate_command

    return evaluate_command(options)


def _questions(options: argparse.Namespace) -> int:
    from .evaluation import questions_command

    return questions_command(options)


def _show_log(options: argparse.Namespace) -> int:
    from .log import log

    return log(options)


def _show(options: argparse.Namespace) -> int:
    from ..answer.text import article_lines

    with _open_index(options) as index:
        article = index.article_named(options.article)
    start, end = options.at or (0, len(article.text))
    if end > len(article.text):
        raise AssistantError(
            f"{article.id} has {len(article.text)} characters: --at {start}:{end} goes beyond them"
        )
    if sys.stdout.isatty():
        print("\n".join(article_lines(article, options.at)))
    else:
        # Exactly these characters: no line feed at the end, none translated.
        sys.stdout.flush()
        sys.stdout.buffer.write(article.text[start:end].encode("utf-8"))
    return DONE


def _status(options: argparse.Namespace) -> int:
    from ..answer.text import status_lines
    from ..llm.privacy import what_leaves
    from ..settings import settings

    with _open_index(options) as index:
        facts = index.facts()
    model = settings(index=options.index).model
    facts |= {"model": model, "leaves": what_leaves(model, facts["embedder"], facts["index"])}
    print(_json(facts) if options.json else "\n".join(status_lines(facts)))
    return DONE


def _open_index(options: argparse.Namespace) -> Index:
    from index.index import Index

    from ..settings import settings

    chosen = settings(index=options.index)
    return Index(chosen.index, embedder=chosen.embedder)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
