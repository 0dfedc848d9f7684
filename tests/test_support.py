"""Whether quotes hold a sentence: rule by rule, and on claims about the seeds."""

from __future__ import annotations

import functools
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.comparison import Line, lines_of
from assistant.evidence import find
from assistant.facts import read
from assistant.names import mentions
from index.articles import FullArticle
from index.reading import Reader
from index.sentences import sentences

from .helpers import ROOT, article

SEEDS = {Path(str(seed.path)).stem: seed for seed in Reader([ROOT / "seeds"])}


def shown(*articles: FullArticle) -> list[Line]:
    return [
        line
        for block, known in enumerate(articles)
        for line in lines_of(block, known.without_text(), known.text[known.body :], start=known.body)
    ]


HARBOUR = article(
    "The harbour of Sandwick reopened on Monday after 14 weeks. Mayor Ada Lund said that the repairs had cost "
    "£2.4 million.\n\nThe fishing fleet may return in April. Erik Moe, who speaks for the fishermen, called the date "
    "too early. He did not meet the mayor. About 40 per cent of the boats are Danish; the European Maritime Fund (EMF) "
    "paid for two of them.\n\nLund told Moe that all the cranes would be tested by Hansen Works before 21 December. "
    "The ferry sails at 4:15 p.m., and fares rose from £6 to £7.",
    title="Sandwick harbour reopens",
    source="The Gull",
    published="2025-03-05",
)


def objection(claim: str, *articles: FullArticle) -> str | None:
    return find(claim, shown(*(articles or (HARBOUR,))))[1]


@pytest.mark.parametrize(
    "claim",
    [
        "The harbour of Sandwick reopened on Monday after 14 weeks.",
        "On Monday, after fourteen weeks, Sandwick's harbour opened again.",
        "The harbour reopened on 3 March 2025.",
        "The repairs cost £2.4 million, according to Ada Lund.",
        "Mayor Lund said the repairs had cost 2,400,000 pounds.",
        "Erik Moe called the date too early.",
        "The fishing fleet may return in April.",
        "Moe did not meet the mayor.",
        "Some 40% of the boats are Danish.",
        "The EMF paid for 2 of the boats.",
        "Lund told Moe that all the cranes would be tested by Hansen Works before Dec. 21.",
        "Moe was told by Lund that Hansen Works would test all the cranes before 21 December.",
        "The Gull reported on 5 March 2025 that the harbour of Sandwick had reopened.",
        "The ferry sails at 4.15 p.m.",
        "Fares rose from £6 to £7.",
        "Two boats were paid for by the European Maritime Fund, and about 40 per cent are Danish.",
        "According to The Gull, the harbour reopened after 14 weeks.",
    ],
)
def test_what_the_article_says_in_other_words_is_held(claim: str):
    assert objection(claim) is None


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("The harbour of Sandwick reopened on Monday after 15 weeks.", "15"),
        ("The harbour of Sandwick reopened on Tuesday after 14 weeks.", "Tuesday"),
        ("The repairs cost $2.4 million.", "number"),
        ("The repairs cost more than £2.4 million.", "number"),
        ("Some 40 of the boats are Danish.", "40"),
        ("The ferry sails at 4.45 p.m.", "4.45"),
        ("Erik Moe said that the repairs had cost £2.4 million.", "Erik Moe"),
        ("Ada Lund called the date too early.", "Ada Lund"),
        ("The fishing fleet returned in April.", "may"),
        ("The fishing fleet may not return in April.", "not"),
        ("He met the mayor.", "not"),
        ("Moe told Lund that all the cranes would be tested by Hansen Works.", ""),
        ("Fares fell from £6 to £7.", ""),
        ("Fares rose from £7 to £6.", "other way round"),
        ("The cranes were tested by Hansen Works before 21 December.", ""),
        ("Sandwick is known for its herring.", ""),
        ("The harbour reopened on Monday because the mayor paid for the repairs herself.", ""),
        ("All of the boats are Danish.", ""),
        ("Moe did not call the date too early.", "not"),
        ("The fishing fleet has not denied that it may return in April.", "not"),
        ("Kirkby reopened on Monday after 14 weeks.", "Kirkby"),
        ("The Heron reported that the harbour of Sandwick had reopened.", "Heron"),
    ],
)
def test_what_the_article_does_not_say_is_objected_to(claim: str, why: str):
    said = objection(claim)
    assert said is not None
    assert why in said


