"""What a question says about the articles it means: whose, of what time, of the present state; and its parts."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import regex

from index.articles import Article, Filter
from index.text.terms import terms

from ..answer.trace import Wish
from .mentions import Mention, mentions
from .occasions import occasions
from .parts import ASKING, asks_for_order
from .parts import parts as parts_of
from .spelling import Respelled, respell
from .times import Time, times

if TYPE_CHECKING:
    from index.index import Index

__all__ = ["Part", "Understood", "times_of_reports", "understand"]

RECALLED = "the articles of the answer before"
# What asks for the state of things now, and what asks for an earlier one.
PRESENT = regex.compile(
    r"\b(?:now|nowadays|currently|at present|latest|newest|most recent|so far|to date|up to now|still|these days)\b",
    regex.I,
)
PAST = regex.compile(
    r"\b(?:original(?:ly)?|initial(?:ly)?|at first|at the (?:time|start|beginning|outset)|first|earliest|used to|"
    r"back then|previous(?:ly)?|former(?:ly)?|earlier|ago|before|until then|last (?:year|month))\b",
    regex.I,
)
# What compares what outlets say; and all the words that only do that, and tell nothing of what they report.
VERB = (
    r"\b(?:(?:agree|disagree|differ|diverge|contradict)s?"
    r"|(?:report|say|give|claim|name)s?\s+(?:the\s+same|different))\b"
)
COMPARES = regex.compile(rf"{VERB}|^\W*compare\b|\bcompare\W*$|\b(?:versus|vs)\b\.?", regex.I)
ONLY_COMPARES = regex.compile(
    rf"^\W*(?:do|does|did)\b(?=.*{VERB})|{VERB}(?:\s+(?:with|from|on|about|over|in)\b)?|{COMPARES.pattern}"
    r"|\b(?:the\s+)?(?:figures|accounts|reports|versions|coverage)\s+(?:of|by|from|in)\b|\beach\s+other\b",
    regex.I,
)
# What stands between an outlet and the time of its report: "did the Post say in May".
SAID_THEN = regex.compile(
    r"\s+(?:say|write|report)\s+(?:(?:on|in|before|after|since|between)\s+)?(?:the\s+)?"
)
OPENS = regex.compile(r"\W*(?:according\s+to|in|as|per)\b", regex.I)
LEAST_PARTS, MOST_SIDES = 2, 4
NAME = regex.compile(r"(?<!^)(?<![.?!]\s)\b\p{Lu}[\p{L}\p{M}'’-]+(?:\s+\p{Lu}[\p{L}\p{M}'’-]+)*")
# Older than this is past; a report of what happened in a stretch no longer than this is of that stretch.
# A date without a year may be one of so many.
YEARS = 12
LONG_AGO, SHORT = datetime.timedelta(days=31), datetime.timedelta(days=370)


@dataclass(frozen=True)
class Part:
    """A piece of a question that asks about one thing, and the articles that it means.

    about: its text without the words that only say whose report is meant.
    """

    text: str
    about: str
    wishes: tuple[Wish, ...] = ()

    def means(self, article: Article) -> bool:
        """Whether the article is one whose words are asked for: for each kind of wish, of one of them."""
        firm = [wish for wish in self.wishes if wish.firm]
        return all(
            any(wish.kind == kind and wish.within and wish.within.takes(article) for wish in firm)
            for kind in {wish.kind for wish in firm}
        )


@dataclass(frozen=True)
class Understood:
    """A question with its parts, if it has several.

    order: whether it asks which of its parts was first. sides: whether its parts are outlets, of which it compares what
    they say. present, past: whether it asks for the state of things now, or for an earlier one. respelled: words of it
    that were taken for typing mistakes.
    """

    whole: Part
    parts: tuple[Part, ...] = ()
    order: bool = False
    sides: bool = False
    present: bool = False
    past: bool = False
    respelled: tuple[Respelled, ...] = ()

    @property
    def questions(self) -> list[tuple[Part, str]]:
        """What is to be answered one by one, and as a question of its own: the parts, or the whole if it has none."""
        return [(part, self._self_contained(part.about)) for part in self.parts] or [
            (self.whole, self.whole.about)
        ]

    def _self_contained(self, text: str) -> str:
        """The part with the names of the whole question, which "it" and "they" stand for."""
        names = [name for name in dict.fromkeys(NAME.findall(self.whole.about)) if name not in text]
        return f"{text} ({', '.join(names)})" if names else text


def understand(
    question: str,
    index: Index,
    today: datetime.date,
    *,
    infer: bool = True,
    parts: Sequence[str] = (),
    recalled: Sequence[str] = (),
) -> Understood:
    """Read the question by rule; its parts too if none are given. With `infer` off it means all articles.

    recalled: articles that it means too, because it goes on from a question that was answered from them.
    """
    if not infer:
        return Understood(Part(question, question), tuple(Part(text, text) for text in parts))
    question, respelled = respell(question, index)
    parts = [respell(part, index)[0] for part in parts]
    understood = replace(_understood(question, index, today, parts), respelled=respelled)
    if not recalled:
        return understood
    wish = Wish("article", RECALLED, Filter(articles=tuple(recalled)), False)
    return replace(
        understood, whole=replace(understood.whole, wishes=(*understood.whole.wishes, wish))
    )


def times_of_reports(text: str, index: Index, today: datetime.date) -> list[Wish]:
    """The times that a text names, as those when the reports that it means were published."""
    found = (_with_reports(time, index) for time in times(text, today))
    return [Wish("time", time.text, _filter(time), True) for time in found]


def _understood(
    question: str, index: Index, today: datetime.date, parts: Sequence[str]
) -> Understood:
    named = mentions(question, index.words.names("source"), index.words.names("author"))
    order = not parts and asks_for_order(question)
    dated = [
        _with_reports(_of_reports(time, question, named), index) for time in times(question, today)
    ]
    dated += [] if order else occasions(question, index, today)
    whole = _part(question, 0, len(question), named, dated)
    given = [_understood(text, index, today, ()).whole for text in parts]
    found = _all_of_one(given or list(_parts(question, named, dated)))
    sides = _sides(question, named, dated) if len(found) < LEAST_PARTS else []
    if sides:
        wishes = tuple(dict.fromkeys(wish for side in sides for wish in side.wishes))
        whole, found = Part(question, sides[0].about, wishes), sides
    if order:
        found = [replace(part, about=f"when {part.about}") for part in found]
    past = PAST.search(question) is not None or any(_is_past(time, today) for time in dated)
    present = PRESENT.search(question) is not None and not past
    several = tuple(found) if len(found) >= LEAST_PARTS else ()
    return Understood(whole, several, order=order, sides=bool(sides), present=present, past=past)


def _parts(question: str, named: list[Mention], dated: list[Time]) -> Iterator[Part]:
    end = 0
    for text in parts_of(question):
        start = question.index(text, end)
        end = start + len(text)
        yield _part(question, start, end, named, dated)


def _all_of_one(parts: list[Part]) -> list[Part]:
    """The parts; where the first opens with whose words are wanted, and no other names any, all want theirs."""
    named = [[wish for wish in part.wishes if wish.kind != "time"] for part in parts]
    firm = [wish for wish in named[0] if wish.firm] if named else []
    if not firm or any(named[1:]) or not OPENS.match(parts[0].text):
        return parts
    return [parts[0], *(replace(part, wishes=(*firm, *part.wishes)) for part in parts[1:])]


def _sides(question: str, named: list[Mention], dated: list[Time]) -> list[Part]:
    """A part for each outlet of a question that compares what they say; none of other questions."""
    outlets = {mention.sources: mention for mention in named if mention.sources}
    if not LEAST_PARTS <= len(outlets) <= MOST_SIDES or not COMPARES.search(question):
        return []
    names = [
        mention.around if mention.attributed else (mention.start, mention.end) for mention in named
    ]
    about = " ".join(ONLY_COMPARES.sub(" ", _without(question, 0, len(question), names)).split())
    # What is left before the question word only joined the outlets.
    asks = regex.search(rf"\b{ASKING}\b.*", about, regex.I)
    about = asks.group() if asks else about
    if not terms(about):
        return []
    wishes = [wish for wish in _wishes(0, len(question), named, dated) if wish.kind == "time"]
    return [
        Part(
            f"{name.text}: {about}",
            about,
            (Wish("outlet", name.text, Filter(sources=sources), True), *wishes),
        )
        for sources, name in outlets.items()
    ]


def _part(question: str, start: int, end: int, named: list[Mention], dated: list[Time]) -> Part:
    text = question[start:end]
    about = " ".join(
        _without(question, start, end, [name.around for name in named if name.attributed]).split()
    )
    wishes = tuple(dict.fromkeys(_wishes(start, end, named, dated)))
    return Part(text, about if terms(about) else text, wishes)


def _without(question: str, start: int, end: int, stretches: list[tuple[int, int]]) -> str:
    """The question from start to end without the stretches in it; of two that overlap only the first is cut out."""
    kept, done = "", start
    for first, last in sorted(stretches):
        if done <= first and last <= end:
            kept, done = kept + question[done:first], last
    return kept + question[done:end]


def _wishes(start: int, end: int, named: list[Mention], dated: list[Time]) -> Iterator[Wish]:
    for name in named:
        if start <= name.start < end:
            kind: Literal["outlet", "author"] = "author" if name.authors else "outlet"
            yield Wish(
                kind, name.text, Filter(sources=name.sources, authors=name.authors), name.attributed
            )
    for time in dated:
        if start <= time.start < end and (time.published or time.stretch):
            yield Wish("time", time.text, _filter(time), time.published or _is_short(time))


def _of_reports(time: Time, question: str, named: list[Mention]) -> Time:
    """The time, as one of reports where it is said to be when an outlet told something."""
    told = any(
        name.attributed and SAID_THEN.fullmatch(question, name.end, time.start) for name in named
    )
    return replace(time, published=True) if told else time


def _with_reports(time: Time, index: Index) -> Time:
    """The time; if no year is said and the index has nothing of the last one, of the latest year of which it has."""
    if not time.yearless:
        return time
    possible = (time.earlier(years) for years in range(YEARS))
    return next((each for each in possible if index.words.has_within(_filter(each))), time)


def _filter(time: Time) -> Filter:
    return Filter(since=_iso(time.since), until=_iso(time.until))


def _is_short(time: Time) -> bool:
    """Whether a report of what is asked for has to be of that time: not "what did it cost before May?"."""
    return time.since is not None and time.until is not None and time.until - time.since <= SHORT


def _is_past(time: Time, today: datetime.date) -> bool:
    return time.until is not None and time.until < today - LONG_AGO


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None
