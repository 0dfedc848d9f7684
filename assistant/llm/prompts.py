"""The prompts: one Markdown file each in `prompts/`, with $variables."""

from __future__ import annotations

import functools
import string
from collections.abc import Sequence
from pathlib import Path

from index.articles import content_id

__all__ = ["fill", "prompt_names", "prompts_hash", "variables"]

# In an installed package the prompts lie inside it, in a checkout beside it.
ASSISTANT = Path(__file__).parent.parent
INSTALLED, CHECKOUT = ASSISTANT / "prompts", ASSISTANT.parent / "prompts"
PROMPTS = INSTALLED if INSTALLED.is_dir() else CHECKOUT


@functools.cache
def _template(name: str) -> string.Template:
    return string.Template((PROMPTS / f"{name}.md").read_text("utf-8"))


def prompt_names() -> list[str]:
    """The names of all prompts."""
    return sorted(path.stem for path in PROMPTS.glob("*.md") if path.stem != "README")


def variables(name: str) -> list[str]:
    """The variables of a prompt, in the order in which they first stand in it."""
    return _template(name).get_identifiers()


def fill(name: str, **values: str) -> str:
    """The prompt with its variables replaced. Raises KeyError for a variable without a value.

    A value is put in as it is: a `$` in it is no variable.
    """
    return _template(name).substitute(values)


def prompts_hash(prompts: Sequence[str]) -> str:
    """Hash of the texts of these prompts: 16 hex digits."""
    return content_id(*(_template(name).template for name in prompts))
