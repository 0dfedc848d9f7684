from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import index as store
from index.articles import Filter, FullArticle
from index.embedding.bge import BgeSmall
from index.errors import (
    ArticleNotFoundError,
    EmbedderError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    RemovalError,
)
from index.index import Index
from index.loading.folders import Reader
from index.storage import chroma
from index.storage.records import FORMAT, SETTINGS, VectorStore, leftovers
from index.storage.words import WordIndex
from index.sync import plan as syncing
from index.sync.plan import Changes
from index.text.passages import PASSAGE_TOKENS
from index.text.tokens import count_tokens
from index.upkeep.rebuild import rebuild

from .helpers import article, json_lines, odd_texts, put, run_python

FERRY = article(
    "The ferry sailed to the island on Tuesday.",
    id="ferry",
    title="Ferry returns",
    source="Bay Courier",
)
BREAD = article(
    "Bread costs more this winter.", id="bread", title="Bakers raise prices", published="2025-03-04"
)
BRIDGE = article(
    "The old bridge to the island stays closed.\n\nBuses run instead.",
    id="bridge",
    title="Bridge closed",
)
LONG = article(
    " ".join(
        f"The zeppelin passed tower {n} of the harbour, and nobody was hurt." for n in range(30)
    ),
    id="zeppelin",
    title="Zeppelin down",
)


@pytest.fixture
def place(new_place: Callable[[], str]) -> str:
    """Where no index is yet."""
    return new_place()


@pytest.fixture
def index(place: str) -> Iterator[Index]:
    with Index(place, create=True) as index:
        yield index


