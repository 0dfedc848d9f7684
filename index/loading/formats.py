"""Parse the formats of articles: one function each, from bytes to articles."""

from __future__ import annotations

import contextlib
import datetime
import io
import itertools
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any

import yaml

from ..articles import FullArticle, content_id
from .dates import iso_date
from .exported import OWN_KEY, with_exported_fields

__all__ = [
    "MAX_ARTICLE_BYTES",
    "PARSERS",
    "Skipped",
    "parse_article",
    "parse_jsonl",
    "parse_sniffed",
    "storable",
]

# What is larger is a data dump, not an article.
MAX_ARTICLE_BYTES = 20_000_000

BOM = "\ufeff"
PAGE_BREAK = "\n\n"
FRONT_MATTER = re.compile(
    r"\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
KEY_VALUE = re.compile(r"""^([A-Za-z_]+)[ \t]*:[ \t]*["']*(.*?)["']*[ \t\r]*$""", re.MULTILINE)
HEADING = re.compile(r"^#[ \t]+(.+?)[ \t#]*\r?$", re.MULTILINE)
CHARSET = re.compile(rb"<meta[^>]+charset|<\?xml[^>]+encoding", re.IGNORECASE)
UNPRINTABLE_RUN = re.compile(r"[\x00-\x1f\x7f-\x9f\s\u2028\u2029]+")

# The name of a file may have them, and a message is one line.
LINE_ENDS = {ord("\n"): "\\n", ord("\r"): "\\r"}


@dataclass(frozen=True)
class Skipped:
    """An input that was not read: its path, or a line of a file, and the reason.

    path: the file or folder, None for standard input.
    """

    where: str
    reason: str
    path: str | None = None

    def __str__(self) -> str:
        return f"{self.where.translate(LINE_ENDS)}: {self.reason}"


class UnreadableError(Exception):
    """An input cannot be read; the text is the reason that is shown."""


# From bytes, and the path of the file; raises UnreadableError.
Parser = Callable[[bytes, str | None], FullArticle]


def parse_sniffed(data: bytes, path: str | None) -> FullArticle:
    """An input without a name, in the format that it seems to have."""
    return PARSERS[_sniff(data)](data, path)


def _sniff(data: bytes) -> str:
    head = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1000].lower()
    if head.startswith(b"%pdf-"):
        return ".pdf"
    if head.startswith((b"<!doctype html", b"<html", b"<?xml")):
        return ".html"
    text = _decode(data)
    is_markdown = FRONT_MATTER.match(text) or HEADING.match(text.removeprefix(BOM))
    return ".md" if is_markdown else ".txt"


def parse_text(data: bytes, path: str | None) -> FullArticle:
    """Plain text. The title is the first line, or the name of the file if that is long."""
    text = _decode(data)
    return _make_article({}, text, path, body=_bom_length(text))


def parse_markdown(data: bytes, path: str | None) -> FullArticle:
    """Markdown with optional YAML front matter (title, date, updated, source, author, url, id)."""
    text = _decode(data)
    front = FRONT_MATTER.match(text)
    if front and front.group(1).strip() and not KEY_VALUE.search(front.group(1)):
        # This is text between two rules.
        front = None
    facts = _front_matter(front.group(1)) if front else {}
    body = front.end() if front else _bom_length(text)
    heading = HEADING.search(text, body)
    if heading:
        facts.setdefault("title", heading.group(1))
    return _make_article(facts, text, path, body=body)


