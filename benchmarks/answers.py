"""The quality of answers without a chat model: right answers among the first quotes, refusals.

    python benchmarks/answers.py ARTICLES QUESTIONS.jsonl INDEX [--foreign OTHER.jsonl] [--first N]

Questions need `answers`; those with `answerable` false are counted apart. --foreign: questions of
another set, which nothing in the articles answers, so that each should stay unanswered. --first:
only the first N questions of each set.
Each citation is compared with its article; one that is not exact ends the run.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from common import contains, fill, interval, machine, parser, proven, questions

from assistant import Answer, Assistant
from index.index import Index


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--foreign", type=Path)
    arguments.add_argument("--first", type=int, metavar="N")
    options = arguments.parse_args()
    print(machine())
    with Index(options.index, create=True) as index:
        fill(index, options.articles)
    with Assistant(index=options.index) as assistant:
        asked = questions(options.questions)[: options.first]
        answerable = [q for q in asked if q.get("answerable", True)]
        unanswerable = [q for q in asked if not q.get("answerable", True)]
        assistant.ask(asked[0]["question"])
        seconds: list[float] = []
        answers = [ask(assistant, q["question"], seconds) for q in answerable]
        for first in (1, 2):
            hits = [
                has_answer(answer, q["answers"], first)
                for q, answer in zip(answerable, answers, strict=True)
            ]
            print(f"answer in the first {first} quoted: {interval(hits)}")
        wrong = [
            not has_answer(answer, q["answers"], len(answer.sentences))
            for q, answer in zip(answerable, answers, strict=True)
            if answer.status == "answered"
        ]
        print(f"of the answered ones no quote has it: {interval(wrong)}")
        golden = [
            (q, answer)
            for q, answer in zip(answerable, answers, strict=True)
            if q.get("gold_articles")
        ]
        for first in (1, 5):
            found = [has_gold(answer, q, first) for q, answer in golden]
            print(f"right article among the first {first}: {interval(found)}")
        shown = [answer for answer in answers if answer.sentences]
        quotes = statistics.mean(len(answer.sentences) for answer in shown)
        words = statistics.mean(len(c.quote.split()) for a in shown for c in a.citations)
        print(f"quotes in an answer: {quotes:.2f}, words in a quote: {words:.1f}")
        median, p95 = statistics.median(seconds), quantile(seconds, 0.95)
        print(f"time for an answer: median {median:.3f} s, p95 {p95:.3f} s")
        statuses("answerable", answers)
        statuses("unanswerable", [ask(assistant, q["question"], []) for q in unanswerable])
        if options.foreign:
            foreign = questions(options.foreign)[: options.first]
            statuses("foreign", [ask(assistant, q["question"], []) for q in foreign])


def ask(assistant: Assistant, question: str, seconds: list[float]) -> Answer:
    begun = time.perf_counter()
    answer = assistant.ask(question)
    seconds.append(time.perf_counter() - begun)
    return proven(assistant.index, answer)


def has_answer(answer: Answer, expected: list[str], first: int) -> bool:
    return any(contains(sentence.text, expected) for sentence in answer.sentences[:first])


def has_gold(answer: Answer, question: dict, first: int) -> bool:
    articles = list(dict.fromkeys(passage.article.id for passage in answer.passages))[:first]
    return bool({*articles} & {*question["gold_articles"]})


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


def statuses(name: str, answers: list[Answer]) -> None:
    if answers:
        counts = Counter(answer.status for answer in answers)
        print(
            f"{name} ({len(answers)}): "
            + ", ".join(f"{s} {n / len(answers):.3f}" for s, n in sorted(counts.items()))
        )


if __name__ == "__main__":
    main()
