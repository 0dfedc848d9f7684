"""Secrets that may stand in what somebody typed or a server answered, and are never written to a file."""

from __future__ import annotations

import functools
import json
import os
import re

__all__ = ["redacted"]

# Variables whose values are secrets, and how keys of well-known services look.
NAMED = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.I)
KEY = re.compile(
    r"\b(?:sk-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{30,}|gh[pousr]_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}"
    r"|xox[abpr]-[A-Za-z0-9-]{10,}|AKIA[A-Z0-9]{16}|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2})"
    r"|(?<=\bBearer\s)[A-Za-z0-9._~+/=-]{8,}|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^\"]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?=\"|\Z))"
)
# Shorter values are words that texts may have; these count only as words of their own.
SHORTEST, SHORT = 5, 8
HIDDEN = "[secret]"


def redacted(text: str) -> str:
    """The text, which may be JSON, with secrets of this process's environment, and what looks like a key, hidden."""
    for name, value in os.environ.items():
        if NAMED.search(name) and len(value) >= SHORTEST:
            for written in {
                value,
                json.dumps(value)[1:-1],
                json.dumps(value, ensure_ascii=False)[1:-1],
            }:
                text = _pattern(written).sub(HIDDEN, text)
    return KEY.sub(HIDDEN, text)


@functools.lru_cache(maxsize=64)
def _pattern(value: str) -> re.Pattern[str]:
    """The value also where a line ends in it, as it does in a question of several lines."""
    broken = r"(?:\s|\\n)?".join(map(re.escape, value)) if len(value) >= SHORT else re.escape(value)
    return re.compile(broken if len(value) >= SHORT else rf"(?<!\w){broken}(?!\w)")
