"""What publishers put under every article answers nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Assistant
from assistant.answering.boilerplate import APPEAL
from index.articles import FullArticle
from index.index import Index

from .helpers import article

FOOT = "The Arden Mail is free for all who live in Arden, thanks to its readers."
BODIES = {
    "bridge": "Masons closed the bridge on Monday because two of its stones had come loose in the frost.",
    "school": "Pupils of the new school chose green for the walls, after a vote that took all morning.",
    "harbour": "Seven boats were lifted out of the harbour before the storm, and one of them was dropped.",
    "library": "Nobody had borrowed the oldest book of the library since 1911, until Ida Holm did so in May.",
    "orchard": "Frost took half of the plums in the orchard, but the pears did well, its owner said.",
    "station": "Trains will stop at the station again when the clock has been repaired, in autumn at the latest.",
    "museum": "Thieves took a tin spoon from the museum and sent it back a week later with an apology.",
}


def report(topic: str, foot: str) -> FullArticle:
    return article(f"{BODIES[topic]}\n\n{foot}", id=topic, title=f"News of the {topic}")


def over(folder: Path, *articles: FullArticle) -> Assistant:
    with Index(folder / "index", create=True) as index:
        index.add(articles)
    return Assistant(index=folder / "index")


def test_what_stands_under_many_articles_is_not_quoted(tmp_path: Path):
    with over(tmp_path, *(report(topic, FOOT) for topic in BODIES)) as assistant:
        answer = assistant.ask("Is the Arden Mail free for all who live in Arden?")

    assert FOOT not in answer.text


def test_what_stands_under_few_is_a_sentence_like_others(tmp_path: Path):
    with over(
        tmp_path,
        *(report(topic, FOOT if number < 3 else "") for number, topic in enumerate(BODIES)),
    ) as assistant:
        answer = assistant.ask("Is the Arden Mail free for all who live in Arden?")

    assert FOOT in answer.text


def test_a_report_that_many_outlets_print_is_no_boilerplate(tmp_path: Path):
    text = (
        "The dam above Arden broke on Sunday night after a week of rain. Water ran through the lower town until "
        "noon. Nobody was hurt, because the warden Ida Holm had rung the bell. The council will meet on Friday to "
        "decide what is to become of the mill and of the nine houses that stand below it."
    )
    copies = [
        article(f"{text}\n\nPrinted by paper {n}.", id=f"c{n}", title=f"Dam breaks {n}")
        for n in range(8)
    ]
    with over(tmp_path, *copies) as assistant:
        answer = assistant.ask("Which warden had rung the bell, so that nobody was hurt?")

    assert "Ida Holm had rung the bell" in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "Sign up for our newsletter about the flood.",
        "Read more: the flood in pictures",
        "Follow us on Kite.",
    ],
)
def test_an_appeal_to_readers_is_not_quoted(tmp_path: Path, text: str):
    assert APPEAL.search(text)
    with over(
        tmp_path, article(f"The flood came at night.\n\n{text}", id="flood", title="Flood")
    ) as assistant:
        assert (
            text
            not in assistant.ask(
                "What about the flood in pictures, in our newsletter about the flood?"
            ).text
        )
