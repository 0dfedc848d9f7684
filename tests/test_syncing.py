"""What `Index.sync` finds out and does; on files, as a user has them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from index.embedding.bge import BgeSmall
from index.errors import RemovalError
from index.index import Index
from index.loading.folders import Reader
from index.sync import plan as syncing
from index.sync.plan import Changes

from .helpers import json_lines, put

KINDS = ("added", "changed", "renamed", "unchanged", "removed")


@pytest.fixture
def index(new_place: Callable[[], str]) -> Iterator[Index]:
    with Index(new_place(), create=True) as index:
        yield index


def counts(changes: Changes) -> dict[str, int]:
    return {kind: len(getattr(changes, kind)) for kind in KINDS if getattr(changes, kind)}


def paths(index: Index) -> dict[str, list[str]]:
    return {
        summary.article.id: sorted(Path(path).name for path in summary.files)
        for summary in index.store.summaries().values()
    }


def edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def no_embedding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        BgeSmall, "embed", lambda self, texts: pytest.fail("something is embedded") if texts else []
    )


class TestFindingOut:
    def test_each_kind_of_change_is_told(self, index: Index, news: Path) -> None:
        assert counts(index.sync(Reader([news]))) == {"added": 6}
        edit(news / "rain.md", "Tuesday", "Friday")
        (news / "snow.md").rename(news / "sleet.md")
        (news / "fog.md").unlink()
        put(news / "heat.md", "---\nid: heat\n---\nIt was hot.")
        changes = index.sync(Reader([news]))
        assert [(kind, getattr(changes, kind)) for kind in KINDS[:3]] == [
            ("added", ["heat"]),
            ("changed", ["rain"]),
            ("renamed", ["snow"]),
        ]
        assert (sorted(changes.unchanged), changes.removed) == (["hail", "sun", "wind"], ["fog"])
        assert changes.names["snow"] == f"{news / 'snow.md'} -> {news / 'sleet.md'}"
        assert changes.names["fog"] == str(news / "fog.md")
        assert str(changes) == "1 added, 1 changed, 3 unchanged, 1 renamed, 1 removed"
        assert counts(index.sync(Reader([news]))) == {"unchanged": 6}

    def test_what_is_unchanged_is_neither_parsed_nor_embedded(
        self, index: Index, news: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index.sync(Reader([news]))
        generation = index.store.generation
        no_embedding(monkeypatch)
        monkeypatch.setattr(
            "index.loading.folders.parse_article", lambda *_: pytest.fail("something is parsed")
        )
        assert counts(index.sync(Reader([news]))) == {"unchanged": 6}
        assert index.store.generation == generation

    def test_only_what_changed_in_an_article_is_embedded(
        self, index: Index, tmp_path: Path
    ) -> None:
        paragraphs = [f"Paragraph {n} tells of the harbour. " * 15 for n in range(6)]
        path = put(tmp_path / "a.txt", "Report\n\n" + "\n\n".join(paragraphs))
        first = index.sync(Reader([path]))
        put(path, "Report\n\nNews: it rained.\n\n" + "\n\n".join(paragraphs))
        second = index.sync(Reader([path]))
        assert first.passages >= 6
        assert (counts(second), second.passages >= 6) == ({"changed": 1}, True)
        assert second.embedded <= 2

    def test_renaming_embeds_nothing(
        self, index: Index, news: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index.sync(Reader([news]))
        no_embedding(monkeypatch)
        news.rename(news.parent / "other")
        assert counts(index.sync(Reader([news.parent / "other"]))) == {"renamed": 6}
        assert index.article_named(str(news.parent / "other" / "rain.md")).id == "rain"

    def test_of_one_id_that_comes_twice_the_later_stands_and_the_next_run_changes_nothing(
        self, index: Index, tmp_path: Path
    ) -> None:
        path = put(
            tmp_path / "a.jsonl",
            json_lines({"id": "x", "text": "Rain fell."}, {"id": "x", "text": "Snow fell."}),
        )
        first = index.sync(Reader([path]))
        assert (counts(first), first.repeated) == ({"added": 1}, ["x"])
        second = index.sync(Reader([path]))
        assert (counts(second), second.repeated, second.passages) == ({"unchanged": 1}, ["x"], 0)
        assert index.article("x").text == "Snow fell."

    @pytest.mark.parametrize("held", [1_000, 0])
    def test_an_id_that_comes_twice_and_changed_is_changed_once(
        self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
    ) -> None:
        monkeypatch.setattr(syncing, "MAX_WAITING_ARTICLES", held)
        path = put(tmp_path / "a.jsonl", json_lines({"id": "x", "text": "Fog came."}))
        index.sync(Reader([path]))
        put(path, json_lines({"id": "x", "text": "Rain fell."}, {"id": "x", "text": "Snow fell."}))
        assert counts(index.sync(Reader([path]))) == {"changed": 1}
        assert index.article("x").text == "Snow fell."

    def test_a_dry_run_tells_the_same_and_does_nothing(self, index: Index, news: Path) -> None:
        index.sync(Reader([news]))
        edit(news / "rain.md", "Tuesday", "Friday")
        (news / "snow.md").rename(news / "sleet.md")
        for name in ("fog", "wind", "sun"):
            (news / f"{name}.md").unlink()
        generation = index.store.generation
        foreseen = index.sync(Reader([news]), dry_run=True)
        assert (
            index.store.generation,
            index.counts()[0],
            "Tuesday" in index.article("rain").text,
        ) == (
            generation,
            6,
            True,
        )
        done = index.sync(Reader([news]), confirm=lambda *_: True)
        assert [getattr(foreseen, kind) for kind in KINDS] == [
            getattr(done, kind) for kind in KINDS
        ]


class TestCopies:
    def test_two_files_with_one_text_and_no_ids_are_one_article(
        self, index: Index, tmp_path: Path
    ) -> None:
        for name in ("a.txt", "b.txt"):
            put(tmp_path / "news" / name, "Rain fell.")
        assert counts(index.sync(Reader([tmp_path / "news"]))) == {"added": 1}
        assert list(paths(index).values()) == [["a.txt", "b.txt"]]
        assert index.article_named(str(tmp_path / "news" / "b.txt")).also_at == (
            str(tmp_path / "news" / "b.txt"),
        )
        assert counts(index.sync(Reader([tmp_path / "news"]))) == {"unchanged": 1}

    def test_one_of_them_may_go(self, index: Index, tmp_path: Path) -> None:
        for name in ("a.txt", "b.txt"):
            put(tmp_path / "news" / name, "Rain fell.")
        index.sync(Reader([tmp_path / "news"]))
        (tmp_path / "news" / "a.txt").unlink()
        index.sync(Reader([tmp_path / "news"]))
        assert list(paths(index).values()) == [["b.txt"]]

    def test_one_of_them_may_change(self, index: Index, tmp_path: Path) -> None:
        for name in ("a.txt", "b.txt"):
            put(tmp_path / "news" / name, "Rain fell.")
        index.sync(Reader([tmp_path / "news"]))
        put(tmp_path / "news" / "a.txt", "Snow fell.")
        index.sync(Reader([tmp_path / "news"]))
        assert sorted(paths(index).values()) == [["a.txt"], ["b.txt"]]

    def test_equal_texts_with_ids_of_their_own_are_two_articles(
        self, index: Index, tmp_path: Path
    ) -> None:
        path = put(
            tmp_path / "a.jsonl",
            json_lines({"id": "a", "text": "Rain fell."}, {"id": "b", "text": "Rain fell."}),
        )
        assert counts(index.sync(Reader([path]))) == {"added": 2}
        assert index.counts()[0] == 2

    def test_a_copy_elsewhere_keeps_an_article_whose_file_is_gone(
        self, index: Index, tmp_path: Path
    ) -> None:
        for name in ("one", "other"):
            put(tmp_path / name / "a.txt", "Rain fell.")
            index.sync(Reader([tmp_path / name]))
        shutil.rmtree(tmp_path / "one")
        (tmp_path / "one").mkdir()
        assert counts(index.sync(Reader([tmp_path / "one"]))) == {}
        assert index.counts()[0] == 1

    def test_one_id_in_two_files_is_settled_and_stays_so(
        self, index: Index, tmp_path: Path
    ) -> None:
        for name in ("one", "two"):
            put(tmp_path / "news" / f"{name}.md", f"---\nid: dup\ntitle: {name}\n---\nText {name}.")
        first = index.sync(Reader([tmp_path / "news"]))
        assert (counts(first), first.repeated) == ({"added": 1}, ["dup"])
        again = index.sync(Reader([tmp_path / "news"]))
        assert (counts(again), again.repeated, paths(index)) == (
            {"unchanged": 1},
            ["dup"],
            {"dup": ["two.md"]},
        )

    def test_one_id_in_files_of_two_kinds_is_whole(self, index: Index, tmp_path: Path) -> None:
        put(
            tmp_path / "news" / "a.jsonl",
            json_lines({"id": "x", "title": "A", "text": "Of the harbour."}),
        )
        put(tmp_path / "news" / "m.md", "---\nid: x\n---\nOf ferry crews.\n")
        for _ in range(3):
            index.sync(Reader([tmp_path / "news"]))
            assert index.article("x").text.endswith("Of ferry crews.\n")

    def test_front_matter_may_go(self, index: Index, tmp_path: Path) -> None:
        lines = tmp_path / "a.jsonl"
        index.sync(Reader([put(tmp_path / "m.md", "---\nid: x\n---\nOf ferry crews.\n")]))
        index.sync(Reader([put(lines, json_lines({"id": "x", "text": "Of the harbour."}))]))
        assert (index.article("x").text, index.article("x").body) == ("Of the harbour.", 0)

    def test_a_file_that_becomes_a_copy_of_another_is_told_as_removed(
        self, index: Index, tmp_path: Path
    ) -> None:
        for name in ("a", "b", "c"):
            put(tmp_path / "news" / f"{name}.txt", f"Report {name}.")
        index.sync(Reader([tmp_path / "news"]))
        put(tmp_path / "news" / "b.txt", "Report a.")
        foreseen = index.sync(Reader([tmp_path / "news"]), dry_run=True)
        changes = index.sync(Reader([tmp_path / "news"]))
        assert counts(foreseen) == counts(changes) == {"unchanged": 2, "removed": 1}
        assert list(changes.names.values()) == [str(tmp_path / "news" / "b.txt")]

    def test_copies_that_have_only_their_names_for_titles_are_copies(
        self, index: Index, tmp_path: Path
    ) -> None:
        for name in ("x.md", "y.md"):
            put(tmp_path / "news" / name, "The mayor spent 5 million crowns. " * 20)
        first = index.sync(Reader([tmp_path / "news"]))
        assert (counts(first), first.repeated) == ({"added": 1}, [])
        assert counts(index.sync(Reader([tmp_path / "news"]))) == {"unchanged": 1}


class TestRemoving:
    def test_only_what_came_from_the_same_paths_is_removed(self, index: Index, news: Path) -> None:
        put(news.parent / "sport" / "goal.txt", "A goal was scored.")
        index.sync(Reader([news, news.parent / "sport"]))
        (news / "rain.md").unlink()
        (news.parent / "sport" / "goal.txt").unlink()
        assert index.sync(Reader([news])).removed == ["rain"]
        assert index.counts()[0] == 6

    def test_a_folder_whose_name_begins_like_the_path_is_another(
        self, index: Index, news: Path
    ) -> None:
        other = put(news.parent / "newsletter" / "a.txt", "Rain fell.")
        index.sync(Reader([news, other.parent]))
        other.unlink()
        assert index.sync(Reader([news])).removed == []

    def test_what_came_from_standard_input_or_from_a_program_is_never_removed(
        self, index: Index, news: Path
    ) -> None:
        index.sync(Reader([news]))
        index.add([next(iter(Reader([put(news.parent / "x.txt", "Fog.")])))])
        assert index.sync(Reader([news])).removed == []

    @pytest.mark.parametrize("gone", [2, 3])
    def test_more_than_a_third_is_removed_only_if_confirmed(
        self, index: Index, news: Path, gone: int
    ) -> None:
        index.sync(Reader([news]))
        for name in ("rain", "snow", "hail")[:gone]:
            (news / f"{name}.md").unlink()
        asked: list[Any] = []
        with pytest.MonkeyPatch.context():
            if gone * 3 > 6:
                with pytest.raises(
                    RemovalError, match=f"^{gone} of the 6 articles .* --yes .* --keep"
                ):
                    index.sync(
                        Reader([news]),
                        confirm=lambda names, of: bool(asked.append((sorted(names), of))),
                    )
                assert asked == [
                    ([str(news / f"{name}.md") for name in ("hail", "rain", "snow")], 6)
                ]
                assert index.counts()[0] == 6
        assert len(index.sync(Reader([news]), confirm=lambda *_: True).removed) == gone
        assert index.counts()[0] == 6 - gone

    def test_what_is_done_besides_the_removal_that_is_refused_stays(
        self, index: Index, news: Path
    ) -> None:
        index.sync(Reader([news]))
        for name in ("rain", "snow", "hail"):
            (news / f"{name}.md").unlink()
        put(news / "heat.md", "---\nid: heat\n---\nIt was hot.")
        with pytest.raises(RemovalError, match="1 added"):
            index.sync(Reader([news]))
        assert index.article("heat").text

    def test_nothing_is_removed_that_is_to_be_kept(self, index: Index, news: Path) -> None:
        index.sync(Reader([news]))
        shutil.rmtree(news)
        news.mkdir()
        changes = index.sync(Reader([news]), keep=True)
        assert (changes.removed, len(changes.kept), index.counts()[0]) == ([], 6, 6)

    def test_a_path_that_is_not_there_is_not_an_empty_one(self, index: Index, news: Path) -> None:
        index.sync(Reader([news]))
        news.rename(news.parent / "unmounted")
        assert counts(index.sync(Reader([news]), confirm=lambda *_: True)) == {}
        assert index.counts()[0] == 6

    def test_what_cannot_be_read_at_the_moment_is_not_gone(self, index: Index, news: Path) -> None:
        put(
            news / "lines.jsonl",
            json_lines({"id": "l1", "text": "Rain fell."}, {"id": "l2", "text": "Snow fell."}),
        )
        index.sync(Reader([news]))
        put(news / "rain.md", b"caf\xe9")
        put(news / "snow.md", b"")
        (news / "hail.md").unlink()
        (news / "hail.md").symlink_to(news / "nowhere.md")
        put(
            news / "lines.jsonl",
            json_lines({"id": "l1", "text": "Rain fell."}) + '{"id": "l2", "te',
        )
        reader = Reader([news])
        changes = index.sync(reader, confirm=lambda *_: True)
        assert (changes.removed, index.counts()[0], len(reader.skipped)) == ([], 8, 4)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_folder_that_may_not_be_read_is_not_empty(self, index: Index, news: Path) -> None:
        index.sync(Reader([news.parent]))
        news.chmod(0)
        try:
            assert counts(index.sync(Reader([news.parent]), confirm=lambda *_: True)) == {}
        finally:
            news.chmod(0o755)

    def test_a_line_that_is_gone_from_a_file_is_removed(self, index: Index, tmp_path: Path) -> None:
        lines = [{"id": f"l{n}", "text": f"Rain fell {n} times."} for n in range(5)]
        path = put(tmp_path / "a.jsonl", json_lines(*lines))
        index.sync(Reader([path]))
        put(path, json_lines(*lines[1:]))
        assert index.sync(Reader([path])).removed == ["l0"]

    def test_a_file_that_was_split_into_others_is_replaced_by_them(
        self, index: Index, tmp_path: Path
    ) -> None:
        path = put(tmp_path / "news" / "a.txt", "Rain fell.")
        index.sync(Reader([tmp_path / "news"]))
        (former,) = paths(index)
        put(path, "Snow fell.")
        put(tmp_path / "news" / "b.txt", "Rain fell.")
        changes = index.sync(Reader([tmp_path / "news"]))
        assert (changes.renamed, changes.removed, index.counts()[0]) == ([former], [], 2)
        assert sorted(paths(index).values()) == [["a.txt"], ["b.txt"]]

    def test_removing_a_file_of_many_takes_all_of_them(self, index: Index, tmp_path: Path) -> None:
        path = put(
            tmp_path / "a.jsonl",
            json_lines({"id": "a", "text": "Rain."}, {"id": "b", "text": "Snow."}),
        )
        index.sync(Reader([path]))
        assert sorted(index.remove([str(path)]).removed) == ["a", "b"]

    def test_removing_by_name_takes_ids_and_files(self, index: Index, news: Path) -> None:
        index.sync(Reader([news]))
        changes = index.remove(["rain", str(news / "snow.md")])
        assert sorted(changes.removed) == ["rain", "snow"]
        assert sorted(paths(index)) == ["fog", "hail", "sun", "wind"]
        assert "rain" not in {passage.article.id for passage in index.store.each_passage()}
        assert index.words.search("rain", 5) == []


class TestReading:
    @pytest.mark.parametrize(
        "name",
        [
            "two\nlines.txt",
            "snow ❄.txt",
            "é" * 125 + ".txt",
            "a b'\"$(x).txt",
            "-rf.txt",
            "x" * 251 + ".txt",
        ],
    )
    def test_no_name_is_too_odd(self, index: Index, tmp_path: Path, name: str) -> None:
        put(tmp_path / "news" / name, "Rain fell on Tuesday.")
        assert counts(index.sync(Reader([tmp_path / "news"]))) == {"added": 1}
        assert counts(index.sync(Reader([tmp_path / "news"]))) == {"unchanged": 1}
        assert index.article_named(str(tmp_path / "news" / name)).text == "Rain fell on Tuesday."

    def test_what_is_said_of_a_name_with_a_line_end_is_one_line(self, tmp_path: Path) -> None:
        reader = Reader([put(tmp_path / "two\nlines.txt", b"\xff").parent])
        assert list(reader) == []
        assert "two\\nlines.txt: not UTF-8" in str(reader.skipped[0])
        assert "\n" not in str(reader.skipped[0])

    def test_a_file_that_changes_while_it_is_read_is_skipped_and_said(
        self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = put(tmp_path / "a.txt", "Rain fell.")
        index.sync(Reader([path]))
        put(path, "Snow fell.")
        fstat = os.fstat
        times = iter(range(100))

        def changing(descriptor: int) -> os.stat_result:
            os.utime(path, ns=(0, next(times)))
            return fstat(descriptor)

        monkeypatch.setattr("index.loading.folders.os.fstat", changing)
        reader = Reader([path])
        assert counts(index.sync(reader)) == {}
        assert [skipped.reason for skipped in reader.skipped] == [
            "changed while it was read: run the same command again"
        ]
        assert [article.path for article in index.articles()] == [str(path)]

    def test_pipes_and_devices_are_skipped_and_said(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.txt")
        reader = Reader([tmp_path, "/dev/null"])
        assert list(reader) == []
        assert [skipped.reason for skipped in reader.skipped] == ["not a regular file"] * 2
