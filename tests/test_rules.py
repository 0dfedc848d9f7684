"""Vetoes: numbers, dates, names and negations of a claim that its quotes lack."""

from __future__ import annotations

import datetime

import pytest

from assistant.verify.rules import Lacking, find_objection

HEAD = "The Gull, 2025-03-05: Sandwick harbour reopens"
QUOTES = (
    "The harbour of Sandwick reopened on Monday after 14 weeks. Mayor Ada Lund said that the repairs had cost "
    "£2.4 million. About 40 per cent of the boats are Danish. Fares rose from £6 to £7.20. Exactly 1,412 people came."
)


def lacking(claim: str) -> Lacking | None:
    context = f"{HEAD}\n{QUOTES}\nErik Moe, who speaks for the fishermen, called it early."
    found = find_objection(
        claim, f"{HEAD}\n{QUOTES}", context=context, published=datetime.date(2025, 3, 5)
    )
    return found.lacking if found else None


@pytest.mark.parametrize(
    "claim",
    [
        "The harbour opened again after fourteen weeks.",
        "It reopened on 3 March 2025.",
        "The repairs cost 2,400,000 pounds.",
        "Some 40% of the boats belong to Danish owners.",
        "The cheapest fare is now £7.20, up from £6.",
        "More than 1,400 people came.",
        "The Gull reported on 5 March 2025 that Lund had spoken.",
        "Erik Moe agreed.",
        "Two of the boats were there.",
        "In March 2025 the harbour reopened.",
    ],
)
def test_a_fact_that_the_quotes_have_in_any_form_is_accepted(claim: str):
    assert lacking(claim) is None


@pytest.mark.parametrize(
    ("claim", "what"),
    [
        ("The harbour opened again after fifteen weeks.", Lacking.NUMBER),
        ("The repairs cost $2.4 million.", Lacking.MONEY),
        ("Some 40 pounds were paid.", Lacking.MONEY),
        ("It reopened on Tuesday.", Lacking.DATE),
        ("It reopened on 4 April 2025.", Lacking.DATE),
        ("It had been closed since 2019.", Lacking.DATE),
        ("The repairs were paid for by Kirkby.", Lacking.NAME),
        ("More than 1,500 people came.", Lacking.NUMBER),
        ("The harbour did not reopen on Monday.", Lacking.NEGATION),
    ],
)
def test_a_fact_that_no_quote_has_is_objected_to(claim: str, what: Lacking):
    assert lacking(claim) is what


def test_the_objection_names_what_is_missing():
    found = find_objection("It cost £9.", "It cost £8.", context="It cost £8.", published=None)
    assert str(found) == "no quote has the number £9"
