from __future__ import annotations

import inspect
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import assistant as package
from assistant import Answer, Assistant, AssistantError, ask
from index.errors import IndexMissingError, QuestionError
from index.index import Index
from index.loading.folders import Reader

from .conftest import SEEDS


def write_index(folder: Path, text: str) -> None:
    article = folder.parent / "article.txt"
    article.write_text(text, encoding="utf-8")
    with Index(folder, create=True) as index:
        index.add(Reader([article]))


def test_ask_answers_as_the_assistant_does(seeds: Assistant, seeds_folder: Path):
    question = "How much did the Serrin telescope's cost rise to?"

    one, other = ask(question, index=seeds_folder).to_dict(), seeds.ask(question).to_dict()

    assert {**one, "timings": None} == {**other, "timings": None}


def test_the_signatures_are_the_stable_ones():
    assert str(inspect.signature(ask)).startswith("(question: 'str', *, index: ")
    of = ["within", "as_of", "infer"]
    assert list(inspect.signature(ask).parameters) == ["question", "index", "model", *of]
    assert list(inspect.signature(Assistant).parameters)[:2] == ["index", "model"]
    assert list(inspect.signature(Assistant.ask).parameters) == [
        "self",
        "question",
        "history",
        "k",
        *of,
    ]
    assert list(inspect.signature(Assistant.search).parameters) == ["self", "query", "k", *of]


def test_every_public_name_is_there_and_no_other():
    assert package.__all__ == sorted(package.__all__)
    assert all(getattr(package, name) for name in package.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = package.nonsense


def test_ask_uses_the_index_of_the_environment(monkeypatch: pytest.MonkeyPatch, seeds_folder: Path):
    monkeypatch.setenv("ASSISTANT_INDEX", str(seeds_folder))

    assert ask("Who leads the inquiry into the flood?").citations


def test_ask_sees_what_was_indexed_since_it_was_last_used(tmp_path: Path):
    folder = tmp_path / "index"
    write_index(folder, "The lighthouse at Kell was painted red.")
    assert "red" in ask("What colour is the lighthouse at Kell?", index=folder).text

    write_index(folder, "The lighthouse at Kell was painted green.")

    assert ask("What colour is the lighthouse at Kell?", index=folder).text.count("green") == 1


def test_ask_keeps_the_index_open_while_nothing_changes(tmp_path: Path, seeds_folder: Path):
    from assistant.assistant import _opened

    assert _opened(seeds_folder, None) is _opened(seeds_folder, None)


def test_without_an_index_the_error_names_the_place_and_the_command(tmp_path: Path):
    with pytest.raises(IndexMissingError, match="assistant index PATH") as caught:
        ask("Who?", index=tmp_path / "nowhere")

    assert isinstance(caught.value, AssistantError)
    assert str(tmp_path / "nowhere") in str(caught.value)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("nothing", ["", "  ", "\n"])
def test_an_empty_question_is_an_error(nothing: str, seeds: Assistant):
    with pytest.raises(QuestionError):
        seeds.ask(nothing)
    with pytest.raises(QuestionError):
        seeds.search(nothing)


def test_passages_have_the_stable_fields(seeds: Assistant):
    passage = seeds.search("flood", k=1)[0]

    assert passage.text
    assert passage.start < passage.end
    assert passage.score > 0
    for name in ("id", "title", "source", "author", "published", "url", "path"):
        assert getattr(passage.article, name)
    assert Path(passage.article.path or "").is_absolute()


def test_eight_threads_that_ask_one_assistant_get_the_answers_that_one_gets(seeds_folder: Path):
    questions = [
        json.loads(line)["question"]
        for line in (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()
    ]
    with Assistant(index=seeds_folder) as assistant:
        alone = {question: _without_times(assistant.ask(question)) for question in questions[:16]}
        with ThreadPoolExecutor(8) as threads:
            asked = [question for question in alone for _ in range(4)]
            answers = list(
                threads.map(lambda question: _without_times(assistant.ask(question)), asked)
            )
    assert answers == [alone[question] for question in asked]


def _without_times(answer: Answer) -> dict[str, object]:
    return {**answer.to_dict(), "timings": None}
