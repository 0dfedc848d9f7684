"""Read the formats that articles come in: one function a format, bytes in, articles out."""

from __future__ import annotations

import contextlib
import datetime
import io
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
from .exported import OWN, exported

__all__ = ["LARGEST", "PARSERS", "Skipped", "UnreadableError", "parse_jsonl", "sniff", "storable"]

# Bytes of one article; a larger one is a data dump, not an article.
LARGEST = 20_000_000
LONGEST_TITLE = 200
# Of what may stand in a field: characters, nesting, items of a list.
LONGEST_FACT, DEEPEST, MOST_PARTS = 1_000, 3, 50

BOM = "\ufeff"
FRONT_MATTER = re.compile(
    r"\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
KEY_VALUE = re.compile(r"^([A-Za-z_]+)[ \t]*:[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
HEADING = re.compile(r"^#[ \t]+(.+?)[ \t#]*\r?$", re.MULTILINE)
CHARSET = re.compile(rb"<meta[^>]+charset|<\?xml[^>]+encoding", re.IGNORECASE)
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\s\u2028\u2029]+")

# A file's name may have them, and what is said of it is one line.
LINE_ENDS = {ord("\n"): "\\n", ord("\r"): "\\r"}


@dataclass(frozen=True)
class Skipped:
    """An input that was not read: where it is (a path, a line of a file) and why not.

    path: the file or folder, None for standard input.
    """

    where: str
    reason: str
    path: str | None = None

    def __str__(self) -> str:
        return f"{self.where.translate(LINE_ENDS)}: {self.reason}"


class UnreadableError(Exception):
    """An input cannot be read; the text is the reason that the user sees."""


def sniff(data: bytes) -> str:
    """The key of PARSERS that fits an input without a name."""
    head = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1000].lower()
    if head.startswith(b"%pdf-"):
        return ".pdf"
    if head.startswith((b"<!doctype html", b"<html", b"<?xml")):
        return ".html"
    text = _decode(data)
    return ".md" if FRONT_MATTER.match(text) or HEADING.match(text.removeprefix(BOM)) else ".txt"


def parse_text(data: bytes, path: str | None) -> FullArticle:
    """Plain text. The title is the first line, or the file's name where the first line is more than a title."""
    text = _decode(data)
    return _article(
        {"title": _first_line(text)}, text, path, body=len(BOM) if text.startswith(BOM) else 0
    )


def parse_markdown(data: bytes, path: str | None) -> FullArticle:
    """Markdown with optional YAML front matter (title, date, updated, source, author, url, id)."""
    text = _decode(data)
    front = FRONT_MATTER.match(text)
    if front and front.group(1).strip() and not KEY_VALUE.search(front.group(1)):
        front = None  # text between two rules
    facts = _front_matter(front.group(1)) if front else {}
    body = front.end() if front else len(BOM) if text.startswith(BOM) else 0
    heading = HEADING.search(text, body)
    title = heading.group(1) if heading else _first_line(text[body:])
    return _article(
        {"title": title, **{k: v for k, v in facts.items() if v}}, text, path, body=body
    )


