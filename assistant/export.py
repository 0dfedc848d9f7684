"""Turns as a document: Markdown, one HTML page with the articles' text, or JSON."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from index.articles import Article
from index.index import Index

from .answer import BRACKETED_NUMBERS, REFUSAL, Answer, Citation, Sentence, Verdict
from .errors import ExportError
from .log import Turn
from .secrets import redacted
from .settings import QUOTES
from .terminal import CLOSE, OPEN, article_line, notes, printable, with_answer
from .verify.proof import stored

__all__ = [
    "FORMATS",
    "answer_html",
    "answer_markdown",
    "clean",
    "export",
    "filled",
    "to_html",
    "to_json",
    "to_markdown",
]

# What Markdown, and the mathematics of notebooks, take for marks of theirs.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$!])")
# What begins a list, a heading or a rule at the start of a line.
BEGINS = re.compile(r"^(\s*)(?:([-+=])|(\d+)([.)]))")
# What stands behind a sentence, before its marks, where they do not prove it.
FLAGS = {Verdict.UNCERTAIN: "not verified; nearest quote:", Verdict.UNSUPPORTED: "unsupported"}
LINK = re.compile(r"https?://[^\s<>\"'()\[\]]+", re.I)


def export(turns: Sequence[Turn], path: Path, index: Index | None, *, title: str, replace: bool = False) -> None:
    """Write the turns to `path`, in the format that its ending names. Raises ExportError where that cannot be.

    index: where the page takes the articles' text from; without one it has the quotes only.
    replace: whether a file that is there may be written over.
    """
    make = FORMATS.get(path.suffix.lower())
    if make is None:
        raise ExportError(f"{path} ends in none of {', '.join(FORMATS)}: which format is it to have?")
    if not turns:
        raise ExportError("there is nothing to export yet: ask something first")
    document = make([_without_secrets(turn) for turn in turns], index, redacted(title))
    try:
        with path.open("w" if replace else "x", encoding="utf-8", newline="\n") as file:
            file.write(document)
    except FileExistsError:
        raise ExportError(f"{path} is there already: name another file, or say that it may be replaced (-f)") from None
    except OSError as error:
        raise ExportError(f"{path} cannot be written ({error.strerror or error})") from error


def _without_secrets(turn: Turn) -> Turn:
    answer = turn.answer
    if answer:
        passages = answer.passages
        answer = Answer.from_dict(json.loads(redacted(json.dumps(answer.to_dict(), ensure_ascii=False))))
        answer = dataclasses.replace(answer, passages=passages)
    return dataclasses.replace(
        turn, question=redacted(turn.question), error=redacted(turn.error or "") or None, answer=answer
    )


# JSON


def to_json(turns: Sequence[Turn], index: Index | None, title: str) -> str:
    """An object: the title, and the turns as `Turn.to_dict` names them."""
    told = {"title": title, "turns": [turn.to_dict() for turn in turns]}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


# Markdown


def to_markdown(turns: Sequence[Turn], index: Index | None, title: str) -> str:
    """A document with a section for each turn."""
    blocks = [f"# {_md(title)}"]
    for turn in turns:
        blocks += [f"## {_md(turn.question)}", f"*{_md(_heading(turn))}*"]
        blocks.append(answer_markdown(turn.answer) if turn.answer else _md(f"No answer: {turn.error}"))
    return "\n\n".join(blocks) + "\n"


def answer_markdown(answer: Answer) -> str:
    """The answer with its notes and sources, nothing in it taken for Markdown or HTML that is not ours."""
    blocks = [_md(sentence.marked()) for sentence in answer.sentences] or [REFUSAL]
    blocks += [f"*{_md(note)}*" for note in notes(answer)]
    blocks += ["\n".join(_citation_md(citation)) for citation in answer.citations]
    if answer.nearest:
        blocks.append("\n".join(["The nearest articles:", "", *(f"- {_md(article_line(a))}" for a in answer.nearest)]))
    return "\n\n".join(blocks)


def _citation_md(citation: Citation) -> Iterator[str]:
    article = citation.article
    url = _url(article)
    yield f"**\\[{citation.number}\\]** {_md(article_line(article))}" + (f" (<{url}>)" if url else "") + "  "
    yield _md(_place(citation))
    yield ""
    yield from (f"> {_md(line)}" if line.strip() else ">" for line in printable(citation.quote).splitlines())


def _md(text: str) -> str:
    escaped = SPECIAL.sub(r"\\\1", " ".join(printable(text).split()))
    return BEGINS.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[1]}{m[3]}\\{m[4]}", escaped)


# HTML


def answer_html(answer: Answer) -> str:
    """The answer as a piece of HTML that needs nothing else, for notebooks."""
    return filled("answer.html", answer=_told(answer, 1))


def to_html(turns: Sequence[Turn], index: Index | None, title: str) -> str:
    """One page: the answers, and the articles with each quote marked where it stands. It loads and runs nothing."""
    told = [
        {
            "number": number,
            "question": clean(turn.question),
            "heading": _heading(turn),
            "error": clean(turn.error or ""),
            "answer": _told(turn.answer, number) if turn.answer else None,
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


def _told(answer: Answer, turn: int) -> dict[str, Any]:
    return {
        "sentences": [_sentence(each, answer, turn, i) for i, each in enumerate(answer.sentences, start=1)],
        "refusal": REFUSAL,
        "notes": [clean(note) for note in notes(answer)],
        "sources": [_source(citation, turn) for citation in answer.citations],
        "nearest": [clean(article_line(article)) for article in answer.nearest],
        "model": "" if answer.model == QUOTES else clean(answer.model),
    }


def _sentence(sentence: Sentence, answer: Answer, turn: int, place: int) -> dict[str, Any]:
    # An article's own "[7]" must not be taken for a mark.
    own = BRACKETED_NUMBERS.sub(r"(\1)", with_answer(sentence, answer.citations))
    marks = [(number, _anchor(turn, number)) for number in sentence.citations]
    before, _, rest = clean(" ".join(own.split())).partition(OPEN)
    answering, _, after = rest.partition(CLOSE)
    return {
        "pieces": [(before, False), (answering, True), (after, False)],
        "anchor": f"t{turn}s{place}",
        "marks": marks,
        "verdict": sentence.verdict.value,
        "flag": FLAGS.get(sentence.verdict, ""),
    }


def _source(citation: Citation, turn: int) -> dict[str, Any]:
    return {
        "number": citation.number,
        "anchor": _anchor(turn, citation.number),
        "head": clean(article_line(citation.article)),
        "place": clean(_place(citation)),
        "url": _url(citation.article),
        "quote": clean(citation.quote),
        "also": [clean(article_line(article)) for article in (*citation.also, *citation.copies)],
    }


def _articles(cited: Sequence[tuple[int, Citation]], index: Index | None) -> Iterator[dict[str, Any]]:
    """Each cited article with its text, cut where quotes begin and end; what is not there any more with its quotes."""
    for article in {citation.article.id: citation.article for _, citation in cited}.values():
        quotes = [(turn, citation) for turn, citation in cited if citation.article.id == article.id]
        full = stored(article.id, index) if index else None
        text, body = (full.text, full.body) if full else ("", 0)
        whole = [(t, c) for t, c in quotes if full and text[c.start : c.end] == c.quote and c.start >= body]
        yield {
            "head": clean(article_line(article)),
            "place": clean(_name(article)),
            "url": _url(article),
            "pieces": list(_pieces(text, body, whole)) if whole else [],
            "lost": [_quoted(turn, citation) for turn, citation in quotes if (turn, citation) not in whole],
            "known": full is not None,
        }


def _quoted(turn: int, citation: Citation) -> dict[str, Any]:
    return {"anchor": _anchor(turn, citation.number), "label": _label(turn, citation), "quote": clean(citation.quote)}


def _pieces(text: str, body: int, quotes: Sequence[tuple[int, Citation]]) -> Iterator[dict[str, Any]]:
    """The text in pieces: which quotes each is part of, which begin with it, and which end."""
    body += len(text[body:]) - len(text[body:].lstrip())
    borders = sorted({body, len(text), *(c.start for _, c in quotes), *(c.end for _, c in quotes)})
    for start, end in itertools.pairwise(borders):
        yield {
            "text": clean(text[start:end]),
            "of": [_anchor(turn, c.number) for turn, c in quotes if c.start <= start < c.end],
            "begin": [_anchor(turn, c.number) for turn, c in quotes if c.start == start],
            "end": [(_label(turn, c), turn) for turn, c in quotes if c.end == end],
        }


def _anchor(turn: int, number: int) -> str:
    return f"t{turn}q{number}"


def _label(turn: int, citation: Citation) -> str:
    return f"{turn}.{citation.number}"


def clean(text: str) -> str:
    """The text without characters that a document may not have."""
    return printable(text).replace("\ufffe", "").replace("\uffff", "")


def _url(article: Article) -> str | None:
    """The address of an article, if it is one that a browser may be sent to."""
    url = (article.url or "").strip()
    return url if LINK.fullmatch(url) else None


def _place(citation: Citation) -> str:
    page = citation.article.page_at(citation.start)
    where = f"characters {citation.start}-{citation.end}" + (f", page {page}" if page else "")
    return f"{_name(citation.article)}, {where}"


def _name(article: Article) -> str:
    """Its file, or id. In which folder it lies is nobody's business who is given the document."""
    return Path(article.path).name if article.path else article.id


def _heading(turn: Turn) -> str:
    answer = turn.answer
    as_of = f"as of {answer.as_of}" if answer and answer.as_of else None
    understood = f"understood as: {answer.standalone}" if answer and answer.standalone else None
    status = answer.status.value if answer else None
    return ", ".join(filter(None, [f"asked {turn.asked[:16].replace('T', ' ')}", as_of, status, understood]))


def filled(name: str, **values: Any) -> str:
    """A template of `templates/` with these values, everything in them escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    filled: str = environment.get_template(name).render(values)
    return filled


FORMATS: dict[str, Callable[[Sequence[Turn], Index | None, str], str]] = {
    ".md": to_markdown,
    ".html": to_html,
    ".json": to_json,
}