@pytest.fixture(scope="module")
def closed(new_place: Callable[[], str]) -> str:
    """An index of four articles that nobody has open, to be read only."""
    return filled(new_place())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, in a folder of this machine."""
    return Path(filled(tmp_path_factory.mktemp("closed") / "index"))


def filled(place: str | Path) -> str:
    with Index(place, create=True) as index:
        index.add([FERRY, BREAD, BRIDGE, LONG])
    return str(place)


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    shutil.copytree(folder, tmp_path / "copied")
    return tmp_path / "copied"


def changes(added: Changes) -> tuple[list[str], list[str], list[str]]:
    return added.added, added.changed, added.unchanged


def collections_left(index: Index) -> list[str]:
    return leftovers(index.connection.chroma, index.store.number)


def by_words(index: Index, query: str) -> list[str]:
    """The articles found by words, best first."""
    return [
        passage.article.id
        for passage in index.store.passages([id for id, _ in index.words.search(query, 20)])
    ]


def by_vector(index: Index, query: str) -> list[str]:
    """The articles found by meaning, best first."""
    return [
        passage.article.id
        for passage in index.store.passages([id for id, _ in index.by_vector(query, 20)])
    ]


QUERIES = ["ferry to the island", "dear bread", "an airship near a tower", "zeppelin"]


def results(index: Index) -> list[Any]:
    return [(index.words.search(query, 5), index.by_vector(query, 5)) for query in QUERIES]


def all_texts(index: Index) -> dict[str, str]:
    return {found.id: index.article(found.id).text for found in index.articles()}


class TestSearching:
    def test_passages_are_found_by_their_meaning(self, closed: str) -> None:
        with Index(closed) as index:
            assert by_vector(index, "a boat trip")[0] == "ferry"
            assert by_vector(index, "food prices")[0] == "bread"

    def test_passages_are_found_by_their_words(self, closed: str) -> None:
        with Index(closed) as index:
            assert set(by_words(index, "zeppelins")) == {"zeppelin"}
            assert set(by_words(index, "the island")) == {"ferry", "bridge"}

    def test_a_passage_that_was_found_is_a_stretch_of_its_article(self, closed: str) -> None:
        with Index(closed) as index:
            for passage in index.store.passages([id for id, _ in index.by_vector("zeppelin", 20)]):
                whole = index.article(passage.article.id)
                assert whole.text[passage.start : passage.end] == passage.text
                assert passage.article == whole.without_text()

    def test_nearer_passages_have_higher_cosines(self, closed: str) -> None:
        with Index(closed) as index:
            cosines = [cosine for _, cosine in index.by_vector("the ferry to the island", 20)]
        assert cosines == sorted(cosines, reverse=True)
        assert 0.5 < cosines[0] <= 1.0001

    def test_the_cosine_is_that_of_the_vectors(self, closed: str) -> None:
        with Index(closed) as index:
            id, cosine = index.by_vector("the ferry", 1)[0]
            (passage,) = index.store.passages([id])
            assert index.store.vectors([passage.id])[passage.id] @ index.query_vector(
                "the ferry"
            ) == pytest.approx(cosine, abs=1e-4)

    def test_no_more_are_found_than_there_are(self, closed: str) -> None:
        with Index(closed) as index:
            articles, passages = index.counts()
            assert (articles, len(index.by_vector("ferry", 100))) == (4, passages)

    def test_passages_come_in_the_order_they_were_asked_for(self, closed: str) -> None:
        with Index(closed) as index:
            ids = [id for id, _ in index.by_vector("ferry", 20)]
            assert [passage.id for passage in index.store.passages(ids[::-1])] == ids[::-1]

    @pytest.mark.parametrize("ids", [[], ["gone"]])
    def test_no_passages_are_no_error(self, closed: str, ids: list[str]) -> None:
        with Index(closed) as index:
            assert index.store.passages(ids) == []

    def test_a_term_is_there_or_not(self, closed: str) -> None:
        with Index(closed) as index:
            words = index.words
            counts = [words.count_with(term) for term in ("zeppelin", "baker", "unheard")]
            assert [count > 0 for count in counts] == [True, True, False]
            assert 0 <= words.rarity("island") < words.rarity("ferri") < words.rarity("unheard")

    def test_an_empty_index_finds_nothing(self, index: Index) -> None:
        assert (index.words.search("ferry", 5), index.by_vector("ferry", 5), index.counts()) == (
            [],
            [],
            (0, 0),
        )
        assert list(index.articles()) == []

    def test_it_is_the_same_after_it_was_closed(self, closed: str) -> None:
        with Index(closed) as index:
            before = results(index)
        with Index(closed) as index:
            assert results(index) == before

    def test_passages_that_fit_equally_well_keep_their_order(self, index: Index) -> None:
        copies = [article("Rain fell.", id=f"copy{n}") for n in (3, 1, 4, 2)]
        index.add(copies)
        before = by_vector(index, "rain"), by_words(index, "rain")
        index.close()
        with Index(str(index.place)) as again:
            assert (by_vector(again, "rain"), by_words(again, "rain")) == before

    def test_it_is_the_same_for_one_made_anew_in_another_order(
        self, closed: str, index: Index
    ) -> None:
        for one in (LONG, BRIDGE, BREAD, FERRY):
            index.add([one])
        with Index(closed) as other:
            for query in QUERIES:
                assert by_vector(index, query) == by_vector(other, query)
                assert by_words(index, query) == by_words(other, query)


class TestArticles:
    def test_an_article_is_kept_with_all_that_is_known(self, index: Index) -> None:
        known = article(
            "---\nid: x\n---\nRain.\n\nSnow.",
            id="bc-17",
            title="Wet",
            source="Bay Courier",
            author="Ines Marlow",
            published="2025-03-04",
            updated="2025-03-05",
            url="https://courier.example/wet",
            path="/news/wet.md",
            checksum="0f",
            pages=(14, 21),
            body=14,
        )
        index.add([known])
        assert index.article("bc-17") == known
        assert list(index.articles()) == [known.without_text()]

    def test_what_is_not_known_stays_unknown(self, index: Index) -> None:
        index.add([article("Rain.")])
        assert index.article("a") == article("Rain.")

    def test_an_article_is_found_by_its_file(
        self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = put(tmp_path / "news" / "a.txt", "Rain fell.")
        index.add(Reader([path]))
        monkeypatch.chdir(tmp_path)
        assert (
            index.article_named(str(path)).text
            == index.article_named("news/a.txt").text
            == "Rain fell."
        )

    def test_an_article_may_be_named_by_its_id(self, closed: str) -> None:
        with Index(closed) as index:
            assert index.article_named("bread") == index.article("bread") == BREAD

    @pytest.mark.parametrize("name", ["gone", "", "a.jsonl"])
    def test_an_article_that_is_not_there_is_an_error(
        self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        put(tmp_path / "a.jsonl", json_lines({"text": "Rain fell."}, {"text": "Snow fell."}))
        index.add(Reader(["a.jsonl"]))
        for find in (index.article, index.article_named):
            with pytest.raises(
                ArticleNotFoundError,
                match=f"^no article {name!r} in this index: `assistant search` prints ids",
            ):
                find(name)

    def test_an_index_says_what_it_holds(self, closed: str) -> None:
        with Index(closed) as index:
            facts = index.facts()
        assert facts["passages"] > 4
        assert {**facts, "passages": None} == {
            "index": closed,
            "articles": 4,
            "passages": None,
            "sources": {"unknown": 3, "Bay Courier": 1},
            "published": ["2025-03-04", "2025-03-04"],
            "embedder": "bge-small",
        }

    def test_more_articles_than_are_read_in_one_go_are_all_there(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, copied: Path
    ) -> None:
        monkeypatch.setattr(chroma, "MAX_PAGE_RECORDS", 3)
        shutil.rmtree(copied / "words")
        with Index(folder) as index, Index(copied) as other:
            assert sorted(found.id for found in index.articles()) == [
                "bread",
                "bridge",
                "ferry",
                "zeppelin",
            ]
            assert other.words.search("zeppelin", 20) == index.words.search("zeppelin", 20)
            assert index.article("zeppelin") == LONG


class TestAdding:
    def test_adding_says_what_it_did(self, index: Index) -> None:
        did = index.add([FERRY, BREAD, LONG])
        assert changes(did) == (["ferry", "bread", "zeppelin"], [], [])
        assert (did.read, did.foreign, did.passages, did.embedded) == (
            3,
            0,
            index.counts()[1],
            index.counts()[1],
        )
        assert str(did) == "3 added, 0 changed, 0 unchanged, 0 renamed, 0 removed"

    def test_adding_the_same_again_changes_nothing_and_embeds_nothing(
        self, copied: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(BgeSmall, "embed", None)
        with Index(copied) as index:
            generation = index.store.generation
            did = index.add([BREAD, LONG, FERRY, BRIDGE])
            assert changes(did) == ([], [], ["bread", "zeppelin", "ferry", "bridge"])
            assert (did.passages, did.embedded, index.store.generation) == (0, 0, generation)

    def test_reading_the_same_folder_again_changes_nothing(
        self, index: Index, tmp_path: Path
    ) -> None:
        folder = tmp_path / "news"
        put(folder / "a.md", "---\ntitle: Wet\n---\nRain fell.")
        put(folder / "b.jsonl", json_lines({"text": "Snow fell."}, {"id": 7, "text": "Hail fell."}))
        put(folder / "c.txt", "Fog came.")
        assert len(index.add(Reader([folder])).added) == 4
        assert len(index.add(Reader([folder])).unchanged) == 4

    @pytest.fixture(params=[1, 500], ids=["one by one", "in one batch"])
    def batches(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """Articles that depend on each other may come in one batch or not."""
        monkeypatch.setattr(syncing, "MAX_BATCH_ARTICLES", request.param)

    def test_copies_of_a_text_are_settled_after_the_first_reading(
        self, index: Index, tmp_path: Path, batches: None
    ) -> None:
        for name in ("a.txt", "b.txt"):
            put(tmp_path / "news" / name, "Rain fell.")
        index.add(Reader([tmp_path / "news"]))
        again = index.add(Reader([tmp_path / "news"]))
        assert (again.added, again.changed, index.counts()) == ([], [], (1, 1))

    def test_a_changed_article_replaces_its_passages(self, index: Index) -> None:
        index.add([LONG, FERRY])
        did = index.add([article("The zeppelin was never found.", id="zeppelin")])
        assert changes(did) == ([], ["zeppelin"], [])
        assert index.counts() == (2, 2)
        assert by_words(index, "zeppelin harbour hurt") == ["zeppelin"]
        assert index.article("zeppelin").text == "The zeppelin was never found."

    def test_a_word_that_no_article_has_any_more_is_no_term(self, index: Index) -> None:
        index.add([FERRY, BREAD])
        index.add([article("Nothing sailed.", id="ferry")])
        assert not index.words.count_with("island")

    def test_a_rarity_is_never_below_nothing(self, index: Index) -> None:
        index.add([LONG, FERRY])
        index.add([article("The zeppelin left.", id="zeppelin")])
        assert index.words.rarity("zeppelin") >= 0

    def test_only_what_is_new_in_a_changed_article_is_embedded(self, index: Index) -> None:
        first = index.add([LONG])
        did = index.add(
            [article(f"{LONG.text}\n\nIt flew again in May.", id="zeppelin", title=LONG.title)]
        )
        assert (did.embedded, did.passages) == (1, first.passages)

    @pytest.mark.parametrize("fact", ["title", "source", "author", "published", "updated", "url"])
    def test_a_changed_fact_is_a_change(self, index: Index, fact: str) -> None:
        index.add([FERRY])
        changed = FullArticle(**{**vars(FERRY), fact: "2025-04-01"})
        assert index.add([changed]).changed == ["ferry"]
        assert (index.article("ferry"), index.counts()) == (changed, (1, 1))

    def test_an_edited_file_without_an_id_replaces_its_former_article(
        self, index: Index, tmp_path: Path
    ) -> None:
        path = put(tmp_path / "a.txt", "Rain fell.")
        (former,) = index.add(Reader([path])).added
        did = index.add(Reader([put(path, "Snow fell.")]))
        assert len(did.changed) == len(list(index.articles())) == 1
        assert did.changed != [former]
        assert (by_words(index, "rain"), by_words(index, "snow")) == ([], did.changed)

    def test_a_file_that_gets_an_id_replaces_its_former_article(
        self, index: Index, tmp_path: Path
    ) -> None:
        path = put(tmp_path / "a.md", "---\ntitle: Wet\n---\nRain fell.")
        index.add(Reader([path]))
        index.add(Reader([put(path, "---\nid: wet\n---\nRain fell.")]))
        assert list(all_texts(index)) == ["wet"]

    def test_a_file_edited_into_a_copy_of_another_leaves_no_former_article(
        self, index: Index, tmp_path: Path, batches: None
    ) -> None:
        put(tmp_path / "news" / "a.txt", "Rain fell.")
        put(tmp_path / "news" / "b.txt", "Snow fell.")
        index.add(Reader([tmp_path / "news"]))
        put(tmp_path / "news" / "a.txt", "Snow fell.")
        index.add(Reader([tmp_path / "news"]))
        assert list(all_texts(index).values()) == ["Snow fell."]

    def test_two_files_that_change_places_are_both_there(
        self, index: Index, tmp_path: Path, batches: None
    ) -> None:
        for first, second in (("Rain fell.", "Snow fell."), ("Snow fell.", "Rain fell.")):
            put(tmp_path / "news" / "a.txt", first)
            put(tmp_path / "news" / "b.txt", second)
            index.add(Reader([tmp_path / "news"]))
        assert sorted(all_texts(index).values()) == ["Rain fell.", "Snow fell."]
        assert index.article_named(str(tmp_path / "news" / "a.txt")).text == "Snow fell."

    def test_a_file_that_moved_is_one_article_at_its_new_place(
        self, index: Index, tmp_path: Path
    ) -> None:
        index.add(Reader([put(tmp_path / "a.txt", "Rain fell.")]))
        path = (tmp_path / "a.txt").rename(tmp_path / "b.txt")
        assert index.add(Reader([path])).embedded == 0
        assert [found.path for found in index.articles()] == [str(path)]

    def test_lines_of_one_file_do_not_replace_each_other(
        self, index: Index, tmp_path: Path
    ) -> None:
        path = put(tmp_path / "a.jsonl", json_lines({"text": "Rain fell."}))
        index.add(Reader([path]))
        index.add(Reader([put(path, json_lines({"text": "Snow fell."}))]))
        assert sorted(all_texts(index).values()) == ["Rain fell.", "Snow fell."]

    def test_of_two_articles_with_one_id_the_last_stays(self, index: Index, batches: None) -> None:
        index.add([article("Rain fell. " * 60, id="x"), article("Snow fell.", id="x")])
        assert (all_texts(index), index.counts(), by_words(index, "rain")) == (
            {"x": "Snow fell."},
            (1, 1),
            [],
        )

    def test_articles_with_one_text_are_found_each(self, index: Index) -> None:
        index.add([article("Rain fell.", id="a"), article("Rain fell.", id="b")])
        assert sorted(by_words(index, "rain")) == sorted(by_vector(index, "rain")) == ["a", "b"]

    def test_progress_is_told_while_and_after_a_batch_is_embedded(
        self, index: Index, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(syncing, "MAX_BATCH_ARTICLES", 2)
        told: list[tuple[int, int, tuple[int, int]]] = []
        index.add(
            [FERRY, BREAD, BRIDGE],
            lambda so_far: told.append((so_far.read, so_far.passages, so_far.under_way)),
        )
        assert told == [(2, 0, (2, 2)), (2, 2, (0, 0)), (3, 2, (1, 1)), (3, 3, (0, 0))]

    def test_adding_nothing_changes_nothing(self, index: Index) -> None:
        generation = index.store.generation
        assert (index.add([]).read, index.store.generation) == (0, generation)

    def test_what_was_added_before_an_interruption_stays(
        self, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(syncing, "MAX_BATCH_ARTICLES", 1)

        def interrupt(so_far: Changes) -> None:
            if so_far.passages:
                raise KeyboardInterrupt

        with Index(place, create=True) as index, pytest.raises(KeyboardInterrupt):
            index.add([FERRY, BREAD], interrupt)
        with Index(place) as index:
            assert by_words(index, "ferry bread") == ["ferry"]
            assert changes(index.add([FERRY, BREAD])) == (["bread"], [], ["ferry"])

    @pytest.mark.parametrize(
        ("part", "step"),
        [
            (VectorStore, "write_passages"),
            (VectorStore, "_write_articles"),
            (VectorStore, "remove_passages"),
            (VectorStore, "remove"),
            (WordIndex, "update"),
            (WordIndex, "note"),
            (VectorStore, "settle"),
            (VectorStore, "finish"),
        ],
    )
    @pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
    def test_a_writing_cut_short_at_any_step_leaves_each_article_as_it_was_or_as_it_will_be(
        self, place: str, part: type, step: str, before: bool
    ) -> None:
        new = article("The zeppelin left.", id="zeppelin")
        with Index(place, create=True) as index:
            index.add([FERRY, LONG])
            with cut_short(part, step, before), pytest.raises(ZeroDivisionError):
                index.add([BREAD, new])
        with Index(place) as index:
            texts = all_texts(index)
            assert texts.pop("bread", BREAD.text) == BREAD.text
            assert texts in (
                {"ferry": FERRY.text, "zeppelin": LONG.text},
                {"ferry": FERRY.text, "zeppelin": new.text},
            )
            assert no_passage_is_there_twice_or_alone(index)
            assert set(by_words(index, "zeppelin bread ferry")) == set(all_texts(index))
            index.add([BREAD, new])
            assert all_texts(index) == {
                "ferry": FERRY.text,
                "zeppelin": new.text,
                "bread": BREAD.text,
            }
            assert index.counts() == (3, 3)
            assert sorted(by_words(index, "zeppelin bread")) == ["bread", "zeppelin"]

    def test_a_writing_cut_short_is_made_good_by_the_same_process_too(self, index: Index) -> None:
        index.add([FERRY])
        with cut_short(WordIndex, "update", before=True), pytest.raises(ZeroDivisionError):
            index.add([BREAD])
        index.add([BRIDGE])
        assert set(by_words(index, "ferry bread bridge")) == {"ferry", "bread", "bridge"}
        assert no_passage_is_there_twice_or_alone(index)


@contextlib.contextmanager
def cut_short(part: type, step: str, before: bool) -> Iterator[None]:
    """Have a step fail before or after it did what it does."""
    done = getattr(part, step)

    def fail(*arguments: Any, **named: Any) -> None:
        if not before:
            done(*arguments, **named)
        raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part, step, fail)
        yield


def no_passage_is_there_twice_or_alone(index: Index) -> bool:
    named = [id for summary in index.store.summaries().values() for id in summary.passages]
    return (
        sorted(named)
        == sorted(index.store.passage_ids())
        == sorted(passage.id for passage in index.store.each_passage())
    )


def begin_and_fail(place: str) -> None:
    with contextlib.suppress(ZeroDivisionError), rebuild(place, passage_tokens=30) as index:
        index.add([BREAD])
        raise ZeroDivisionError


class TestMakingAnew:
    def test_an_index_made_anew_has_forgotten_everything(self, place: str) -> None:
        filled(place)
        with rebuild(place) as index:
            assert (
                index.counts(),
                index.words.search("ferry", 5),
                index.by_vector("ferry", 5),
            ) == (
                (0, 0),
                [],
                [],
            )
            index.add([BREAD])
        with Index(place) as index:
            assert (by_words(index, "ferry bread"), all_texts(index)) == (
                ["bread"],
                {"bread": BREAD.text},
            )
            assert collections_left(index) == []

    def test_until_then_the_former_one_answers_and_then_the_new_one(self, place: str) -> None:
        filled(place)
        with Index(place) as reader:
            with rebuild(place, passage_tokens=30) as index:
                index.add([BREAD, BRIDGE])
                reader.refresh()
                assert (by_words(reader, "ferry")[0], by_vector(reader, "a boat trip")[0]) == (
                    "ferry",
                    "ferry",
                )
                with Index(place) as other:
                    assert other.counts()[0] == 4
            reader.refresh()
            assert (set(all_texts(reader)), by_words(reader, "ferry bread")) == (
                {"bread", "bridge"},
                ["bread"],
            )
            assert reader.store.passage_tokens == 30

    def test_a_writing_cut_short_before_is_made_good_even_if_the_new_one_fails(
        self, place: str
    ) -> None:
        filled(place)
        with (
            Index(place) as index,
            cut_short(WordIndex, "update", before=True),
            pytest.raises(ZeroDivisionError),
        ):
            index.add([article("Rain fell.", id="rain")])
        begin_and_fail(place)
        with Index(place) as index:
            assert by_words(index, "rain") == ["rain"]
            assert no_passage_is_there_twice_or_alone(index)

    def test_one_that_fails_leaves_the_former_and_is_gone_on_with(self, place: str) -> None:
        filled(place)
        begin_and_fail(place)
        with Index(place) as index:
            assert index.counts()[0] == 4
        with rebuild(place, passage_tokens=30) as index:
            did = index.add([BREAD, BRIDGE])
            assert (did.unchanged, did.added) == (["bread"], ["bridge"])
        with Index(place) as index:
            assert sorted(by_words(index, "bread bridge ferry")) == ["bread", "bridge"]

    def test_one_that_was_begun_with_other_settings_is_not_gone_on_with(self, place: str) -> None:
        filled(place)
        begin_and_fail(place)
        with rebuild(place, passage_tokens=40) as index:
            assert index.add([BREAD]).added == ["bread"]
        with Index(place) as index:
            assert (index.store.passage_tokens, index.counts()) == (40, (1, 1))
            assert collections_left(index) == []

    def test_nothing_does_not_take_the_place_of_something(self, place: str) -> None:
        filled(place)
        kept = pytest.raises(
            RemovalError, match="no article could be read: the index stays as it was"
        )
        with kept, rebuild(place):
            pass
        with Index(place) as index:
            assert index.counts()[0] == 4

    def test_an_index_is_not_lost_where_the_new_embedder_cannot_be_had(self, copied: Path) -> None:
        no_key = pytest.raises(EmbedderError, match="OPENAI_API_KEY")
        with no_key, rebuild(copied, embedder="openai:text-embedding-3-small"):
            pass
        with Index(copied) as index:
            assert by_words(index, "bread") == ["bread"]

    def test_its_files_are_taken_away_with_the_former(self, tmp_path: Path) -> None:
        filled(tmp_path)
        for _ in range(3):
            with rebuild(tmp_path) as index:
                index.add([BREAD])
        folders = [path for path in (tmp_path / "chroma").iterdir() if path.is_dir()]
        assert len(folders) <= 3
        assert not (tmp_path / "words-next").exists()


class TestSeveralReadersAndWriters:
    def test_what_another_wrote_is_seen_after_refreshing(self, place: str) -> None:
        with Index(place, create=True) as writer, Index(place) as reader:
            writer.add([FERRY, BREAD])
            reader.refresh()
            assert by_vector(reader, "a boat trip")[0] == by_words(reader, "ferry")[0] == "ferry"
            writer.add([article("The zeppelin left.", id="ferry")])
            reader.refresh()
            assert (by_words(reader, "ferry"), by_words(reader, "zeppelin")) == ([], ["ferry"])
            assert by_vector(reader, "an airship")[0] == "ferry"

    def test_before_refreshing_no_article_is_a_mixture(self, place: str) -> None:
        with Index(place, create=True) as writer, Index(place) as reader:
            writer.add([FERRY, LONG])
            reader.refresh()
            new = article(LONG.text.replace("tower", "bridge"), id="zeppelin", title=LONG.title)
            writer.add([new])
            found = reader.store.passages([id for id, _ in reader.by_vector("zeppelin", 50)])
            assert {
                p.text == new.text[p.start : p.end] for p in found if p.article.id == "zeppelin"
            } <= {True}
            assert reader.article("zeppelin") == new

    def test_two_that_write_in_turn_lose_nothing(self, place: str) -> None:
        many = [article(f"Report number {n} of the harbour.", id=f"r{n}") for n in range(60)]
        with Index(place, create=True) as one, Index(place) as other:
            for first in range(0, 60, 20):
                one.add(many[first : first + 10])
                other.add(many[first + 10 : first + 20])
            one.refresh()
            assert len(by_vector(one, "harbour report")) == 20
            assert (
                len(one.by_vector("harbour report", 100))
                == one.counts()[0]
                == len(one.words.search("harbour", 100))
                == 60
            )

    def test_an_index_that_was_taken_away_and_made_again_is_seen(self, tmp_path: Path) -> None:
        filled(tmp_path / "index")
        with Index(tmp_path / "index") as reader:
            shutil.rmtree(tmp_path / "index")
            with pytest.raises(IndexMissingError):
                reader.refresh()
            with Index(tmp_path / "index", create=True) as index:
                index.add([BREAD])
            reader.refresh()
            assert (all_texts(reader), by_words(reader, "ferry bread")) == (
                {"bread": BREAD.text},
                ["bread"],
            )

    def test_threads_may_read_while_one_writes(self, index: Index) -> None:
        index.add([FERRY, BREAD, BRIDGE])
        wrong: list[Any] = []

        def read() -> None:
            for _ in range(15):
                index.refresh()
                first = by_vector(index, "a boat trip")[0], by_words(index, "bakers")[0]
                if first != ("ferry", "bread") or index.article("ferry") != FERRY:
                    wrong.append(first)

        def write() -> None:
            for n in range(8):
                index.add([article(f"Snow fell on day {n}.", id="snow", title=f"Snow {n}")])

        with ThreadPoolExecutor(9) as threads:
            for done in [threads.submit(write), *(threads.submit(read) for _ in range(8))]:
                done.result()
        assert wrong == []
        assert index.article("snow").text == "Snow fell on day 7."


TRIPS = [
    article(
        f"The ferry sailed on trip {n}.",
        id=f"t{n}",
        source=f"Outlet {n % 3}",
        published=f"2025-0{n % 9 + 1}-01",
    )
    for n in range(60)
]


class TestFilters:
    @pytest.mark.parametrize("most", [1_000, 10, 5])
    def test_only_passages_that_pass_are_found_and_the_nearest_of_them(
        self, index: Index, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        monkeypatch.setattr(store, "MAX_COMPARED_PASSAGES", most)
        index.add([*TRIPS, BREAD])
        within = Filter(sources=("outlet 1",), since="2025-03-01", until="2025-06-30")
        expected = {
            a.id
            for a in TRIPS
            if a.source == "Outlet 1" and "2025-03" <= str(a.published) < "2025-07"
        }
        for found in (
            index.by_vector("the ferry", 60, within),
            index.words.search("the ferry", 60, within),
        ):
            assert {
                passage.article.id for passage in index.store.passages([id for id, _ in found])
            } == expected
        all = dict(index.by_vector("the ferry", 100))
        found = index.by_vector("the ferry", 4, within)
        best = sorted(
            (all[id] for id, _ in index.by_vector("the ferry", 60, within)), reverse=True
        )[:4]
        assert [cosine for _, cosine in found] == pytest.approx(best, abs=1e-4)

    def test_where_none_passes_none_is_found(self, index: Index) -> None:
        index.add([FERRY, BREAD])
        assert index.by_vector("ferry", 5, Filter(sources=("Nobody",))) == []
        assert index.words.search("ferry", 5, Filter(since="2030-01-01")) == []


class TestWhatTheEmbedderReads:
    @pytest.fixture
    def embedded(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The texts that were embedded, and whose vectors are real."""
        texts: list[str] = []
        embed = BgeSmall.embed
        monkeypatch.setattr(
            BgeSmall, "embed", lambda self, some: texts.extend(some) or embed(self, some)
        )
        return texts

    def test_a_passage_is_embedded_with_its_title(self, index: Index, embedded: list[str]) -> None:
        index.add([article("\nRain fell.\n\n", title="A wet week")])
        assert embedded == ["A wet week\nRain fell."]

    @pytest.mark.parametrize(
        ("title", "text"),
        [
            ("Ferry", "The ferry sailed again on Tuesday. " * 40),
            ("Ferry returns after eleven days " * 20, "The ferry sailed again on Tuesday. " * 40),
            ("Паром" * 90, "Паром снова вышел в море. " * 40),
            ("x" * 5_000, "河水上涨，" * 90),
        ],
        ids=["short", "long title", "Russian", "Chinese"],
    )
    def test_no_text_is_longer_than_it_reads(
        self, index: Index, embedded: list[str], title: str, text: str
    ) -> None:
        index.add([article(text, title=title)])
        assert len(embedded) > 1
        assert max(index.embedder.count(embedded)) + 2 <= 256
        assert all(text.partition("\n")[2] for text in embedded)

    def test_no_passage_is_longer_than_it_may_be(self, closed: str) -> None:
        with Index(closed) as index:
            texts = [
                passage.text
                for passage in index.store.passages(
                    [id for id, _ in index.by_vector("zeppelin", 50)]
                )
            ]
        assert 90 < max(count_tokens(texts)) <= PASSAGE_TOKENS


