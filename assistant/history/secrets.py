"""Secrets in a question or in the answer of a server, which are never written to a file."""

from __future__ import annotations

import functools
import json
import os
import re

__all__ = ["redacted"]

# Environment variables whose values are secrets.
SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.I)
# Keys of well-known services, bearer tokens, passwords in addresses, private keys.
SERVICE_KEY = re.compile(
    r"\b(?:sk-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{30,}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}"
    r"|xox[abpr]-[A-Za-z0-9-]{10,}|AKIA[A-Z0-9]{16}|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2})"
    r"|(?<=\bBearer\s)[A-Za-z0-9._~+/=-]{8,}|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^\"]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?=\"|\Z))"
)
# A shorter value of a variable may be any word; one below MIN_SPLIT_CHARS is hidden as a word only.
MIN_VALUE_CHARS, MIN_SPLIT_CHARS = 5, 8
HIDDEN = "[secret]"


def redacted(text: str) -> str:
    """The text, or JSON, with the secrets of the environment and well-known keys hidden."""
    for name, value in os.environ.items():
        if SECRET_NAME.search(name) and len(value) >= MIN_VALUE_CHARS:
            for written in {
                value,
                json.dumps(value)[1:-1],
                json.dumps(value, ensure_ascii=False)[1:-1],
            }:
                text = _pattern(written).sub(HIDDEN, text)
    return SERVICE_KEY.sub(HIDDEN, text)


@functools.lru_cache(maxsize=64)
def _pattern(value: str) -> re.Pattern[str]:
    """The value, also broken over lines as in a question of several lines."""
    if len(value) < MIN_SPLIT_CHARS:
        return re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
    return re.compile(r"(?:\s|\\n)?".join(map(re.escape, value)))
