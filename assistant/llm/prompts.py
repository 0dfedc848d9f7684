"""The prompts: one Markdown file each in `prompts/`, with $variables."""

from __future__ import annotations

import functools
import string
from collections.abc import Sequence
from pathlib import Path

from index.articles import content_id

__all__ = ["fill", "fingerprint", "names", "variables"]

# In an installed package the prompts lie inside it, in a checkout beside it.
PACKAGE = Path(__file__).parent.parent
FOLDERS = (PACKAGE / "prompts", PACKAGE.parent / "prompts")


@functools.cache
def _template(name: str) -> string.Template:
    return string.Template((_folder() / f"{name}.md").read_text("utf-8"))


def _folder() -> Path:
    return next(folder for folder in FOLDERS if folder.is_dir())


def names() -> list[str]:
    """The prompts there are."""
    return sorted(path.stem for path in _folder().glob("*.md") if path.stem != "README")


def variables(name: str) -> list[str]:
    """The variables of a prompt, in the order in which they first stand in it."""
    return _template(name).get_identifiers()


def fill(name: str, **values: str) -> str:
    """The prompt with its variables replaced; raises KeyError for a variable without a value.

    A value is put in as it is: a `$` in it is no variable.
    """
    return _template(name).substitute(values)


def fingerprint(prompts: Sequence[str]) -> str:
    """Hash of the texts of these prompts: 16 hex digits, the same wherever they are the same."""
    return content_id(*(_template(name).template for name in prompts))
