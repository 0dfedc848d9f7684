"""Turns as a document: Markdown, one HTML page with the articles' text, or JSON."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from index.index import Index

from ..answer.answer import Answer
from ..answer.documents import (
    anchor,
    answer_markdown,
    clean,
    file_name,
    filled,
    markdown,
    template_values,
    web_address,
)
from ..answer.parts import Citation
from ..answer.quotes import stored
from ..answer.text import article_line
from ..errors import ExportError
from .log import Turn
from .secrets import redacted

__all__ = ["FORMATS", "export", "to_html", "to_json", "to_markdown"]


def export(
    turns: Sequence[Turn], path: Path, index: Index | None, *, title: str, replace: bool = False
) -> None:
    """Write the turns to `path`, in the format that its ending names. Raises ExportError where that cannot be.

    index: where the page takes the articles' text from; without one it has the quotes only.
    replace: whether a file that is there may be written over.
    """
    make = FORMATS.get(path.suffix.lower())
    if make is None:
        raise ExportError(
            f"{path} ends in none of {', '.join(FORMATS)}: which format is it to have?"
        )
    if not turns:
        raise ExportError("there is nothing to export yet: ask something first")
    document = make([_without_secrets(turn) for turn in turns], index, redacted(title))
    try:
        with path.open("w" if replace else "x", encoding="utf-8", newline="\n") as file:
            file.write(document)
    except FileExistsError:
        raise ExportError(
            f"{path} is there already: name another file, or say that it may be replaced (-f)"
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
        answer = dataclasses.replace(answer, passages=passages)
    return dataclasses.replace(
        turn,
        question=redacted(turn.question),
        error=redacted(turn.error or "") or None,
        answer=answer,
    )


# JSON


def to_json(turns: Sequence[Turn], index: Index | None, title: str) -> str:
    """An object: the title, and the turns as `Turn.to_dict` names them."""
    told = {"title": title, "turns": [turn.to_dict() for turn in turns]}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


# Markdown


def to_markdown(turns: Sequence[Turn], index: Index | None, title: str) -> str:
    """A document with a section for each turn."""
    blocks = [f"# {markdown(title)}"]
    for turn in turns:
        blocks += [f"## {markdown(turn.question)}", f"*{markdown(_heading(turn))}*"]
        blocks.append(
            answer_markdown(turn.answer) if turn.answer else markdown(f"No answer: {turn.error}")
        )
    return "\n\n".join(blocks) + "\n"


# HTML


def to_html(turns: Sequence[Turn], index: Index | None, title: str) -> str:
    """One page: the answers, and the articles with each quote marked where it stands. It loads and runs nothing."""
    told = [
        {
            "number": number,
            "question": clean(turn.question),
            "heading": _heading(turn),
            "error": clean(turn.error or ""),
            "answer": template_values(turn.answer, number) if turn.answer else None,
        }
        for number, turn in enumerate(turns, start=1)
    ]
    cited = [
        (number, citation)
        for number, turn in enumerate(turns, start=1)
        for citation in (turn.answer.citations if turn.answer else ())
    ]
    articles = list(_articles(cited, index))
    return filled("session.html", title=clean(title), turns=told, articles=articles, cited=cited)


def _articles(
    cited: Sequence[tuple[int, Citation]], index: Index | None
) -> Iterator[dict[str, Any]]:
    """Each cited article with its text, cut where quotes begin and end; what is not there any more with its quotes."""
    for article in {citation.article.id: citation.article for _, citation in cited}.values():
        quotes = [(turn, citation) for turn, citation in cited if citation.article.id == article.id]
        full = stored(article.id, index) if index else None
        text, body = (full.text, full.body) if full else ("", 0)
        whole = [
            (t, c)
            for t, c in quotes
            if full and text[c.start : c.end] == c.quote and c.start >= body
        ]
        yield {
            "head": clean(article_line(article)),
            "place": clean(file_name(article)),
            "url": web_address(article),
            "pieces": list(_pieces(text, body, whole)) if whole else [],
            "lost": [
                _quoted(turn, citation)
                for turn, citation in quotes
                if (turn, citation) not in whole
            ],
            "known": full is not None,
        }


def _quoted(turn: int, citation: Citation) -> dict[str, Any]:
    return {
        "anchor": anchor(turn, citation.number),
        "label": _label(turn, citation),
        "quote": clean(citation.quote),
    }


def _pieces(
    text: str, body: int, quotes: Sequence[tuple[int, Citation]]
) -> Iterator[dict[str, Any]]:
    """The text in pieces: which quotes each is part of, which begin with it, and which end."""
    body += len(text[body:]) - len(text[body:].lstrip())
    borders = sorted({body, len(text), *(c.start for _, c in quotes), *(c.end for _, c in quotes)})
    for start, end in itertools.pairwise(borders):
        yield {
            "text": clean(text[start:end]),
            "of": [anchor(turn, c.number) for turn, c in quotes if c.start <= start < c.end],
            "begin": [anchor(turn, c.number) for turn, c in quotes if c.start == start],
            "end": [(_label(turn, c), turn) for turn, c in quotes if c.end == end],
        }


def _label(turn: int, citation: Citation) -> str:
    return f"{turn}.{citation.number}"


def _heading(turn: Turn) -> str:
    answer = turn.answer
    as_of = f"as of {answer.as_of}" if answer and answer.as_of else None
    understood = f"understood as: {answer.standalone}" if answer and answer.standalone else None
    status = answer.status.value if answer else None
    return ", ".join(
        filter(None, [f"asked {turn.asked[:16].replace('T', ' ')}", as_of, status, understood])
    )


FORMATS: dict[str, Callable[[Sequence[Turn], Index | None, str], str]] = {
    ".md": to_markdown,
    ".html": to_html,
    ".json": to_json,
}
