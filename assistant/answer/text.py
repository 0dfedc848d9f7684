"""How answers, passages and articles look on a terminal: plain text, no control sequence of an article in it."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from index.articles import Article, Filter, FullArticle, Passage

from ..settings import QUOTES
from .parts import AnswerData, Citation, FileState, Sentence, Status, Usage, Verdict
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

WIDEST = 100
SNIPPET = 240
SOURCES = 12
# Characters shown before and after a marked piece; it is marked by two private characters until lines are wrapped.
AROUND = 400
OPEN, CLOSE = "\ue000", "\ue001"
BOLD, PLAIN = "\x1b[1;7m", "\x1b[0m"
BRACKETS = ("⟦", "⟧")
# Control characters other than tab and line feed; characters that turn the direction of what follows.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

RETURN = re.compile(r"\r\n?")
# Characters shown of an outlet, and of a title.
LONGEST_SOURCE, LONGEST_TITLE = 80, 300

NOTES = {
    FileState.CHANGED: "the file has changed since it was indexed",
    FileState.MISSING: "the file is no longer there",
}


def printable(text: str) -> str:
    """The text without characters that would steer a terminal; a carriage return ends a line."""
    return UNPRINTABLE.sub("", RETURN.sub("\n", text))


def answer_lines(answer: AnswerData, *, verbose: bool = False) -> Iterator[str]:
    """The answer with its sources, wrapped to the terminal, each sentence on a line of its own; see `note_lines`."""
    if answer.standalone:
        yield from restated_lines(answer.standalone)
    for sentence in answer.sentences:
        yield from sentence_lines(sentence)
    if not answer.sentences:
        yield answer.text
    yield from note_lines(answer, verbose=verbose)


def restated_lines(standalone: str) -> list[str]:
    """As what a question was understood, from those before it."""
    return _wrapped(f"(understood as: {standalone})")


def sentence_lines(sentence: Sentence, citations: Sequence[Citation] = ()) -> list[str]:
    """A sentence with its marks, and what answers the question between OPEN and CLOSE, as `with_answer` puts them."""
    return _wrapped(replace(sentence, text=with_answer(sentence, citations)).marked())


def with_answer(sentence: Sentence, citations: Sequence[Citation]) -> str:
    """The text of a sentence that is a quote, with what answers the question between OPEN and CLOSE."""
    text = sentence.text
    for citation in citations:
        if citation.answer and citation.number in sentence.citations and citation.quote == text:
            start, end = (
                citation.answer.start - citation.start,
                citation.answer.end - citation.start,
            )
            pieces = (text[:start], text[start:end], text[end:])
            before, answering, after = (
                piece.replace(OPEN, " ").replace(CLOSE, " ") for piece in pieces
            )
            return f"{before}{OPEN}{answering}{CLOSE}{after}"
    return text


def note_lines(answer: AnswerData, *, verbose: bool = False) -> Iterator[str]:
    """What stands below an answer: how far it can be relied on, its sources, what wrote it.

    verbose: with the file of each source, and the characters of it that are quoted.
    """
    for note in notes(answer):
        yield ""
        yield from _wrapped(f"({note})")
    if answer.citations:
        yield ""
    cited = list(dict.fromkeys(citation.article.id for citation in answer.citations))
    for id in cited:
        yield from _source_lines(
            [each for each in answer.citations if each.article.id == id], answer, verbose
        )
    if answer.nearest:
        yield ""
        yield "The nearest articles:"
        for article in answer.nearest:
            yield from _wrapped(article_line(article), "  - ", "    ")
    if answer.model != QUOTES:
        yield ""
        yield from _wrapped(_written_by(answer))


def notes(answer: AnswerData) -> Iterator[str]:
    """What is to be said of an answer beside its sources."""
    if answer.model == QUOTES and answer.status is Status.PARTIAL:
        yield "These are the nearest sentences; they may not be what was asked."
    # An answer of a model that lacks nothing may have dropped a sentence that only introduced the others.
    lacks = answer.model != QUOTES and answer.status is not Status.ANSWERED
    verdicts = [sentence.verdict for sentence in answer.sentences]
    if lacks and answer.dropped and Verdict.UNSUPPORTED not in verdicts:
        count = len(answer.dropped)
        what = (
            "1 sentence of the model was" if count == 1 else f"{count} sentences of the model were"
        )
        yield f"{what} left out, because no quote supports what it said; --show-unsupported shows it."
    if Verdict.UNCERTAIN in verdicts:
        count = verdicts.count(Verdict.UNCERTAIN)
        what = "1 sentence is" if count == 1 else f"{count} sentences are"
        yield f"{what} not verified: the nearest quote is named, and does not prove it."
    yield from (f"{notice[0].upper()}{notice[1:]}." for notice in answer.notices)


def _written_by(answer: AnswerData) -> str:
    return f"Written by {answer.model} ({used(answer.usage)}); every sentence checked against its quotes."


def used(usage: Usage, *, thousands: str = "") -> str:
    """Tokens and dollars; thousands: what stands between each three digits."""
    cost = "cost unknown" if usage.cost_usd is None else f"${usage.cost_usd:.4f}"
    tokens = (
        "tokens unknown"
        if usage.prompt_tokens is None or usage.completion_tokens is None
        else f"{usage.prompt_tokens:{thousands}} + {usage.completion_tokens:{thousands}} tokens"
    )
    return f"{tokens}, {cost}"


def _source_lines(
    citations: Sequence[Citation], answer: AnswerData, verbose: bool
) -> Iterator[str]:
    """An article that is cited, with the numbers of its quotes."""
    article = citations[0].article
    head = " ".join(f"[{citation.number}]" for citation in citations) + " "
    indent = " " * len(f"[{citations[0].number}] ")
    pages = sorted({page for citation in citations if (page := article.page_at(citation.start))})
    paged = f", page {', '.join(map(str, pages))}" if pages else ""
    yield from _wrapped(f"{article_line(article)}{paged}", head, indent)
    if verbose:
        where = ", ".join(f"{citation.start}-{citation.end}" for citation in citations)
        yield from _wrapped(f"{article.path or article.id}, characters {where}", indent, indent)
        for path in article.also_at:
            yield from _wrapped(f"also at: {path}", indent, indent)
    shown = {sentence.text for sentence in answer.sentences}
    for citation in citations:
        if citation.quote not in shown:
            number = f"[{citation.number}] " if len(citations) > 1 else ""
            yield from _wrapped(f"{number}“{citation.quote}”", indent, indent)
    also = {other.id: other for citation in citations for other in citation.also}
    for other in also.values():
        yield from _wrapped(f"also in: {article_line(other)}", indent, indent)
    for copy in citations[0].copies:
        if copy.id not in also:
            yield from _wrapped(f"a near-copy: {article_line(copy)}", indent, indent)
    if citations[0].file in NOTES:
        yield f"{indent}note: {NOTES[citations[0].file]}"


def passage_lines(number: int, passage: Passage, *, prefix: str = "") -> Iterator[str]:
    """A passage as a search result: its article, its place, and how it begins."""
    head = f"{prefix}{number}. "
    indent = " " * len(head)
    yield from _wrapped(article_line(passage.article), head, indent)
    yield f"{indent}{printable(passage.article.id)} {passage.start}:{passage.end}  score {passage.score:.3f}"
    yield from _wrapped(
        textwrap.shorten(printable(passage.text), SNIPPET, placeholder=" ..."), indent, indent
    )


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
        among = _filter_text(query.within)
        yield from _wrapped(
            f"by {query.by}{among}: “{query.text}”, {counted(query.found, 'passage')}", "", "  "
        )
    for hit in trace.hits:
        yield from _wrapped(_hit_text(hit), "", "  ")


def _filter_text(within: Filter | None) -> str:
    if not within:
        return ""
    days = " to ".join(
        filter(None, [within.since or ("…" if within.until else ""), within.until or ""])
    )
    parts = [*within.sources, *within.authors, *within.articles, *([days] if days else [])]
    return f" in {', '.join(parts)}{_filter_text(within.also)}"


def _hit_text(hit: Hit) -> str:
    ranks = [
        f"{name} {rank}"
        for name, rank in (("meaning", hit.by_meaning), ("words", hit.by_words))
        if rank
    ]
    parts = [*ranks, *([f"bonus {hit.bonus:.2f}"] if hit.bonus else []), f"score {hit.score:.3f}"]
    if hit.kept_for:
        parts.append(f"a place kept for “{hit.kept_for}”")
    return f"{hit.article} {hit.start}:{hit.end}  {', '.join(parts)}" + (
        f"; not shown: {hit.dropped}" * bool(hit.dropped)
    )


def status_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """What an index holds, a line each."""
    first, last = facts["published"]
    dates = f", published from {first} to {last}" if first else ""
    sources = [f"{source} {count}" for source, count in list(facts["sources"].items())[:SOURCES]]
    more = len(facts["sources"]) - len(sources)
    yield f"index:     {facts['index']}"
    yield f"articles:  {facts['articles']}{dates}"
    yield f"passages:  {facts['passages']}"
    yield from _wrapped(
        ", ".join(sources) + (f", and {more} more" if more else ""), "sources:   ", " " * 11
    )
    yield f"embedder:  {facts['embedder']}" + (
        "" if ":" in facts["embedder"] else " (on this machine)"
    )
    yield f"model:     {facts['model']}" + (
        " (the articles' own sentences)" if facts["model"] == QUOTES else ""
    )
    yield from _wrapped("; ".join(facts["leaves"]) or "nothing", "leaves this machine: ", " " * 11)


def article_lines(
    article: FullArticle,
    marked: tuple[int, int] | None,
    *,
    whole: bool = False,
    styled: bool = True,
) -> Iterator[str]:
    """An article to read; or the characters from start to end of it, marked, with what stands around them.

    whole: all of the article also where something is marked. styled: mark by the terminal's means, not with brackets.
    """
    yield from _wrapped(article_line(article))
    yield printable(article.url or article.path or article.id)
    for path in article.also_at:
        yield printable(f"also at: {path}")
    marks = (BOLD, PLAIN) if styled else BRACKETS
    text = article.text.replace(OPEN, " ").replace(CLOSE, " ")
    within = False
    shown = (
        _marked_text(text, *marked, body=article.body if whole else None)
        if marked
        else text[article.body :]
    )
    for paragraph in re.split(r"\n\s*\n", shown):
        yield ""
        for line in _wrapped(paragraph):
            # Pagers forget at the end of a line what was switched on in it.
            begins = styled and within
            within = (within or OPEN in line) and CLOSE not in line
            ends = styled and within
            yield f"{BOLD * begins}{line.replace(OPEN, marks[0]).replace(CLOSE, marks[1])}{PLAIN * ends}"


def _marked_text(text: str, start: int, end: int, *, body: int | None) -> str:
    """The text with the stretch marked: from `body` on, or only what stands around it."""
    first, last = (max(0, start - AROUND), end + AROUND) if body is None else (body, len(text))
    before, after = "… " * (body is None and first > 0), " …" * (last < len(text))
    return f"{before}{text[first:start]}{OPEN}{text[start:end]}{CLOSE}{text[end:last]}{after}"


def counted(number: int, what: str) -> str:
    """A number of things: `1 article`, `2 articles`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def cut(text: str, most: int = 60) -> str:
    """A text on one line, no longer than so many characters."""
    line = " ".join(printable(text).split())
    # A word that is too long for it is cut too.
    return line if len(line) <= most else f"{line[: most - 4].rstrip()} ..."


def article_line(article: Article) -> str:
    """Outlet, date and title of an article, on one line."""
    dates = [
        (article.published or "")[:10],
        f"updated {article.updated[:10]}" if article.updated else None,
    ]
    origin = ", ".join(
        filter(None, [article.source and cut(article.source, LONGEST_SOURCE), *dates])
    )
    return printable(": ".join(filter(None, [origin, cut(article.title, LONGEST_TITLE)])))


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    width = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    lines = textwrap.wrap(
        printable(" ".join(text.split())),
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return lines or [first.rstrip()]
