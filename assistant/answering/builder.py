"""The one place where answers are put together, with a chat model or without."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from index.articles import Article, FullArticle
from index.index import Index

from ..answer.answer import Answer
from ..answer.events import Settled
from ..answer.parts import (
    Citation,
    Dropped,
    Sentence,
    Status,
    Timings,
    Usage,
    Verdict,
    articles_of,
)
from ..answer.quotes import Quote, stored
from ..conflicts.disagreement import (
    QuotedDisagreement,
    add_version_quotes,
    cite_disagreements,
    describe_disagreement,
    find_disagreements,
)
from ..retrieval.scope import scope_notices, unmet_wishes
from ..retrieval.search import Found, Scope
from ..settings import QUOTES
from ..verify.proof import NO_COPIES, UNPROVEN, is_proven, make_citation

__all__ = ["AnswerBuilder"]

MAX_NEAREST_ARTICLES = 3


class AnswerBuilder:
    """Collects the sentences of one answer, and numbers their citations from 1 as they come.

    found: the passages of the answer; None for a request about the index itself.
    standalone: the question as it was searched for, where that is not as it was asked.
    """

    def __init__(
        self,
        question: str,
        scope: Scope,
        index: Index,
        *,
        found: Found | None = None,
        standalone: str | None = None,
        search_ms: float = 0.0,
    ) -> None:
        self.sentences: list[Sentence] = []
        self.citations: list[Citation] = []
        self.dropped: list[Dropped] = []
        self.index = index
        self._question = question
        self._standalone = standalone
        self._as_of = scope.as_of.isoformat() if scope.as_of else None
        self._found = found
        self._copies = found.copies if found else NO_COPIES
        self._disagreements: list[QuotedDisagreement] = []
        self._articles: dict[str, FullArticle | None] = {}
        self._search_ms = search_ms
        self._begun = time.perf_counter()

    @property
    def asked(self) -> str:
        """The question as it can be understood by itself."""
        return self._standalone or self._question

    def proves(self, quote: Quote) -> bool:
        """Whether the article, as the index has it now, has the quote at its place."""
        id = quote.article.id
        if id not in self._articles:
            self._articles[id] = stored(id, self.index)
        return is_proven(quote, self._articles[id])

    def add(
        self,
        text: str,
        quotes: Sequence[Quote] = (),
        verdict: Verdict = Verdict.SUPPORTED,
        *,
        mark: str | None = None,
        confidence: float | None = None,
        place: int | None = None,
    ) -> Settled:
        """Add a sentence with the citations of its quotes, which must be proven.

        place: the sentence that it replaces; None to add it at the end.
        """
        cited = len(self.citations)
        numbers = tuple(dict.fromkeys(self._cite(quote) for quote in quotes))
        sentence = Sentence(text, numbers, verdict, mark, confidence)
        if place is None:
            self.sentences.append(sentence)
        else:
            self.sentences[place] = sentence
        return Settled(sentence, tuple(self.citations[cited:]))

    def drop(self, text: str, reason: str) -> None:
        """Record a sentence that is not shown as fact."""
        self.dropped.append(Dropped(text, reason))

    def quote(self, quotes: Sequence[Quote] = ()) -> Iterator[Settled]:
        """Add quotes as sentences of their own.

        Where articles differ from them, or from what is cited already, their versions come first.
        """
        assert self._found is not None
        known = quotes or [Quote(c.article, c.start, c.end, c.quote) for c in self.citations]
        if known:
            self._disagreements = find_disagreements(self._found, known)
        for quote in add_version_quotes(self._disagreements, quotes, self._found):
            if not self.proves(quote):
                self.drop(quote.text, UNPROVEN)
            elif not self._number(quote):
                yield self.add(quote.text, [quote])

    def answer(
        self,
        status: Status,
        *,
        notices: Sequence[str] = (),
        confidence: float | None = None,
        model: str = QUOTES,
        prompts: str | None = None,
        usage: Usage | None = None,
    ) -> Answer:
        """The answer of all that was added.

        status: the best that it can be. An answer from passages is unanswered without a citation,
        and partial where the question asks for other articles than those that are cited.
        """
        found = self._found
        articles = [citation.article for citation in self.citations]
        disagreements = cite_disagreements(self._disagreements, self.citations)
        remarks = [describe_disagreement(each, self.citations) for each in disagreements]
        remarks += notices
        nearest: tuple[Article, ...] = ()
        if found:
            remarks += scope_notices(found, articles, self.index)
            if not articles:
                status = Status.UNANSWERED
                nearest = articles_of(found.passages)[:MAX_NEAREST_ARTICLES]
            elif unmet_wishes(found.understood, articles):
                status = Status.PARTIAL
        return Answer(
            question=self._question,
            standalone=self._standalone,
            status=status,
            confidence=confidence,
            sentences=tuple(self.sentences),
            citations=tuple(self.citations),
            disagreements=disagreements,
            dropped=tuple(self.dropped),
            nearest=nearest,
            notices=tuple(remarks),
            passages=found.passages if found else (),
            as_of=self._as_of,
            trace=found.trace if found else None,
            model=model,
            prompts=prompts,
            usage=usage or Usage(),
            timings=Timings(self._search_ms, milliseconds_since(self._begun)),
        )

    def _number(self, quote: Quote) -> int | None:
        """The number of the citation that has this quote already."""
        place = (quote.article.id, quote.start, quote.end)
        for cited in self.citations:
            if (cited.article.id, cited.start, cited.end) == place:
                return cited.number
        return None

    def _cite(self, quote: Quote) -> int:
        """The number of the quote's citation, a new one where it has none yet."""
        number = self._number(quote)
        if number is None:
            number = len(self.citations) + 1
            self.citations.append(make_citation(number, quote, self._copies))
        return number


def milliseconds_since(begun: float) -> float:
    """Milliseconds since a moment of `time.perf_counter`, to a tenth."""
    return round((time.perf_counter() - begun) * 1000, 1)
