"""Make pairs of claims that were written for this, and of sentences of the same texts with one thing changed.

    python written_pairs.py OUT.jsonl --articles ARTICLES [--data DATA] [--split train|dev] [--twins] [--seed 1]

claims/news.jsonl and claims/general.jsonl have an excerpt a line: the id of its `article`, or the `set` of questions
and the `row` in it whose passage it is; the `places` of its sentences (start and end in the text); and `claims`: `c`
the claim, `s` the sentences, from 1, that it has to be compared with, `v` S (supported), N (not enough) or C
(contradicted), `k` the kind. The texts are not in them: ARTICLES has the articles (`id, title, source, published,
text`, gzipped JSON lines), DATA the sets of questions. An article in ten is of the `dev` split, for choosing the
temperature, and gives the written claims only, without changes.

A premise is what the product shows: a line with outlet, date and headline, and one to three sentences. A claim is seen
beside the window that has all it needs, beside just the sentences that it needs, and, not supported there, beside
another window. With --twins only twins are made, both beside one premise: true claims with their faulty twins, and
sentences of the text with and without a change.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alterations import altered, dated, names_in
from pairs import Pair, premise, read_json_lines, write_pairs

CLAIMS = Path(__file__).parent / "claims"
LABELS = {"S": "supported", "N": "not_enough", "C": "contradicted"}
MAX_WINDOW = 3
# Claims that need each of their sentences: without one of them they are not supported.
NEEDS_ALL = frozenset({"synthesis", "list"})
# Sentences of an article that are taken as they are.
OWN_SENTENCES = 2
OWN_LENGTHS = range(60, 240)


class Sentences:
    """The sentences of an excerpt, by number from 0. article: `title`, `source` and `published` of its text."""

    def __init__(self, article: dict[str, Any], text: str, places: Sequence[Sequence[int]]) -> None:
        self.published = (article.get("published") or "").replace("/", "-")[:10]
        self.head = head_of(article.get("title") or "", article.get("source") or "", self.published)
        self.texts = [" ".join(text[start:end].split()) for start, end in places]
        self.names = sorted({match.group() for text in self.texts for match in names_in(text)})

    def window(self, first: int, last: int) -> str:
        """The premise of the sentences from `first` to `last`, both included."""
        return premise(self.head, self.texts[max(0, first) : last + 1])

    def around(self, needed: Sequence[int], random_: random.Random) -> str:
        """The window that has all that is needed, or just those sentences where it would be too long."""
        first, last = min(needed), max(needed)
        if last - first + 1 > MAX_WINDOW or random_.random() < 0.35:
            return premise(self.head, [self.texts[n] for n in sorted(needed)])
        while last - first + 1 < MAX_WINDOW and random_.random() < 0.55:
            if random_.random() < 0.5:
                first = max(0, first - 1)
            else:
                last = min(len(self.texts) - 1, last + 1)
        return self.window(first, last)

    def elsewhere(self, needed: Sequence[int], random_: random.Random) -> str | None:
        """A window without any of the needed sentences."""
        starts = [n for n in range(len(self.texts) - 1) if not {n, n + 1} & set(needed)]
        if not starts:
            return None
        first = random_.choice(starts)
        last = first + 2 if first + 2 < len(self.texts) and first + 2 not in needed else first + 1
        return self.window(first, last)


def head_of(title: str, source: str, published: str) -> str:
    """Outlet, date and headline on one line, as the product writes them."""
    origin = ", ".join(filter(None, [source, published]))
    return ": ".join(filter(None, [origin, title.replace("_", " ")]))


def split_of(article: str) -> str:
    """`dev` for an article in ten, by the hash of its id."""
    return "dev" if hashlib.sha256(article.encode()).digest()[0] % 10 == 0 else "train"


def read_excerpts(
    articles: Path, data: Path | None, split: str
) -> Iterator[tuple[str, list[dict[str, Any]], Sentences]]:
    """The excerpts of a split; the general ones only with `data`, and for training."""
    known = {row["id"]: row for row in read_json_lines(articles)}
    for number, excerpt in enumerate(read_json_lines(CLAIMS / "news.jsonl")):
        article = known[excerpt["article"]]
        if split_of(excerpt["article"]) == split:
            yield f"news/{number}", excerpt["claims"], Sentences(article, article["text"], excerpt["places"])
    if data is None or split == "dev":
        return
    rows = functools.cache(lambda name: read_json_lines(data / f"questions-{name}.jsonl.gz"))
    for number, excerpt in enumerate(read_json_lines(CLAIMS / "general.jsonl")):
        row = rows(excerpt["set"])[excerpt["row"]]
        yield f"general/{number}", excerpt["claims"], Sentences(row, row["passage"], excerpt["places"])


def written_pairs(row: dict[str, Any], shown: Sentences, random_: random.Random) -> Iterator[Pair]:
    """The pairs of a written claim."""
    needed, claim, label = [n - 1 for n in row["s"]], row["c"], LABELS[row["v"]]
    yield Pair(shown.around(needed, random_), claim, label, "written")
    if row["v"] != "S":
        if random_.random() < 0.5:
            yield Pair(shown.around(needed, random_), claim, label, "written")
        return
    other = shown.around(needed, random_)
    if random_.random() < 0.6:
        yield Pair(other, claim, label, "written")
    if random_.random() < 0.5 and (elsewhere := shown.elsewhere(needed, random_)):
        yield Pair(elsewhere, claim, "not_enough", "elsewhere")
    if row["k"] in NEEDS_ALL and len(needed) > 1 and random_.random() < 0.5:
        part = random_.sample(needed, len(needed) - 1)
        yield Pair(premise(shown.head, [shown.texts[n] for n in sorted(part)]), claim, "not_enough", "part")
    changed = altered(claim, random_, shown.names)
    if changed:
        kind, made = changed
        yield Pair(shown.around(needed, random_), made, "not_supported", kind)


def twin_pairs(rows: Sequence[dict[str, Any]], shown: Sentences, key: str, random_: random.Random) -> Iterator[Pair]:
    """Each true claim with its faulty twin, or with one thing changed by rule, beside one premise."""
    for number, row in enumerate(rows):
        if row["v"] != "S":
            continue
        needed = [n - 1 for n in row["s"]]
        faulty = rows[number + 1] if number + 1 < len(rows) else None
        if faulty and faulty["v"] != "S" and faulty["s"] == row["s"]:
            made, label = faulty["c"], LABELS[faulty["v"]]
        else:
            changed = altered(row["c"], random_, shown.names)
            made, label = changed[1] if changed else "", "not_supported"
        if made:
            text, twin = shown.around(needed, random_), f"{key}/{number}"
            yield Pair(text, row["c"], "supported", "twin", twin)
            yield Pair(text, made, label, "twin", twin)


def own_pairs(shown: Sentences, key: str, random_: random.Random) -> Iterator[Pair]:
    """Twins of sentences of the text itself: as they are, or dated, and with one thing changed."""
    fit = [n for n, text in enumerate(shown.texts) if len(text) in OWN_LENGTHS and text.endswith(".")]
    for n in random_.sample(fit, min(OWN_SENTENCES, len(fit))):
        text, beside, twin = shown.texts[n], shown.around([n], random_), f"{key}/own/{n}"
        with_date = dated(text, shown.published, random_) if shown.published else None
        yield Pair(beside, with_date or text, "supported", "own", twin)
        changed = altered(text, random_, shown.names)
        if changed:
            kind, made = changed
            yield Pair(beside, made, "not_supported", f"own {kind}", twin)


def main() -> None:
    """Write the pairs of a split, shuffled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--articles", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--split", choices=("train", "dev"), default="train")
    parser.add_argument("--twins", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random_ = random.Random(arguments.seed)
    pairs: list[Pair] = []
    for key, rows, shown in read_excerpts(arguments.articles, arguments.data, arguments.split):
        if arguments.twins:
            pairs += twin_pairs(rows, shown, f"{arguments.seed}/{key}", random_)
            pairs += own_pairs(shown, f"{arguments.seed}/{key}", random_)
            continue
        for row in rows:
            made = list(written_pairs(row, shown, random_))
            pairs += made[:1] if arguments.split == "dev" else made
    random_.shuffle(pairs)
    write_pairs(pairs, arguments.out)
    print(f"{len(pairs):,} pairs in {arguments.out}")


if __name__ == "__main__":
    main()
