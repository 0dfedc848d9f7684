"""Where articles give different figures, dates or names for one thing: what each of them says, the latest first.

No rule can tell which of them is right, nor always whether they mean the same thing. So what they say is put side by
side, each quoted with its outlet and day, and the answer says that they differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import regex

from index.articles import Article, Passage
from index.sentences import sentences
from index.store import Index
from index.terms import stem, terms

from .answer import Citation, Disagreement, Version
from .comparison import CLAUSE, SAME_WORD, Comparison, lines_of
from .facts import base, read
from .quotes import WITHDRAWN, Quote
from .retrieval import Found
from .support import objection
from .values import Value, Wanted, comparable, same, values, wanted
from .wording import Text, likeness, text

__all__ = ["Difference", "Saying", "differences", "differing", "notice", "told", "with_sayings"]

# Sentences give values for the same thing if the cosine of the question to each is at most this much smaller than to
# the nearest one, and if so much of what the question says of the value stands with it.
FARTHER, FIT = 0.1, 0.64
# What is said of names is checked word by word, so that meaning need not tell.
FARTHER_NAMES = 0.4
# At least one says this much of it, else it may be that none of them is meant.
SURELY, SURELY_IF_SUPERSEDED = 0.75, 0.69
# Where one names the other's value as what it was before ("to 14, from 11"), so much will do.
SUPERSEDES = 0.1
# What is said elsewhere in a sentence counts less than what is said in the clause of the value.
ELSEWHERE = 0.7
# So many sentences, those that have most of the question's words, are compared in meaning. If none of so many of them
# fits, those that are farther do not either. So many different values are shown.
COMPARED, TRIED, MOST = 24, 12, 4
# Of articles that say the same, so many are quoted.
EACH = 2
# Words of questions that say nothing of what is asked for.
ASKING = frozenset(
    map(stem, "many much number amount figure total day date year month time exactly altogether end now far".split())
)
# What says that somebody died, in many ways: where one of question and clause does, the other has to.
DEATH = frozenset(map(base, "die dead death kill fatality fatal perish life lives toll victim claim".split()))
# What asks for a value that is known not to be the last one.
EARLIER = regex.compile(
    r"\b(?:original(?:ly)?|initial(?:ly)?|at (?:first|the (?:start|beginning|outset))|used to)\b", regex.I
)
ASKS_WHO = regex.compile(r"^\W*who\b", regex.I)
LOST_LIVES = regex.compile(r"\blos[et](?:ing)?\s+(?:their|his|her)\s+li(?:ves|fe)\b", regex.I)


@dataclass(frozen=True)
class Saying:
    """What some articles say where others say something else: the value or date as one of them writes it.

    corrected: whether one of the articles takes it back.
    """

    text: str
    quotes: tuple[Quote, ...]
    corrected: bool = False


@dataclass(frozen=True)
class _Claim:
    """An value that a sentence, or a headline, gives for what is asked.

    fit: how much it says of what is asked, 0 to 1. former: values that it names as no longer true.
    """

    value: Value
    quote: Quote
    fit: float
    former: tuple[Value, ...]


@dataclass(frozen=True)
class Difference:
    """What articles say differently, and of what question."""

    question: str
    sayings: tuple[Saying, ...]


def differences(found: Found, quotes: Sequence[Quote], index: Index) -> list[Difference]:
    """For each part of a question what the articles say differently from each other; see `differing`."""
    passages = (*found.passages, *found.rest)
    if found.understood.order:
        # Each part is one thing of its own time.
        return []
    return [
        Difference(part.text, sayings)
        for part, asked in found.understood.questions
        if (sayings := differing(asked, quotes, [p for p in passages if part.means(p.article)], index))
    ]


def with_sayings(differences: Sequence[Difference], quotes: Sequence[Quote]) -> list[Quote]:
    """Quotes for each saying, and the quotes of other articles."""
    known = {(quote.article.id, quote.start): quote for quote in quotes}
    chosen: dict[tuple[str, int], Quote] = {}
    for difference in differences:
        for saying in difference.sayings:
            for quote in saying.quotes[:EACH]:
                place = (quote.article.id, quote.start)
                chosen[place] = known.get(place, quote)
    articles = {quote.article.id for quote in chosen.values()}
    return [*chosen.values(), *(quote for quote in quotes if quote.article.id not in articles)]


def told(differences: Sequence[Difference], citations: Sequence[Citation]) -> tuple[Disagreement, ...]:
    """The differences by the citations that prove them: what has none is not told."""
    numbers = {(citation.article.id, citation.start): citation.number for citation in citations}
    found = []
    for difference in differences:
        versions = [
            Version(saying.text, proven, saying.corrected)
            for saying in difference.sayings
            if (proven := tuple(n for q in saying.quotes if (n := numbers.get((q.article.id, q.start)))))
        ]
        if len(versions) > 1:
            found.append(Disagreement(difference.question, tuple(versions)))
    return tuple(found)


def notice(disagreement: Disagreement, citations: Sequence[Citation]) -> str:
    """What articles say differently, with outlets and days."""
    by_number = {citation.number: citation.article for citation in citations}
    versions = (
        f"“{version.says}” {', '.join(_reference(number, by_number[number]) for number in version.citations)}"
        f"{', corrected since' if version.corrected else ''}"
        for version in disagreement.versions
    )
    return f"the articles differ, the latest first: {'; '.join(versions)}"


def _reference(number: int, article: Article) -> str:
    known = ", ".join(filter(None, (article.source, article.published)))
    return f"[{number}] ({known})" if known else f"[{number}]"


def differing(question: str, quotes: Sequence[Quote], passages: Sequence[Passage], index: Index) -> tuple[Saying, ...]:
    """What the articles of `passages` say for the value or date that is asked for; nothing where they agree.

    Nothing, too, where the quotes that answer the question give values for it, and none of these. At most one sentence
    of an article counts. What was corrected comes last, of the others the latest first.
    """
    asked = None if EARLIER.search(question) else wanted(question)
    if asked is None:
        return ()
    groups = _grouped(_Claims(asked, question, passages, index).of_one_thing())
    quoted = [(quote, value) for quote in quotes for value in asked.among(quote.text, quote.article)]
    answers = not quoted or any(same(group[0].value, value) for group in groups for _, value in quoted)
    if len(groups) < 2 or not answers:
        return ()
    taken_back = [value for passage in passages for value in _withdrawn(passage)]
    sayings = [
        Saying(
            group[0].value.text,
            tuple(_chosen(claim, quoted) for claim in group),
            any(same(group[0].value, value) for value in taken_back),
        )
        for group in groups[:MOST]
    ]
    sayings.sort(key=lambda saying: _day(saying.quotes[0].article), reverse=True)
    return tuple(sorted(sayings, key=lambda saying: saying.corrected))


def _chosen(claim: _Claim, quoted: Sequence[tuple[Quote, Value]]) -> Quote:
    """The quote of the claim, or one that was chosen as an answer and gives the same value in the same words."""
    return next(
        (
            quote
            for quote, value in quoted
            if quote.article.id == claim.quote.article.id and value.text == claim.value.text
        ),
        claim.quote,
    )


class _Claims:
    """What sentences and headlines say for what is asked; those that are nearest to the question first."""

    def __init__(self, asked: Wanted, question: str, passages: Sequence[Passage], index: Index) -> None:
        self._asked = asked
        self._text = question
        self._question = text(LOST_LIVES.sub("died", question))
        self._made: dict[Quote, _Claim] = {}
        asking = {word.stem for word in self._question.reading.words if word.content} - ASKING
        common = {
            quote: len(asking & _stems(quote))
            for quote in (*_sentences(passages), *_headlines(passages))
            if asked.among(quote.text, quote.article)
        }
        quotes = sorted(common, key=lambda quote: -common[quote])[:COMPARED]
        vectors = index.embedder.embed([quote.text for quote in quotes])
        cosines = (vectors @ index.query_vector(question)).tolist() if quotes else []
        self._ranked = sorted(zip(quotes, cosines, strict=True), key=lambda pair: -pair[1])

    def of_one_thing(self) -> list[_Claim]:
        """Those that are about what the nearest one that fits is about, the best of each article."""
        # Headlines are shorter, and so nearer: they are measured against each other.
        found = [*self._fitting(headlines=False), *self._fitting(headlines=True)]
        kept = [claim for claim in found if comparable(claim.value, found[0].value)]
        fit = max((claim.fit for claim in kept), default=0.0)
        kept = list(filter(None, map(self._quoted, kept)))
        superseding = [claim for one in kept for claim in self._superseding(one)]
        if fit < (SURELY_IF_SUPERSEDED if superseding else SURELY):
            return []
        kept += superseding
        best: dict[str, _Claim] = {}
        for claim in kept:
            best.setdefault(claim.quote.article.id, claim)
        return list(best.values())

    def _fitting(self, *, headlines: bool) -> Iterator[_Claim]:
        ranked = [(quote, cosine) for quote, cosine in self._ranked if _is_headline(quote) == headlines]
        farther = FARTHER_NAMES if "name" in self._asked.kinds else FARTHER
        nearest = None
        for tried, (quote, cosine) in enumerate(ranked):
            if tried >= TRIED if nearest is None else cosine < nearest - farther:
                return
            claim = self._claim(quote)
            if claim.fit >= FIT:
                nearest = cosine if nearest is None else nearest
                yield claim

    def _claim(self, quote: Quote) -> _Claim:
        """The value of a sentence that is the likeliest to be the one that is asked for."""
        if quote not in self._made:
            found = self._asked.among(quote.text, quote.article)
            fits = _Fits(self._asked, self._question, quote)
            of_name = "name" in self._asked.kinds
            fit, value = max(
                ((fits.of_name(value, self._text) if of_name else fits.of(value), value) for value in found),
                key=lambda pair: (not pair[1].former, round(pair[0], 2), -pair[1].start),
            )
            former = tuple(v for v in found if v.former and v is not value and comparable(v, value))
            self._made[quote] = _Claim(value, quote, fit, former)
        return self._made[quote]

    def _quoted(self, claim: _Claim) -> _Claim | None:
        """The claim; for that of a headline, the one of its article's sentences that says the same, and fits best."""
        if not _is_headline(claim.quote):
            return claim
        there = [
            self._claim(quote)
            for quote in self._sentences_with(claim.value)
            if quote.article.id == claim.quote.article.id
        ]
        there = [other for other in there if other.fit >= SUPERSEDES and same(other.value, claim.value)]
        return max(there, key=lambda other: other.fit, default=None)

    def _superseding(self, one: _Claim) -> Iterator[_Claim]:
        """Claims that name the value of this one as a former one, or the other way round."""
        for value in (one.value, *one.former):
            for quote in self._sentences_with(value):
                claim = self._claim(quote)
                pairs = ((claim, one), (one, claim))
                if claim.fit >= SUPERSEDES and any(same(f, b.value) for a, b in pairs for f in a.former):
                    yield claim

    def _sentences_with(self, value: Value) -> Iterator[Quote]:
        for quote, _ in self._ranked:
            if not _is_headline(quote) and any(
                same(value, there) for there in self._asked.among(quote.text, quote.article)
            ):
                yield quote


