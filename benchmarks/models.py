"""Answers by a model with checked citations, by a naive chain with the same model, and of quotes.

    python benchmarks/models.py ARTICLES QUESTIONS.jsonl INDEX --model NAME
                                [--sample N] [--cache DIR]

The naive chain is how most projects begin: the four passages that are nearest by vectors, all
stuffed into one prompt, and the marks as the model wrote them. It reads the same index.
Questions need `answers` and `gold_articles`; those with `answerable` false are counted apart.
--sample: N questions drawn with a fixed seed. --cache: a folder for replies, so that a run that was
stopped goes on. Each citation of the checked answers is compared with its article; one that is not
exact ends the run.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from common import contains, fill, interval, machine, parser, proven, questions

from assistant import Assistant
from assistant.answering.chain import AnswerChain
from assistant.llm.marks import ClaimReader
from assistant.llm.models import ChatModel, make_model
from assistant.llm.reply import Reply
from index.index import Index

NEAREST_PASSAGES = 4
MAX_REPLY_TOKENS = 1024
# Unchanged since the figures in docs/models.md were measured with it.
NAIVE_PROMPT = """Use the numbered passages below to answer the question. \
If you do not know, say that you do not know.

{passages}

Question: {question}

Write the answer in full sentences, at most three. \
End each sentence with the number of its passage in square brackets.
"""
# Phrases of models that do not answer. The naive chain has no other sign of it.
DOES_NOT_KNOW = re.compile(
    r"(?:do|does|did|could|can|am|is|are|was|were)(?: not|n['’]t) (?:\w+ )?"
    r"(?:know|say|find|mention|provide|specif|contain|answer|determin|state|includ|availab|clear"
    r"|address)|cannot (?:be )?(?:answer|determin|find)|no (?:information|mention|answer)"
    r"|unable to|do not say",
    re.I,
)


@dataclass(frozen=True)
class Result:
    """The answer of one system to one question. cited: the article's id for each citation."""

    text: str
    cited: list[str]
    refused: bool
    seconds: float


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--sample", type=int)
    arguments.add_argument("--cache", type=Path)
    options = arguments.parse_args()
    print(machine())
    with Index(options.index, create=True) as index:
        fill(index, options.articles)
    asked = questions(options.questions)
    if options.sample and options.sample < len(asked):
        asked = random.Random(0).sample(asked, options.sample)
    model = make_model(options.model, timeout=900, cache=options.cache)
    with Assistant(index=options.index) as assistant:
        chain = AnswerChain(assistant.index, model)
        systems: dict[str, Callable[[str], Result]] = {
            "naive chain": lambda question: naive(assistant.index, model, question),
            "checked": lambda question: checked(assistant.index, chain.invoke, question),
            "quotes": lambda question: checked(assistant.index, assistant.ask, question),
        }
        results: dict[str, list[Result]] = {name: [] for name in systems}
        for number, item in enumerate(asked, 1):
            for name, answer in systems.items():
                results[name].append(answer(item["question"]))
            print(f"\r{number} of {len(asked)}", end="", flush=True)
    print(f"\r{options.model}, {options.questions}")
    for name, answers in results.items():
        report(name, asked, answers)


def naive(index: Index, model: ChatModel, question: str) -> Result:
    begun = time.perf_counter()
    passages = index.store.passages([id for id, _ in index.by_vector(question, NEAREST_PASSAGES)])
    shown = "\n\n".join(f"[{number}] {passage.text}" for number, passage in enumerate(passages, 1))
    prompt = NAIVE_PROMPT.format(passages=shown, question=question)
    text = "".join(model.write(prompt, Reply(), max_tokens=MAX_REPLY_TOKENS))
    reader = ClaimReader()
    marks = [
        mark
        for claim in [*reader.feed(text), *reader.close()]
        for mark in dict.fromkeys(claim.marks)
    ]
    cited = [passages[mark - 1].article.id if 0 < mark <= len(passages) else "" for mark in marks]
    return Result(text, cited, bool(DOES_NOT_KNOW.search(text)), time.perf_counter() - begun)


def checked(index: Index, ask: Callable, question: str) -> Result:
    begun = time.perf_counter()
    answer = proven(index, ask(question))
    ids = {citation.number: citation.article.id for citation in answer.citations}
    return Result(
        " ".join(sentence.text for sentence in answer.sentences),
        [ids[number] for sentence in answer.sentences for number in sentence.citations],
        answer.status == "unanswered",
        time.perf_counter() - begun,
    )


def report(name: str, asked: list[dict], results: list[Result]) -> None:
    pairs = list(zip(asked, results, strict=True))
    known = [(item, result) for item, result in pairs if item.get("answerable", True)]
    unknown = [result for item, result in pairs if not item.get("answerable", True)]
    cited = [id in item["gold_articles"] for item, result in known for id in result.cited]
    gold = [bool(set(item["gold_articles"]) & set(result.cited)) for item, result in known]
    right = [contains(result.text, item["answers"]) for item, result in known]
    print(f"\n{name}")
    both = [a and b for a, b in zip(right, gold, strict=True)]
    print(f"  answerable ({len(known)}): answer in the text {interval(right)}")
    print(f"    refused {interval([result.refused for _, result in known])}")
    print(f"    a gold article cited {interval(gold)}, and with the right answer {interval(both)}")
    print(f"    citations {len(cited)}, of a gold article {interval(cited) if cited else '-'}")
    if unknown:
        refused = interval([result.refused for result in unknown])
        print(f"  unanswerable ({len(unknown)}): refused {refused}")
    print(f"  seconds an answer: {sum(result.seconds for result in results) / len(results):.1f}")


if __name__ == "__main__":
    main()
