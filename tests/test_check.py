from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer.answer import Answer
from assistant.answer.parts import FileState, Status
from assistant.answer.quotes import Quote
from assistant.answering.builder import AnswerBuilder
from assistant.retrieval.search import Scope, find_passages
from assistant.verify.proof import UNPROVEN, file_state, is_proven
from index.articles import FullArticle
from index.index import Index
from index.loading.folders import Reader

TEXT = "The bridge was closed. It reopened on Monday.\n"


@pytest.fixture
def index(tmp_path: Path):
    (tmp_path / "bridge.txt").write_text(TEXT, encoding="utf-8", newline="")
    with Index(tmp_path / "index", create=True) as index:
        index.add(Reader([tmp_path / "bridge.txt"]))
        yield index


@pytest.fixture
def article(index: Index) -> FullArticle:
    return index.article(next(index.articles()).id)


def quote(article: FullArticle, text: str) -> Quote:
    start = article.text.index(text)
    return Quote(article.without_text(), start, start + len(text), text)


def answer_of(index: Index, quotes: list[Quote]) -> Answer:
    found = find_passages(index, "When did the bridge reopen?", 3, Scope())
    builder = AnswerBuilder("When did the bridge reopen?", Scope(), index, found=found)
    events = list(builder.quote(quotes))
    assert [event.sentence for event in events] == builder.sentences
    return builder.answer(Status.ANSWERED)


def test_a_proven_quote_becomes_a_sentence_with_its_citation(index: Index, article: FullArticle):
    answer = answer_of(index, [quote(article, "It reopened on Monday.")])

    assert [(s.text, s.citations, s.supported) for s in answer.sentences] == [
        ("It reopened on Monday.", (1,), True)
    ]
    assert [(c.number, c.quote, c.start, c.end) for c in answer.citations] == [
        (1, "It reopened on Monday.", 23, 45)
    ]
    assert (answer.status, answer.dropped) == (Status.ANSWERED, ())


def test_without_a_proven_quote_the_question_is_unanswered(index: Index, article: FullArticle):
    spoilt = replace(quote(article, "It reopened on Monday."), text="It reopened on Tuesday.")
    answer = answer_of(index, [spoilt])

    assert (answer.status, answer.sentences, answer.citations) == (Status.UNANSWERED, (), ())
    assert [near.id for near in answer.nearest] == [article.id]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda q: replace(q, text="It reopened on Tuesday."),
        lambda q: replace(q, start=q.start + 1, end=q.end + 1),
        lambda q: replace(q, end=q.end - 1),
        lambda q: replace(q, text=q.text + " "),
        lambda q: replace(q, article=replace(q.article, id="another")),
    ],
)
def test_a_quote_that_is_not_in_its_place_is_dropped(index: Index, article: FullArticle, spoil):
    good, bad = (
        quote(article, "The bridge was closed."),
        spoil(quote(article, "It reopened on Monday.")),
    )

    answer = answer_of(index, [bad, good])

    assert [c.quote for c in answer.citations] == ["The bridge was closed."]
    assert [c.number for c in answer.citations] == [1]
    assert [(d.text, d.reason) for d in answer.dropped] == [(bad.text, UNPROVEN)]


def test_front_matter_is_never_a_quote(article: FullArticle):
    assert is_proven(quote(article, "The bridge"), article)
    assert not is_proven(quote(article, "The bridge"), replace(article, body=5))


def test_a_citation_has_the_state_of_its_file(article: FullArticle):
    path = Path(article.path or "")
    assert file_state(article) is FileState.SAME

    path.write_text(TEXT.replace("Monday", "Friday"), encoding="utf-8", newline="")
    assert file_state(article) is FileState.CHANGED

    path.unlink()
    assert file_state(article) is FileState.MISSING


def test_an_article_without_a_file_of_its_own_has_no_file_state(article: FullArticle):
    assert file_state(replace(article, path=None)) is None
    assert file_state(replace(article, checksum=None)) is None