def _grouped(claims: Sequence[_Claim]) -> list[list[_Claim]]:
    groups: list[list[_Claim]] = []
    for claim in claims:
        group = next((group for group in groups if same(group[0].value, claim.value)), None)
        if group:
            group.append(claim)
        else:
            groups.append([claim])
    return groups


def _sentences(passages: Sequence[Passage]) -> Iterator[Quote]:
    for passage in passages:
        for stretch in sentences(passage.text):
            said = passage.text[stretch.start : stretch.end]
            if not WITHDRAWN.search(said) and not said.startswith("#"):
                yield Quote(passage.article, passage.start + stretch.start, passage.start + stretch.end, said)


def _stems(quote: Quote) -> set[str]:
    return {word.stem for word in read(f"{quote.article.title}\n{quote.text}").words}


def _headlines(passages: Sequence[Passage]) -> Iterator[Quote]:
    """The headlines, which tell in few words what an article says but are no part of its text."""
    for article in {passage.article.id: passage.article for passage in passages}.values():
        yield Quote(article, -1, -1, article.title)


def _is_headline(quote: Quote) -> bool:
    return quote.start < 0


def _withdrawn(passage: Passage) -> Iterator[Value]:
    """The values that an article says it had wrong."""
    for stretch in sentences(passage.text):
        said = passage.text[stretch.start : stretch.end]
        if WITHDRAWN.search(said):
            yield from values(said, passage.article)


