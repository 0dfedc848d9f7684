"""Log records on standard error, for `--verbose`.

The two packages only log: their loggers have no level and no handler that prints. What is shown is
decided here, for this process, and a program that imports the packages decides for itself.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator

__all__ = ["log_to_stderr"]

# The clients of providers say at this level that they wait and send a request again.
LEVELS = {
    "assistant": logging.DEBUG,
    "index": logging.DEBUG,
    "openai": logging.INFO,
    "anthropic": logging.INFO,
}


class _StandardError(logging.Handler):
    """Prints each record on one line of standard error, with secrets hidden."""

    def emit(self, record: logging.LogRecord) -> None:
        from ..answer.text import printable
        from ..history.secrets import redacted

        line = " ".join(printable(redacted(record.getMessage())).split())
        with contextlib.suppress(OSError, ValueError):
            print(f"{record.name}: {line}", file=sys.stderr)


@contextlib.contextmanager
def log_to_stderr(verbose: bool) -> Iterator[None]:
    """Print our log records while the block runs, if `verbose`; no library prints its own."""
    root = logging.getLogger()
    # Without any handler at the root, Python prints the warnings of all libraries.
    silent, handler = logging.NullHandler(), _StandardError()
    root.addHandler(silent)
    loggers = [logging.getLogger(name) for name in LEVELS] if verbose else []
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(LEVELS[logger.name])
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
        root.removeHandler(silent)
