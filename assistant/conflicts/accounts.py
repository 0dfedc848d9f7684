"""Accounts of one thing: what different articles give as the figure, date or name that a question asks for.

Sentences, and headlines, that have such a value are shown to the reader beside a statement made of the question and
the value: does this sentence say that the answer is V? The limits were chosen on the pairs of reports in
tests/test_disagreement.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from index.articles import Article, Passage
from index.loading.dates import day_of
from index.text.terms import content_terms, terms

from ..answer.quotes import WITHDRAWN, Quote, quotes_of
from ..llm.packing import head_line
from ..reading.support import premise, support_model
from ..verify.facts import read_facts
from .values import Value, Wanted, comparable, same

__all__ = ["Account", "accounts_of_one_thing"]

# How likely it has to be that a sentence gives the value that is asked for: each, the likeliest of all, and each where
# a name is asked for, since texts are full of names.
LIKELY, SURE, LIKELY_NAME = 0.6, 0.65, 0.76
# Amounts that are further apart than this factor are hardly of one thing.
MOST_APART = 10
# Sentences that are read: those that have most of the question's words; values of each.
MAX_SENTENCES, MAX_VALUES = 10, 3
# The least share of the question's words that such a sentence and its headline have.
COMMON_SHARE = 0.25
# Where a question names no year, what a report dates so many years back is of something else.
LONG_BEFORE_YEARS = 2

# A question by its parts: "On | what | day | was | the treaty signed", "How many | people died in the flood".
ASKS = (
    r"^\W*(?:(?:and|but|so|then)\s+)?(?:(?P<when>by|on|in|at|for|from|since|until|to)\s+)?"
    r"(?P<asks>how\s+(?:many|much)|how\s+\w+|what|which|when|where|who)\b\s*"
)
OF_OTHERS = regex.compile(
    rf"{ASKS}(?P<thing>(?:[^\s?]+\s+){{0,3}}?)"
    r"(?P<verb>did|does|do|will|would|is|are|was|were|can|could|(?:has|have|had)(?=\s+(?:the|an?|(?-i:\p{Lu}))))\s+"
    r"(?!(?:in|on|at|aboard|there|been)\b)(?P<said>[^?]+)",
    regex.I,
)
OF_THE_ANSWER = regex.compile(rf"{ASKS}(?P<said>[^?]+)", regex.I)
SUBJECT = regex.compile(
    r"(?:the|an?|his|her|its|their|our|this|that|these|those)\b|(?-i:\p{Lu})", regex.I
)
BEING = frozenset(("is", "are", "was", "were"))
PREPOSITIONS = frozenset("in on at for to by with from after before during since until as".split())
NO_VERB_AFTER = frozenset("the a an of and".split())


@dataclass(frozen=True)
class Account:
    """A value that a sentence gives for what is asked, and how likely it is that it does, 0 to 1."""

    value: Value
    quote: Quote
    likely: float


def accounts_of_one_thing(
    asked: Wanted, question: str, passages: Sequence[Passage]
) -> list[Account]:
    """What each article says for what is asked, the likeliest of each; nothing where none surely says it."""
    there = (*_sentences(passages), *_headlines(passages))
    values = {quote: given for quote in there if (given := asked.among(quote.text, quote.article))}
    if len({quote.article.id for quote in values}) < 2:
        return []
    near = _nearest(question, list(values))
    found = sorted(
        (account for quote in near for account in _accounts(question, quote, values[quote])),
        key=lambda account: -account.likely,
    )
    if not found or found[0].likely < SURE:
        return []
    best: dict[str, Account] = {}
    for account in found:
        quoted = _in_the_text(account, values)
        if (
            quoted
            and comparable(quoted.value, found[0].value)
            and not _far_apart(quoted.value, found[0].value)
        ):
            best.setdefault(quoted.quote.article.id, quoted)
    return list(best.values())


def statements(question: str, answer: str) -> Iterator[str]:
    """What a question and its answer say: "The tunnel will open in June 2026.", "The tunnel open: June 2026.".

    None for a question of another form. What follows the question, as in "And when does it open? (Hollin tunnel)", is
    kept: it says what is meant.
    """
    question, _, meant = question.partition("?")
    end = f" {meant.strip()}." if meant.strip() else "."
    of_others = OF_OTHERS.match(question)
    if (
        of_others
        and of_others["thing"]
        and of_others["verb"].lower() in BEING
        and not SUBJECT.match(of_others["said"])
    ):
        # "How many people were hurt ..."
        of_others = None
    asked = of_others or OF_THE_ANSWER.match(question)
    if not asked:
        return
    kind = asked["asks"].lower()
    facts = read_facts(answer)
    if kind.endswith("many") and facts.numbers:
        # Where people are asked for, "eleven miners" counts as eleven.
        number = answer[facts.numbers[0].start : facts.numbers[0].end].strip()
        if facts.numbers[0].unit == "th":
            number = f"{facts.numbers[0].value:g}"
        thing, _, subject = (asked["thing"] if of_others else "").partition(" ")
        if subject[:1].isupper():
            # "... on how many jobs Brask Steel will cut".
            yield f"{subject}{asked['verb']} {asked['said'].strip()} {number} {thing}{end}"
            return
        answer = " ".join(f"{number} {thing} {subject}".split())
    elif kind.startswith("how ") and not kind.endswith(("much", "many")):
        answer = f"{answer} {kind.split()[-1]}"
    if not of_others:
        yield f"{answer} {asked['said'].strip()}{end}"
        return
    preposition = (asked["when"] or "").lower()
    if kind == "when":
        preposition = (
            "on" if any(date.day or date.weekday is not None for date in facts.dates) else "in"
        )
    said = asked["said"].strip()
    said = said[0].upper() + said[1:]
    yield " ".join(_in_order(said, asked["verb"].lower(), f"{preposition} {answer}").split()) + end
    if not preposition:
        yield f"{said}: {answer}{end}"


def _in_order(said: str, auxiliary: str, answer: str) -> str:
    """Subject, verb, answer and the rest of "will | the Hollin tunnel open to traffic"."""
    words = said.split()
    places = range(1, len(words))
    verb = next(
        (n for n in places if words[n].islower() and _is_verb(words[n - 1], *words[n + 1 : n + 2])),
        None,
    )
    auxiliary = "" if auxiliary in ("did", "do", "does") else auxiliary
    if verb is None:
        return f"{said} {auxiliary if auxiliary in BEING else ''} {answer}"
    return " ".join((*words[:verb], auxiliary, words[verb], answer, *words[verb + 1 :]))


def _is_verb(before: str, after: str = "") -> bool:
    """Whether a word between these two is the verb: it ends what is said, or a preposition follows."""
    return before.lower() not in (*PREPOSITIONS, *NO_VERB_AFTER) and (
        not after or after in PREPOSITIONS
    )


def _far_apart(one: Value, other: Value) -> bool:
    amounts = sorted(
        abs(value.key[0]) for value in (one, other) if isinstance(value.key[0], float | int)
    )
    return (
        one.kind not in ("date", "name")
        and len(amounts) == 2
        and amounts[1] > MOST_APART * amounts[0]
    )


def _nearest(question: str, quotes: Sequence[Quote]) -> list[Quote]:
    """The sentences that have most of the question's words, headlines counted in."""
    wanted = set(content_terms(question))
    common = {
        quote: len(wanted.intersection(terms(f"{quote.article.title}\n{quote.text}")))
        for quote in quotes
    }
    near = [quote for quote in quotes if common[quote] >= max(1, COMMON_SHARE * len(wanted))]
    return sorted(near, key=lambda quote: -common[quote])[:MAX_SENTENCES]