@pytest.fixture(scope="module")
def growing(
    new_place: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Index, Path]]:
    """An index that examples are added to, and a folder for them."""
    folder = tmp_path_factory.mktemp("growing")
    with Index(new_place(), create=True) as index:
        yield index, folder


class TestOddTexts:
    @given(odd_texts, st.sampled_from([".txt", ".md"]))
    @settings(max_examples=20, deadline=None)
    @example("\ufeff---\r\ntitle: x\r\n---\r\nRain\r\nfell.\r", ".md")
    @example("Rain\x00 fell.\x00\n\n\x00", ".txt")
    @example("\u2028\u2029\x85.", ".txt")
    @example("---\n---\n \u200b", ".md")
    def test_an_article_is_its_file_to_the_character(
        self, growing: tuple[Index, Path], text: str, extension: str
    ) -> None:
        index, folder = growing
        path = put(folder / f"odd{extension}", text)
        reader = Reader([path])
        index.add(reader)
        if reader.skipped:
            assert reader.skipped[0].reason == "empty"
            return
        assert index.article_named(str(path)).text == path.open(encoding="utf-8", newline="").read()

    def test_a_line_of_a_megabyte_is_kept_to_the_character(
        self, index: Index, tmp_path: Path
    ) -> None:
        path = put(tmp_path / "line.txt", "a" * 1_000_000)
        index.add(Reader([path]))
        assert index.article_named(str(path)).text == path.read_text()

    @given(odd_texts.filter(str.strip))
    @settings(max_examples=12, deadline=None)
    @example("\x00")
    @example("\u200b\ufeff")
    @example(". \n\n .")
    def test_its_passages_are_its_body_and_have_vectors(
        self, growing: tuple[Index, Path], text: str
    ) -> None:
        index, _ = growing
        index.add([article(f"HEAD{text}", id="odd", body=4)])
        found = (passage for passage in index.store.each_passage() if passage.article.id == "odd")
        passages = sorted(found, key=lambda passage: passage.start)
        assert "".join(passage.text for passage in passages) == text
        assert [passages[0].start, passages[-1].end] == [4, 4 + len(text)]
        assert all(one.end == other.start for one, other in pairwise(passages))
        norms = [
            np.linalg.norm(index.store.vectors([passage.id])[passage.id]) for passage in passages
        ]
        assert norms == pytest.approx([1] * len(passages), abs=1e-4)

    @given(st.text(max_size=20), st.text(max_size=20))
    @settings(max_examples=10, deadline=None)
    def test_no_id_or_title_is_too_odd(
        self, growing: tuple[Index, Path], id: str, title: str
    ) -> None:
        index, _ = growing
        odd = article("Rain fell.", id=f"x{id}", title=title)
        index.add([odd])
        assert index.article(f"x{id}") == odd