def parse_html(data: bytes, path: str | None) -> FullArticle:
    """A web page: main text, title, date, author and site as trafilatura finds them."""
    import trafilatura

    if not CHARSET.search(data[:2000]):
        _decode(data)
    with _damaged("page"):
        document: Any = trafilatura.bare_extraction(
            data,
            with_metadata=True,
            include_comments=False,
            # Only dates that the page states; the extensive search guesses one from any year in the text.
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
    return _article(facts, document.text.replace("\n", "\n\n"), path)


def parse_pdf(data: bytes, path: str | None) -> FullArticle:
    """The text of a PDF, pages divided by a blank line; title, author and date from its own description."""
    import pypdf

    if b"%%EOF" not in data[-2048:]:
        raise UnreadableError("truncated or no PDF: its end mark is missing")
    with _damaged("PDF"):
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError("a PDF that asks for a password")
        texts = [storable(page.extract_text()) for page in reader.pages]
        about = reader.metadata or pypdf.DocumentInformation()
        facts = {"title": about.title, "author": about.author, "date": _pdf_date(about)}
    if not any(text.strip() for text in texts):
        raise UnreadableError("a PDF without text (scanned pages?)")
    text, pages = _joined(texts)
    return _article(facts, text, path, pages=pages)


@contextlib.contextmanager
def _damaged(kind: str) -> Iterator[None]:
    """Say of whatever a foreign parser stumbles over that the input is damaged: their errors are of all kinds."""
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(f"a damaged {kind} ({_one_line(error)[:200]})") from error


def _pdf_date(about: Any) -> object:
    try:
        return about.creation_date
    except ValueError:
        return None


def parse_jsonl(stream: IO[bytes], path: str | None, where: str) -> Iterator[FullArticle | Skipped]:
    """One article a line: id, title, source, author, published, updated, url, text. Blank lines are nothing."""
    number = 0
    empty = True
    while True:
        number += 1
        try:
            line = stream.readline(LARGEST + 1)
            if not line:
                if empty:
                    yield Skipped(where, "empty", path)
                return
            empty = empty and not line.strip()
            if len(line) > LARGEST:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(LARGEST)
                raise UnreadableError(f"an article over {LARGEST // 1_000_000} MB")
            if line.strip():
                yield _json_article(line, path)
        except UnreadableError as error:
            yield Skipped(f"{where} line {number}", str(error), path)
        except (OSError, EOFError, zlib.error) as error:
            yield Skipped(
                f"{where} line {number}", f"cannot be read further ({_one_line(error)})", path
            )
            return


PARSERS: dict[str, Callable[[bytes, str | None], FullArticle]] = {
    ".txt": parse_text,
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".html": parse_html,
    ".htm": parse_html,
    ".pdf": parse_pdf,
}


def _json_article(line: bytes, path: str | None) -> FullArticle:
    try:
        facts = json.loads(_decode(line).removeprefix(BOM))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"bad JSON ({_one_line(error)})") from error
    if not isinstance(facts, dict) or not isinstance(facts.get("text"), str):
        raise UnreadableError('no article: an object with a "text" is expected')
    text = storable(facts["text"])
    own = [_plain(facts.get(key)) or "" for key in ("title", "source", "published", "url")]
    article = _article(
        {**facts, "id": _plain(facts.get("id")) or content_id(text, *own)}, text, path
    )
    return exported(article, facts.get(OWN))


def _article(
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
        id=_plain(facts.get("id")) or content_id(text),
        title=_plain(facts.get("title")) or _first_line(text[body:]) or name,
        source=_plain(facts.get("source")),
        author=_plain(facts.get("author")),
        published=_date(facts.get("published") or facts.get("date")),
        updated=_date(facts.get("updated")),
        url=_plain(facts.get("url")),
        path=path,
        text=text,
        body=body,
        pages=pages,
    )


def _joined(texts: list[str]) -> tuple[str, tuple[int, ...]]:
    """The pages' texts as one, and where each page begins in it."""
    starts = [0]
    for text in texts[:-1]:
        starts.append(starts[-1] + len(text) + 2)
    return "\n\n".join(texts), tuple(starts)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"not UTF-8 (byte {data[error.start]:#04x} at {error.start}): convert it first"
        ) from error


def _front_matter(yaml_text: str) -> dict[str, Any]:
    """The front matter's facts; where it is not YAML (an unquoted colon in a title), its `key: value` lines."""
    try:
        facts = yaml.safe_load(yaml_text)
    except (yaml.YAMLError, ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        facts = {key: value.strip("\"'") for key, value in KEY_VALUE.findall(yaml_text)}
    return {str(key).lower(): value for key, value in facts.items()}


def _first_line(text: str) -> str | None:
    lines = (line for line in text.removeprefix(BOM).split("\n", 20) if any(map(str.isalnum, line)))
    line = _one_line(next(lines, ""))
    return line if 0 < len(line) <= LONGEST_TITLE else None


def _date(value: Any) -> str | None:
    return iso_date(value if isinstance(value, datetime.date) else _plain(value))


def _plain(value: Any, depth: int = 0) -> str | None:
    """One printable line from whatever stands in a field: a text, a number, a list of them, or {"name": ...}."""
    if value is None or isinstance(value, bool) or depth > DEEPEST:
        return None
    if isinstance(value, dict):
        return _plain(value.get("name"), depth + 1)
    if isinstance(value, list | tuple):
        parts = [_plain(item, depth + 1) for item in value[:MOST_PARTS]]
        return ", ".join(filter(None, parts))[:LONGEST_FACT] or None
    try:
        return _one_line(value)[:LONGEST_FACT] or None
    except ValueError:
        # An integer of more digits than Python writes.
        return None


def _one_line(value: object) -> str:
    return UNPRINTABLE.sub(" ", storable(str(value))).strip()


def storable(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot hold, replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
