"""Draw the mixture of public pairs from the training data.

    python public_pairs.py DATA OUT.jsonl [--seed 1] [--scale 1.0]

DATA has a gzipped file for each set, `pairs-NAME.jsonl.gz`. A set that teaches only one thing has a
small share, or it would drown the others. Premises of one sentence often get other sentences of
their set beside them, so that the model learns to look; some get an outlet, date and headline
before them, as in the product.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from pairs import Pair, premise, read_json_lines, write_pairs

# Rows of each set in the mixture.
SHARES = {
    "fever_dev": 13_000,
    "mnli_part": 10_400,
    "conjnli": 10_000,
    "qa2statement": 12_000,
    "cad_nli": 5_000,
    "negation_nli": 3_000,
    "fnc1": 3_000,
    "snli_part": 3_000,
    "wikisplit_pos": 3_000,
    "foolmetwice": 2_548,
    "scone": 1_500,
    "fever_symmetric": 1_416,
    "scitail_part": 1_301,
    "med": 1_000,
    "breaking_nli": 600,
    "dnc_mit": 500,
    "wice_partial_train": 374,
}
MAX_PREMISE_CHARS, MAX_CLAIM_CHARS = 620, 400
# Chances of other sentences beside a premise, and of a line about an article before it.
BESIDE_CHANCE, HEAD_CHANCE = 0.4, 0.35
MAX_BESIDE_CHARS = 260

OUTLETS = (
    "Harbour Courier",
    "The Ledger",
    "cnn.com",
    "Reuters",
    "apnews.com",
    "Daily Mail",
    "BBC News",
    "The Hill",
)


def made_up_head(title: str, random_: random.Random) -> str:
    """A line as the product writes it: outlet, day, headline."""
    day = f"{random_.randint(2005, 2026)}-{random_.randint(1, 12):02}-{random_.randint(1, 28):02}"
    origin = ", ".join(random_.sample([random_.choice(OUTLETS), day], random_.choice((1, 2, 2))))
    return f"{origin}: {title}" if title else origin


def draw_set(
    name: str, rows: list[dict[str, str]], count: int, random_: random.Random
) -> list[Pair]:
    """Pairs of some rows of a set."""
    rows = [
        row
        for row in rows
        if row["label"]
        and len(row["premise"]) <= MAX_PREMISE_CHARS
        and len(row["hypothesis"]) <= MAX_CLAIM_CHARS
    ]
    if name == "qa2statement":
        # Sentences made from questions are clumsy if the source is not written prose.
        rows = [row for row in rows if not row.get("kind", "").startswith("fairytaleqa")]
    if name == "fnc1":
        agreeing = [row for row in rows if row["label"] != "not_enough"]
        rest = [row for row in rows if row["label"] == "not_enough"]
        rows = agreeing[: count // 2] + random_.sample(rest, count // 2)
    pairs = []
    for row in random_.sample(rows, min(count, len(rows))):
        sentences = [row["premise"]]
        if len(row["premise"]) < MAX_BESIDE_CHARS and random_.random() < BESIDE_CHANCE:
            other = random_.choice(rows)["premise"]
            if len(other) < MAX_BESIDE_CHARS and other != row["premise"]:
                sentences.insert(random_.choice((0, 1)), other)
        head = ""
        title = row.get("title", "") if name != "foolmetwice" else ""
        if random_.random() < HEAD_CHANCE:
            head = made_up_head(title if title not in ("wikinews", "") else "", random_)
        pairs.append(Pair(premise(head, sentences), row["hypothesis"], row["label"], name))
    return pairs


def main() -> None:
    """Write the mixture, shuffled."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="multiply all shares")
    arguments = parser.parse_args()
    random_ = random.Random(arguments.seed)
    pairs: list[Pair] = []
    for name, count in SHARES.items():
        rows = read_json_lines(arguments.data / f"pairs-{name}.jsonl.gz")
        drawn = draw_set(name, rows, int(count * arguments.scale), random_)
        print(f"{name:20} {len(drawn):7,}")
        pairs += drawn
    random_.shuffle(pairs)
    write_pairs(pairs, arguments.out)
    print(f"{len(pairs):,} pairs in {arguments.out}")


if __name__ == "__main__":
    main()
