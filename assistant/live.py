"""An answer on a terminal while it is being made: marks, and the words that it shares with the question, stand out."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from rich.console import Console
from rich.live import Live
from rich.text import Text

from index.terms import content_terms, terms

from .answer import Answer
from .events import Event, Lifted, Restated, Settled, TakenBack, Words
from .terminal import note_lines, printable, restated_lines, sentence_lines

__all__ = ["show_live", "terminal"]

WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}.,'’]*")
# A number in brackets; the line that says where a quote stands; a note.
MARK = regex.compile(r"\[\d+\]")
PLACE, NOTE = regex.compile(r"^\s+.*, characters \d"), regex.compile(r"^\(|^Written by ")


def terminal() -> Console:
    """The terminal, with nothing in a text taken for markup. NO_COLOR is heeded."""
    return Console(highlight=False, markup=False, emoji=False)


def show_live(events: Iterator[Event], question: str, console: Console) -> Answer:
    """Print an answer sentence by sentence: words as they come, marks when they are checked, sources at the end.

    A sentence that is taken back stays visible, struck out, with the reason.
    """
    shared = set(content_terms(question))
    with Live(console=console, refresh_per_second=12, transient=True) as live:
        for event in events:
            if isinstance(event, Restated):
                shared.update(content_terms(event.question))
                _print(console, restated_lines(event.question), shared)
            elif isinstance(event, Words):
                live.update(Text(printable(event.text), style="dim"))
            elif isinstance(event, Settled):
                live.update("")
                _print(console, sentence_lines(event.sentence), shared)
            elif isinstance(event, TakenBack):
                live.update("")
                line = Text(printable(" ".join(event.text.split())), style="dim strike")
                console.print(line, Text(f"(taken back: {printable(event.reason)})", style="dim"))
            elif isinstance(event, Lifted):
                live.update("")
                console.print(Text("On a second look:", style="dim"))
                _print(console, sentence_lines(event.sentence), shared)
            else:
                answer = event
    if not answer.sentences:
        console.print(answer.text)
    _print(console, note_lines(answer), shared)
    return answer


def _print(console: Console, lines: Iterator[str] | list[str], shared: set[str]) -> None:
    """Print lines that are wrapped already."""
    dim = False
    for line in lines:
        # A note, and the path of a file, may go on over several lines.
        dim = bool(PLACE.match(line) or NOTE.match(line)) or (dim and line.strip() != "" and not MARK.match(line))
        text = Text(line, style="dim" if dim else "")
        text.highlight_regex(MARK.pattern, "bold cyan")
        for word in WORD.finditer(line):
            if not dim and shared.intersection(terms(word.group())):
                text.stylize("bold", *word.span())
        console.print(text, soft_wrap=True)
