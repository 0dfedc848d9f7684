"""The command `assistant`: it parses the arguments, runs one command and reports errors.

Exit status: see `assistant.errors.ExitStatus`. An error is one line on standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from index.errors import AssistantError

from .. import __version__
from ..errors import ExitStatus
from . import asking, evaluation_options, indexing, inspecting, log
from .output import print_notice
from .verbose import log_to_stderr

__all__ = ["main", "make_parser"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    _prepare_streams()
    debug = bool(os.environ.get("ASSISTANT_DEBUG"))
    if not debug:
        # Warnings of libraries are meant for programmers.
        warnings.simplefilter("ignore")
    try:
        return _run(arguments)
    except AssistantError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print_notice("stopped; finished work is kept: run the same command again to continue")
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has stopped reading.
        _discard_output()
        return ExitStatus.DONE
    except OSError as error:
        reason = error.strerror or error
        if error.filename:
            return _fail(f"cannot read or write {error.filename} ({reason})")
        _discard_output()
        return _fail(f"cannot write to standard output ({reason})")
    except Exception as error:
        if debug:
            raise
        return _fail(
            f"unexpected {type(error).__name__} ({error}): "
            "please report this, with the traceback that ASSISTANT_DEBUG=1 shows"
        )


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; the parsed options have `run`, which returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="assistant",
        description="Answer questions from a set of articles, and prove every answer with quotes.",
        epilog="`assistant COMMAND --help` lists the options of a command.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (indexing, asking, inspecting, log, evaluation_options):
        group.add_commands(commands)
    return parser


def _prepare_streams() -> None:
    # A stream that was closed before the start is None: nobody will read it.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]


def _run(arguments: Sequence[str] | None) -> int:
    try:
        options = make_parser().parse_args(arguments)
    finally:
        # Help and version end here: nothing else would notice a full disk.
        sys.stdout.flush()
    with log_to_stderr(options.verbose):
        status: int = options.run(options)
    sys.stdout.flush()
    return status


def _discard_output() -> None:
    """Send unwritten output nowhere, or Python complains about it again at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str) -> int:
    print_notice(" ".join(message.split()))
    return ExitStatus.FAILED
