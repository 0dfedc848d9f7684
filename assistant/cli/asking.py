"""The commands that ask an index: `ask`, `chat` and `search`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import IndexMissingError
from index.storage.place import is_address

from ..answer.text import answer_lines, passage_lines, trace_lines
from ..errors import ExitStatus, LogError
from ..settings import settings
from .indexing import index_path
from .options import (
    SWITCH,
    Commands,
    add_command,
    add_json_option,
    add_model_options,
    add_scope_options,
    parse_scope,
    small_count,
    text,
)
from .output import print_json, print_notice

if TYPE_CHECKING:
    from ..assistant import Assistant
    from ..history.log import Log

__all__ = ["add_commands"]


def add_commands(commands: Commands) -> None:
    """Add `ask`, `chat` and `search`."""
    ask = add_command(
        commands, "ask", _run_ask, "answer a question from the articles, with citations"
    )
    ask.add_argument("question", metavar="QUESTION", type=text)
    _add_answer_options(ask)
    ask.add_argument(
        "--log", **SWITCH, help="keep this turn in the log (default: ASSISTANT_LOG, else no)"
    )
    add_json_option(ask)

    chat = add_command(
        commands, "chat", _run_chat, "ask questions one after another and look at the evidence"
    )
    _add_answer_options(chat)
    chat.add_argument(
        "-k", type=small_count, default=8, metavar="N", help="passages per answer (default: 8)"
    )
    chat.add_argument("--resume", metavar="NAME", help="continue a session, by name or number")
    chat.add_argument("--log", **SWITCH, help="keep all turns in the log (default: yes)")

    search = add_command(commands, "search", _run_search, "find passages in the articles")
    search.add_argument("query", metavar="QUERY", type=text)
    search.add_argument(
        "-k", type=small_count, default=10, metavar="N", help="number of passages (default: 10)"
    )
    add_scope_options(search)
    search.add_argument(
        "--explain",
        action="store_true",
        help="show what was inferred and how each passage was found",
    )
    add_json_option(search)


def _add_answer_options(command: argparse.ArgumentParser) -> None:
    add_model_options(command)
    add_scope_options(command)
    add = command.add_argument
    add(
        "--show-unsupported",
        action="store_true",
        help="also show, marked, sentences that no quote supports",
    )
    add("--hide-uncertain", action="store_true", help="leave out sentences that are not verified")
    add(
        "--no-second-look",
        action="store_true",
        help="do not ask the model again about sentences that are not verified",
    )


def _run_ask(options: argparse.Namespace) -> int:
    from ..llm.privacy import hint_at_a_key

    hint_at_a_key(options.model)
    with _open_assistant(options, _open_ask_log(options)) as assistant:
        scope = _scope_of(options, assistant)
        if sys.stdout.isatty() and not options.json:
            from ..answer.live import show_live, terminal

            events = assistant.stream(options.question, **scope)
            show_live(events, terminal(), verbose=options.verbose)
            return ExitStatus.DONE
        answer = assistant.ask(options.question, **scope)
    if options.json:
        print_json(answer.to_dict())
    else:
        print("\n".join(answer_lines(answer, verbose=options.verbose)))
    return ExitStatus.DONE


def _run_search(options: argparse.Namespace) -> int:
    from ..assistant import Assistant
    from ..retrieval.scope import left_out_notices, unknown_names

    with Assistant(index=options.index) as assistant:
        scope = _scope_of(options, assistant)
        found = assistant.find(options.query, k=options.k, **scope)
        for notice in (
            *unknown_names(found.trace.within, assistant.index),
            *left_out_notices(found.trace),
        ):
            print_notice(notice)
    if not found.passages:
        print_notice("no passage found")
    if options.json:
        passages = [passage.to_dict() for passage in found.passages]
        trace = found.trace.to_dict()
        print_json({"passages": passages, "trace": trace} if options.explain else passages)
        return ExitStatus.DONE
    blocks = ["\n".join(passage_lines(i, one)) for i, one in enumerate(found.passages, start=1)]
    if options.explain:
        blocks.append("\n".join(trace_lines(found.trace)))
    if blocks:
        print("\n\n".join(blocks))
    return ExitStatus.DONE


def _run_chat(options: argparse.Namespace) -> int:
    from ..answer.live import terminal
    from ..llm.privacy import hint_at_a_key
    from .chat.repl import chat, is_interactive
    from .chat.session import Session

    hint_at_a_key(options.model)
    chosen = settings(index=options.index)
    log = _open_chat_log(chosen.log_file(options.log, default=True))
    try:
        assistant = _open_assistant(options, log or False)
    except IndexMissingError:
        if not (is_interactive() and _offer_to_index(str(chosen.index))):
            raise
        assistant = _open_assistant(options, log or False)
    with assistant:
        session = Session(assistant, log=log, k=options.k, **_scope_of(options, assistant))
        return chat(session, terminal(), resume=options.resume, verbose=options.verbose)


def _open_assistant(options: argparse.Namespace, log: Log | bool) -> Assistant:
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
        notice=print_notice,
    )


def _scope_of(options: argparse.Namespace, assistant: Assistant) -> dict[str, Any]:
    within = parse_scope(options, assistant.index)
    return {"within": within, "as_of": options.as_of, "infer": options.infer}


def _open_ask_log(options: argparse.Namespace) -> Log | bool:
    from ..history.log import Log

    path = settings().log_file(options.log)
    return Log(path, via="ask") if path else False


def _open_chat_log(path: Path | None) -> Log | None:
    """The log; None if it cannot be used, because the chat works without it."""
    from ..history.log import Log

    try:
        return Log(path, via="chat") if path else None
    except LogError as error:
        print_notice(f"{error}; this session will not be kept")
        return None


def _offer_to_index(place: str) -> bool:
    """Ask for articles and index them; False if there is still no index."""
    if is_address(place):
        return False
    print(f"There is no index in {place} yet.")
    try:
        path = input("File or folder of articles to index (Enter to cancel): ").strip()
    except (EOFError, KeyboardInterrupt):
        return False
    return bool(path) and index_path(str(Path(path).expanduser()), place)
