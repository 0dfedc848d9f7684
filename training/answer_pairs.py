"""Make pairs whose claim is a question with an answer, such as "How many died? 14".

    python answer_pairs.py DATA OUT.jsonl [--rows 8000] [--seed 1]

From them the model learns whether a sentence gives a value as the answer to a question, which is
how differences between articles are found. Wrong answers, the twins of the right ones, are other
names and numbers of the passage, of the kind that the question asks for if there are any. A
question that a passage does not answer has something else from it.
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

# The share of each set in the pairs.
SHARES = {
    "squad2_rebuilt": 0.36,
    "squadshifts_wiki": 0.14,
    "squadshifts_amazon": 0.05,
    "squadshifts_reddit": 0.06,
    "nq_open_oracle": 0.08,
    "quoref_part": 0.05,
    "covidqa_win": 0.02,
    "qamr": 0.14,
    "qasrl_gs": 0.06,
    "qadiscourse": 0.04,
}
MAX_ANSWER_CHARS = 60
WINDOW_CHARS = (90, 420)
ASKS_FIGURE = re.compile(
    r"\b(?:how (?!do|does|did|is|was|were|are|can)\w+|when"
    r"|(?:what|which) (?:year|date|day|percent\w*))\b",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"'])")


def window_with(passage: str, answer: str, random_: random.Random) -> str | None:
    """Some sentences of the passage, with the one that has the answer."""
    sentences = SENTENCE_END.split(" ".join(passage.split()))
    at = next((n for n, sentence in enumerate(sentences) if answer in sentence), None)
    if at is None:
        return None
    first = last = at
    most = random_.randint(*WINDOW_CHARS)
    while len(" ".join(sentences[first : last + 1])) < most and (
        first > 0 or last + 1 < len(sentences)
    ):
        if first > 0 and (random_.random() < 0.5 or last + 1 == len(sentences)):
            first -= 1
        else:
            last += 1
    return " ".join(sentences[first : last + 1])


def candidates(question: str, text: str) -> list[str]:
    """Possible answers: the numbers of the text if the question asks for one, else its names."""
    names, figures = (
        [match.group() for match in found] for found in (names_in(text), FIGURE.finditer(text))
    )
    return (figures or names) if ASKS_FIGURE.search(question) else (names or figures)


def pairs_of(row: dict[str, Any], key: str, random_: random.Random) -> Iterator[Pair]:
    """The pairs for a question and its passage."""
    question = row["question"].strip()
    question = question[0].upper() + question[1:] if question else question
    if not question.endswith("?"):
        question += "?"
    head = (
        made_up_head(row.get("title", "").replace("_", " "), random_)
        if random_.random() < HEAD_CHANCE
        else ""
    )
    if not row.get("answerable", True):
        found = candidates(question, row["passage"])
        if found:
            answer = random_.choice(found)
            window = window_with(row["passage"], answer, random_)
            if window:
                yield Pair(
                    premise(head, [window]),
                    f"{question} {answer}",
                    "not_enough",
                    "answer to another",
                )
        return
    answer = min((a for a in row["answers"] if a), key=len, default="")
    if not answer or len(answer) > MAX_ANSWER_CHARS:
        return
    window = window_with(row["passage"], answer, random_)
    if window is None:
        return
    yield Pair(premise(head, [window]), f"{question} {answer}", "supported", "answer", key)
    right = {word.lower() for a in row["answers"] for word in a.split()}
    wrong = [
        other
        for other in candidates(question, window)
        if not {word.lower() for word in other.split()} & right
    ]
    if wrong:
        yield Pair(
            premise(head, [window]),
            f"{question} {random_.choice(wrong)}",
            "not_supported",
            "wrong answer",
            key,
        )


def main() -> None:
    """Write the pairs, shuffled."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random_ = random.Random(arguments.seed)
    pairs: list[Pair] = []
    for name, share in SHARES.items():
        rows = read_json_lines(arguments.data / f"questions-{name}.jsonl.gz")
        order = enumerate(random_.sample(rows, len(rows)))
        made = [
            pair for number, row in order for pair in pairs_of(row, f"{name}/{number}", random_)
        ]
        pairs += made[: int(arguments.rows * share)]
    random_.shuffle(pairs)
    write_pairs(pairs, arguments.out)
    print(f"{len(pairs):,} pairs in {arguments.out}")


if __name__ == "__main__":
    main()
