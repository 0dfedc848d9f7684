"""What can be compared exactly between two texts: numbers, dates and names, in whatever form."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass

from .dates import Date, read_dates, relative_dates
from .located import drop_overlapping
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
        return drop_overlapping(read_names(self.text), self.dates)

    @functools.cached_property
    def whole_names(self) -> tuple[Name, ...]:
        """Names of one or more words: "Ada Lund", "Bank of England"."""
        return join_names(self.text, self.names)

    @functools.cached_property
    def quantities(self) -> dict[tuple[float, str], Number]:
        """The first number of each value and unit."""
        return {(number.value, number.unit): number for number in reversed(self.numbers)}


@functools.lru_cache(maxsize=4096)
def read_facts(text: str) -> Facts:
    """The numbers, dates and names of a text."""
    dates, times = read_dates(text), tuple(read_clock_times(text))
    numbers = drop_overlapping(read_numbers(text), (*dates, *times))
    return Facts(text, (*share_scales(text, numbers), *times), dates)


def may_mean_date(text: str, date: Date, published: datetime.date | None) -> bool:
    """Whether a text can mean the date: in any form, in part, by weekday, or as "yesterday".

    published: the day of the text. A part that the text leaves out, the year above all, may be
    whatever is near that day.
    """
    facts = read_facts(text)
    if date.known == {"year": date.year} and (date.year, "") in facts.quantities:
        return True
    relative = relative_dates(text, published) if published else ()
    return any(date.may_be(other, published) for other in (*facts.dates, *relative))


def reword_like(text: str, other: str, published: datetime.date | None) -> str:
    """The text with the numbers and dates that it shares with another, written as they are there.

    published: the day of the other text.
    """
    facts, others = read_facts(text), read_facts(other)
    replaceable: list[Number | Date] = [*facts.numbers, *facts.dates]
    for mine in sorted(replaceable, key=lambda one: one.start, reverse=True):
        theirs = _find_same(mine, others, published)
        if theirs:
            blank = " " if text[mine.start].isspace() else ""
            written = blank + other[theirs.start : theirs.end].strip()
            text = text[: mine.start] + written + text[mine.end :]
    return text


def _find_same(
    fact: Number | Date, others: Facts, published: datetime.date | None
) -> Number | Date | None:
    """The first number that is the same, or date that may be and gives no further part."""
    if isinstance(fact, Number):
        return others.quantities.get((fact.value, fact.unit))
    as_vague = (
        other for other in others.dates if other.known.keys() - {"weekday"} <= fact.known.keys()
    )
    return next((other for other in as_vague if fact.may_be(other, published)), None)
