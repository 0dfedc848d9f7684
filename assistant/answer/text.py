"""Answers, passages and articles as lines for a terminal, without their control characters."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from index.articles import Article, Filter, FullArticle, Passage

from ..settings import QUOTES
from .parts import (
    AnswerData,
    Citation,
    FileState,
    Sentence,
    Status,
    Usage,
    Verdict,
    articles_of,
)
from .trace import Hit, Trace

__all__ = [
    "CLOSE",
    "OPEN",
    "answer_lines",
    "article_line",
    "article_lines",
    "counted",
    "cut",
    "note_lines",
    "notes",
    "passage_lines",
    "printable",
    "restated_lines",
    "sentence_lines",
    "status_lines",
    "trace_lines",
    "used",
    "with_answer",
]

MAX_COLUMNS = 100
# Outlets that the status of an index names.
MAX_STATUS_SOURCES = 12
# Shown before and after a marked stretch.
CONTEXT_CHARS = 400
# Private characters mark a stretch until its lines are wrapped.
OPEN, CLOSE = "\ue000", "\ue001"
BOLD, PLAIN = "\x1b[1;7m", "\x1b[0m"
BRACKETS = ("⟦", "⟧")
CARRIAGE_RETURN = re.compile(r"\r\n?")
# Control characters but for tab and line feed, and characters that change the writing direction.
TERMINAL_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

FILE_NOTES = {
    FileState.CHANGED: "the file has changed since it was indexed",
    FileState.MISSING: "the file is no longer there",
}


def printable(text: str) -> str:
    """The text without characters that control a terminal; a carriage return ends a line."""
    return TERMINAL_CONTROLS.sub("", CARRIAGE_RETURN.sub("\n", text))


def answer_lines(answer: AnswerData, *, verbose: bool = False) -> Iterator[str]:
    """The answer, a sentence a line, and what `note_lines` puts below it."""
    if answer.standalone:
        yield from restated_lines(answer.standalone)
    for sentence in answer.sentences:
        yield from sentence_lines(sentence)
    if not answer.sentences:
        yield answer.text
    yield from note_lines(answer, verbose=verbose)


def restated_lines(standalone: str) -> list[str]:
    """How a follow-up question was understood."""
    return _wrapped(f"(understood as: {standalone})")


def sentence_lines(sentence: Sentence, citations: Sequence[Citation] = ()) -> list[str]:
    """A sentence with its marks; see `with_answer`."""
    return _wrapped(replace(sentence, text=with_answer(sentence, citations)).marked())


def with_answer(sentence: Sentence, citations: Sequence[Citation]) -> str:
    """The text of a sentence; of a quote with its answer to the question between OPEN and CLOSE."""
    text = sentence.text
    for citation in citations:
        cited = citation.number in sentence.citations
        if cited and citation.quote == text and citation.answer:
            start = citation.answer.start - citation.start
            end = citation.answer.end - citation.start
            before, answering, after = map(_unmarked, (text[:start], text[start:end], text[end:]))
            return f"{before}{OPEN}{answering}{CLOSE}{after}"
    return text


def _unmarked(text: str) -> str:
    return text.replace(OPEN, " ").replace(CLOSE, " ")


def note_lines(answer: AnswerData, *, verbose: bool = False) -> Iterator[str]:
    """The notes below an answer, its sources, the nearest articles, and the model that wrote it.

    verbose: with the file of each source, and the characters of it that are quoted.
    """
    for note in notes(answer):
        yield ""
        yield from _wrapped(f"({note})")
    if answer.citations:
        yield ""
    for article in articles_of(answer.citations):
        citations = [one for one in answer.citations if one.article.id == article.id]
        yield from _source_lines(citations, answer, verbose)
    if answer.nearest:
        yield ""
        yield "The nearest articles:"
    for article in answer.nearest:
        yield from _wrapped(article_line(article), "  - ", "    ")
    if answer.model != QUOTES:
        yield ""
        yield from _wrapped(
            f"Written by {answer.model} ({used(answer.usage)}); "
            "every sentence checked against its quotes."
        )


def notes(answer: AnswerData) -> Iterator[str]:
    """The reservations about an answer, and its notices, each a sentence."""
    verdicts = [sentence.verdict for sentence in answer.sentences]
    if answer.model == QUOTES:
        if answer.status is Status.PARTIAL:
            yield "These are the nearest sentences; they may not be what was asked."
    elif answer.status is not Status.ANSWERED and Verdict.UNSUPPORTED not in verdicts:
        # A complete answer may have dropped a sentence that only introduced the others.
        count = len(answer.dropped)
        if count:
            were = "was" if count == 1 else "were"
            yield (
                f"{counted(count, 'sentence')} of the model {were} left out, because no quote "
                "supports what it said; --show-unsupported shows it."
            )
    count = verdicts.count(Verdict.UNCERTAIN)
    if count:
        are = "is" if count == 1 else "are"
        yield (
            f"{counted(count, 'sentence')} {are} not verified: the nearest quote is named, "
            "and does not prove it."
        )
    for notice in answer.notices:
        yield f"{notice[0].upper()}{notice[1:]}."


def used(usage: Usage, *, thousands: str = "") -> str:
    """Tokens and dollars; thousands: the separator of groups of three digits."""
    cost = "cost unknown" if usage.cost_usd is None else f"${usage.cost_usd:.4f}"
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return f"tokens unknown, {cost}"
    tokens = f"{usage.prompt_tokens:{thousands}} + {usage.completion_tokens:{thousands}} tokens"
    return f"{tokens}, {cost}"


def _source_lines(
    citations: Sequence[Citation], answer: AnswerData, verbose: bool
) -> Iterator[str]:
    """A cited article: the numbers of its quotes, its file, other articles with the same words."""
    first, article = citations[0], citations[0].article
    head = article_line(article)
    pages = set(filter(None, (article.page_at(citation.start) for citation in citations)))
    if pages:
        head += f", page {', '.join(map(str, sorted(pages)))}"
    numbers = " ".join(f"[{citation.number}]" for citation in citations)
    indent = " " * len(f"[{first.number}] ")
    yield from _wrapped(head, f"{numbers} ", indent)
    below = [*_quotes_below(citations, answer), *_same_elsewhere(citations)]
    if verbose:
        below = [*_places(citations), *below]
    if first.file in FILE_NOTES:
        below.append(f"note: {FILE_NOTES[first.file]}")
    for text in below:
        yield from _wrapped(text, indent, indent)


def _places(citations: Sequence[Citation]) -> Iterator[str]:
    """The file of a cited article, the characters that are quoted, and its other files."""
    article = citations[0].article
    places = ", ".join(f"{citation.start}-{citation.end}" for citation in citations)
    yield f"{article.path or article.id}, characters {places}"
    for path in article.also_at:
        yield f"also at: {path}"


def _quotes_below(citations: Sequence[Citation], answer: AnswerData) -> Iterator[str]:
    """The quotes that are not sentences of the answer."""
    shown = {sentence.text for sentence in answer.sentences}
    for citation in citations:
        if citation.quote not in shown:
            number = f"[{citation.number}] " if len(citations) > 1 else ""
            yield f"{number}“{citation.quote}”"


def _same_elsewhere(citations: Sequence[Citation]) -> Iterable[str]:
    """The other articles with the same sentences, then the near-copies of the whole article."""
    relations: dict[str, str] = {}
    for citation in citations:
        relations |= {other.id: f"also in: {article_line(other)}" for other in citation.also}
    for copy in citations[0].copies:
        relations.setdefault(copy.id, f"a near-copy: {article_line(copy)}")
    return relations.values()


def passage_lines(number: int, passage: Passage, *, prefix: str = "") -> Iterator[str]:
    """A passage as a search result: its article, its place, and how it begins."""
    head = f"{prefix}{number}. "
    indent = " " * len(head)
    place = f"{passage.start}:{passage.end}"
    snippet = textwrap.shorten(printable(passage.text), 240, placeholder=" ...")
    yield from _wrapped(article_line(passage.article), head, indent)
    yield f"{indent}{printable(passage.article.id)} {place}  score {passage.score:.3f}"
    yield from _wrapped(snippet, indent, indent)


def trace_lines(trace: Trace) -> Iterator[str]:
    """How passages were found: what was inferred, each query, and what became of each passage."""
    yield from _wrapped(f"asked on {trace.today}" + (", as of that day" if trace.as_of else ""))
    if trace.as_of:
        yield f"left out: {trace.later} published later, {trace.undated} without a date"
    for wish in trace.wishes:
        yield from _wrapped(f"inferred: {wish}" + ("" if wish.firm else ", a preference"))
    if trace.recent:
        yield "recent reports rank above older ones"
    for query in trace.queries:
        found = counted(query.found, "passage")
        line = f"by {query.by}{_filter_text(query.within)}: “{query.text}”, {found}"
        yield from _wrapped(line, "", "  ")
    for hit in trace.hits:
        yield from _wrapped(_hit_text(hit), "", "  ")


def _filter_text(within: Filter | None) -> str:
    if not within:
        return ""
    days = within.since
    if within.until:
        days = f"{within.since or '…'} to {within.until}"
    parts = filter(None, (*within.sources, *within.authors, *within.articles, days))
    return f" in {', '.join(parts)}{_filter_text(within.also)}"


def _hit_text(hit: Hit) -> str:
    facts = {
        f"meaning {hit.by_meaning}": hit.by_meaning,
        f"words {hit.by_words}": hit.by_words,
        f"bonus {hit.bonus:.2f}": hit.bonus,
        f"score {hit.score:.3f}": True,
        f"a place kept for “{hit.kept_for}”": hit.kept_for,
    }
    shown = ", ".join(text for text, known in facts.items() if known)
    end = f"; not shown: {hit.dropped}" if hit.dropped else ""
    return f"{hit.article} {hit.start}:{hit.end}  {shown}{end}"


def status_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """What an index holds, a line each."""
    first, last = facts["published"]
    dates = f", published from {first} to {last}" if first else ""
    sources = [f"{source} {count}" for source, count in facts["sources"].items()]
    if len(sources) > MAX_STATUS_SOURCES:
        more = len(sources) - MAX_STATUS_SOURCES
        sources[MAX_STATUS_SOURCES:] = [f"and {more} more"]
    local = "" if ":" in facts["embedder"] else " (on this machine)"
    own_words = " (the articles' own sentences)" if facts["model"] == QUOTES else ""
    indent = " " * 11
    yield f"index:     {facts['index']}"
    yield f"articles:  {facts['articles']}{dates}"
    yield f"passages:  {facts['passages']}"
    yield from _wrapped(", ".join(sources), "sources:   ", indent)
    yield f"embedder:  {facts['embedder']}{local}"
    yield f"model:     {facts['model']}{own_words}"
    yield from _wrapped("; ".join(facts["leaves"]) or "nothing", "leaves this machine: ", indent)


def article_lines(
    article: FullArticle,
    marked: tuple[int, int] | None,
    *,
    whole: bool = False,
    styled: bool = True,
) -> Iterator[str]:
    """An article to read; or its characters from start to end, marked, with their context.

    whole: all of the article also where something is marked. styled: mark by terminal styles,
    not by brackets.
    """
    yield from _wrapped(article_line(article))
    yield printable(article.url or article.path or article.id)
    for path in article.also_at:
        yield printable(f"also at: {path}")
    opening, closing = (BOLD, PLAIN) if styled else BRACKETS
    # Pagers forget at the end of a line what was switched on in it.
    switch_on, switch_off = (BOLD, PLAIN) if styled else ("", "")
    text = _unmarked(article.text)
    shown = text[article.body :]
    if marked:
        shown = _marked_text(text, *marked, body=article.body if whole else None)
    within = False
    for paragraph in re.split(r"\n\s*\n", shown):
        yield ""
        for line in _wrapped(paragraph):
            before = switch_on if within else ""
            within = (within or OPEN in line) and CLOSE not in line
            after = switch_off if within else ""
            yield f"{before}{line.replace(OPEN, opening).replace(CLOSE, closing)}{after}"


def _marked_text(text: str, start: int, end: int, *, body: int | None) -> str:
    """The text with the stretch marked: from `body` on, or only the context of the stretch."""
    if body is None:
        first, last = max(0, start - CONTEXT_CHARS), end + CONTEXT_CHARS
        before = "… " if first > 0 else ""
    else:
        first, last, before = body, len(text), ""
    after = " …" if last < len(text) else ""
    return f"{before}{text[first:start]}{OPEN}{text[start:end]}{CLOSE}{text[end:last]}{after}"


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 article`, `2 articles`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def cut(text: str, max_chars: int = 60) -> str:
    """A text on one line, cut to a number of characters, within a word if need be."""
    line = " ".join(printable(text).split())
    return line if len(line) <= max_chars else f"{line[: max_chars - 4].rstrip()} ..."


def article_line(article: Article) -> str:
    """Outlet, date and title of an article, on one line."""
    published = article.published[:10] if article.published else ""
    updated = f"updated {article.updated[:10]}" if article.updated else ""
    origin = filter(None, (cut(article.source or "", 80), published, updated))
    parts = [", ".join(origin), cut(article.title, 300)]
    return printable(": ".join(filter(None, parts)))


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    width = min(shutil.get_terminal_size((MAX_COLUMNS, 24)).columns, MAX_COLUMNS)
    lines = textwrap.wrap(
        printable(" ".join(text.split())),
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return lines or [first.rstrip()]
