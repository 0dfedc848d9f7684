"""Results on standard output as JSON, notices on standard error."""

from __future__ import annotations

import json
import sys
from typing import Any

__all__ = ["print_json", "print_notice"]


def print_json(value: Any) -> None:
    """Print a value indented, with all characters as they are."""
    print(json.dumps(value, ensure_ascii=False, indent=2), flush=True)


def print_notice(text: str) -> None:
    """Print a line that is not part of the result."""
    print(f"assistant: {text}", file=sys.stderr, flush=True)
