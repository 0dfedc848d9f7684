"""Times that a question names by what happened then: "before the Alaska summit", "since the Varrowdale flood".

When it happened is taken from the articles: the day of the first that has all words of the name.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import regex

from index.index import Index
from index.text.terms import content_terms

from .times import Time

__all__ = ["occasions"]

# A name has a capital letter: "before the strike" is part of what is asked.
NAMED = regex.compile(
    r"\b(?P<bound>[Bb]efore|[Aa]fter|[Ss]ince|[Uu]ntil|[Ff]ollowing|[Aa]head\s+of)\s+(?P<event>the\s+"
    r"(?:(?:\d{4}|\p{Lu}[\p{L}'’.-]*)\s+){1,4}"
    r"(?:accident|attacks?|bombings?|championship|conference|coup|crash|crisis|cup|disaster|earthquake|elections?|"
    r"explosion|final|fire|flood|floods|games|hearing|hurricane|invasion|launch|match|meeting|merger|olympics|outbreak|"
    r"pandemic|protests?|referendum|riots?|scandal|shooting|storm|strikes?|summit|talks|takeover|tournament|treaty|trial|"
    r"verdict|vote|war|wedding))\b"
)
BACKWARD = ("before", "until", "ahead")


def occasions(question: str, index: Index, today: datetime.date) -> Iterator[Time]:
    """The times that are named so, of which the articles up to today tell the day.

    The reports of that day belong to both, what was before and what was after.
    """
    for match in NAMED.finditer(question):
        words = content_terms(match["event"])
        day = index.words.first_day_of(words)
        if day and day <= today:
            backward = match["bound"].lower().startswith(BACKWARD)
            since, until = (None, day) if backward else (day, None)
            yield Time(match.group(), match.start(), match.end(), since, until, stretch=True)
