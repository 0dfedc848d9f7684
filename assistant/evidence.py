"""Find, among the lines that a model was shown, the quotes that hold what one of its sentences says."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .comparison import Comparison, Line
from .facts import Reading, read
from .force import denied_by
from .support import contradiction, held, objection, otherwise

__all__ = ["find"]

# How many lines are looked at closely; alone, with their neighbours, and as the first of several.
SHORTLIST, ALONE, WITH_NEIGHBOURS, STARTS = 16, 8, 4, 4
# The most lines that one claim may need, and what a further one must add.
MOST_LINES, WORTHWHILE = 4, 0.08
# Lines that are looked at for a contradiction.
RIVALS = 3
# The least of the words that are no names that such a line must have.
MOSTLY = 0.7
# What share of the claim's wording a line must have to say almost all of it.
ALMOST_ALL, MOST = 0.9, 0.8
# So many further quotes are looked at for one that holds a claim by itself.
TRIED = 24
# The most lines of one quote.
LONGEST = 3
NEIGHBOURS = ((-1, 0), (0, 1), (-2, 0), (-1, 1))

Quote = tuple[Line, ...]


def find(claim: str, lines: Sequence[Line]) -> tuple[tuple[Quote, ...], str | None]:
    """The quotes (neighbouring lines each) that hold the claim, as few as possible; or none, and why not.

    Those that hold it by themselves come before those that need what else of their articles was shown.
    """
    near = _nearest(claim, lines)
    denied = _denied_outright(claim, near)
    if denied:
        return (), denied
    nearest, why = 0.0, "nothing in the passages is about it"
    helped: tuple[Quote, ...] = ()
    tried = 0
    for quotes in _candidates(claim, near, {(line.block, line.place): line for line in lines}):
        comparison = Comparison(claim, quotes)
        has = held(comparison)
        reason = objection(comparison) or _contradicted(comparison, [n for n in near if n not in comparison.lines])
        if reason is None and objection(Comparison(claim, [_alone(quote) for quote in quotes])) is None:
            return quotes, None
        if reason is None:
            helped = helped or quotes
        elif has > nearest + 0.01:
            nearest, why = has, reason
        tried += bool(helped)
        if tried > TRIED:
            break
    return (helped, None) if helped else ((), why)


def _alone(quote: Quote) -> list[Line]:
    """The lines of a quote as if nothing else of the article had been shown."""
    text = " ".join(line.text for line in quote)
    return [replace(line, context=text) for line in quote]


def _denied_outright(claim: str, near: Sequence[Line]) -> str | None:
    """What a line that says almost all of the claim says otherwise, unless another one says it as it is."""
    alone = [c for line in near[:ALONE] if (c := Comparison(claim, [[line]])).covered_share >= MOST]
    if not alone or not all(map(objection, alone)):
        return None
    for c in alone[:RIVALS]:
        reason = otherwise(c) if c.covered_share >= ALMOST_ALL else contradiction(c)
        if reason:
            return reason
    return None


def _contradicted(c: Comparison, others: Sequence[Line]) -> str | None:
    """What a line that has as much of the claim, or of its words that are no names, as its quotes says against it."""
    has, told = held(c), c.share(c.covered, c.plain)
    rivals = [Comparison(c.said.text, [[line]]) for line in others]
    close = [
        rival
        for n, rival in enumerate(rivals)
        if (n < RIVALS and held(rival) >= has) or rival.share(rival.covered, c.plain) >= max(told - 0.02, MOSTLY)
    ]
    denials = (denied_by(c, line) for line in others)
    return next(filter(None, (*map(contradiction, close), *denials)), None)


def _nearest(claim: str, lines: Sequence[Line]) -> list[Line]:
    """The lines that have most of the claim: first by common words, of which rare ones count more, then by meaning."""
    wanted = _keys(read(claim))
    keys = [_keys(read(line.text)) for line in lines]
    frequency = Counter(itertools.chain.from_iterable(keys))
    scores = [
        sum(math.log(1 + len(lines) / frequency[key]) for key in wanted & found) / (1 + 0.15 * math.log1p(len(found)))
        for found in keys
    ]
    order = sorted(range(len(lines)), key=lambda i: -scores[i])[:SHORTLIST]
    return sorted(
        (lines[i] for i in order if scores[i] > 0), key=lambda line: -Comparison(claim, [[line]]).covered_share
    )


def _keys(said: Reading) -> set[str]:
    """What two texts can have in common, whatever its form."""
    dates = {f"{date.year}-{date.month}-{date.day}" for date in said.dates}
    return {word.stem for word in said.words if word.content} | {str(float(n.value)) for n in said.numbers} | dates


def _candidates(claim: str, near: Sequence[Line], lines: dict[tuple[int, int], Line]) -> Iterator[tuple[Quote, ...]]:
    """Sets of quotes to try: single lines, lines with their neighbours, then lines that complete each other."""
    yield from (((line,),) for line in near[:ALONE])
    longer = dict.fromkeys(quote for line in near[:WITH_NEIGHBOURS] for quote in _with_neighbours(line, lines))
    yield from ((quote,) for quote in longer)
    seen: set[frozenset[Line]] = set()
    for start in [*((line,) for line in near[:STARTS]), *longer]:
        for grown in _growing(claim, start, near):
            quotes = _quotes(grown, lines)
            if frozenset(grown) not in seen and all(len(quote) <= LONGEST for quote in quotes):
                seen.add(frozenset(grown))
                yield quotes


def _with_neighbours(line: Line, lines: dict[tuple[int, int], Line]) -> Iterator[Quote]:
    for first, last in NEIGHBOURS:
        places = [(line.block, line.place + step) for step in range(first, last + 1)]
        if all(place in lines for place in places):
            yield tuple(lines[place] for place in places)


def _growing(claim: str, start: Quote, near: Sequence[Line]) -> Iterator[Quote]:
    """The lines, with one more each time: the one that adds most of what is still missing."""
    chosen = start
    while len(chosen) < MOST_LINES:
        has = held(Comparison(claim, [chosen]))
        gains = {line: held(Comparison(claim, [[*chosen, line]])) - has for line in near if line not in chosen}
        best = max(gains, key=lambda line: gains[line], default=None)
        if best is None or gains[best] < WORTHWHILE:
            return
        chosen = (*chosen, best)
        yield chosen


def _quotes(chosen: Quote, lines: dict[tuple[int, int], Line]) -> tuple[Quote, ...]:
    """The lines as quotes: those that follow each other, or have one line between them, as one."""
    quotes: list[list[Line]] = []
    for line in sorted(chosen, key=lambda line: (line.block, line.place)):
        last = quotes[-1][-1] if quotes else None
        if last and last.block == line.block and line.place - last.place <= 2:
            between = lines.get((line.block, line.place - 1))
            quotes[-1] += [line] if line.place - last.place == 1 or between is None else [between, line]
        else:
            quotes.append([line])
    return tuple(tuple(quote) for quote in quotes)
