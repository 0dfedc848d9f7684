from __future__ import annotations

import pytest

from assistant.query.mentions import KnownNames

OUTLETS = [
    "The Verdict",
    "TideCrunch",
    "Bnbc | Coast Business Leader",
    "OWL News - Lifestyle",
    "SBCSports.com",
]
PAPERS = [
    "The Old Harbour Times",
    "Northgate Post",
    "Allied Press",
    "Fortuna",
    "Lantern Daily",
    "The Sextant",
]
NAMES = KnownNames([*OUTLETS, *PAPERS], ["Nell Garroway", "Dominic Frayle"])


@pytest.mark.parametrize(
    ("question", "said", "meant"),
    [
        ("According to The Verdict, who won?", "The Verdict", "The Verdict"),
        ("according to tide crunch, who won?", "tide crunch", "TideCrunch"),
        ("What did the TideCrunch article claim?", "TideCrunch", "TideCrunch"),
        ("What does the AP report of Dec. 21 say?", "AP", "Allied Press"),
        ("What did the Times say?", "Times", "The Old Harbour Times"),
        ("What did Bnbc report?", "Bnbc", "Bnbc | Coast Business Leader"),
        (
            "Who is featured in an 'OWL News - Lifestyle' article?",
            "OWL News - Lifestyle",
            "OWL News - Lifestyle",
        ),
        ("Does the SBC Sports story name him?", "SBC Sports", "SBCSports.com"),
        ("Who was reported by Fortuna to have left?", "Fortuna", "Fortuna"),
        ("What did the Lantern say?", "Lantern", "Lantern Daily"),
        ("What did the Daily say?", "Daily", "Lantern Daily"),
        ("Which firm, as per the Northgate Post, left?", "Northgate Post", "Northgate Post"),
    ],
)
def test_an_outlet_is_found_under_any_variant_of_its_name(question, said, meant):
    (mention,) = NAMES.find_mentions(question)

    assert (mention.text, mention.sources, mention.attributed) == (said, (meant,), True)
    assert question[mention.start : mention.end] == said


def test_an_attribution_holds_for_all_outlets_in_an_enumeration():
    found = NAMES.find_mentions(
        "Which company, covered by both 'Fortuna', the Northgate Post, and TideCrunch, was sold?"
    )

    assert [(mention.sources, mention.attributed) for mention in found] == [
        (("Fortuna",), True),
        (("Northgate Post",), True),
        (("TideCrunch",), True),
    ]


@pytest.mark.parametrize(
    "question", ["Who owns TideCrunch?", "When did the Northgate Post correct its figure?"]
)
def test_a_question_about_an_outlet_does_not_ask_for_its_words(question):
    (mention,) = NAMES.find_mentions(question)

    assert not mention.attributed


@pytest.mark.parametrize(
    "question",
    [
        "What fortuna did he have at the verdict?",
        "According to Ines Aldervane, how many were evacuated?",
        "How many times did they press for it?",
        "What is in the post?",
        "Who built the Lantern?",
    ],
)
def test_ordinary_words_are_not_taken_for_outlets(question):
    assert NAMES.find_mentions(question) == []


def test_an_outlet_that_the_index_lacks_is_recognised():
    for question in (
        "According to The Guardian, who won?",
        "What did the Mill Gazette report?",
        "What did the Sextant Weekly report?",
    ):
        (mention,) = NAMES.find_mentions(question)
        assert (mention.sources, mention.attributed) == ((), True)


def test_an_outlet_compared_with_one_that_the_index_lacks():
    found = NAMES.find_mentions("Do the Sextant and the Guardian agree on the cost?")

    assert [(mention.text, mention.sources) for mention in found] == [
        ("Sextant", ("The Sextant",)),
        ("Guardian", ()),
    ]


def test_an_author_may_be_asked_for_or_only_named():
    (wanted,) = NAMES.find_mentions("What does the article by Dominic Frayle say?")
    (named,) = NAMES.find_mentions("Where does Nell Garroway live?")

    assert (wanted.authors, wanted.attributed) == (("Dominic Frayle",), True)
    assert (named.authors, named.attributed) == (("Nell Garroway",), False)


def test_a_mention_knows_the_words_that_only_attribute():
    question = "According to The Verdict, who won?"
    (mention,) = NAMES.find_mentions(question)

    assert question[mention.around[1] :].strip() == "who won?"


def test_initials_of_a_well_known_outlet_are_a_name():
    names = KnownNames(["The Ledger"], [])
    (mention,) = names.find_mentions("What does the AP report of Dec. 21 say?")

    assert (mention.text, mention.sources, mention.attributed) == ("AP", (), True)
    assert names.find_mentions("Who took the AP exam?") == []
