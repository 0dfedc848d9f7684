"""Answers questions over a set of articles and proves every answer with exact quotations.

    from assistant import ask
    print(ask("Who said what?"))

`ask` is a function over one `Assistant`. Both are loaded when first used: `assistant --help` is
quick.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.articles import Article, Filter, Passage
    from index.errors import AssistantError

    from .answer.answer import Answer
    from .answer.parts import Citation, Sentence
    from .assistant import Assistant, ask

_index = find_spec("index")
if (
    _index
    and _index.origin
    and Path(_index.origin).parent != Path(__file__).parent.with_name("index")
):
    # The folder of the script that runs comes first.
    raise ImportError(f"{_index.origin} hides the package “index” of quoteproof: rename it")

__all__ = [
    "Answer",
    "Article",
    "Assistant",
    "AssistantError",
    "Citation",
    "Filter",
    "Passage",
    "Sentence",
    "ask",
]
__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())

_HOMES = {
    "Answer": "assistant.answer.answer",
    "Article": "index.articles",
    "Assistant": "assistant.assistant",
    "AssistantError": "index.errors",
    "Citation": "assistant.answer.parts",
    "Filter": "index.articles",
    "Passage": "index.articles",
    "Sentence": "assistant.answer.parts",
    "ask": "assistant.assistant",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
