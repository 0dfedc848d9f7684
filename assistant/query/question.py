"""The parts of a question, and the articles that it means: by outlet, author or time."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

import regex

from index.articles import Article, Filter
from index.text.terms import terms

from ..answer.trace import Wish
from .mentions import Mention, find_mentions
from .names import names_in
from .occasions import find_occasions
from .parts import split_parts
from .patterns import QUESTION_WORD, one_of
from .spelling import Respelled, respell
from .times import Time, find_times

if TYPE_CHECKING:
    from index.index import Index

__all__ = ["Part", "Understood", "is_met", "times_of_reports", "understand", "wishes_of"]

RECALLED = "the articles cited in the last answer"
# Words that ask for the present state of things, and for an earlier one.
NOW = one_of(
    *("now", "nowadays", "currently", "at present", "latest", "newest", "most recent", "so far"),
    *("to date", "up to now", "still", "these days"),
)
BEFORE = one_of(
    *("original(?:ly)?", "initial(?:ly)?", "at first", "at the (?:time|start|beginning|outset)"),
    *("first", "earliest", "used to", "back then", "previous(?:ly)?", "former(?:ly)?", "earlier"),
    *("ago", "before", "until then", "last (?:year|month)"),
)
ABOUT_PRESENT, ABOUT_PAST = (
    regex.compile(rf"\b{NOW}\b", regex.I),
    regex.compile(rf"\b{BEFORE}\b", regex.I),
)
# Verbs that compare what outlets say; then all words that only compare, and carry no topic.
COMPARE = one_of(
    "(?:agree|disagree|differ|diverge|contradict)s?",
    "(?:report|say|give|claim|name)s? (?:the same|different)",
)
COMPARISON = rf"\b{COMPARE}\b|^\W*compare\b|\bcompare\W*$|\b(?:versus|vs)\b\.?"
COMPARES = regex.compile(COMPARISON, regex.I)
COMPARISON_ONLY = regex.compile(
    rf"^\W*(?:do|does|did)\b(?=.*\b{COMPARE}\b)"
    rf"|\b{COMPARE}\b(?:\s+(?:with|from|on|about|over|in)\b)?|{COMPARISON}"
    r"|\b(?:the\s+)?(?:figures|accounts|reports|versions|coverage)\s+(?:of|by|from|in)\b"
    r"|\beach\s+other\b",
    regex.I,
)
# Between an outlet and the time of its report: "did the Post say in May".
SAID_IN = regex.compile(
    r"\s+(?:say|write|report)\s+(?:(?:on|in|before|after|since|between)\s+)?(?:the\s+)?"
)
OPENS_ATTRIBUTED = regex.compile(r"\W*(?:according\s+to|in|as|per)\b", regex.I)
FROM_QUESTION_WORD = regex.compile(rf"\b{QUESTION_WORD}\b.*", regex.I)
# Outlets that one question compares.
MAX_SIDES = 4
# A date without a year is of one of the last years.
RECENT_YEARS = 12
# A time that ended longer ago is past.
RECENT_TIME = datetime.timedelta(days=31)


@dataclass(frozen=True)
class Part:
    """A part of a question that asks about one thing, and the articles that it means.

    about: its text without the words that only attribute ("according to the Wire"), by which it is
    searched. question: the same as a question of its own, with the names that "it" stands for.
    """

    text: str
    about: str
    question: str
    wishes: tuple[Wish, ...] = ()

    @staticmethod
    def of(text: str) -> Part:
        """A part that means all articles."""
        return Part(text, text, text)

    @property
    def whose(self) -> list[Wish]:
        """The outlets and authors that it means."""
        return [wish for wish in self.wishes if wish.kind != "time"]

    @property
    def firm(self) -> list[Wish]:
        """The wishes for nothing but the words of an outlet or author, or for a time."""
        return [wish for wish in self.wishes if wish.firm]

    def means(self, article: Article) -> bool:
        """Whether the article meets a firm wish of each kind, such as an outlet and a time."""
        met = {wish.kind for wish in self.firm if is_met(wish, article)}
        return met.issuperset(wish.kind for wish in self.firm)


def wishes_of(parts: Iterable[Part]) -> tuple[Wish, ...]:
    """The wishes of all the parts, each once."""
    return tuple(dict.fromkeys(chain.from_iterable(part.wishes for part in parts)))


def is_met(wish: Wish, article: Article) -> bool:
    """Whether the article is one that the wish means."""
    return bool(wish.within) and wish.within.takes(article)


@dataclass(frozen=True)
class Understood:
    """A question and its parts; no parts where it asks about one thing.

    order: whether it asks which part was first. sides: whether the parts are outlets, of which it
    compares what they say. present, past: whether it asks for the present state of things, or for
    an earlier one. respelled: the words that were read as typing mistakes.
    """

    whole: Part
    parts: tuple[Part, ...] = ()
    order: bool = False
    sides: bool = False
    present: bool = False
    past: bool = False
    respelled: tuple[Respelled, ...] = ()

    @property
    def asked(self) -> tuple[Part, ...]:
        """What has to be answered: each of the parts, or the whole where it has none."""
        return self.parts or (self.whole,)


def understand(
    question: str,
    index: Index,
    today: datetime.date,
    *,
    infer: bool = True,
    parts: Sequence[str] = (),
    recalled: Sequence[str] = (),
) -> Understood:
    """The question as rules understand it; without `infer` it means all articles.

    parts: its parts, where a model has found them. recalled: ids of the articles from which the
    question before was answered, where this one continues it.
    """
    if not infer:
        whole = Part.of(question)
        return Understood(whole, _self_contained(map(Part.of, parts), whole))
    question, respelled = respell(question, index)
    parts = [respell(part, index)[0] for part in parts]
    understood = _understand(question, index, today, parts)
    whole = understood.whole
    if recalled:
        wish = Wish("article", RECALLED, Filter(articles=tuple(recalled)), False)
        whole = replace(whole, wishes=(*whole.wishes, wish))
    return replace(understood, whole=whole, respelled=respelled)


def times_of_reports(text: str, index: Index, today: datetime.date) -> list[Wish]:
    """The times in the text, as those when the articles that it means were published."""
    wishes = []
    for time in find_times(text, today):
        dated = _in_year_of_reports(time, index)
        wishes.append(Wish("time", dated.text, dated.within, True))
    return wishes


def _understand(
    question: str, index: Index, today: datetime.date, given: Sequence[str] = ()
) -> Understood:
    """The question by rule, with the given parts in place of those that rules find."""
    split = split_parts(question)
    order = split.ask_for_order and not given
    # Where it asks which event was first, neither of them limits the articles.
    events = [] if order else list(find_occasions(question, index, today))
    reading = _Reading.of(question, index, today, events)
    parts = [_understand(text, index, today).whole for text in given]
    parts = _attribute_parts(parts or reading.parts(split.texts))
    whole = reading.part(0, len(question))
    sides = reading.sides() if len(parts) == 1 else []
    if sides:
        about = sides[0].about
        whole, parts = Part(question, about, about, wishes_of(sides)), sides
    if order:
        parts = [replace(part, about=f"when {part.about}") for part in parts]
    several = _self_contained(parts, whole) if len(parts) > 1 else ()
    past = ABOUT_PAST.search(question) is not None or reading.is_about_past(today)
    present = ABOUT_PRESENT.search(question) is not None and not past
    return Understood(whole, several, order, bool(sides), present, past)


def _self_contained(parts: Iterable[Part], whole: Part) -> tuple[Part, ...]:
    """The parts, each question with the names in brackets that only other parts have.

    "Who built the Tarn bridge, and when was it opened?": "when was it opened (Tarn)".
    """
    names = dict.fromkeys(names_in(whole.about))
    found = []
    for part in parts:
        missing = ", ".join(name for name in names if name not in part.about)
        question = f"{part.about} ({missing})" if missing else part.about
        found.append(replace(part, question=question))
    return tuple(found)


def _attribute_parts(parts: list[Part]) -> list[Part]:
    """The parts; "according to the Wire, who ... and when ...?" attributes the second part, too."""
    first, *others = parts
    is_named_later = any(part.whose for part in others)
    if is_named_later or not OPENS_ATTRIBUTED.match(first.text):
        return parts
    shared = [wish for wish in first.whose if wish.firm]
    return [first, *(replace(part, wishes=(*shared, *part.wishes)) for part in others)]


@dataclass(frozen=True)
class _Reading:
    """A question with the outlets, authors and times that it names."""

    question: str
    mentions: list[Mention]
    times: list[Time]

    @staticmethod
    def of(question: str, index: Index, today: datetime.date, events: list[Time]) -> _Reading:
        """The question with the times before and after events, too.

        A time is that of a report also where an outlet is asked what it said then: "did the Post
        say in May".
        """
        mentions = find_mentions(question, index)
        attributed = [mention.end for mention in mentions if mention.attributed]
        times = []
        for time in find_times(question, today):
            said_in = [SAID_IN.fullmatch(question, end, time.start) for end in attributed]
            published = time.published or any(said_in)
            times.append(_in_year_of_reports(replace(time, published=published), index))
        return _Reading(question, mentions, times + events)

    def is_about_past(self, today: datetime.date) -> bool:
        """Whether a time that it names ended longer than a month ago."""
        earliest = min((time.until for time in self.times), default=today)
        return earliest < today - RECENT_TIME

    def part(self, start: int, end: int) -> Part:
        """The part of the question at these characters.

        "According to the Wire, who won?" is about "who won?", and wishes for the Wire.
        """
        text = self.question[start:end]
        attributed = [mention for mention in self.mentions if mention.attributed]
        about = _cut_out(self.question, start, end, attributed)
        if not terms(about):
            about = text
        return Part(text, about, about, self._wishes(start, end))

    def parts(self, texts: Sequence[str]) -> list[Part]:
        """The parts of the question with these texts, which follow each other in it."""
        parts, end = [], 0
        for text in texts:
            start = self.question.index(text, end)
            end = start + len(text)
            parts.append(self.part(start, end))
        return parts

    def sides(self) -> list[Part]:
        """A part for each outlet that the question compares; none where it compares none.

        "Do the Ledger and the Wire agree on what the bridge cost?" has the parts "Ledger: what the
        bridge cost?" and "Wire: what the bridge cost?".
        """
        outlets = {mention.sources: mention for mention in self.mentions if mention.sources}
        if not 1 < len(outlets) <= MAX_SIDES or not COMPARES.search(self.question):
            return []
        rest = _cut_out(self.question, 0, len(self.question), self.mentions)
        rest = COMPARISON_ONLY.sub(" ", rest)
        # The words before the question word only joined the outlets.
        asked = FROM_QUESTION_WORD.search(rest)
        about = " ".join((asked.group() if asked else rest).split())
        if not terms(about):
            return []
        times = [wish for wish in self._wishes(0, len(self.question)) if wish.kind == "time"]
        sides = []
        for mention in outlets.values():
            outlet = replace(mention.wish, firm=True)
            text = f"{mention.text}: {about}"
            sides.append(Part(text, about, about, (outlet, *times)))
        return sides

    def _wishes(self, start: int, end: int) -> tuple[Wish, ...]:
        """The outlets, authors and times that the characters name, each once."""
        named: tuple[Mention | Time, ...] = (*self.mentions, *self.times)
        wishes = (one.wish for one in named if start <= one.start < end)
        return tuple(dict.fromkeys(filter(None, wishes)))


def _cut_out(question: str, start: int, end: int, mentions: Sequence[Mention]) -> str:
    """The characters without those mentions; of two that overlap only the first is cut."""
    kept, position = "", start
    for stretch in sorted(map(attrgetter("around"), mentions)):
        if position <= stretch.start <= stretch.end <= end:
            kept += question[position : stretch.start]
            position = stretch.end
    return " ".join((kept + question[position:end]).split())


def _in_year_of_reports(time: Time, index: Index) -> Time:
    """The time; one without a year in the latest year from which the index has articles."""
    if not time.yearless:
        return time
    possible = map(time.earlier, range(RECENT_YEARS))
    return next((days for days in possible if index.words.has_within(days.within)), time)