def test_two_articles_hold_a_claim_together():
    other = article("Oslo bought nine new trams in May.", id="b", title="Trams")
    quotes, why = find("Sandwick's harbour reopened on Monday, and Oslo bought nine new trams.", shown(HARBOUR, other))
    assert why is None
    assert {line.block for quote in quotes for line in quote} == {0, 1}


@functools.cache
def test_quotes_that_hold_a_claim_by_themselves_come_first():
    text = (
        '"I have mediated between parties who could not agree on the facts," Dr Quell told reporters on Tuesday. '
        "The talks, held in Velm, were the first between Coll Ferries and the Deckhands' Union. "
        "They were chaired by Dr Marta Quell, whom both sides accepted as mediator last week."
    )
    (quote,), why = find(
        "Dr Marta Quell was brought in to mediate between Coll Ferries and the union.",
        shown(article(text, title="Coll Ferries and union talk")),
    )

    assert why is None
    assert [line.place for line in quote] == [1, 2]


def changed_sentences(count: int = 90) -> tuple[tuple[str, str, str, str], ...]:
    """Sentences of the seeds with one thing changed: kind, article, the sentence, and what was made of it."""
    return tuple(_changed(random.Random(7), count))


def _changed(dice: random.Random, count: int) -> Iterator[tuple[str, str, str, str]]:
    made = 0
    for stem, known in sorted(SEEDS.items()):
        text = known.text[known.body :]
        whole = [text[s.start : s.end] for s in sentences(text)]
        for sentence in dice.sample([s for s in whole if 60 < len(s) < 220 and s[-1] == "." and "\n" not in s], 8):
            for kind, false in _changes(sentence, whole, dice):
                made += 1
                yield kind, stem, sentence, false
                if made == count * 4:
                    return


def _changes(sentence: str, whole: list[str], dice: random.Random) -> Iterator[tuple[str, str]]:
    said = read(sentence)
    for number in said.numbers[:1]:
        digits = re.search(r"\d+", sentence[number.start : number.end])
        if digits:
            at = number.start + digits.start()
            yield "number", sentence[:at] + str(int(digits[0]) + 3) + sentence[at + len(digits[0]) :]
    names = [m for m in mentions(sentence) if m.kind == "name" and m.start > 0]
    for one, other in [(a, b) for a in names for b in names if a.end < b.start and not a.keys & b.keys][:1]:
        between = sentence[one.end : other.start]
        if not re.fullmatch(r"[\s,]*(?:and|or|,)?\s*(?:the\s)?", between):
            a, b = sentence[one.start : one.end], sentence[other.start : other.end]
            yield "swap", sentence[: one.start] + b + between + a + sentence[other.end :]
    verb = re.search(r"\b(was|were|is|are|has|have|had|will)\b(?! not)", sentence)
    if verb and " no" not in sentence and "n't" not in sentence:
        yield "not", f"{sentence[: verb.end()]} not{sentence[verb.end() :]}"


def test_sentences_with_a_number_a_name_or_a_not_changed_are_not_held():
    results = [(kind, false, find(false, shown(SEEDS[stem]))[1]) for kind, stem, _, false in changed_sentences()]
    let_through = [(kind, false) for kind, false, why in results if why is None]
    assert len(results) >= 100
    assert {kind for kind, _, _ in results} == {"number", "swap", "not"}
    assert len(let_through) / len(results) <= 0.05, let_through


def test_the_sentences_themselves_are_held():
    own = {(stem, sentence) for _, stem, sentence, _ in changed_sentences()}
    refused = [sentence for stem, sentence in own if find(sentence, shown(SEEDS[stem]))[1]]
    assert len(own) >= 40
    assert refused == []


def test_claims_about_the_seeds():
    """Floors, not goals: docs/models.md has what was measured, also on the half that nobody looked at."""
    claims = [json.loads(line) for line in (ROOT / "tests/data/claims-dev.jsonl").read_text("utf-8").splitlines()]
    held = {c["id"]: find(c["claim"], shown(*(SEEDS[a] for a in c["articles"])))[1] is None for c in claims}
    true = [held[c["id"]] for c in claims if c["supported"]]
    untrue = [held[c["id"]] for c in claims if not c["supported"]]
    assert sum(true) / len(true) >= 0.88
    assert sum(untrue) / len(untrue) <= 0.17
