"""Turns as a document: Markdown, JSON, or one HTML page with the text of the articles."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_changes
from pathlib import Path

from index.articles import Article, FullArticle
from index.index import Index

from ..answer.answer import Answer
from ..answer.documents import (
    STATUS_WORDS,
    answer_markdown,
    escape_markdown,
    render_template,
)
from ..answer.parts import Citation
from ..answer.quotes import stored
from ..errors import ExportError
from .log import Turn
from .secrets import redacted

# Why a quote is not marked in the text of its article.
CHANGED = "the article has changed since; this is what it said"
NOT_INDEXED = "the article is not in the index; this is what it said"

__all__ = ["SUFFIXES", "export", "to_html", "to_json", "to_markdown"]


def export(
    turns: Sequence[Turn], path: Path, index: Index | None, *, title: str, replace: bool = False
) -> None:
    """Write the turns to `path`, in the format of its suffix. Raises ExportError if it cannot.

    index: has the text of the articles for the page, which has the quotes only without one.
    replace: whether an existing file may be overwritten.
    """
    make = SUFFIXES.get(path.suffix.lower())
    if make is None:
        raise ExportError(
            f"{path} has no known suffix: end its name in one of {', '.join(SUFFIXES)}"
        )
    if not turns:
        raise ExportError("there is nothing to export yet: ask something first")
    document = make([_without_secrets(turn) for turn in turns], index, redacted(title))
    try:
        with path.open("w" if replace else "x", encoding="utf-8", newline="\n") as file:
            file.write(document)
    except FileExistsError:
        raise ExportError(
            f"{path} already exists: name another file, or replace it with -f"
        ) from None
    except OSError as error:
        raise ExportError(f"{path} cannot be written ({error.strerror or error})") from error


def _without_secrets(turn: Turn) -> Turn:
    answer = turn.answer
    if answer:
        passages = answer.passages
        answer = Answer.from_dict(
            json.loads(redacted(json.dumps(answer.to_dict(), ensure_ascii=False)))
        )
        answer = with_changes(answer, passages=passages)
    return with_changes(
        turn,
        question=redacted(turn.question),
        error=redacted(turn.error or "") or None,
        answer=answer,
    )


# JSON


def to_json(turns: Sequence[Turn], index: Index | None, title: str) -> str:
    """An object with the title and the turns, each as in `Turn.to_dict`."""
    data = {"title": title, "turns": [turn.to_dict() for turn in turns]}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


# Markdown


def to_markdown(turns: Sequence[Turn], index: Index | None, title: str) -> str:
    """A document with a section for each turn, and a list of contents where there are several."""
    blocks = [f"# {escape_markdown(title)}"]
    if len(turns) > 1:
        contents = [
            f"{number}. [{escape_markdown(turn.question)}](#t{number}): {_status_words(turn)}"
            for number, turn in enumerate(turns, start=1)
        ]
        blocks.append("\n".join(contents))
    for number, turn in enumerate(turns, start=1):
        blocks.append(f'<a id="t{number}"></a>')
        blocks.append(f"## {escape_markdown(turn.question)}")
        blocks.append(f"**{_status_words(turn)}** · {escape_markdown(_circumstances(turn))}")
        if turn.answer:
            blocks.append(answer_markdown(turn.answer, number))
        else:
            blocks.append(escape_markdown(turn.error or ""))
    return "\n\n".join(blocks) + "\n"


def _status_words(turn: Turn) -> str:
    return STATUS_WORDS[turn.answer.status] if turn.answer else "no answer"


def _circumstances(turn: Turn) -> str:
    """When it was asked, as of which day, and how it was understood."""
    facts = [f"asked {turn.asked[:16].replace('T', ' ')}"]
    if turn.answer and turn.answer.as_of:
        facts.append(f"as of {turn.answer.as_of}")
    if turn.answer and turn.answer.standalone:
        facts.append(f"understood as: {turn.answer.standalone}")
    return ", ".join(facts)


# HTML


@dataclass(frozen=True)
class _Piece:
    """A stretch of an article; the quotes (turn, number) that hold it, start and end with it."""

    text: str
    quotes: list[tuple[int, int]]
    starting: list[tuple[int, int]]
    ending: list[tuple[int, int]]


@dataclass(frozen=True)
class _CitedArticle:
    article: Article
    pieces: list[_Piece]


def to_html(turns: Sequence[Turn], index: Index | None, title: str) -> str:
    """One page: the answers, and the articles with each quote marked. It loads and runs nothing."""
    cited = [
        (number, citation)
        for number, turn in enumerate(turns, start=1)
        for citation in (turn.answer.citations if turn.answer else ())
    ]
    articles: list[_CitedArticle] = []
    lost: dict[tuple[int, int], str] = {}
    for article in {citation.article.id: citation.article for _, citation in cited}.values():
        full = stored(article.id, index) if index else None
        standing = []
        for turn, citation in cited:
            if citation.article.id != article.id:
                continue
            if full and _stands_in(full, citation):
                standing.append((turn, citation))
            else:
                lost[turn, citation.number] = CHANGED if full else NOT_INDEXED
        if full and standing:
            articles.append(_CitedArticle(article, list(_pieces(full, standing))))
    return render_template(
        "session.html",
        title=title,
        turns=turns,
        cited=cited,
        articles=articles,
        lost_quotes=lost,
        circumstances=_circumstances,
    )


def _stands_in(article: FullArticle, citation: Citation) -> bool:
    quoted = article.text[citation.start : citation.end]
    return quoted == citation.quote and citation.start >= article.body


def _pieces(article: FullArticle, quotes: Sequence[tuple[int, Citation]]) -> Iterator[_Piece]:
    """The text of an article, cut where quotes begin and end."""
    text = article.text
    body = len(text) - len(text[article.body :].lstrip())
    borders = {body, len(text)}
    for _, citation in quotes:
        borders |= {citation.start, citation.end}
    for start, end in itertools.pairwise(sorted(borders)):
        yield _Piece(
            text[start:end],
            [(turn, c.number) for turn, c in quotes if c.start <= start < c.end],
            [(turn, c.number) for turn, c in quotes if c.start == start],
            [(turn, c.number) for turn, c in quotes if c.end == end],
        )


SUFFIXES: dict[str, Callable[[Sequence[Turn], Index | None, str], str]] = {
    ".md": to_markdown,
    ".html": to_html,
    ".json": to_json,
}