class _Fits:
    """How much of what a question says of a value is said of the values of a sentence."""

    def __init__(self, asked: Wanted, question: Text, quote: Quote) -> None:
        sentence = text(quote.text)
        self._quote = quote
        self._words = sentence.reading.words
        self._deadly = any(word.stem in DEATH for word in question.reading.words)
        rows = [
            i
            for i, word in enumerate(question.reading.words)
            if word.content and word.stem not in asked.nouns | ASKING | DEATH
        ]
        self._alike = likeness(question, sentence)[rows]
        title = set(terms(quote.article.title))
        self._known = np.array([question.reading.words[i].stem in title for i in rows], dtype=float)
        self._borders = [0, *(match.end() for match in CLAUSE.finditer(quote.text)), len(quote.text) + 1]

    def of(self, value: Value) -> float:
        """The share, 0 to 1."""
        begin = max(border for border in self._borders if border <= value.start)
        end = min(border for border in self._borders if border > value.start)
        inside = np.array([begin <= word.start < end for word in self._words], dtype=bool)
        if self._deadly != any(word.stem in DEATH for word in self._words if begin <= word.start < end):
            return 0.0
        if not len(self._known):
            return 1.0
        whole = self._alike.max(axis=1, initial=0)
        clause = self._alike[:, inside].max(axis=1, initial=0)
        return float(np.maximum.reduce([clause, ELSEWHERE * whole, ELSEWHERE * self._known]).mean())

    def of_name(self, name: Value, question: str) -> float:
        """1 if the sentence says of this name what the question asks, as a claim would be checked; else 0.

        What is asked about, all but the verb, has to be there in so many words.
        """
        there = np.maximum(self._alike.max(axis=1, initial=0), self._known)[1:]
        claim = ASKS_WHO.sub(name.text, question).rstrip("? ") + "."
        (line, *_) = lines_of(0, self._quote.article, self._quote.text)
        return float((there >= SAME_WORD).all() and objection(Comparison(claim, [[line]])) is None)


def _day(article: Article) -> str:
    return max(article.published or "", article.updated or "")
