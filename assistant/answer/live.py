"""An answer on a terminal while it is being made, its marks and key words highlighted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import regex
from rich.console import Console
from rich.live import Live
from rich.text import Text

from .answer import Answer
from .events import Event, Lifted, Restated, Settled, TakenBack, Words
from .text import CLOSE, OPEN, note_lines, printable, restated_lines, sentence_lines

__all__ = ["show_live", "terminal"]

CITATION_MARK = regex.compile(r"\[\d+\]")
# Lines in grey: the place of a quote, a note, the model.
DIM_LINE = regex.compile(r"^\s+.*, characters \d|^\(|^Written by ")
# A line that does not continue the one before: a source, or an empty line.
BLOCK_START = regex.compile(r"\[\d+\]|\s*$")
ANSWER_EDGE = regex.compile(f"([{OPEN}{CLOSE}])")


def terminal() -> Console:
    """The terminal, with nothing in a text taken for markup. NO_COLOR is heeded."""
    return Console(highlight=False, markup=False, emoji=False)


def show_live(events: Iterator[Event], console: Console, *, verbose: bool = False) -> Answer:
    """Print an answer sentence by sentence: words as they come, then marks, sources at the end.

    A sentence that is taken back stays visible, struck out, with the reason.
    verbose: see `note_lines`.
    """
    with Live(console=console, refresh_per_second=12, transient=True) as live:
        for event in events:
            match event:
                case Restated(question):
                    _print(console, restated_lines(question))
                case Words(text):
                    live.update(Text(printable(text), style="dim"))
                case Settled(sentence, citations):
                    live.update("")
                    _print(console, sentence_lines(sentence, citations))
                case TakenBack(text, reason):
                    live.update("")
                    line = Text(printable(" ".join(text.split())), style="dim strike")
                    console.print(line, Text(f"(taken back: {printable(reason)})", style="dim"))
                case Lifted(sentence):
                    live.update("")
                    console.print(Text("On a second look:", style="dim"))
                    _print(console, sentence_lines(sentence))
                case Answer():
                    answer = event
    if not answer.sentences:
        console.print(answer.text)
    _print(console, note_lines(answer, verbose=verbose))
    return answer


def _print(console: Console, lines: Iterable[str]) -> None:
    """Print lines that are wrapped already."""
    dim = bold = False
    for line in lines:
        # A note, and the path of a file, may go on over several lines.
        if DIM_LINE.match(line):
            dim = True
        elif BLOCK_START.match(line):
            dim = False
        text = Text(style="dim" if dim else "")
        for piece in ANSWER_EDGE.split(line):
            if piece in (OPEN, CLOSE):
                bold = piece == OPEN
            else:
                text.append(piece, "bold" if bold else "")
        text.highlight_regex(CITATION_MARK.pattern, "bold cyan")
        console.print(text, soft_wrap=True)
