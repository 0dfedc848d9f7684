"""Make pairs of claims that were written for training, and of sentences of the same texts.

    python written_pairs.py OUT.jsonl --articles ARTICLES [--data DATA]
                            [--split train|dev] [--twins] [--seed 1]

claims/news.jsonl and claims/general.jsonl have an excerpt on each line: the id of its `article`, or
the `set` of questions and the `row` in it that has the passage; the `places` of its sentences
(start and end in the text); and `claims`: `c`, the claim; `s`, the sentences, from 1, that it is to
be compared with; `v`: S (supported), N (not enough) or C (contradicted); `k`, the kind. The texts
are elsewhere: ARTICLES has the articles (`id, title, source, published, text`, gzipped JSON lines),
DATA the sets of questions. One article in ten is in the `dev` split, which sets the temperature,
and gives only the written claims, unchanged.

A premise is as in the product: a line with outlet, date and headline, and one to three sentences. A
claim gets the window with all that it needs, just the sentences that it needs, and, where it is not
supported, another window. With --twins only twins are made, with one premise for both: true claims
with their faulty twins, two of them joined to one claim, of one article or of two, claims with
outlet and date named, or with a pronoun for their subject, and sentences of the text with and
without a change.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alterations import altered, attributed, dated, names_in, with_pronoun, without_capital
from pairs import Pair, premise, read_json_lines, write_pairs

CLAIMS = Path(__file__).parent / "claims"
LABELS = {"S": "supported", "N": "not_enough", "C": "contradicted"}
MAX_WINDOW = 3
# Claims that need each of their sentences: without one of them they are not supported.
NEEDS_ALL = frozenset({"synthesis", "list"})
# Sentences of an article that are claims as they are.
OWN_SENTENCES = 3
OWN_LENGTHS = range(60, 240)
# Between two claims that are joined to one.
JOINTS = (", and {}", ", while {}", "; {}", ". {}")
MAX_JOINED_CHARS = 420
ATTRIBUTED_CHANCE, PRONOUN_CHANCE = 0.3, 0.5


class Sentences:
    """The sentences of an excerpt, from 0. article: its `title`, `source` and `published`."""

    def __init__(self, article: dict[str, Any], text: str, places: Sequence[Sequence[int]]) -> None:
        self.published = (article.get("published") or "").replace("/", "-")[:10]
        self.source = article.get("source") or ""
        self.head = head_of(article.get("title") or "", self.source, self.published)
        self.texts = [" ".join(text[start:end].split()) for start, end in places]
        self.names = sorted({match.group() for text in self.texts for match in names_in(text)})

    def window(self, first: int, last: int) -> str:
        """The premise of the sentences from `first` to `last`, both included."""
        return premise(self.head, self.texts[max(0, first) : last + 1])

    def around(self, needed: Sequence[int], random_: random.Random) -> str:
        """A window with all the needed sentences, or just these if it would be too long."""
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
            yield (
                f"news/{number}",
                excerpt["claims"],
                Sentences(article, article["text"], excerpt["places"]),
            )
    if data is None or split == "dev":
        return
    rows = functools.cache(lambda name: read_json_lines(data / f"questions-{name}.jsonl.gz"))
    for number, excerpt in enumerate(read_json_lines(CLAIMS / "general.jsonl")):
        row = rows(excerpt["set"])[excerpt["row"]]
        yield (
            f"general/{number}",
            excerpt["claims"],
            Sentences({"title": row.get("title")}, row["passage"], excerpt["places"]),
        )


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
        yield Pair(
            premise(shown.head, [shown.texts[n] for n in sorted(part)]), claim, "not_enough", "part"
        )
    changed = altered(claim, random_, shown.names)
    if changed:
        kind, made = changed
        yield Pair(shown.around(needed, random_), made, "not_supported", kind)


def faulty_twin(
    rows: Sequence[dict[str, Any]], number: int, shown: Sentences, random_: random.Random
) -> Pair | None:
    """A faulty twin of the true claim with that number, written or by rule, without a premise."""
    following = rows[number + 1] if number + 1 < len(rows) else None
    if following and following["v"] != "S" and following["s"] == rows[number]["s"]:
        return Pair("", following["c"], LABELS[following["v"]], "twin")
    changed = altered(rows[number]["c"], random_, shown.names)
    return Pair("", changed[1], "not_supported", changed[0]) if changed else None


def twins(text: str, true: str, faulty: str, label: str, set_: str, key: str) -> tuple[Pair, Pair]:
    """A true claim and a faulty one beside the same premise."""
    return Pair(text, true, "supported", set_, key), Pair(text, faulty, label, set_, key)


def twin_pairs(
    rows: Sequence[dict[str, Any]], shown: Sentences, key: str, random_: random.Random
) -> Iterator[Pair]:
    """Each true claim with its faulty twin, written or made by rule, with one premise."""
    for number, row in enumerate(rows):
        faulty = faulty_twin(rows, number, shown, random_) if row["v"] == "S" else None
        if faulty is None:
            continue
        text = shown.around([n - 1 for n in row["s"]], random_)
        yield from twins(text, row["c"], faulty.claim, faulty.label, "twin", f"{key}/{number}")
        if shown.source and shown.published and random_.random() < ATTRIBUTED_CHANCE:
            true, wrong = attributed(row["c"], shown.source, shown.published, random_)
            yield from twins(
                text, true, wrong, "not_supported", "attributed", f"{key}/{number}/attributed"
            )
        true, wrong = (with_pronoun(claim, text) for claim in (row["c"], faulty.claim))
        if true and wrong and true != wrong and random_.random() < PRONOUN_CHANCE:
            yield from twins(text, true, wrong, faulty.label, "pronoun", f"{key}/{number}/pronoun")


Excerpt = tuple[Sequence[dict[str, Any]], Sentences]


def joined_pairs(one: Excerpt, other: Excerpt, key: str, random_: random.Random) -> Iterator[Pair]:
    """Two true claims as one, with a twin that is half faulty, and with a premise for one half."""
    halves = []
    for rows, shown in (one, other):
        true = [
            number
            for number, row in enumerate(rows)
            if row["v"] == "S" and len(row["s"]) <= MAX_WINDOW - 1
        ]
        if not true:
            return
        halves.append((rows, shown, random_.choice(true)))
    (rows, shown, a), (other_rows, other_shown, b) = halves
    joint = random_.choice(JOINTS)

    def joined(first: str, second: str) -> str:
        return first.rstrip(".") + joint.format(
            second if joint.startswith(".") else without_capital(second)
        )

    faulty = faulty_twin(other_rows, b, other_shown, random_)
    true = joined(rows[a]["c"], other_rows[b]["c"])
    needed, other_needed = (
        [n - 1 for n in part[at]["s"]] for part, at in ((rows, a), (other_rows, b))
    )
    if faulty is None or rows[a] is other_rows[b] or len(true) > MAX_JOINED_CHARS:
        return
    if shown is other_shown:
        text = premise(shown.head, [shown.texts[n] for n in sorted({*needed, *other_needed})])
    else:
        parts = ((shown, needed), (other_shown, other_needed))
        text = " ".join(
            premise(part.head, [part.texts[n] for n in sorted(places)]) for part, places in parts
        )
    yield from twins(text, true, joined(rows[a]["c"], faulty.claim), faulty.label, "joined", key)
    if shown is not other_shown or not set(needed) & set(other_needed):
        yield Pair(shown.around(needed, random_), true, "not_enough", "half")


def own_pairs(shown: Sentences, key: str, random_: random.Random) -> Iterator[Pair]:
    """Twins of sentences of the text: as they are, or dated, and with one thing changed."""
    fit = [
        n for n, text in enumerate(shown.texts) if len(text) in OWN_LENGTHS and text.endswith(".")
    ]
    for n in random_.sample(fit, min(OWN_SENTENCES, len(fit))):
        text, beside, twin = shown.texts[n], shown.around([n], random_), f"{key}/own/{n}"
        with_date = dated(text, shown.published, random_) if shown.published else None
        yield Pair(beside, with_date or text, "supported", "own", twin)
        changed = altered(text, random_, shown.names)
        if changed:
            kind, made = changed
            yield Pair(beside, made, "not_supported", f"own {kind}", twin)


def written_parser(description: str) -> argparse.ArgumentParser:
    """The arguments of the scripts that use written claims and questions."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--articles", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--split", choices=("train", "dev"), default="train")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def main() -> None:
    """Write the pairs of a split, shuffled."""
    parser = written_parser(__doc__)
    parser.add_argument("--twins", action="store_true")
    arguments = parser.parse_args()
    random_ = random.Random(arguments.seed)
    pairs: list[Pair] = []
    excerpts = list(read_excerpts(arguments.articles, arguments.data, arguments.split))
    for excerpt, rows, shown in excerpts:
        if arguments.twins:
            key = f"{arguments.seed}/{excerpt}"
            pairs += twin_pairs(rows, shown, key, random_)
            pairs += own_pairs(shown, key, random_)
            pairs += joined_pairs((rows, shown), (rows, shown), f"{key}/joined", random_)
            pairs += joined_pairs(
                (rows, shown), random_.choice(excerpts)[1:], f"{key}/with another", random_
            )
            continue
        for row in rows:
            made = list(written_pairs(row, shown, random_))
            pairs += made[:1] if arguments.split == "dev" else made
    random_.shuffle(pairs)
    write_pairs(pairs, arguments.out)
    print(f"{len(pairs):,} pairs in {arguments.out}")


if __name__ == "__main__":
    main()
