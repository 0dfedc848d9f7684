"""Training items: a question, a passage and its answer, and the form of a passage."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from pairs import premise, read_json_lines


@dataclass(frozen=True)
class Item:
    """A question beside a passage.

    start, end: characters of `passage` that answer the question; -1 if none does or the place is
    not known. answerable: whether the passage answers it. set: its origin. twin: a key that an
    answered question and one that is not answered share, beside the same passage; else empty.
    """

    question: str
    passage: str
    start: int
    end: int
    answerable: bool
    set: str
    twin: str = ""


def write_items(items: Iterable[Item], path: Path) -> None:
    """Write one JSON object on each line."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in items)


def read_items(path: Path) -> list[Item]:
    """The items of a file that `write_items` wrote."""
    return [Item(**row) for row in read_json_lines(path)]


def item(
    question: str,
    head: str,
    body: str,
    span: tuple[int, int] | None,
    answerable: bool,
    set_: str,
    twin: str = "",
) -> Item:
    """An item as in the product: outlet, date and headline, a bar, and a part of the article.

    span: characters of `body`.
    """
    shown = premise(head, [body])
    start, end = span or (-1, -1)
    if span:
        start, end = (place + len(shown) - len(body) for place in span)
    return Item(question, shown, start, end, answerable, set_, twin)
