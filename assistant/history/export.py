"""Turns as a document: Markdown, JSON, or one HTML page with the text of the articles."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_changes
from pathlib import Path
from typing import NamedTuple

from index.articles import Article, FullArticle
from index.index import Index

from ..answer.answer import Answer
from ..answer.documents import (
    STATUS_WORDS,
    answer_markdown,
    escape_markdown,
    render_template,
)
from ..answer.parts import Citation, articles_of
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
    answer = turn.answer
    text = f"asked {turn.asked[:16].replace('T', ' ')}"
    if answer is None:
        return text
    if answer.as_of:
        text += f", as of {answer.as_of}"
    if answer.standalone:
        text += f", understood as: {answer.standalone}"
    return text


# HTML


class _Cited(NamedTuple):
    """A citation, and the number of its turn."""

    turn: int
    citation: Citation

    @property
    def article(self) -> Article:
        """The article that is cited."""
        return self.citation.article

    @property
    def key(self) -> tuple[int, int]:
        """The numbers of turn and citation."""
        return self.turn, self.citation.number


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
    cited: list[_Cited] = []
    for number, turn in enumerate(turns, start=1):
        cited += [_Cited(number, citation) for citation in turn.citations]
    articles: list[_CitedArticle] = []
    lost: dict[tuple[int, int], str] = {}
    for article in articles_of(cited):
        quotes = [one for one in cited if one.article.id == article.id]
        full = stored(article.id, index) if index else None
        if full is None:
            lost |= {one.key: NOT_INDEXED for one in quotes}
            continue
        standing = [one for one in quotes if _stands_in(full, one.citation)]
        lost |= {one.key: CHANGED for one in quotes if one not in standing}
        if standing:
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


def _pieces(article: FullArticle, quotes: Sequence[_Cited]) -> Iterator[_Piece]:
    """The text of an article, cut where quotes begin and end."""
    text = article.text
    body = len(text) - len(text[article.body :].lstrip())
    borders = {body, len(text)}
    for _, citation in quotes:
        borders |= {citation.start, citation.end}
    for start, end in itertools.pairwise(sorted(borders)):
        yield _Piece(
            text[start:end],
            [one.key for one in quotes if one.citation.start <= start < one.citation.end],
            [one.key for one in quotes if one.citation.start == start],
            [one.key for one in quotes if one.citation.end == end],
        )


SUFFIXES: dict[str, Callable[[Sequence[Turn], Index | None, str], str]] = {
    ".md": to_markdown,
    ".html": to_html,
    ".json": to_json,
}
