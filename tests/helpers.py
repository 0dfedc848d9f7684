"""What several tests of the offline half need."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from index.articles import FullArticle
from index.embedding.bge import BgeSmall
from index.loading.folders import Reader

ROOT = Path(__file__).parent.parent

# What goes wrong in texts: marks and joiners, line ends of all kinds, control characters, no spaces, both directions.
ODD = [
    "\r\n", "\r", "\n", "\n\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\t", " ", "\u00a0", "\u200b", "\ufeff",
    "\x00", "\x1b[31m", "---\n", "title: x", "# ", "- ", "1. ", "…", ".", "!", "?", '"', "”", ")", "Mr. ", "U.S. ",
    "😀", "👩\u200d👩\u200d👧", "🇩🇪", "e\u0301", "a\u0301\u0323\u0308", "\u0301", "ﬁ", "İ", "ß", "１２", "½",
    "مرحبا ", "שלום ", "\u202eabc\u202c", "Привет ", "水位上涨。", "ひらがな", "สวัสดี", "한국어 ", "नमस्ते ", "\U0010ffff",
    "Rain fell. ", "Who knew? ", "said", "4,500", "x" * 200, "ab1" * 90, "a b " * 60,
]  # fmt: skip
odd_texts = st.lists(st.sampled_from(ODD) | st.text(max_size=20), max_size=30).map("".join)


@dataclass(frozen=True)
class Reading:
    articles: list[FullArticle]
    skipped: list[str]
    ignored: int

    @property
    def article(self) -> FullArticle:
        """The only article, of an input in which nothing else was."""
        (article,) = self.articles
        assert not self.skipped
        return article

    @property
    def fault(self) -> str:
        """The line about the only input, which could not be read."""
        (line,) = self.skipped
        assert not self.articles
        return line


def read(*inputs: str | Path) -> Reading:
    reader = Reader(inputs)
    articles = list(reader)
    return Reading(articles, [str(skipped) for skipped in reader.skipped], reader.ignored)


def put(path: Path, content: str | bytes) -> Path:
    """Write a file, folders included, without touching line ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def json_lines(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def article(text: str, *, id: str = "a", title: str = "News", **facts: Any) -> FullArticle:
    return FullArticle(id=id, title=title, text=text, **facts)


def texts_of(articles: Iterable[FullArticle]) -> list[str]:
    return [article.text for article in articles]


@functools.cache
def bge_small() -> BgeSmall:
    return BgeSmall()


def run_python(code: str, *arguments: str | Path) -> str:
    """What the code prints in a new interpreter: for what it imports and whom it calls."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert process.returncode == 0, process.stderr
    return process.stdout
