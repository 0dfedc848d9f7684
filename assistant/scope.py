"""Which articles a question is asked of, and what its answer has to say about that."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from index.articles import Article, Filter
from index.dates import iso_date
from index.errors import QuestionError

from .question import Understood, Wish
from .retrieval import Found, Scope

__all__ = ["notices", "scope", "unmet"]


def scope(within: Filter | None, as_of: str | datetime.date | None, infer: bool) -> Scope:
    """A scope of what a caller gives; raises QuestionError for a day that is none."""
    try:
        day = as_of if isinstance(as_of, datetime.date | None) else datetime.date.fromisoformat(iso_date(as_of) or "")
    except ValueError:
        raise QuestionError(f"{as_of!r} is no day to ask as of: write it like 2025-03-31") from None
    return Scope(within=within or Filter(), as_of=day, infer=infer)


def unmet(understood: Understood, cited: Sequence[Article]) -> list[Wish]:
    """Whose words, or of which time, the question wants, and none of the cited articles is.

    Of several wishes of one kind in one part ("last week or this week"), each has to be met by some article.
    """
    return [
        wish
        for wish in understood.whole.wishes
        if wish.firm and not (wish.within and any(wish.within.takes(article) for article in cited))
    ]


def notices(found: Found, cited: Sequence[Article]) -> Iterator[str]:
    """What is to be said of the articles that an answer is made of."""
    trace = found.trace
    meant = [wish for wish in found.understood.whole.wishes if wish.within]
    if meant:
        yield f"taken to be meant: {'; '.join(map(str, meant))}"
    for wish in unmet(found.understood, cited) if cited else ():
        if wish.within:
            yield f"what is meant by “{wish.text}” has no answer that was found: what is quoted is not of it"
        else:
            yield f"no article here is of “{wish.text}”: what is quoted is of others"
    if trace.as_of and (trace.later or trace.undated):
        yield (
            f"as of {trace.as_of}: left out {_count(trace.later, 'article')} published later"
            f" and {trace.undated} without a date"
        )
    for article in {article.id: article for article in cited}.values():
        if trace.as_of and article.updated and article.updated[:10] > trace.as_of:
            day = article.updated[:10]
            yield f"“{article.title}” was updated on {day}, after {trace.as_of}: it may have said otherwise before"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
