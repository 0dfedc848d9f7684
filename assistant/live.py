"""An answer on a terminal while it is being made."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.live import Live
from rich.text import Text

from .answer import Answer
from .events import Event, Settled, TakenBack, Words
from .terminal import note_lines, printable, sentence_lines

__all__ = ["show_live"]


def show_live(events: Iterator[Event]) -> Answer:
    """Print an answer sentence by sentence: words as they come, marks when they are checked, sources at the end.

    A sentence that is taken back stays visible, struck out, with the reason.
    """
    console = Console(highlight=False, markup=False)
    with Live(console=console, refresh_per_second=12, transient=True) as live:
        for event in events:
            if isinstance(event, Words):
                live.update(Text(printable(event.text), style="dim"))
            elif isinstance(event, Settled):
                live.update("")
                live.console.print("\n".join(sentence_lines(event.sentence)), soft_wrap=True)
            elif isinstance(event, TakenBack):
                live.update("")
                line = Text(printable(" ".join(event.text.split())), style="dim strike")
                live.console.print(line, Text(f"(taken back: {printable(event.reason)})", style="dim"))
            else:
                answer = event
    if not answer.sentences:
        print(answer.text)
    print("\n".join(note_lines(answer)))
    return answer
