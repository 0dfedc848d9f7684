"""Make pairs whose claim is a question with an answer: "How many died? 14" is supported where the passage says so.

    python answer_pairs.py DATA OUT.jsonl [--rows 8000] [--seed 1]

So the model can tell whether a sentence gives a value as the answer to a question, which is how differences between
articles are found. Wrong answers are other names and numbers of the passage; questions that a passage does not answer
come with something that it has.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alterations import FIGURE, names_in
from pairs import Pair, premise, read_json_lines, write_pairs
from public_pairs import HEAD_CHANCE, made_up_head

SETS = ("squad2_rebuilt", "squadshifts_wiki", "nq_open_oracle", "qamr")
SHARES = {"qamr": 0.15, "nq_open_oracle": 0.1}
MAX_ANSWER_CHARS = 60
WINDOW_CHARS = (90, 420)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"'])")


def window_with(passage: str, answer: str, random_: random.Random) -> str | None:
    """Some sentences of the passage, the one with the answer among them."""
    sentences = SENTENCE_END.split(" ".join(passage.split()))
    at = next((n for n, sentence in enumerate(sentences) if answer in sentence), None)
    if at is None:
        return None
    first = last = at
    most = random_.randint(*WINDOW_CHARS)
    while len(" ".join(sentences[first : last + 1])) < most and (first > 0 or last + 1 < len(sentences)):
        if first > 0 and (random_.random() < 0.5 or last + 1 == len(sentences)):
            first -= 1
        else:
            last += 1
    return " ".join(sentences[first : last + 1])


def candidates(text: str) -> list[str]:
    """What could be taken for an answer: the names and numbers of a text."""
    return [match.group() for match in (*names_in(text), *FIGURE.finditer(text))]


def pairs_of(row: dict[str, Any], random_: random.Random) -> Iterator[Pair]:
    """The pairs of a question and its passage."""
    question = row["question"].strip()
    question = question[0].upper() + question[1:] if question else question
    if not question.endswith("?"):
        question += "?"
    head = made_up_head(row.get("title", "").replace("_", " "), random_) if random_.random() < HEAD_CHANCE else ""
    if not row.get("answerable", True):
        found = candidates(row["passage"])
        if found:
            answer = random_.choice(found)
            window = window_with(row["passage"], answer, random_)
            if window:
                yield Pair(premise(head, [window]), f"{question} {answer}", "not_enough", "answer to another")
        return
    answer = min((a for a in row["answers"] if a), key=len, default="")
    if not answer or len(answer) > MAX_ANSWER_CHARS:
        return
    window = window_with(row["passage"], answer, random_)
    if window is None:
        return
    yield Pair(premise(head, [window]), f"{question} {answer}", "supported", "answer")
    right = {word.lower() for a in row["answers"] for word in a.split()}
    wrong = [other for other in candidates(window) if not {word.lower() for word in other.split()} & right]
    if wrong:
        yield Pair(premise(head, [window]), f"{question} {random_.choice(wrong)}", "not_supported", "wrong answer")


def main() -> None:
    """Write the pairs, shuffled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random_ = random.Random(arguments.seed)
    pairs: list[Pair] = []
    for name in SETS:
        rows = read_json_lines(arguments.data / f"questions-{name}.jsonl.gz")
        made = [pair for row in random_.sample(rows, len(rows)) for pair in pairs_of(row, random_)]
        pairs += made[: int(arguments.rows * SHARES.get(name, 0.375))]
    random_.shuffle(pairs)
    write_pairs(pairs, arguments.out)
    print(f"{len(pairs):,} pairs in {arguments.out}")


if __name__ == "__main__":
    main()