def parse_html(data: bytes, path: str | None) -> FullArticle:
    """A web page: its main text, title, date, author and site as trafilatura finds them."""
    import trafilatura

    if not CHARSET.search(data[:2000]):
        _decode(data)
    with _damaged("page"):
        document: Any = trafilatura.bare_extraction(
            data,
            with_metadata=True,
            include_comments=False,
            # Dates that the page states; the extensive search guesses from any year in the text.
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    if document is None or not document.text:
        raise UnreadableError("no article text was found in this page")
    facts = {
        "title": document.title,
        "date": document.date,
        "author": document.author,
        "source": document.sitename or document.hostname,
        "url": document.url,
    }
    return _make_article(facts, document.text.replace("\n", "\n\n"), path)


def parse_pdf(data: bytes, path: str | None) -> FullArticle:
    """The text of a PDF with blank lines between pages; its metadata has the facts."""
    import pypdf

    if b"%%EOF" not in data[-2048:]:
        raise UnreadableError("not a complete PDF: its end mark is missing")
    with _damaged("PDF"):
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError("a PDF with a password: save it without one")
        texts = [storable(page.extract_text()) for page in reader.pages]
        about = reader.metadata or pypdf.DocumentInformation()
        facts = {"title": about.title, "author": about.author, "date": _pdf_date(about)}
    whole = PAGE_BREAK.join(texts)
    if not whole.strip():
        raise UnreadableError("a PDF without text (scanned pages?)")
    lengths = [len(text) + len(PAGE_BREAK) for text in texts[:-1]]
    pages = tuple(itertools.accumulate(lengths, initial=0))
    return _make_article(facts, whole, path, pages=pages)


@contextlib.contextmanager
def _damaged(kind: str) -> Iterator[None]:
    """Turn any error of a parser, which may be of any type, into an UnreadableError."""
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(f"a damaged {kind} ({_printable_line(error)[:200]})") from error


def _pdf_date(about: Any) -> object:
    try:
        return about.creation_date
    except ValueError:
        return None


def parse_jsonl(stream: IO[bytes], path: str | None, where: str) -> Iterator[FullArticle | Skipped]:
    """An article a line: id, title, source, author, published, updated, url, text."""
    number, empty = 0, True
    try:
        for number, line in enumerate(_read_lines(stream), start=1):
            if line.strip():
                empty = False
                yield parse_article(_parse_json, line, path, f"{where} line {number}")
    except (OSError, EOFError, zlib.error) as error:
        reason = f"cannot be read further ({_printable_line(error)})"
        yield Skipped(f"{where} line {number + 1}", reason, path)
    else:
        if empty:
            yield Skipped(where, "empty", path)


def _read_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream; of a line that is too long the beginning, still too long."""
    while line := stream.readline(MAX_ARTICLE_BYTES + 1):
        yield line
        while len(line) > MAX_ARTICLE_BYTES and not line.endswith(b"\n"):
            line = stream.readline(MAX_ARTICLE_BYTES + 1)


def parse_article(
    parse: Parser, data: bytes, path: str | None, where: str
) -> FullArticle | Skipped:
    """The article that `parse` makes of the data, or the reason why it cannot be read."""
    try:
        if len(data) > MAX_ARTICLE_BYTES:
            raise UnreadableError(f"over {MAX_ARTICLE_BYTES // 1_000_000} MB")
        return parse(data, path)
    except UnreadableError as error:
        return Skipped(where, str(error), path)


PARSERS: dict[str, Parser] = {
    ".txt": parse_text,
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".html": parse_html,
    ".htm": parse_html,
    ".pdf": parse_pdf,
}


def _parse_json(line: bytes, path: str | None) -> FullArticle:
    try:
        facts = json.loads(_decode(line).removeprefix(BOM))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"bad JSON ({_printable_line(error)})") from error
    if not isinstance(facts, dict) or not isinstance(facts.get("text"), str):
        raise UnreadableError('not an article: an object with a "text" is expected')
    text = storable(facts["text"])
    if not _fact(facts.get("id")):
        names = ("title", "source", "published", "url")
        facts["id"] = content_id(text, *(_fact(facts.get(name)) or "" for name in names))
    return with_exported_fields(_make_article(facts, text, path), facts.get(OWN_KEY))


def _make_article(
    facts: Mapping[str, Any],
    text: str,
    path: str | None,
    *,
    body: int = 0,
    pages: tuple[int, ...] = (),
) -> FullArticle:
    if not text[body:].strip():
        raise UnreadableError("empty")
    name = PurePath(path).stem if path else "standard input"
    return FullArticle(
        id=_fact(facts.get("id")) or content_id(text),
        title=_fact(facts.get("title")) or _first_line(text[body:]) or name,
        source=_fact(facts.get("source")),
        author=_fact(facts.get("author")),
        published=_fact_date(facts.get("published") or facts.get("date")),
        updated=_fact_date(facts.get("updated")),
        url=_fact(facts.get("url")),
        path=path,
        text=text,
        body=body,
        pages=pages,
    )


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"not UTF-8 (byte {data[error.start]:#04x} at {error.start}): convert it first"
        ) from error


def _front_matter(yaml_text: str) -> dict[str, Any]:
    """The fields of front matter; `key: value` lines if it is not YAML, as with a stray colon."""
    facts: Any = None
    with contextlib.suppress(yaml.YAMLError, ValueError, RecursionError):
        facts = yaml.safe_load(yaml_text)
    if not isinstance(facts, dict):
        facts = dict(KEY_VALUE.findall(yaml_text))
    return {str(key).lower(): value for key, value in facts.items() if value}


def _bom_length(text: str) -> int:
    return len(BOM) if text.startswith(BOM) else 0


def _first_line(text: str) -> str | None:
    """The first line with a letter or digit, if it is short enough for a title."""
    for line in text.removeprefix(BOM).split("\n", 20):
        if any(map(str.isalnum, line)):
            title = _printable_line(line)
            return title if len(title) <= 200 else None
    return None


def _fact_date(value: Any) -> str | None:
    return iso_date(value if isinstance(value, datetime.date) else _fact(value))


def _fact(value: Any, depth: int = 0) -> str | None:
    """A field as one printable line: a text, a number, a list of them, or {"name": ...}.

    Lists and objects may be nested three deep; of a list the first 50 items count.
    """
    if depth > 3:
        return None
    match value:
        case None | bool():
            return None
        case dict():
            return _fact(value.get("name"), depth + 1)
        case list() | tuple():
            parts = [_fact(item, depth + 1) for item in value[:50]]
            text = ", ".join(filter(None, parts))
        case _:
            try:
                text = _printable_line(value)
            except ValueError:
                # Python does not print integers of thousands of digits.
                return None
    return text[:1_000] or None


def _printable_line(value: object) -> str:
    return UNPRINTABLE_RUN.sub(" ", storable(str(value))).strip()


def storable(text: str) -> str:
    """The text with lone surrogates replaced, which UTF-8 cannot encode."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
