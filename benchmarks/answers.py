"""How good quoted answers are: whether the answer stands in the first quoted sentences, and what is refused.

    python benchmarks/answers.py ARTICLES QUESTIONS.jsonl INDEX [--foreign OTHER.jsonl]

Questions need `answers`; those with `answerable` false are counted apart. With --foreign, questions of another set
are asked too: nothing in the articles answers them, so each should stay unanswered.
Every citation is compared with the article it names; one that does not hold ends the run.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from pathlib import Path

from common import contains, fill, interval, machine, parser, proven, questions

from assistant import Answer, Assistant
from index.store import Index


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--foreign", type=Path)
    options = arguments.parse_args()
    print(machine())
    with Index(options.index, create=True) as index:
        fill(index, options.articles)
    with Assistant(index=options.index) as assistant:
        asked = questions(options.questions)
        answerable = [q for q in asked if q.get("answerable", True)]
        assistant.ask(asked[0]["question"])
        begun = time.perf_counter()
        answers = [ask(assistant, q["question"]) for q in answerable]
        each = (time.perf_counter() - begun) / len(answerable)
        for most in (1, 2, 3):
            hits = [
                any(contains(sentence.text, q["answers"]) for sentence in answer.sentences[:most])
                for q, answer in zip(answerable, answers, strict=True)
            ]
            print(f"answer in the first {most} quoted: {interval(hits)}")
        print(f"sentences an answer: {statistics.mean(len(answer.sentences) for answer in answers):.2f}")
        print(f"time an answer: mean {each * 1000:.0f} ms, all citations checked twice")
        statuses("answerable", answers)
        statuses("unanswerable", [ask(assistant, q["question"]) for q in asked if not q.get("answerable", True)])
        if options.foreign:
            statuses("foreign", [ask(assistant, q["question"]) for q in questions(options.foreign)])


def ask(assistant: Assistant, question: str) -> Answer:
    return proven(assistant.index, assistant.ask(question))


def statuses(name: str, answers: list[Answer]) -> None:
    if answers:
        counts = Counter(answer.status for answer in answers)
        print(
            f"{name} ({len(answers)}): " + ", ".join(f"{s} {n / len(answers):.3f}" for s, n in sorted(counts.items()))
        )


if __name__ == "__main__":
    main()