def _accounts(question: str, quote: Quote, values: Sequence[Value]) -> Iterator[Account]:
    """The values of a sentence that it gives for what is asked."""
    other_year = _is_of_another_year(question, quote)
    shown = quote.text if _is_headline(quote) else premise(head_line(quote.article), [quote.text])
    for value in [v for v in values if not v.former and (v.kind == "date" or not other_year)][
        :MAX_VALUES
    ]:
        for statement in statements(question, value.text):
            likely = support_model().judge(shown, statement).supported
            if likely >= (LIKELY_NAME if value.kind == "name" else LIKELY):
                yield Account(value, quote, likely)
                break


def _in_the_text(account: Account, values: dict[Quote, list[Value]]) -> Account | None:
    """The account; for that of a headline, which cannot be quoted, a sentence of its article with the same value."""
    if not _is_headline(account.quote):
        return account
    for quote, given in values.items():
        if quote.article.id == account.quote.article.id and not _is_headline(quote):
            for value in given:
                if same(value, account.value):
                    return Account(value, quote, account.likely)
    return None


def _sentences(passages: Sequence[Passage]) -> Iterator[Quote]:
    for passage in passages:
        for quote in quotes_of(passage):
            if not WITHDRAWN.search(quote.text) and not quote.text.startswith("#"):
                yield quote


def _headlines(passages: Sequence[Passage]) -> Iterator[Quote]:
    """The headlines, which tell in few words what an article says but are no part of its text."""
    articles: dict[str, Article] = {passage.article.id: passage.article for passage in passages}
    for article in articles.values():
        yield Quote(article, -1, -1, article.title)


def _is_headline(quote: Quote) -> bool:
    return quote.start < 0


def _is_of_another_year(question: str, quote: Quote) -> bool:
    """Whether a sentence speaks of a year that the question does not mean; one without any means its article's."""
    asked = {date.year for date in read_facts(question).dates if date.year}
    said = {date.year for date in read_facts(quote.text).dates if date.year}
    published = day_of(quote.article.published)
    if asked:
        return asked.isdisjoint(said or ({published.year} if published else asked))
    return bool(said and published and max(said) <= published.year - LONG_BEFORE_YEARS)