class TestOtherLanguages:
    GERMAN = article(
        "Nach dem Deichbruch am Samstag wurden die Dörfer an der Elbmündung geräumt. Das Wasser stand bis zu den "
        "Fenstern, und die Fähre liegt seitdem im Hafen fest.",
        id="deich",
        title="Dörfer geräumt",
    )
    RUSSIAN = article(
        "Во вторник вода в реке поднялась выше отметки у старого моста. Жителей нижних улиц вывезли автобусами, "
        "школы закрыли до конца недели.",
        id="река",
        title="Река вышла из берегов",
    )
    CHINESE = article("昨夜河水上涨，三千名居民连夜撤离。", id="river", title="居民撤离")

    def test_articles_that_the_embedder_cannot_read_are_counted(self, index: Index) -> None:
        assert index.add([self.GERMAN, self.RUSSIAN, self.CHINESE, FERRY]).foreign == 3

    def test_they_are_counted_when_they_change_and_not_when_they_stay(self, index: Index) -> None:
        index.add([self.GERMAN])
        assert index.add([self.GERMAN]).foreign == 0
        assert (
            index.add([article(f"{self.GERMAN.text} Heute sinkt der Pegel.", id="deich")]).foreign
            == 1
        )

    @pytest.mark.parametrize(
        ("query", "id"),
        [
            ("Deichbruch", "deich"),
            ("DÖRFER", "deich"),
            ("вода у моста", "река"),
            ("居民", "river"),
            ("河水上涨", "river"),
        ],
    )
    def test_they_are_found_by_their_words(self, index: Index, query: str, id: str) -> None:
        index.add([self.GERMAN, self.RUSSIAN, self.CHINESE, FERRY])
        assert by_words(index, query)[0] == id


