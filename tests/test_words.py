from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from index.articles import Filter, Passage, Stretch, fingerprint, to_passage
from index.errors import IndexDamagedError
from index.storage.words import Mark, WordIndex, document
from index.text.terms import stem

from .helpers import article, odd_texts


def passage(text: str, *, id: str = "a", title: str = "News", **facts: Any) -> Passage:
    whole = article(text, id=id, title=title, **facts)
    return to_passage(whole, Stretch(0, len(text)), fingerprint(whole))


def update(
    words: WordIndex, add: Sequence[Passage], remove: Sequence[str], generation: int
) -> None:
    words.update(map(document, add), remove, Mark("store", generation))


FERRY = passage("The ferry sailed to the island on Tuesday.", id="ferry")
BRIDGE = passage("The old bridge to the island stays closed.", id="bridge")
BREAD = passage("Bread costs more this winter.", id="bread", title="Bakers raise prices")


@pytest.fixture
def words(tmp_path: Path) -> WordIndex:
    words = WordIndex(tmp_path / "words")
    update(words, [FERRY, BRIDGE, BREAD], [], 1)
    return words


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> WordIndex:
    """For tests that only read."""
    words = WordIndex(tmp_path_factory.mktemp("shared") / "words")
    update(words, [FERRY, BRIDGE, BREAD], [], 1)
    return words


def found(words: WordIndex, query: str, k: int = 10) -> list[str]:
    return [id for id, _ in words.search(query, k)]


def test_the_passage_with_the_rarer_words_comes_first(shared: WordIndex) -> None:
    assert found(shared, "ferry island") == [FERRY.id, BRIDGE.id]


def test_scores_fall(shared: WordIndex) -> None:
    scores = [score for _, score in shared.search("the ferry, the island", 10)]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 2
    assert scores[-1] > 0


def test_words_of_the_title_are_found(shared: WordIndex) -> None:
    assert found(shared, "bakers") == [BREAD.id]


def test_words_are_compared_by_their_terms(shared: WordIndex) -> None:
    assert found(shared, "FERRIES sailing") == [FERRY.id]


def test_function_words_find_nothing_beside_others(shared: WordIndex) -> None:
    assert found(shared, "what is the zeppelin to the") == []


def test_function_words_alone_are_looked_up(shared: WordIndex) -> None:
    assert set(found(shared, "to the")) == {FERRY.id, BRIDGE.id}


@pytest.mark.parametrize("query", ["", " \n", "?!", "😀", "zeppelin"])
def test_a_query_of_nothing_known_finds_nothing(shared: WordIndex, query: str) -> None:
    assert found(shared, query) == []


@pytest.mark.parametrize(
    "query",
    ['"ferry', "ferry AND (", "text:ferry*", "ferry -island +x", "ferry\x00", "[a TO ferry}"],
)
def test_signs_in_a_query_are_no_commands(shared: WordIndex, query: str) -> None:
    assert found(shared, query)[0] == FERRY.id


@given(odd_texts)
def test_no_query_is_too_odd(shared: WordIndex, query: str) -> None:
    assert FERRY.id in found(shared, f"ferry {query}", 3)


def test_a_query_as_long_as_an_article_is_answered(shared: WordIndex) -> None:
    assert found(shared, "ferry " + " ".join(f"word{n}" for n in range(5_000))) == [FERRY.id]


def test_a_word_said_twice_in_a_query_weighs_more(shared: WordIndex) -> None:
    assert found(shared, "ferry bread bread")[0] == BREAD.id
    assert found(shared, "ferry ferry bread")[0] == FERRY.id


def test_no_more_than_asked_for_are_found(shared: WordIndex) -> None:
    assert len(found(shared, "ferry bridge bread", k=2)) == 2


def test_chinese_is_found_by_its_words(words: WordIndex) -> None:
    river = passage("昨夜河水上涨，三千名居民连夜撤离。", id="river")
    update(words, [river], [], 2)
    assert found(words, "居民撤离") == [river.id]


def test_a_rarer_term_tells_more(shared: WordIndex) -> None:
    rarities = [shared.rarity(stem(word)) for word in ("zeppelin", "ferry", "island")]
    assert rarities == sorted(rarities, reverse=True)
    assert len(set(rarities)) == 3
    assert rarities[-1] > 0


def test_passages_of_an_article_that_is_taken_out_are_gone(words: WordIndex) -> None:
    update(words, [], ["ferry"], 2)
    assert (words.count(), found(words, "ferry island")) == (2, [BRIDGE.id])


