"""Every text that a user can see, listed in `messages.txt` to be read as a whole.

`python -m tests.test_messages --write` renews the list. The texts are collected from the syntax
trees of both packages and from the templates; the fields of f-strings are shown as {…}.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = Path(__file__).parent / "messages.txt"
RENEW = "python -m tests.test_messages --write"
HEAD = f"""\
The texts that users can see, file by file; the program fills in {{…}} when it runs.
`{RENEW}` renews this list. Read what it changed as an editor would.
"""

# Two words, or a word and a field.
SENTENCE = re.compile(
    r"[^\W\d_]{2,}\S* +\S*[^\W\d_{]|[^\W\d_]{3,}\S* +\{…\}|\{…\} +\(?[^\W\d_]{3,}"
)
WORD = re.compile(r"[^\W\d_]{4,}")
PATTERN = re.compile(r"\(\?|\\[bBdDsSwWAZ]|\[\^|\)[?*+]|\[[A-Z][a-z]\]")
CODE = re.compile(
    r"\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|WHERE|BEGIN|AND|import|Callable)\b"
)
# Calls whose texts are looked for or styled, not shown.
SILENT_CALLS = {
    *("compile", "search", "match", "sub", "split", "execute", "highlight_regex", "frozenset"),
    *("startswith", "endswith", "removeprefix", "replace", "get", "getLogger", "one_of"),
}
SILENT_KEYWORDS = {"style", "headers", "action", "metavar"}
# Calls whose texts are shown even if they are one word.
SHOWING_CALLS = {"print", "print_notice", "CheckResult"}


def texts_of_module(tree: ast.Module) -> Iterator[str]:
    """The texts of a module that read like sentences, from top to bottom."""
    yield from texts_below(tree, shown=False)


def texts_below(node: ast.AST, *, shown: bool) -> Iterator[str]:
    """shown: the texts are printed or raised, so that one word is a text too."""
    if isinstance(node, ast.Constant | ast.JoinedStr):
        text = joined(node)
        if is_message(text, shown):
            yield text
        for part in getattr(node, "values", ()):
            if isinstance(part, ast.FormattedValue):
                yield from texts_below(part.value, shown=False)
        return
    if is_silent(node):
        return
    shown = shown or is_showing(node)
    for child in children(node):
        yield from texts_below(child, shown=shown)


def joined(node: ast.Constant | ast.JoinedStr) -> str:
    """The text of a string, the fields as {…}; empty for other constants."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = [part.value if isinstance(part, ast.Constant) else "{…}" for part in node.values]
    return "".join(map(str, parts))


def is_message(text: str, shown: bool) -> bool:
    if PATTERN.search(text) or CODE.match(text):
        return False
    return bool(SENTENCE.search(text) or (shown and WORD.search(text)))


def is_silent(node: ast.AST) -> bool:
    """Whether the texts below are docstrings, keys, types or patterns."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Call):
        return called(node) in SILENT_CALLS
    if isinstance(node, ast.keyword):
        return node.arg in SILENT_KEYWORDS
    return isinstance(node, ast.Compare | ast.Set | ast.MatchValue)


def is_showing(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return called(node) in SHOWING_CALLS
    if isinstance(node, ast.keyword):
        return node.arg in ("help", "description", "epilog")
    return isinstance(node, ast.Raise)


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", "") or getattr(node.func, "id", "")


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below, without annotations, subscripts and the keys of dictionaries."""
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns", "slice", "keys"):
            values = value if isinstance(value, list) else [value]
            yield from (child for child in values if isinstance(child, ast.AST))


def texts_of_template(template: str) -> Iterator[str]:
    """The lines of a template that have words, without markup, scripts and styles."""
    template = re.sub(r"(?s)\{#.*?#\}|<(style|script).*?</\1>", "", template)
    template = re.sub(r"(?s)\{\{.*?\}\}", "{…}", template)
    attributes = re.findall(r'(?:title|alt|aria-label)="([^"]+)"', template)
    text = re.sub(r"(?s)\{%.*?%\}|<[^>]*>", "\n", template)
    lines = [" ".join(line.split()) for line in (*attributes, *text.splitlines())]
    yield from (line for line in lines if WORD.search(line))


def collect() -> str:
    """The whole list."""
    blocks = [HEAD]
    for package in ("index", "assistant"):
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix == ".py":
                texts = texts_of_module(ast.parse(path.read_text("utf-8")))
            elif path.suffix == ".html":
                texts = texts_of_template(path.read_text("utf-8"))
            else:
                continue
            lines = dict.fromkeys(text.strip().replace("\n", "\\n") for text in texts)
            if lines:
                blocks.append("\n  ".join([str(path.relative_to(ROOT)), *lines]) + "\n")
    return "\n".join(blocks)


def test_every_message_is_listed_to_be_read() -> None:
    assert LIST.read_text("utf-8") == collect(), f"read the new messages, then `{RENEW}`"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        LIST.write_text(collect(), "utf-8")
    else:
        print(collect())
