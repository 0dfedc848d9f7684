"""A model as judge: whether an answer is right, and whether its quotes say what it says. Only clear verdicts count."""

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
from .runs import Judge, Judgment, proven

__all__ = ["judge_with", "read_held", "read_verdict"]

# The last line, and nothing else on it.
VERDICT = re.compile(r"\W*verdict\W*\s*:?\W*\s*(?P<verdict>right|wrong)\W*", re.I)
HELD = re.compile(r"\W*(?P<number>\d+)\W+(?P<held>yes|no)\W*", re.I)
LONGEST = 400


def judge_with(model: ChatModel) -> Judge:
    """A judge that asks this model; what is not clear is ungraded."""

    def judge(question: Question, answer: Answer) -> Judgment:
        wanted = "; and: ".join(" or ".join(group) for group in question.answers)
        wanted = "\n".join(filter(None, [wanted, *question.statements]))
        if not question.answerable:
            wanted = "The articles do not say; a right answer says so, or says nothing."
        replies: list[Reply] = []

        def write(prompt: str) -> str:
            replies.append(Reply())
            return "".join(model.write(prompt, replies[-1], max_tokens=LONGEST))

        right: bool | None = None
        held: tuple[bool, ...] = ()
        failed: str | None = None
        sentences = proven(answer)
        try:
            if wanted:
                right = read_verdict(
                    write(
                        fill("judge", question=question.question, answer=answer.text, wanted=wanted)
                    )
                )
            if sentences:
                held = read_held(
                    write(fill("judge_citations", sentences=_listed(answer))), len(sentences)
                )
        except ModelError as error:
            failed = str(error)
        return Judgment(right, sum((reply.usage for reply in replies), Usage()), failed, held)

    return judge


def _listed(answer: Answer) -> str:
    """The sentences that have quotes, numbered, each with its quotes and where they are from."""
    by_number = {citation.number: citation for citation in answer.citations}
    lines: list[str] = []
    for number, sentence in enumerate(proven(answer), 1):
        lines.append(f"{number}. {' '.join(sentence.text.split())}")
        for citation in (by_number[n] for n in sentence.citations if n in by_number):
            lines.append(f"   > {head_line(citation.article)}: {' '.join(citation.quote.split())}")
    return "\n".join(lines)


def read_held(text: str, count: int) -> tuple[bool, ...]:
    """What a judge wrote of so many sentences, a line each; nothing unless it is clear about every one."""
    found: dict[int, set[str]] = {}
    for line in text.splitlines():
        if match := HELD.fullmatch(line.strip()):
            found.setdefault(int(match["number"]), set()).add(match["held"].lower())
    if found.keys() != set(range(1, count + 1)) or any(len(said) > 1 for said in found.values()):
        return ()
    return tuple(found[number] == {"yes"} for number in range(1, count + 1))


def read_verdict(text: str) -> bool | None:
    """What a judge wrote, if its last line is a verdict and no other line is another one."""
    lines = [line for line in text.splitlines() if line.strip()]
    said = [
        match["verdict"].lower() for line in lines if (match := VERDICT.fullmatch(line.strip()))
    ]
    if not lines or not VERDICT.fullmatch(lines[-1].strip()) or len(set(said)) != 1:
        return None
    return said[0] == "right"
