"""A chat model as judge of answers and of their quotes. Only clear verdicts count."""

from __future__ import annotations

import re

from ..answer.answer import Answer
from ..answer.parts import Usage
from ..errors import ModelError
from ..llm.models import ChatModel
from ..llm.packing import head_line
from ..llm.prompts import fill
from ..llm.reply import Reply
from .questions import Question
from .rows import Judge, Judgment, proven_sentences, quotes_of

__all__ = ["judge_with", "read_proofs", "read_verdict"]

# A line with nothing but the verdict, and one with nothing but a number and "yes" or "no".
VERDICT = re.compile(r"\W*verdict\W*\s*:?\W*\s*(?P<verdict>right|wrong)\W*", re.I)
PROOF = re.compile(r"\W*(?P<number>\d+)\W+(?P<proven>yes|no)\W*", re.I)
MAX_VERDICT_TOKENS = 400


def judge_with(model: ChatModel) -> Judge:
    """A judge that asks this model."""

    def judge(question: Question, answer: Answer) -> Judgment:
        replies: list[Reply] = []

        def write(name: str, **values: str) -> str:
            replies.append(Reply())
            pieces = model.write(fill(name, **values), replies[-1], max_tokens=MAX_VERDICT_TOKENS)
            return "".join(pieces)

        right: bool | None = None
        proofs: tuple[bool, ...] = ()
        failure: str | None = None
        wanted, count = _right_answer(question), len(proven_sentences(answer))
        try:
            if wanted:
                reply = write(
                    "judge", question=question.question, answer=answer.text, wanted=wanted
                )
                right = read_verdict(reply)
            if count:
                proofs = read_proofs(write("judge_citations", sentences=_sentences(answer)), count)
        except ModelError as error:
            failure = str(error)
        usage = sum((reply.usage for reply in replies), Usage())
        return Judgment(right, usage, failure, proofs)

    return judge


def _right_answer(question: Question) -> str:
    """What a right answer says; empty where that is not known."""
    if not question.answerable:
        return "The articles do not say; a right answer says so, or says nothing."
    groups = "; and: ".join(" or ".join(group) for group in question.answers)
    return "\n".join(filter(None, [groups, *question.statements]))


def _sentences(answer: Answer) -> str:
    """The proven sentences with their numbers, each followed by its quotes and their articles."""
    lines: list[str] = []
    for number, sentence in enumerate(proven_sentences(answer), start=1):
        lines.append(f"{number}. {_one_line(sentence.text)}")
        for citation in quotes_of(sentence, answer):
            lines.append(f"   > {head_line(citation.article)}: {_one_line(citation.quote)}")
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def read_proofs(reply: str, count: int) -> tuple[bool, ...]:
    """Whether each sentence is proven; empty unless the reply is clear about every one."""
    matches = filter(None, map(PROOF.fullmatch, map(str.strip, reply.splitlines())))
    # A number with two verdicts is in it twice.
    proofs = sorted({(int(match["number"]), match["proven"].lower() == "yes") for match in matches})
    if [number for number, _ in proofs] != list(range(1, count + 1)):
        return ()
    return tuple(proven for _, proven in proofs)


def read_verdict(reply: str) -> bool | None:
    """Whether the answer is right, if the last line is a verdict and no line contradicts it."""
    matches = [VERDICT.fullmatch(line.strip()) for line in reply.strip().splitlines()]
    verdicts = {match["verdict"].lower() for match in filter(None, matches)}
    if len(verdicts) != 1 or matches[-1] is None:
        return None
    return verdicts == {"right"}
