"""An answer as a document: Markdown, or HTML that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.articles import Article

from ..settings import QUOTES
from .parts import BRACKETED_NUMBERS, REFUSAL, AnswerData, Citation, Sentence, Verdict
from .text import CLOSE, OPEN, article_line, notes, printable, with_answer

__all__ = [
    "anchor",
    "answer_html",
    "answer_markdown",
    "clean",
    "file_name",
    "filled",
    "markdown",
    "template_values",
    "web_address",
]

# What Markdown, and the mathematics of notebooks, take for marks of theirs.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$!])")
# What begins a list, a heading or a rule at the start of a line.
BEGINS = re.compile(r"^(\s*)(?:([-+=])|(\d+)([.)]))")
# What stands behind a sentence, before its marks, where they do not prove it.
FLAGS = {Verdict.UNCERTAIN: "not verified; nearest quote:", Verdict.UNSUPPORTED: "unsupported"}
LINK = re.compile(r"https?://[^\s<>\"'()\[\]]+", re.I)


def answer_markdown(answer: AnswerData) -> str:
    """The answer with its notes and sources, nothing in it taken for Markdown or HTML that is not ours."""
    blocks = [markdown(sentence.marked()) for sentence in answer.sentences] or [REFUSAL]
    blocks += [f"*{markdown(note)}*" for note in notes(answer)]
    blocks += ["\n".join(_citation_md(citation)) for citation in answer.citations]
    if answer.nearest:
        blocks.append(
            "\n".join(
                [
                    "The nearest articles:",
                    "",
                    *(f"- {markdown(article_line(a))}" for a in answer.nearest),
                ]
            )
        )
    return "\n\n".join(blocks)


def _citation_md(citation: Citation) -> Iterator[str]:
    article = citation.article
    url = web_address(article)
    yield (
        f"**\\[{citation.number}\\]** {markdown(article_line(article))}"
        + (f" (<{url}>)" if url else "")
        + "  "
    )
    yield markdown(_place(citation))
    yield ""
    yield from (
        f"> {markdown(line)}" if line.strip() else ">"
        for line in printable(citation.quote).splitlines()
    )


def markdown(text: str) -> str:
    """The text on one line, nothing in it taken for Markdown or HTML."""
    escaped = SPECIAL.sub(r"\\\1", " ".join(printable(text).split()))
    return BEGINS.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[1]}{m[3]}\\{m[4]}", escaped)


def answer_html(answer: AnswerData) -> str:
    """The answer as a piece of HTML that needs nothing else, for notebooks."""
    return filled("answer.html", answer=template_values(answer, 1))


def template_values(answer: AnswerData, turn: int) -> dict[str, Any]:
    """What the templates show of an answer. turn: its number on the page."""
    return {
        "sentences": [
            _sentence(each, answer, turn, i) for i, each in enumerate(answer.sentences, start=1)
        ],
        "refusal": REFUSAL,
        "notes": [clean(note) for note in notes(answer)],
        "sources": [_source(citation, turn) for citation in answer.citations],
        "nearest": [clean(article_line(article)) for article in answer.nearest],
        "model": "" if answer.model == QUOTES else clean(answer.model),
    }


def _sentence(sentence: Sentence, answer: AnswerData, turn: int, place: int) -> dict[str, Any]:
    # An article's own "[7]" must not be taken for a mark.
    own = BRACKETED_NUMBERS.sub(r"(\1)", with_answer(sentence, answer.citations))
    marks = [(number, anchor(turn, number)) for number in sentence.citations]
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
        "anchor": anchor(turn, citation.number),
        "head": clean(article_line(citation.article)),
        "place": clean(_place(citation)),
        "url": web_address(citation.article),
        "quote": clean(citation.quote),
        "also": [clean(article_line(article)) for article in (*citation.also, *citation.copies)],
    }


def anchor(turn: int, number: int) -> str:
    """The anchor of a citation on a page."""
    return f"t{turn}q{number}"


def clean(text: str) -> str:
    """The text without characters that a document may not have."""
    return printable(text).replace("\ufffe", "").replace("\uffff", "")


def web_address(article: Article) -> str | None:
    """The address of an article, if it is one that a browser may be sent to."""
    url = (article.url or "").strip()
    return url if LINK.fullmatch(url) else None


def _place(citation: Citation) -> str:
    page = citation.article.page_at(citation.start)
    where = f"characters {citation.start}-{citation.end}" + (f", page {page}" if page else "")
    return f"{file_name(citation.article)}, {where}"


def file_name(article: Article) -> str:
    """The name of its file, or its id. In which folder it lies is nobody's business who is given the document."""
    return Path(article.path).name if article.path else article.id


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
