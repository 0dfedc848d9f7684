"""Training pairs: a premise, a claim and a label, and the form of a premise."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LABELS = ("supported", "not_enough", "contradicted", "not_supported")


@dataclass(frozen=True)
class Pair:
    """A claim and its premise. label: one of LABELS, the last one for either of the two before it.

    twin: a key that a true claim and its faulty twin share; they have the same premise. Else empty.
    """

    premise: str
    claim: str
    label: str
    set: str
    twin: str = ""


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file, gzipped or not."""
    text = (
        gzip.decompress(path.read_bytes()).decode()
        if path.suffix == ".gz"
        else path.read_text("utf-8")
    )
    return [json.loads(line) for line in text.split("\n") if line]


def write_pairs(pairs: Iterable[Pair], path: Path) -> None:
    """Write one JSON object on each line."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs)


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a file that `write_pairs` wrote."""
    return [Pair(**row) for row in read_json_lines(path)]


def premise(head: str, sentences: Iterable[str]) -> str:
    """The text that the model reads beside a claim.

    head: outlet, date and headline on one line; may be empty.
    """
    body = " ".join(sentences)
    return f"{head} | {body}" if head else body
