"""Which articles a question is asked of, and what an answer has to say about that."""

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
from ..query.question import Understood, is_met
from .search import Found, Scope

__all__ = ["left_out_notices", "make_scope", "scope_notices", "unknown_names", "unmet_wishes"]

# Names in the index that are given for one that it lacks.
MAX_NEAREST_NAMES = 3
# How like a misspelt name is to the one that was meant, 0 to 1 (difflib).
MIN_NAME_LIKENESS = 0.6


def make_scope(within: Filter | None, as_of: str | datetime.date | None, infer: bool) -> Scope:
    """The scope with these limits; raises QuestionError for a date that cannot be read."""
    within = within or Filter()
    for date in filter(None, (within.since, within.until)):
        if whole_or_part(date) != date:
            raise QuestionError(f"the filter has the date {date!r}: write it like 2025-03-31")
    return Scope(within=within, as_of=_to_day(as_of), infer=infer)


def _to_day(as_of: str | datetime.date | None) -> datetime.date | None:
    if not isinstance(as_of, str):
        return as_of
    try:
        return datetime.date.fromisoformat(iso_date(as_of) or "")
    except ValueError:
        raise QuestionError(
            f"the day to ask as of is {as_of!r}: write it like 2025-03-31"
        ) from None


def unknown_names(within: Filter, index: Index) -> Iterator[str]:
    """A notice for each name or id in a filter that no article has, with the nearest names.

    "no outlet here is called “Ledgr”; the nearest: The Ledger"
    """
    yield from _unknown(within.sources, "outlet", "source", index)
    yield from _unknown(within.authors, "author", "author", index)
    for id in within.articles:
        if not index.words.has_within(Filter(articles=(id,))):
            yield f"no article here has the id “{id}”"


def _unknown(
    wanted: Sequence[str], kind: str, field: Literal["source", "author"], index: Index
) -> Iterator[str]:
    names = index.words.names(field)
    for name in wanted:
        if not matching([name], names):
            yield f"no {kind} here is called “{name}”{_nearest_names(name, names)}"


def _nearest_names(name: str, names: tuple[str, ...]) -> str:
    """The nearest names, or how many there are and the first, as the end of a notice."""
    by_key = by_short_name(names)
    keys = get_close_matches(name_key(name), by_key, n=MAX_NEAREST_NAMES, cutoff=MIN_NAME_LIKENESS)
    near = sorted(set().union(*map(by_key.__getitem__, keys)))
    if near:
        return f"; the nearest: {', '.join(near)}"
    some = ", ".join(names[:MAX_NEAREST_NAMES])
    return f"; there are {len(names)}, such as {some}" if names else ""


def unmet_wishes(understood: Understood, cited: Sequence[Article]) -> list[Wish]:
    """The outlets, authors and times that the question asks for and none of the cited articles has.

    Of several of one kind in one part ("last week or this week"), each has to be met.
    """
    firm = understood.whole.firm
    return [wish for wish in firm if not any(is_met(wish, article) for article in cited)]


def scope_notices(found: Found, cited: Sequence[Article], index: Index) -> Iterator[str]:
    """The notices for an answer on which articles it was made from.

    In order: names in the filter that no article has, typing mistakes, what was inferred from the
    question and what of it the cited articles are not, and what `as_of` left out or cannot undo.
    """
    trace, wishes = found.trace, found.understood.whole.wishes
    yield from unknown_names(trace.within, index)
    yield from map(str, found.understood.respelled)
    meant = [str(wish) for wish in wishes if wish.within and wish.kind != "article"]
    if meant:
        yield f"inferred from the question: {'; '.join(meant)}"
    for wish in unmet_wishes(found.understood, cited) if cited else ():
        if wish.within:
            yield f"no answer was found from “{wish.text}”: the quotes are from elsewhere"
        else:
            yield f"no article here is from “{wish.text}”: the quotes are from others"
    yield from left_out_notices(trace)
    if trace.as_of:
        yield from _update_notices(trace.as_of, cited)


def _update_notices(as_of: str, cited: Sequence[Article]) -> Iterator[str]:
    """A notice for each article that was updated since then, and may have differed on that day."""
    articles = {article.id: article for article in cited}
    for article in articles.values():
        day = (article.updated or "")[:10]
        if day > as_of:
            title = f"“{article.title}”"
            yield f"{title} was updated on {day}, after {as_of}: it may have differed before"


def left_out_notices(trace: Trace) -> Iterator[str]:
    """How many articles do not exist yet on the day of the question, or may not."""
    if trace.later or trace.undated:
        yield (
            f"as of {trace.as_of}: left out {counted(trace.later, 'article')} published later"
            f" and {trace.undated} without a date"
        )