WATCHED = """
import sys
calls = []
sys.addaudithook(lambda event, _: event.startswith(("socket.connect", "socket.getaddr")) and calls.append(event))
from pathlib import Path
from index.loading.folders import Reader
from index.index import Index
with Index(Path(sys.argv[1]) / "index", create=True) as index:
    index.add(Reader([sys.argv[1]]))
    print(len(index.by_vector("rain", 5)), len(index.words.search("rain", 5)), calls)
"""


def test_indexing_and_searching_reach_for_no_network(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "Rain fell.")
    put(
        tmp_path / "b.html",
        "<html><body><article><p>The ferry sailed to the island on Tuesday.</p></article></body>",
    )
    assert run_python(WATCHED, tmp_path) == "2 1 []\n"


class TestOpening:
    def test_an_index_that_is_not_there_is_an_error_that_says_how_to_make_one(
        self, tmp_path: Path
    ) -> None:
        folder = tmp_path / "none"
        message = f"no index in {folder}: make one with `assistant index PATH... --index {folder}`"
        with pytest.raises(IndexMissingError, match=f"^{re.escape(message)}$"):
            Index(folder)
        assert not folder.exists()

    def test_another_embedder_is_an_error_that_names_both_and_the_command_that_rebuilds(
        self, closed: str
    ) -> None:
        other = "openai:text-embedding-3-small"
        with pytest.raises(IndexMismatchError) as caught:
            Index(closed, embedder=other)
        assert f"was made with the embedder bge-small, not {other}" in str(caught.value)
        assert f"`assistant index PATH... --index {closed} --embedder {other} --rebuild`" in str(
            caught.value
        )

    def test_the_embedder_it_was_made_with_may_be_named(self, closed: str) -> None:
        with Index(closed, embedder="bge-small") as index:
            assert index.store.embedder_name == "bge-small"

    def test_another_length_of_passages_is_an_error_that_names_both_and_the_command_that_rebuilds(
        self, closed: str
    ) -> None:
        with pytest.raises(IndexMismatchError) as caught:
            Index(closed, passage_tokens=90)
        assert "was made with passages of up to 180 tokens, not 90" in str(caught.value)
        assert f"`assistant index PATH... --index {closed} --passage-tokens 90 --rebuild`" in str(
            caught.value
        )

    def test_an_index_of_a_newer_version_is_refused(self, place: str) -> None:
        with Index(place, create=True) as index:
            index.connection.chroma.note(SETTINGS, {"format": FORMAT + 1, "current": 1})
        with pytest.raises(
            IndexMismatchError, match=f"{place} was made by a newer version: upgrade this program"
        ):
            Index(place)

    def test_a_file_in_place_of_the_folder_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(IndexDamagedError, match=r"cannot be read or written \(Not a directory"):
            Index(put(tmp_path / "index", "x"), create=True)

    def test_one_of_two_that_are_open_may_be_closed(self, closed: str) -> None:
        with Index(closed) as index:
            Index(closed).close()
            assert by_vector(index, "a boat trip")[0] == "ferry"


