"""What can be compared exactly between two texts: numbers, dates and names, in whatever form."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Sequence
from dataclasses import dataclass

from .dates import Date, read_dates, relative_dates
from .located import Located
from .names import Name, join_names, read_names
from .numbers import Number, read_clock_times, read_numbers, share_scales

__all__ = ["Facts", "may_mean_date", "read_facts", "reword_like"]


@dataclass(frozen=True)
class Facts:
    """The numbers of a text, times of day last, and its dates, in order."""

    text: str
    numbers: tuple[Number, ...]
    dates: tuple[Date, ...]

    @functools.cached_property
    def names(self) -> tuple[Name, ...]:
        """Words written as names, without weekdays and months."""
        return tuple(name for name in read_names(self.text) if not name.overlaps(self.dates))

    @functools.cached_property
    def whole_names(self) -> tuple[Name, ...]:
        """Names of one or more words: "Ada Lund", "Bank of England"."""
        return join_names(self.text, self.names)


@functools.lru_cache(maxsize=4096)
def read_facts(text: str) -> Facts:
    """The numbers, dates and names of a text."""
    dates, times = read_dates(text), tuple(read_clock_times(text))
    taken = (*dates, *times)
    numbers = [number for number in read_numbers(text) if not number.overlaps(taken)]
    return Facts(text, (*share_scales(text, numbers), *times), dates)


def may_mean_date(text: str, date: Date, published: datetime.date | None) -> bool:
    """Whether a text can mean the date: in any form, in part, by weekday, or as "yesterday".

    published: the day of the text. A part that the text leaves out, the year above all, may be
    whatever is near that day.
    """
    facts = read_facts(text)
    counts = {number.value for number in facts.numbers if not number.unit}
    if date.known.keys() == {"year"} and date.year in counts:
        return True
    relative = relative_dates(text, published) if published else ()
    return any(date.may_be(other, published) for other in (*facts.dates, *relative))


def reword_like(text: str, other: str, published: datetime.date | None) -> str:
    """The text with the numbers and dates that it shares with another, written as they are there.

    published: the day of the other text.
    """
    facts, others = read_facts(text), read_facts(other)
    numbers = {(number.value, number.unit): number for number in reversed(others.numbers)}
    shared: list[tuple[Located, Located | None]] = [
        (number, numbers.get((number.value, number.unit))) for number in facts.numbers
    ]
    shared += [(date, _same_date(date, others.dates, published)) for date in facts.dates]
    for mine, theirs in sorted(shared, key=lambda pair: -pair[0].start):
        if theirs:
            blank = " " if text[mine.start].isspace() else ""
            written = blank + other[theirs.start : theirs.end].strip()
            text = text[: mine.start] + written + text[mine.end :]
    return text


def _same_date(date: Date, others: Sequence[Date], published: datetime.date | None) -> Date | None:
    """The first date that may be this one and gives no part that this one does not."""
    for other in others:
        is_as_vague = other.known.keys() - {"weekday"} <= date.known.keys()
        if is_as_vague and date.may_be(other, published):
            return other
    return None
