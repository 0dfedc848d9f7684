"""Turns as Markdown, HTML and JSON; the page itself is looked at in test_page.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from assistant import Answer, Assistant
from assistant.answer.parts import Status
from assistant.errors import ExportError
from assistant.history.export import export, to_html, to_json, to_markdown
from assistant.history.log import Turn
from index.index import Index

from .helpers import article

HOSTILE = "<script>alert('x')</script> **bold** [link](javascript:alert(1)) `code` cost $4 or $5, the Kelda <b>bridge</b>."


@pytest.fixture(scope="module")
def kelda(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over two articles, one of which tries to be more than text."""
    folder = tmp_path_factory.mktemp("kelda") / "index"
    articles = [
        article(
            HOSTILE, id="bridge", title="# Kelda *bridge* <img src=x>", url="javascript:alert(1)"
        ),
        article(
            "The mill of Kelda burned down in 1931.",
            id="mill",
            title="Mill",
            url="https://mill.example/a?b=1",
        ),
    ]
    with Index(folder, create=True) as index:
        index.add(articles)
    with Assistant(index=folder) as assistant:
        yield assistant


def turn(answer: Answer) -> Turn:
    return Turn(
        asked="2026-03-04T09:30:00+01:00",
        question=answer.question,
        answer=answer,
        via="chat",
        place="kelda",
    )


@pytest.fixture(scope="module")
def turns(kelda: Assistant) -> list[Turn]:
    asked = [
        "What did the Kelda bridge cost?",
        "When did the mill of Kelda burn down?",
        "Who is the moon?",
    ]
    failed = Turn(
        asked="2026-03-04T09:31:00+01:00",
        question="And <i>why</i>?",
        error="the model did not answer",
    )
    return [*(turn(kelda.ask(question)) for question in asked), failed]


def test_markdown_shows_every_character_and_makes_none_of_it_markup(turns: list[Turn]):
    document = to_markdown(turns, None, "Kelda")
    shown = MarkdownIt("commonmark").render(document)

    assert turns[0].answer is not None
    assert turns[0].answer.citations[0].quote == HOSTILE
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown
    assert "<strong>bold" not in shown
    assert (
        "&lt;script&gt;alert('x')&lt;/script&gt; **bold** [link](javascript:alert(1)) `code` cost $4 or $5"
        in shown
    )
    assert '<a href="https://mill.example/a?b=1">' in shown
    assert "<h2>What did the Kelda bridge cost?</h2>" in shown
    assert "<strong>no answer</strong> · asked 2026-03-04 09:31" in shown
    assert "the model did not answer" in shown
    # Notebooks would take what stands between two of them for mathematics.
    assert "\\$4 or \\$5" in document


def test_contents_are_listed_where_there_are_several_questions(turns: list[Turn]):
    document = to_markdown(turns, None, "Kelda")
    page = to_html(turns, None, "Kelda")

    assert "2. [When did the mill of Kelda burn down?](#t2): answered" in document
    assert "3. [Who is the moon?](#t3): not in the articles" in document
    assert '<a id="t3"></a>\n\n## Who is the moon?\n\n**not in the articles** · asked' in document
    assert page.count('href="#t3"') == 1
    assert "Contents" not in to_html(turns[:1], None, "Kelda")
    assert "](#t1)" not in to_markdown(turns[:1], None, "Kelda")


def test_each_quote_is_printed_once(turns: list[Turn]):
    written = turns[1].answer
    assert written is not None
    reworded = replace(
        written, sentences=[replace(written.sentences[0], text="It burned in 1931.")]
    )
    quote = written.citations[0].quote

    for answer in (written, reworded):
        assert to_markdown([turn(answer)], None, "Kelda").count(quote) == 1
        for page in (to_html([turn(answer)], None, "Kelda"), answer._repr_html_()):
            assert page.replace("<strong>", "").replace("</strong>", "").count(quote) == 1
    assert "[\\[1\\]](#t1q1)" in to_markdown([turn(reworded)], None, "Kelda")
    assert '<a id="t1q1"></a>' in to_markdown([turn(reworded)], None, "Kelda")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.ANSWERED, "answered"),
        (Status.PARTIAL, "partly answered"),
        (Status.UNANSWERED, "not in the articles"),
    ],
)
def test_the_status_is_a_word_beside_the_question(turns: list[Turn], status: Status, words: str):
    assert turns[1].answer is not None
    answer = replace(turns[1].answer, status=status)

    assert f'<span class="status {status}">{words}</span>' in to_html([turn(answer)], None, "Kelda")
    assert f"**{words}**" in to_markdown([turn(answer)], None, "Kelda")
    assert words in answer._repr_html_()


