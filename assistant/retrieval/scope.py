"""Which articles a question is asked of, and what its answer has to say about that."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Literal

from index.articles import Article, Filter
from index.bylines import by_short_name, matching, name_key
from index.errors import QuestionError
from index.index import Index
from index.loading.dates import iso_date, whole_or_part

from ..answer.text import counted
from ..answer.trace import Trace, Wish
from ..query.question import Understood
from .search import Found, Scope

__all__ = ["left_out", "notices", "scope", "strangers", "unmet"]

# How many of the outlets that there are are named for one that there is not.
NAMED = 3
# From this likeness on, one name may be meant by another.
ALIKE = 0.6


def scope(within: Filter | None, as_of: str | datetime.date | None, infer: bool) -> Scope:
    """A scope of what a caller gives; raises QuestionError for a day that is none."""
    for date in (within.since, within.until) if within else ():
        if date and whole_or_part(date) != date:
            raise QuestionError(f"{date!r} is no date of a filter: write it like 2025-03-31")
    try:
        day = (
            as_of
            if isinstance(as_of, datetime.date | None)
            else datetime.date.fromisoformat(iso_date(as_of) or "")
        )
    except ValueError:
        raise QuestionError(f"{as_of!r} is no day to ask as of: write it like 2025-03-31") from None
    return Scope(within=within or Filter(), as_of=day, infer=infer)


def strangers(within: Filter, index: Index) -> Iterator[str]:
    """What a filter asks for by name and the index does not have, with the nearest names that it has."""
    fields: tuple[tuple[Literal["source", "author"], str, tuple[str, ...]], ...] = (
        ("source", "outlet", within.sources),
        ("author", "author", within.authors),
    )
    for field, kind, wanted in fields:
        names = index.words.names(field)
        for name in wanted:
            if not matching([name], names):
                called = by_short_name(names)
                keys = get_close_matches(name_key(name), called, n=NAMED, cutoff=ALIKE)
                near = sorted({other for key in keys for other in called[key]})
                some = f"; there are {len(names)}, as {', '.join(names[:NAMED])}" if names else ""
                yield f"no {kind} here is called “{name}”" + (
                    f"; the nearest: {', '.join(near)}" if near else some
                )
    for id in within.articles:
        if not index.words.has_within(Filter(articles=(id,))):
            yield f"no article here has the id “{id}”"


def unmet(understood: Understood, cited: Sequence[Article]) -> list[Wish]:
    """Whose words, or of which time, the question wants, and none of the cited articles is.

    Of several wishes of one kind in one part ("last week or this week"), each has to be met by some article.
    """
    return [
        wish
        for wish in understood.whole.wishes
        if wish.firm and not (wish.within and any(wish.within.takes(article) for article in cited))
    ]


def notices(found: Found, cited: Sequence[Article], index: Index) -> Iterator[str]:
    """What is to be said of the articles that an answer is made of."""
    trace = found.trace
    yield from strangers(trace.within, index)
    yield from map(str, found.understood.respelled)
    meant = [
        wish for wish in found.understood.whole.wishes if wish.within and wish.kind != "article"
    ]
    if meant:
        yield f"taken to be meant: {'; '.join(map(str, meant))}"
    for wish in unmet(found.understood, cited) if cited else ():
        if wish.within:
            yield f"what is meant by “{wish.text}” has no answer that was found: what is quoted is not of it"
        else:
            yield f"no article here is of “{wish.text}”: what is quoted is of others"
    yield from left_out(trace)
    for article in {article.id: article for article in cited}.values():
        if trace.as_of and article.updated and article.updated[:10] > trace.as_of:
            day = article.updated[:10]
            yield f"“{article.title}” was updated on {day}, after {trace.as_of}: it may have said otherwise before"


def left_out(trace: Trace) -> Iterator[str]:
    """How many articles do not exist yet, or may not."""
    if trace.as_of and (trace.later or trace.undated):
        yield (
            f"as of {trace.as_of}: left out {counted(trace.later, 'article')} published later"
            f" and {trace.undated} without a date"
        )
