"""A model as judge: whether an answer is right. Only a clear verdict counts; all others are ungraded."""

from __future__ import annotations

import re

from ..answer import Answer, Usage
from ..errors import ModelError
from ..models import ChatModel
from ..prompts import fill
from ..reply import Reply
from .questions import Question
from .runs import Judge, Judgment

__all__ = ["judge_with", "read_verdict"]

# The last line, and nothing else on it.
VERDICT = re.compile(r"\W*verdict\W*\s*:?\W*\s*(?P<verdict>right|wrong)\W*", re.I)
LONGEST = 400


def judge_with(model: ChatModel) -> Judge:
    """A judge that asks this model; what is not clear is ungraded."""

    def judge(question: Question, answer: Answer) -> Judgment:
        wanted = "; and: ".join(" or ".join(group) for group in question.answers)
        wanted = "\n".join(filter(None, [wanted, *question.statements]))
        if not question.answerable:
            wanted = "The articles do not say; a right answer says so, or says nothing."
        if not wanted:
            return Judgment(None, Usage())
        reply = Reply()
        prompt = fill("judge", question=question.question, answer=answer.text, wanted=wanted)
        try:
            text = "".join(model.write(prompt, reply, most=LONGEST, config=None, notice=lambda said: None))
        except ModelError as error:
            return Judgment(None, reply.usage, str(error))
        return Judgment(read_verdict(text), reply.usage)

    return judge


def read_verdict(text: str) -> bool | None:
    """What a judge wrote, if its last line is a verdict and no other line is another one."""
    lines = [line for line in text.splitlines() if line.strip()]
    said = [match["verdict"].lower() for line in lines if (match := VERDICT.fullmatch(line.strip()))]
    if not lines or not VERDICT.fullmatch(lines[-1].strip()) or len(set(said)) != 1:
        return None
    return said[0] == "right"
