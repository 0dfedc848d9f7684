"""Articles that differ in a figure, a date or a name, and pairs that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant import Answer, Assistant
from index.articles import FullArticle
from index.index import Index

from .helpers import article
from .model_server import ModelServer

# A question, and two reports with what each of them gives as the answer.
DIFFERING = [
    (
        "How many people died in the Lowmark mine collapse?",
        "Eleven people were killed when a gallery of the Lowmark mine collapsed on Sunday, police said.",
        "The death toll of the Lowmark mine collapse has risen to 14, the governor said on Tuesday.",
        ("Eleven people", "14"),
    ),
    (
        "How much will the new Arden bridge cost?",
        "The new Arden bridge will cost 48 million euros, the council decided on Wednesday.",
        "The price of the Arden bridge is now put at €63.5 million, a third more than planned.",
        ("48 million euros", "€63.5 million"),
    ),
    (
        "When will the Hollin tunnel open?",
        "The Hollin tunnel will open to traffic in June 2026, the minister said.",
        "Because of water in the shafts the Hollin tunnel will only open in September 2027, its builders admitted.",
        ("June 2026", "September 2027"),
    ),
    (
        "How many jobs will Brask Steel cut?",
        "Brask Steel will cut 1,200 jobs at its plant in Orlow by the end of the year, the company said.",
        "Brask Steel plans to shed 1,850 jobs, according to the union, which has seen the company's papers.",
        ("1,200 jobs", "1,850 jobs"),
    ),
    (
        "How tall is the Merrow tower?",
        "At 311 metres the Merrow tower is the tallest building in the country.",
        "The Merrow tower is 318 metres tall and has 74 floors.",
        ("311 metres", "318 metres"),
    ),
    (
        "How many passengers were on the ferry Osprey?",
        "There were 212 passengers and 18 crew on board the ferry Osprey when it ran aground.",
        "The owner of the Osprey said that 226 passengers had been on the ferry.",
        ("212 passengers", "226 passengers"),
    ),
    (
        "When was the Coll mill built?",
        "The Coll mill was built in 1871 and closed in 1988.",
        "The mill at Coll, built in 1874, belonged to the Farrow family until 1988.",
        ("1871", "1874"),
    ),
    (
        "How much did Dunmore pay for the goalkeeper Ilves?",
        "Dunmore have signed the goalkeeper Ilves for £14 million.",
        "Dunmore paid £17.5 million for Ilves, a club record for a goalkeeper.",
        ("£14 million", "£17.5 million"),
    ),
    (
        "How many people attended the march in Sarn?",
        "Police said that 15,000 people had taken part in the march in Sarn.",
        "The organisers of the Sarn march spoke of 60,000 participants.",
        ("15,000 people", "60,000 participants"),
    ),
    (
        "On what day was the treaty of Velm signed?",
        "The treaty was signed on 4 October in Velm.",
        "The ministers signed the treaty of Velm on 5 October, after a long night.",
        ("4 October", "5 October"),
    ),
    (
        "What will the Cape Hollin lighthouse cost?",
        "The lighthouse at Cape Hollin will cost 310 million crowns, the council said.",
        "The cost of the Cape Hollin lighthouse has gone up to 365 million crowns.",
        ("310 million crowns", "365 million crowns"),
    ),
    (
        "What is the unemployment rate in Gorm?",
        "The unemployment rate in Gorm fell to 4.1 percent in February.",
        "Unemployment in Gorm stood at 4.4 percent in March, the statistics office said.",
        ("4.1 percent", "4.4 percent"),
    ),
    (
        "Who won the mayoral race in Thule?",
        "Lena Strand won the mayoral race in Thule on Sunday, beating Per Holm by 300 votes.",
        "After a recount, Per Holm won the race for mayor of Thule, the council said.",
        ("Lena Strand", "Per Holm"),
    ),
]
# Reports of one thing that do not differ in what is asked, though they have other figures, dates or names.
AGREEING = [
    (
        "How many people died in the Lowmark mine collapse?",
        "Eleven people were killed when a gallery of the Lowmark mine collapsed on Sunday, police said.",
        "Forty miners were injured in the collapse at Lowmark and taken to two hospitals. The mine employs 230 people.",
    ),
    (
        "How much will the new Arden bridge cost?",
        "The new Arden bridge will cost 48 million euros, the council decided on Wednesday.",
        "Arden has voted to build its bridge for about €48 million. The toll will be 2 euros a car.",
    ),
    (
        "When did the Hollin tunnel open?",
        "The Hollin tunnel was opened to traffic on 4 March 2025 by the prime minister.",
        "The Hollin tunnel, which opened on Tuesday, has been closed for two hours because of a fire alarm.",
    ),
    (
        "How tall is the Merrow tower?",
        "At 311 metres the Merrow tower is the tallest building in the country.",
        "A painter fell 12 metres from the Merrow tower and survived. The tower is 1,020 feet high.",
    ),
    (
        "What was the turnout of the vote on the stadium?",
        "Turnout in the vote on the stadium was 41 per cent.",
        "Some 53% of voters said no to the stadium.",
    ),
    (
        "How much did Dunmore pay for the goalkeeper Ilves?",
        "Dunmore have signed the goalkeeper Ilves for £14 million.",
        "Ilves will earn £60,000 a week at Dunmore. The club made a profit of £3 million last season.",
    ),
    (
        "How many people attended the march in Sarn?",
        "Police said that 15,000 people had taken part in the march in Sarn.",
        "At the march in Sarn 23 people were arrested. Sarn has 310,000 inhabitants.",
    ),
    (
        "How many members does the Kestrel club have?",
        "The Kestrel club has 640 members.",
        "The Kestrel club celebrated its 50th birthday with 180 guests; 3 founding members were there.",
    ),
    (
        "By how much was the cod quota of Norrland cut in 2019?",
        "The cod quota of Norrland was cut by 20 per cent in 2019.",
        "The cod quota of Norrland is to be cut by 15 per cent from 2026.",
    ),
    (
        "When will the Sund bridge open?",
        "The Sund bridge will open in March 2028, the council said.",
        "On Monday work on the Sund bridge began; when it will open is not known.",
    ),
    (
        "Who won the mayoral race in Thule?",
        "Lena Strand won the mayoral race in Thule on Sunday, beating Per Holm by 300 votes.",
        "Per Holm lost the mayoral race in Thule. He had led it for weeks.",
    ),
]


def reports(pairs: list[tuple[str, str]]) -> Iterator[FullArticle]:
    for number, (earlier, later) in enumerate(pairs):
        yield article(
            earlier, id=f"e{number}", title="News", source="Arden Mail", published="2025-03-03"
        )
        yield article(
            later, id=f"l{number}", title="News", source="Coast Herald", published="2025-03-05"
        )


def over(folder: Path, *articles: FullArticle) -> Assistant:
    with Index(folder / "index", create=True) as index:
        index.add(articles)
    return Assistant(index=folder / "index")


@pytest.fixture(scope="module")
def differing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    pairs = [(earlier, later) for _, earlier, later, _ in DIFFERING]
    with over(tmp_path_factory.mktemp("differing"), *reports(pairs)) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def agreeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    pairs = [(earlier, later) for _, earlier, later in AGREEING]
    with over(tmp_path_factory.mktemp("agreeing"), *reports(pairs)) as assistant:
        yield assistant


def peaks(day: str, *, updated: str | None = None) -> list[FullArticle]:
    """One report of a peak, of that day, and one of 3 March 2025 that takes the same figure back."""
    correction = (
        "Correction: an earlier version of this article said that it had peaked at 7.41 metres."
    )
    right = f"The river Tarn peaked at 7.14 metres at Hove bridge.\n\n{correction}"
    return [
        article(
            "The river Tarn peaked at 7.41 metres at Hove bridge.",
            id="wrong",
            source="Hill Echo",
            published=day,
        ),
        article(right, id="right", source="Arden Mail", published="2025-03-03", updated=updated),
    ]


def said(answer: Answer) -> list[str]:
    """What the articles say of the only thing on which they differ."""
    (disagreement,) = answer.disagreements
    return [version.says for version in disagreement.versions]


@pytest.mark.parametrize(
    ("question", "earlier", "later", "expected"), DIFFERING, ids=[d[0] for d in DIFFERING]
)
def test_versions_are_put_side_by_side(
    differing: Assistant, question: str, earlier: str, later: str, expected: tuple[str, str]
):
    answer = differing.ask(question)

    assert said(answer) == list(reversed(expected))
    assert [sentence.text for sentence in answer.sentences[:2]] == [later, earlier]
    assert [version.citations for version in answer.disagreements[0].versions] == [(1,), (2,)]
    assert answer.notices[0] == (
        f"the articles differ, the latest first: “{expected[1]}” [1] (Coast Herald, 2025-03-05); "
        f"earlier “{expected[0]}” [2] (Arden Mail, 2025-03-03)"
    )


@pytest.mark.parametrize(("question", "first", "second"), AGREEING, ids=[a[0] for a in AGREEING])
def test_other_figures_are_not_a_disagreement(
    agreeing: Assistant, question: str, first: str, second: str
):
    assert agreeing.ask(question).disagreements == ()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "How many people died in the flood?",
            ["fifth person died", "fourth life", "Two people died"],
        ),
        ("What will the Serrin telescope cost?", ["$268.5 million", "$212 million"]),
        ("What is the flood damage put at?", ["£61.5 million", "£38 million"]),
        ("When will the Serrin telescope see first light?", ["March 2028", "October 2026"]),
    ],
)
def test_the_seeds_differ(seeds: Assistant, question: str, expected: list[str]):
    answer = seeds.ask(question)

    assert said(answer) == expected
    for version in answer.disagreements[0].versions:
        assert all(
            version.says in answer.citations[number - 1].quote for number in version.citations
        )
    days = [
        answer.citations[version.citations[0] - 1].article.published
        for version in answer.disagreements[0].versions
    ]
    assert days == sorted(days, key=str, reverse=True)


def test_as_of_a_day_later_versions_do_not_exist(seeds: Assistant):
    answer = seeds.ask("How many people died in the flood?", as_of="2025-09-14")

    assert said(answer) == ["fourth life", "Two people died"]


def test_a_question_for_one_outlet_shows_no_disagreement(seeds: Assistant):
    answer = seeds.ask("According to the Meridian Wire, how many people died in the flood?")

    assert answer.disagreements == ()
    assert {citation.article.source for citation in answer.citations} == {"Meridian Wire"}


def test_a_corrected_version_comes_last(tmp_path: Path):
    with over(tmp_path, *peaks("2025-03-09")) as assistant:
        answer = assistant.ask("How high did the river Tarn peak at Hove bridge?")

    assert said(answer) == ["7.14 metres", "7.41 metres"]
    assert [version.corrected for version in answer.disagreements[0].versions] == [False, True]
    assert "“7.41 metres” [2] (Hill Echo, 2025-03-09), corrected since" in answer.notices[0]


def test_articles_with_the_same_value_are_one_version(tmp_path: Path):
    reports = [
        article(
            text,
            id=str(number),
            title=f"Report {number}",
            source=source,
            published=f"2025-03-0{number}",
        )
        for number, source, text in (
            (1, "Hill Echo", "Nine people were hurt when the stand in Velm fell down."),
            (
                2,
                "Arden Mail",
                "The stand that fell down in Velm hurt nine people, one of them a child.",
            ),
            (
                3,
                "Coast Herald",
                "In Velm 17 people were hurt when the stand fell down, the hospital says.",
            ),
        )
    ]
    with over(tmp_path, *reports) as assistant:
        answer = assistant.ask("How many people were hurt when the stand in Velm fell down?")

    assert [len(version.citations) for version in answer.disagreements[0].versions] == [1, 2]


COPIED = (
    "{} people were hurt when the stand in Velm fell down on Sunday. The stand had been put up for the harvest fair, "
    "and the mayor had praised its builders the day before. The fair was broken off, and the visitors were led to the "
    "school, where they were given tea and blankets. A court will look into the papers of the builders, who said that "
    "all rules had been kept and that the wood was new."
)


@pytest.mark.parametrize(
    ("changed", "versions"), [("Nine", []), ("Twelve", ["Twelve people", "Nine people"])]
)
def test_a_near_copy_counts_only_for_what_it_changed(
    tmp_path: Path, changed: str, versions: list[str]
):
    texts = (COPIED.format("Nine"), f"{COPIED.format(changed)} The town has set up a fund.")
    with over(tmp_path, *reports([texts])) as assistant:
        answer = assistant.ask("How many people were hurt when the stand in Velm fell down?")

    assert [
        version.says for found in answer.disagreements for version in found.versions
    ] == versions
    assert answer.citations[-1].copies or answer.citations[0].copies


def test_a_report_of_years_before_is_of_something_else(tmp_path: Path):
    texts = (
        "Eleven people were killed when a gallery of the Lowmark mine collapsed on Sunday.",
        "In 2016 a collapse of the Lowmark mine killed four people.",
    )
    with over(tmp_path, *reports([texts])) as assistant:
        assert not assistant.ask("How many people died in the Lowmark mine collapse?").disagreements
        assert (
            "four people"
            in assistant.ask("How many people died in the Lowmark mine collapse in 2016?").text
        )


def test_the_answer_of_a_model_with_one_version_is_completed(
    serve: Callable[..., ModelServer], tmp_path: Path
):
    earlier, later = (
        "Brask Steel will cut 1,200 jobs in Orlow.",
        "Brask Steel plans to cut 1,850 jobs in Orlow.",
    )
    with over(tmp_path, *reports([(earlier, later)])):
        pass
    serve("Brask Steel will cut 1,200 jobs in Orlow. [1] [2]")
    with Assistant(index=tmp_path / "index", model="openai:gpt-5-mini") as assistant:
        answer = assistant.ask("How many jobs will Brask Steel cut in Orlow?")

    assert [sentence.text for sentence in answer.sentences] == [earlier, later]
    assert said(answer) == ["1,850 jobs", "1,200 jobs"]
    assert answer.disagreements[0].versions[0].citations == (2,)


def test_a_part_keeps_its_answer_where_another_part_differs(tmp_path: Path):
    earlier = "Brask Steel will cut 1,200 jobs in Orlow."
    later = "Brask Steel plans to cut 1,850 jobs in Orlow.\n\nThe smelter at Brask Steel was lit by Marta Quell in 1987."
    with over(tmp_path, *reports([(earlier, later)])) as assistant:
        answer = assistant.ask(
            "How many jobs will Brask Steel cut in Orlow, and who lit the smelter at Brask Steel?"
        )

    assert said(answer) == ["1,850 jobs", "1,200 jobs"]
    assert "Marta Quell" in answer.text


def test_the_day_of_a_statement_is_not_that_of_the_event(tmp_path: Path):
    texts = (
        "The Hollin tunnel will open to traffic in June 2026, the minister said on Monday.",
        "The opening of the Hollin tunnel is a matter of money, its builders said on Tuesday.",
    )
    with over(tmp_path, *reports([texts])) as assistant:
        assert not assistant.ask("When will the Hollin tunnel open?").disagreements
        assert not assistant.ask("And when does it open? (Hollin tunnel)").disagreements


def test_a_correction_of_another_article_does_not_count(tmp_path: Path):
    other = article(
        "Correction, 5 October: an earlier version of this report misstated the height of the treaty column in Velm.",
        id="other",
        source="Hill Echo",
        published="2025-10-04",
        updated="2025-10-05",
    )
    texts = (
        "The treaty was signed on 4 October in Velm.",
        "The ministers signed the treaty of Velm on 5 October, after a long night.",
    )
    with over(tmp_path, *reports([texts]), other) as assistant:
        (disagreement,) = assistant.ask("On what day was the treaty of Velm signed?").disagreements

    assert not any(version.corrected for version in disagreement.versions)


def test_a_correction_of_a_later_day_is_not_known_before(tmp_path: Path):
    with over(tmp_path, *peaks("2025-03-02", updated="2025-03-06")) as assistant:
        (disagreement,) = assistant.ask(
            "How high did the river Tarn peak at Hove bridge?", as_of="2025-03-05"
        ).disagreements

    assert not any(version.corrected for version in disagreement.versions)


def test_outlets_that_a_question_compares_are_shown_to_differ(tmp_path: Path):
    with over(
        tmp_path,
        *reports([("Brask Steel will cut 1,200 jobs.", "Brask Steel will cut 1,850 jobs.")]),
    ) as assistant:
        answer = assistant.ask(
            "Do the Arden Mail and the Coast Herald agree on how many jobs Brask Steel will cut?"
        )
        other = assistant.ask(
            "Did the Arden Mail and the Coast Herald report the same number of jobs to be cut?"
        )

    assert said(answer) == ["1,850 jobs", "1,200 jobs"]
    assert {citation.article.source for citation in other.citations} == {
        "Arden Mail",
        "Coast Herald",
    }