def test_json_is_the_contract(turns: list[Turn]):
    told = json.loads(to_json(turns, None, "Kelda"))

    assert told["title"] == "Kelda"
    assert [each["question"] for each in told["turns"]] == [turn.question for turn in turns]
    assert next(list(each) for each in told["turns"]) == [
        "id", "asked", "via", "session", "index", "question", "error", "answer", "passages",
    ]  # fmt: skip
    assert (
        told["turns"][1]["answer"]["citations"][0]["quote"]
        == "The mill of Kelda burned down in 1931."
    )
    assert told["turns"][1]["passages"][0]["article"]["id"]
    assert told["turns"][3] == {
        **told["turns"][3],
        "error": "the model did not answer",
        "answer": None,
        "passages": [],
    }


def test_the_page_has_the_whole_article_and_not_where_it_lies(tmp_path: Path, seeds: Assistant):
    answer = seeds.ask("Who leads the inquiry into the flood?")
    page = to_html([turn(answer)], seeds.index, "Flood")

    assert "tolleth-inquiry" not in page
    assert str(Path(answer.citations[0].article.path or "").parent) not in page
    assert Path(answer.citations[0].article.path or "").name in page
    assert "has been asked to report by 31 March 2026" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_what_an_article_said_is_kept_where_it_says_something_else_now(
    kelda: Assistant, turns: list[Turn]
):
    changed = turns[1].answer
    assert changed is not None
    (citation, *_) = changed.citations
    moved = replace(
        changed, citations=[replace(citation, start=citation.start + 1, end=citation.end + 1)]
    )
    page = to_html([turn(moved)], kelda.index, "Kelda")
    gone = to_html([turn(changed)], None, "Kelda")

    assert "the article has changed since; this is what it said" in page
    assert "the article is not in the index; this is what it said" in gone
    assert "<mark" not in page + gone


def test_a_file_is_only_replaced_if_that_is_wanted(tmp_path: Path, turns: list[Turn]):
    path = tmp_path / "kelda.md"
    export(turns, path, None, title="One")
    with pytest.raises(
        ExportError, match=r"kelda.md already exists: name another file, or replace it with -f"
    ):
        export(turns, path, None, title="Two")
    assert path.read_text("utf-8").startswith("# One\n")
    export(turns, path, None, title="Two", replace=True)
    assert path.read_text("utf-8").startswith("# Two\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kelda.docx", "has no known suffix: end its name in one of .md, .html, .json"),
        ("kelda", "has no known suffix: end its name in one of .md, .html, .json"),
        ("no/such/folder/kelda.md", r"cannot be written \(No such file or directory\)"),
    ],
)
def test_a_file_that_cannot_be_written_is_one_line(
    tmp_path: Path, turns: list[Turn], name: str, said: str
):
    with pytest.raises(ExportError, match=said):
        export(turns, tmp_path / name, None, title="Kelda")


def test_nothing_is_no_document(tmp_path: Path):
    with pytest.raises(ExportError, match="nothing to export yet"):
        export([], tmp_path / "kelda.md", None, title="Kelda")


def test_a_notebook_shows_an_answer(turns: list[Turn]):
    answer = turns[0].answer
    assert answer is not None

    shown = MarkdownIt("commonmark").render(answer._repr_markdown_())
    assert "&lt;script&gt;alert('x')&lt;/script&gt; **bold**" in shown
    assert "<strong>[1]</strong>" in shown
    html = answer._repr_html_()
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "javascript:alert(1)</" in html or "href=" not in html
    assert "<b>[1]</b>" in html
