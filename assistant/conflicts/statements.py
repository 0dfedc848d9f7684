"""Statements made of a question and an answer to it, which the support model can judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from ..verify.facts import Facts, read_facts

__all__ = ["make_statements"]

# The parts of a question are: "On | what | day | was | the treaty signed". Where the answer itself
# is the subject, there is no verb before it: "How many | people died in the flood".
ASKING_FORM = r"""^\W*(?:(?:and|but|so|then)\s+)?
    (?:(?P<preposition>by|on|in|at|for|from|since|until|to)\s+)?
    (?P<asks>how\s+(?:many|much|(?P<adjective>\w+))|what|which|when|where|who)\b\s*"""
WITH_SUBJECT = regex.compile(
    rf"""{ASKING_FORM}(?P<thing>(?:[^\s?]+\s+){{0,3}}?)
    (?P<verb>did|does|do|will|would|is|are|was|were|can|could
      |(?:has|have|had)(?=\s+(?:the|an?|(?-i:\p{{Lu}}))))\s+
    (?!(?:in|on|at|aboard|there|been)\b)(?P<rest>[^?]+)""",
    regex.I | regex.X,
)
WITHOUT_SUBJECT = regex.compile(rf"{ASKING_FORM}(?P<rest>[^?]+)", regex.I | regex.X)
SUBJECT_START = regex.compile(
    r"(?:the|an?|his|her|its|their|our|this|that|these|those)\b|(?-i:\p{Lu})", regex.I
)
FORMS_OF_BE = frozenset({"is", "are", "was", "were"})
FORMS_OF_DO = frozenset({"did", "do", "does"})
PREPOSITIONS = frozenset("in on at for to by with from after before during since until as".split())
NOT_BEFORE_VERB = PREPOSITIONS | {"the", "a", "an", "of", "and"}


@dataclass(frozen=True)
class _Question:
    """A question by its parts; where the answer is the subject, `verb` and `thing` are empty.

    asks: "when", "how many". adjective: "old" of "how old". thing: "people".
    rest: "the Hollin tunnel open to traffic". meant: the words that follow the question and make it
    clear: "(Hollin tunnel)".
    """

    preposition: str
    asks: str
    adjective: str
    thing: str
    verb: str
    rest: str
    meant: str

    @property
    def end(self) -> str:
        """The end of each statement."""
        return f" {self.meant}." if self.meant else "."


def make_statements(question: str, answer: str) -> Iterator[str]:
    """Statements of the answer.

    "The tunnel will open in June 2026.", "The tunnel open: June 2026."; none for a question of
    another form. What follows the question, as in "And when does it open?
    (Hollin tunnel)", is kept.
    """
    asked = _parse(question)
    if not asked:
        return
    facts = read_facts(answer)
    if asked.asks.endswith("many") and facts.numbers:
        number = _written_number(facts)
        thing, _, subject = asked.thing.partition(" ")
        if subject[:1].isupper():
            # "... on how many jobs Brask Steel will cut".
            yield f"{subject} {asked.verb} {asked.rest} {number} {thing}{asked.end}"
            return
        # Where people are asked for, "eleven miners" counts as eleven.
        answer = " ".join(f"{number} {asked.thing}".split())
    elif asked.adjective:
        answer = f"{answer} {asked.adjective}"
    if not asked.verb:
        yield f"{answer} {asked.rest}{asked.end}"
        return
    preposition = _time_preposition(facts) if asked.asks == "when" else asked.preposition
    yield f"{_in_order(asked, f'{preposition} {answer}')}{asked.end}"
    if not preposition:
        yield f"{asked.rest[0].upper()}{asked.rest[1:]}: {answer}{asked.end}"


def _parse(question: str) -> _Question | None:
    question, _, meant = question.partition("?")
    found = WITH_SUBJECT.match(question)
    if not found or _is_passive(found):
        found = WITHOUT_SUBJECT.match(question)
    if not found or found["rest"].isspace():
        return None
    parts = {"thing": "", "verb": "", **found.groupdict(default="")}
    return _Question(
        preposition=parts["preposition"].lower(),
        asks=parts["asks"].lower(),
        adjective=parts["adjective"].lower(),
        thing=parts["thing"].strip(),
        verb=parts["verb"],
        rest=parts["rest"].strip(),
        meant=meant.strip(),
    )


def _is_passive(found: regex.Match[str]) -> bool:
    """Whether no subject follows the verb, as in "How many people were hurt"."""
    if not found["thing"] or SUBJECT_START.match(found["rest"]):
        return False
    return found["verb"].lower() in FORMS_OF_BE


def _written_number(facts: Facts) -> str:
    """The first number as it is written; the figure for an ordinal."""
    number = facts.numbers[0]
    if number.unit == "th":
        return f"{number.value:g}"
    return facts.text[number.start : number.end].strip()


def _time_preposition(facts: Facts) -> str:
    """The preposition for an answer to "when"."""
    return "on" if any(date.is_of_day for date in facts.dates) else "in"


def _in_order(asked: _Question, answer: str) -> str:
    """Subject, verb, answer and the rest of "will | the Hollin tunnel open to traffic"."""
    words = asked.rest.split()
    words[0] = words[0][0].upper() + words[0][1:]
    auxiliary = asked.verb.lower()
    for place in range(1, len(words)):
        if _is_verb(words, place):
            before = "" if auxiliary in FORMS_OF_DO else auxiliary
            ordered = [*words[:place], before, words[place], answer, *words[place + 1 :]]
            break
    else:
        ordered = [*words, auxiliary if auxiliary in FORMS_OF_BE else "", answer]
    return " ".join(" ".join(ordered).split())


def _is_verb(words: list[str], place: int) -> bool:
    """Whether a word is the verb: it ends the question, or a preposition follows."""
    ends = PREPOSITIONS.issuperset(words[place + 1 : place + 2])
    before = words[place - 1].lower()
    return ends and before not in NOT_BEFORE_VERB and words[place].islower()
