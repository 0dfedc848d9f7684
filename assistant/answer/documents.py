"""An answer as a document: Markdown, or HTML that loads and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.articles import Article

from ..settings import QUOTES
from .parts import BRACKETED_NUMBERS, REFUSAL, AnswerData, Citation, Sentence, Status, Verdict
from .text import CLOSE, OPEN, article_line, notes, printable, with_answer

__all__ = [
    "STATUS_WORDS",
    "anchor",
    "answer_html",
    "answer_markdown",
    "clean",
    "escape_markdown",
    "file_name",
    "render_template",
]

# Characters that mean something to Markdown, or to the mathematics of notebooks.
MARKDOWN_CHARACTERS = re.compile(r"([\\`*_{}\[\]<>#|~&$!])")
# The beginning of a list, a heading or a rule.
MARKDOWN_LINE_START = re.compile(r"^(\s*)(?:([-+=])|(\d+)([.)]))")
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'()\[\]]+", re.I)

STATUS_WORDS = {
    Status.ANSWERED: "answered",
    Status.PARTIAL: "partly answered",
    Status.UNANSWERED: "not in the articles",
}
# Stands between a sentence that is not proven and the numbers of its quotes.
FLAGS = {Verdict.UNCERTAIN: "not verified; nearest quote:", Verdict.UNSUPPORTED: "unsupported"}


def answer_markdown(answer: AnswerData, turn: int | None = None) -> str:
    """The answer with its notes and sources; nothing of an article acts as Markdown or HTML.

    turn: its number in a document of several, where marks link to the sources.
    """
    blocks = [_sentence_markdown(sentence, turn) for sentence in answer.sentences] or [REFUSAL]
    blocks += [f"*{escape_markdown(note)}*" for note in notes(answer)]
    blocks += ["\n".join(_source_markdown(each, answer, turn)) for each in answer.citations]
    if answer.nearest:
        articles = [f"- {escape_markdown(article_line(article))}" for article in answer.nearest]
        blocks.append("\n".join(["The nearest articles:", "", *articles]))
    return "\n\n".join(blocks)


def _sentence_markdown(sentence: Sentence, turn: int | None) -> str:
    if turn is None or sentence.verdict is Verdict.UNCERTAIN:
        return escape_markdown(sentence.marked())
    text = BRACKETED_NUMBERS.sub(r"(\1)", sentence.text)
    marks = [f"[\\[{number}\\]](#{anchor(turn, number)})" for number in sentence.citations]
    return " ".join([escape_markdown(text), *marks])


def _source_markdown(citation: Citation, answer: AnswerData, turn: int | None) -> Iterator[str]:
    target = "" if turn is None else f'<a id="{anchor(turn, citation.number)}"></a>'
    url = web_address(citation.article)
    link = f" (<{url}>)" if url else ""
    head = escape_markdown(article_line(citation.article))
    yield f"{target}**\\[{citation.number}\\]** {head}{link}  "
    yield escape_markdown(place_of(citation))
    if not is_shown(citation, answer):
        yield ""
        for line in printable(citation.quote).splitlines():
            yield f"> {escape_markdown(line)}" if line.strip() else ">"


def escape_markdown(text: str) -> str:
    """The text on one line, nothing in it taken for Markdown or HTML."""
    escaped = MARKDOWN_CHARACTERS.sub(r"\\\1", " ".join(printable(text).split()))
    return MARKDOWN_LINE_START.sub(
        lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[1]}{m[3]}\\{m[4]}", escaped
    )


def answer_html(answer: AnswerData) -> str:
    """The answer as a piece of HTML that needs nothing else, for notebooks."""
    return render_template("answer.html", answer=answer)


def is_shown(citation: Citation, answer: AnswerData) -> bool:
    """Whether the quote is a sentence of the answer itself."""
    return any(sentence.text == citation.quote for sentence in answer.sentences)


def sentence_pieces(sentence: Sentence, answer: AnswerData) -> tuple[str, str, str]:
    """The sentence before, in and after what answers the question."""
    # An article's own "[7]" must not be taken for a mark.
    text = BRACKETED_NUMBERS.sub(r"(\1)", with_answer(sentence, answer.citations))
    before, _, rest = clean(" ".join(text.split())).partition(OPEN)
    answering, _, after = rest.partition(CLOSE)
    return before, answering, after


def anchor(turn: int, number: int) -> str:
    """The anchor of a citation on a page."""
    return f"t{turn}q{number}"


def clean(text: str) -> str:
    """The text without characters that a document may not have."""
    return printable(text).replace("\ufffe", "").replace("\uffff", "")


def web_address(article: Article) -> str | None:
    """The address of an article, if it is one that a browser may be sent to."""
    url = (article.url or "").strip()
    return url if WEB_ADDRESS.fullmatch(url) else None


def place_of(citation: Citation) -> str:
    """Where the quote stands: its file, characters and page."""
    page = citation.article.page_at(citation.start)
    place = f"{file_name(citation.article)}, characters {citation.start}-{citation.end}"
    return f"{place}, page {page}" if page else place


def file_name(article: Article) -> str:
    """The name of its file, or its id; a document that is passed on does not name our folders."""
    return Path(article.path).name if article.path else article.id


def render_template(name: str, **values: Any) -> str:
    """A template of `templates/` with these values, everything in them cleaned and escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        # What a macro gives is clean, and no plain string.
        finalize=lambda value: clean(value) if type(value) is str else value,
    )
    environment.filters.update(
        article_line=article_line,
        file_name=file_name,
        is_shown=is_shown,
        notes=notes,
        pieces=sentence_pieces,
        place=place_of,
        web_address=web_address,
    )
    environment.globals.update(
        anchor=anchor, flags=FLAGS, quotes=QUOTES, refusal=REFUSAL, status_words=STATUS_WORDS
    )
    rendered: str = environment.get_template(name).render(values)
    return rendered