def test_a_term_is_gone_with_the_last_passage_that_had_it(words: WordIndex) -> None:
    assert words.count_with("ferri") == 1
    update(words, [], ["ferry"], 2)
    assert words.count_with("ferri") == 0


def test_a_term_is_never_rarer_than_not_at_all(words: WordIndex) -> None:
    zeppelins = [passage(f"Zeppelin number {n}.", id="zeppelin") for n in range(20)]
    update(words, [*zeppelins, passage("A quiet day.", id="quiet")], [], 2)
    update(words, [passage("The zeppelin left.", id="zeppelin")], ["zeppelin"], 3)
    assert 0 <= words.rarity("zeppelin") <= words.rarity("unheard")


def test_an_article_is_taken_out_and_put_in_in_one_go(words: WordIndex) -> None:
    update(words, [passage("The ferry sank.", id="ferry")], ["ferry"], 2)
    assert (words.count(), found(words, "sailed"), len(found(words, "ferry"))) == (3, [], 1)


def test_it_is_on_disk(words: WordIndex, tmp_path: Path) -> None:
    again = WordIndex(tmp_path / "words")
    assert (again.mark.generation, again.search("island", 5)) == (1, words.search("island", 5))


def test_a_new_one_is_of_no_generation_and_empty(tmp_path: Path) -> None:
    words = WordIndex(tmp_path / "new" / "words")
    assert (words.mark.generation, words.count(), found(words, "ferry")) == (-1, 0, [])


def test_one_that_was_cleared_is_of_no_generation_and_empty(words: WordIndex) -> None:
    words.clear()
    assert (words.mark.generation, words.count(), found(words, "ferry")) == (-1, 0, [])


def test_a_folder_of_something_else_is_not_cleared(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "mine.txt").write_text("keep me")
    with pytest.raises(IndexDamagedError, match="is not a word index"):
        WordIndex(tmp_path / "words").clear()
    assert (tmp_path / "words" / "mine.txt").read_text() == "keep me"


LEDGER = passage(
    "The ferry was late.", id="late", source="The Ledger", published="2025-10-03T08:00:00"
)
COURIER = passage("The ferry sank.", id="sank", source="Bay Courier", published="2025-11-20")
UNDATED = passage("The ferry was painted.", id="painted", source="The Ledger")


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        (Filter(sources=("The Ledger",)), {LEDGER.id, UNDATED.id}),
        (Filter(sources=("the  LEDGER", "Nobody")), {LEDGER.id, UNDATED.id}),
        (Filter(sources=("Ledger",)), {LEDGER.id, UNDATED.id}),
        (Filter(sources=("Led",)), set()),
        (Filter(since="2025-10-03"), {LEDGER.id, COURIER.id}),
        (Filter(since="2025-10-04"), {COURIER.id}),
        (Filter(until="2025-10-03"), {LEDGER.id}),
        (Filter(since="2025", until="2025-11"), {LEDGER.id, COURIER.id}),
        (Filter(since="2025-10-01", until="2025-10-31", sources=("Bay Courier",)), set()),
        (Filter(since="2025-11-01", sources=("Bay Courier", "The Ledger")), {COURIER.id}),
    ],
)
def test_a_filter_leaves_what_is_of_an_outlet_and_of_a_time(
    words: WordIndex, within: Filter, expected: set[str]
):
    update(words, [LEDGER, COURIER, UNDATED], [], 2)
    assert {id for id, _ in words.search("ferry", 10, within)} == expected
    assert words.ids_within(within) == expected
    assert words.ids_within(within, among=[LEDGER.id, BREAD.id]) == expected & {LEDGER.id}


def test_a_filter_changes_no_score(words: WordIndex):
    update(words, [LEDGER, COURIER], [], 2)
    all = dict(words.search("ferry", 10))
    assert all.items() >= dict(words.search("ferry", 10, Filter(since="2025-01-01"))).items()


def test_what_is_not_in_it_is_not_counted(words: WordIndex):
    assert words.count_of([FERRY.id, "none:0", BREAD.id]) == 2


def test_a_note_of_another_place_is_believed_after_the_files_were_read(
    words: WordIndex, tmp_path: Path
):
    copy = shutil.copytree(tmp_path / "words", tmp_path / "copy", copy_function=shutil.copy)
    assert WordIndex(Path(copy)).mark == words.mark
