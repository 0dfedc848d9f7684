"""Answer requests about the index itself: its articles, outlets, authors, dates and topics."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from index.articles import Article, Filter
from index.index import Index
from index.text.terms import content_terms, terms

from ..answer.events import Event
from ..answer.parts import Status, Verdict, articles_of
from ..answer.quotes import Quote, quotes_of_body
from ..answer.text import counted
from ..answer.trace import Wish, days_of
from ..query.question import Part, times_of_reports, understand
from ..query.requests import Kind, Request
from ..retrieval.search import Scope
from ..verify.facts import read_facts
from .builder import AnswerBuilder

__all__ = ["reply_to"]

GREETING = (
    "Ask what the articles say (“Who leads the inquiry?”), what one outlet or one time says "
    "(“What did the Ledger report in May?”), or about the articles (“What is here about the "
    "flood?”, “Which outlets reported on it?”)."
)
SMALL_TALK = {Kind.GREETING: GREETING, Kind.THANKS: "You are welcome."}
MAX_CITED_ARTICLES = 10
# Outlets, and topics, that are named.
MAX_NAMES = 8
# Passages that are ranked to put articles in order.
MAX_RANKED_PASSAGES = 200
# The words before the outlets, authors and times that limit the articles.
LIMIT_PREPOSITIONS = {"outlet": "from", "author": "by", "time": "published"}
SCALE_WORDS = frozenset(("hundred", "thousand", "million", "billion", "trillion"))
TITLE_WORD = regex.compile(r"[\p{L}][\p{L}\p{M}’'-]{2,}")


def reply_to(request: Request, question: str, scope: Scope, index: Index) -> list[Event]:
    """The events of the answer to a request; empty where a search answers it better."""
    index.refresh()
    builder = AnswerBuilder(question, scope, index)
    if request.kind in SMALL_TALK:
        settled = builder.add(SMALL_TALK[request.kind], verdict=Verdict.NO_CLAIM)
        return [settled, builder.answer(Status.ANSWERED)]
    meant = _Meant.of(request, question, scope, index)
    if meant is None:
        return []
    articles = meant.articles(index)
    if request.kind in (Kind.AUTHOR, Kind.DATE):
        if not articles or not meant.words:
            return []
        quotes = _quotes(articles[:3], meant.words, index)
        describe = _author_text if request.kind is Kind.AUTHOR else _date_text
        events = [builder.add(describe(q.article), [q], Verdict.KNOWN) for q in quotes]
        return [*events, builder.answer(Status.ANSWERED)]
    if not articles:
        return [builder.answer(Status.UNANSWERED, notices=[meant.absence])]
    return _listed(request.kind, articles, meant, builder)


def _listed(
    kind: Kind, articles: Sequence[Article], meant: _Meant, builder: AnswerBuilder
) -> list[Event]:
    """The answer that counts and cites the articles."""
    notices = []
    quotes = []
    if meant.words:
        notices.append(
            "found by their words: an article that says it in other words is not among them"
        )
    if meant.words or kind is Kind.OVERVIEW:
        quotes = _quotes(articles[:MAX_CITED_ARTICLES], meant.words, builder.index)
    if 0 < len(quotes) < len(articles):
        count = counted(len(articles), "article")
        notices.append(f"{len(quotes)} of {count} are named, those that fit best")
    if kind is Kind.OVERVIEW:
        text = _overview_text(articles, meant)
    else:
        text = _count_text(kind, articles, meant, builder.index)
    settled = builder.add(text, quotes, Verdict.KNOWN)
    return [settled, builder.answer(Status.ANSWERED, notices=notices)]


@dataclass(frozen=True)
class _Meant:
    """Which articles a request means.

    words: terms that one of their passages has. whose: their outlets, authors and times.
    """

    about: str
    words: tuple[str, ...]
    within: Filter
    whose: Part

    @property
    def absence(self) -> str:
        """The notice that the index has no such article."""
        if self.words:
            return f"no article here{self.limits} has all words of “{self.about}”"
        return f"there is no article here{self.limits}"

    @property
    def limits(self) -> str:
        """Their limits in words: " from The Ledger published on 2025-11-12"."""
        limits: dict[str, list[str]] = {}
        for wish in self.whose.wishes:
            limits.setdefault(LIMIT_PREPOSITIONS.get(wish.kind, "of"), []).append(_named_in(wish))
        return "".join(f" {before} {' or '.join(names)}" for before, names in limits.items())

    @staticmethod
    def of(request: Request, question: str, of: Scope, index: Index) -> _Meant | None:
        """The articles that a request describes; None where it names ones that are not here."""
        day = of.as_of or datetime.date.today()
        whole = understand(question, index, day, infer=of.infer).whole
        # Here an outlet or a time that is named leaves out all others.
        wishes = [replace(wish, firm=True) for wish in whole.wishes]
        wishes += times_of_reports(request.limits, index, day) if of.infer else []
        whose = replace(whole, wishes=tuple(dict.fromkeys(wishes)))
        within = of.within & Filter(until=of.as_of.isoformat() if of.as_of else None)
        about, limits = _without(request.about, whose), _without(request.limits, whose)
        if content_terms(limits):
            if not request.about:
                return None
            about = f"{about} {limits}"
        return _Meant(about, tuple(dict.fromkeys(content_terms(about))), within, whose)

    def articles(self, index: Index) -> list[Article]:
        """Those that fit best first; all of them, the latest first, where no words are wanted."""
        having = index.words.articles_with(self.words, 1) if self.words else None
        known = filter(self.whose.means, filter(self.within.takes, index.articles(having)))
        latest = sorted(known, key=lambda article: article.published or "", reverse=True)
        if not self.words:
            return latest
        ranked = index.words.search(self.about, MAX_RANKED_PASSAGES, self.within)
        passages = index.store.passages([id for id, _ in ranked])
        places = {article.id: place for place, article in enumerate(articles_of(passages))}
        return sorted(latest, key=lambda article: places.get(article.id, MAX_RANKED_PASSAGES))


def _without(text: str, whose: Part) -> str:
    """The text without the words that name outlets, authors and times."""
    for wish in whose.wishes:
        text = text.replace(wish.text, " ")
    return " ".join(text.split())


def _named_in(wish: Wish) -> str:
    """The outlets, authors or days that a wish names."""
    if wish.kind == "time":
        return days_of(wish.within)
    return " or ".join((*wish.within.sources, *wish.within.authors)) or wish.text


def _author_text(article: Article) -> str:
    by = f"is by {article.author}" if article.author else "names no author"
    return f"{_named(article)} {by}."


def _date_text(article: Article) -> str:
    updated = f", and updated on {article.updated[:10]}" if article.updated else ""
    published = f"was published on {article.published[:10]}" if article.published else "has no date"
    return f"{_named(article)} {published}{updated}."


def _named(article: Article) -> str:
    return f"“{article.title}”" + (f" ({article.source})" if article.source else "")


def _count_text(kind: Kind, articles: Sequence[Article], meant: _Meant, index: Index) -> str:
    """The number of the articles, and of those of each outlet."""
    if kind is Kind.COUNT and not meant.words:
        return f"{_there_are(articles, meant)}."
    sources = _outlet_counts(articles)
    if kind is Kind.OUTLETS:
        return f"{sources}."
    count = counted(len(articles), "article")
    if kind is Kind.COUNT:
        count = f"{len(articles)} of {index.counts()[0]} articles"
    have = "has" if len(articles) == 1 else "have"
    return f"{count} here{meant.limits} {have} all words of “{meant.about}”: {sources}."


def _there_are(articles: Sequence[Article], meant: _Meant) -> str:
    are = "is" if len(articles) == 1 else "are"
    return f"There {are} {counted(len(articles), 'article')} here{meant.limits}"


def _overview_text(articles: Sequence[Article], meant: _Meant) -> str:
    """Number, outlets and dates of the articles, and the words that their headlines share."""
    days = sorted(article.published[:10] for article in articles if article.published)
    dated = f", published {days_of(Filter(since=days[0], until=days[-1]))}" if days else ""
    sources = _outlet_counts(articles)
    headlines = Counter[str]()
    for article in articles:
        headlines.update(_topic_words(article.title))
    topics = [f"{word} ({count})" for word, count in headlines.most_common(MAX_NAMES) if count > 1]
    shared = f" Words that their headlines share: {', '.join(topics)}." if topics else ""
    return f"{_there_are(articles, meant)}{dated}: {sources}.{shared}"


def _topic_words(title: str) -> list[str]:
    """The words of a headline that may be its topic, each once, in lower case: no numbers."""
    words = dict.fromkeys(map(str.lower, filter(content_terms, TITLE_WORD.findall(title))))
    return [word for word in words if word not in SCALE_WORDS and not read_facts(word).numbers]


def _outlet_counts(articles: Sequence[Article]) -> str:
    """The outlets with the numbers of their articles, the most frequent first."""
    counts = Counter(article.source or "no outlet" for article in articles).most_common()
    more = f", and {len(counts) - MAX_NAMES} more" if len(counts) > MAX_NAMES else ""
    return ", ".join(f"{name} ({count})" for name, count in counts[:MAX_NAMES]) + more


def _quotes(articles: Sequence[Article], words: Sequence[str], index: Index) -> list[Quote]:
    """Of each article the sentence that has most of the words, or its first one."""
    best = []
    for article in articles:
        quotes = list(quotes_of_body(index.article(article.id)))
        if quotes:
            best.append(max(quotes, key=lambda quote: len({*words} & {*terms(quote.text)})))
    return best
