"""Times that a question names by an event: "before the Alaska summit", "since the flood".

The day of the event is that of the first article with all words of its name.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import regex

from index.index import Index
from index.text.terms import content_terms

from .patterns import one_of
from .times import OPEN, Time

__all__ = ["find_occasions"]

EVENT = one_of(
    *("accident", "attacks?", "bombings?", "championship", "conference", "coup", "crash", "crisis"),
    *("cup", "disaster", "earthquake", "elections?", "explosion", "final", "fire", "flood"),
    *("floods", "games", "hearing", "hurricane", "invasion", "launch", "match", "meeting"),
    *("merger", "olympics", "outbreak", "pandemic", "protests?", "referendum", "riots?"),
    *("scandal", "shooting", "storm", "strikes?", "summit", "talks", "takeover", "tournament"),
    *("treaty", "trial", "verdict", "vote", "war", "wedding"),
)
BACKWARD = one_of("[Bb]efore", "[Uu]ntil", "[Aa]head of")
FORWARD = one_of("[Aa]fter", "[Ss]ince", "[Ff]ollowing")
# A name has a capital letter or a year: "before the strike" is part of what is asked.
EVENT_NAME_WORD = r"(?:\d{4}|\p{Lu}[\p{L}'’.-]*)"
OCCASION = regex.compile(
    rf"\b(?:(?P<backward>{BACKWARD})|{FORWARD})\s+"
    rf"(?P<event>the\s+(?:{EVENT_NAME_WORD}\s+){{1,4}}{EVENT})\b"
)


def find_occasions(question: str, index: Index, today: datetime.date) -> Iterator[Time]:
    """The times before or after events of which the articles up to today give the day.

    The reports of that day belong to both, the time before and the time after.
    """
    for match in OCCASION.finditer(question):
        day = index.words.first_day_of(content_terms(match["event"]))
        if day is None or day > today:
            continue
        since, until = (OPEN.first, day) if match["backward"] else (day, OPEN.last)
        yield Time(match.group(), match.start(), match.end(), since, until, stretch=True)