def overwritten(path: Path) -> None:
    path.write_bytes(b"nothing that can be read" * 200)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def halved(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def damaged_inside(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 3)
        file.write(b"\xaa" * (path.stat().st_size // 3))


def outdated(path: Path) -> None:
    path.write_text("0")


def replaced_by_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("x")


def search_all(folder: Path) -> None:
    with Index(folder) as index:
        results(index)


Damage = Callable[[Path], None]


class TestDamage:
    @pytest.mark.parametrize("damage", [overwritten, halved, damaged_inside])
    def test_a_broken_database_is_an_error_each_time_it_is_opened(
        self, copied: Path, damage: Damage
    ) -> None:
        damage(copied / "chroma" / "chroma.sqlite3")
        for _ in range(2):
            with pytest.raises(
                IndexDamagedError, match=f"the index in {copied} cannot be read or written"
            ):
                search_all(copied)

    def test_an_emptied_database_is_not_taken_for_an_empty_index(self, copied: Path) -> None:
        emptied(copied / "chroma" / "chroma.sqlite3")
        with pytest.raises((IndexDamagedError, IndexMissingError)):
            search_all(copied)

    def test_the_command_that_the_error_names_makes_the_index_anew(
        self, copied: Path, tmp_path: Path, run: Any
    ) -> None:
        overwritten(copied / "chroma" / "chroma.sqlite3")
        news = put(tmp_path / "news" / "a.txt", "The rain fell on the town.")
        assert "--rebuild`" in run("search", "rain", "--index", copied).err
        told = run("index", news, "--index", copied, "--rebuild")
        assert (told.status, told.err) == (
            0,
            f"assistant: the index in {copied} cannot be read: it is rebuilt from the articles alone\n",
        )
        with Index(copied) as index:
            assert list(all_texts(index).values()) == ["The rain fell on the town."]

    @pytest.mark.parametrize(
        ("damage", "files"),
        [
            (shutil.rmtree, "words"),
            (replaced_by_a_file, "words"),
            (outdated, "words/generation"),
            (overwritten, "words/generation"),
            (Path.unlink, "words/meta.json"),
            (halved, "words/meta.json"),
            (overwritten, "words/.managed.json"),
            (emptied, "words/*.store"),
            (Path.unlink, "words/*.idx"),
            (Path.unlink, "words/*.pos"),
            (halved, "words/*.term"),
            (damaged_inside, "words/*.term"),
            (damaged_inside, "words/*.idx"),
            (damaged_inside, "words/*.store"),
        ],
    )
    def test_a_broken_word_index_is_made_anew(
        self, folder: Path, copied: Path, damage: Damage, files: str
    ) -> None:
        for path in copied.glob(files):
            damage(path)
        with Index(folder) as whole, Index(copied) as index:
            for query in QUERIES:
                assert index.words.search(query, 10) == whole.words.search(query, 10)
