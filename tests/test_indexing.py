"""The commands that change an index, as a user runs them."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from index.index import Index

from .conftest import SEEDS
from .helpers import ROOT, json_lines, put

COMMAND = [
    sys.executable,
    "-c",
    "import sys; from assistant.cli.main import main; sys.exit(main())",
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_what_changed_is_counted_and_named(run: Any, news: Path, place: Path) -> None:
    run("index", news, "--index", place)
    put(news / "rain.md", "---\nid: rain\n---\nThere was more rain on Friday.\n")
    (news / "snow.md").rename(news / "sleet.md")
    (news / "fog.md").unlink()
    told = run("index", news, "--index", place)
    assert told.status == 0
    assert told.out.startswith(
        "0 added, 1 changed, 3 unchanged, 1 renamed, 1 removed; 1 passage written to "
    )
    assert told.err.splitlines() == [
        f"changed {news / 'rain.md'}",
        f"renamed {news / 'snow.md'} -> {news / 'sleet.md'}",
        f"removed {news / 'fog.md'}",
    ]


def test_a_dry_run_names_all_and_writes_nothing(run: Any, news: Path, place: Path) -> None:
    told = run("index", news, "--index", place, "--dry-run")
    assert (told.status, told.out) == (
        0, "6 added, 0 changed, 0 unchanged, 0 renamed, 0 removed; nothing was written\n"
    )  # fmt: skip
    assert told.err.splitlines() == [
        f"added {news / name}.md" for name in ("fog", "hail", "rain", "snow", "sun", "wind")
    ]
    assert not place.exists()
    run("index", news, "--index", place)
    (news / "fog.md").unlink()
    before = run("status", "--index", place, "--json").out
    told = run("index", news, "--index", place, "--dry-run")
    assert "5 unchanged, 0 renamed, 1 removed; nothing was written" in told.out
    assert run("status", "--index", place, "--json").out == before


def test_json_names_all(run: Any, news: Path, place: Path) -> None:
    run("index", news, "--index", place)
    (news / "fog.md").unlink()
    put(news / "bad.txt", b"\xff")
    told = json.loads(run("index", news, "--index", place, "--json").out)
    assert list(told) == [
        "added", "changed", "renamed", "unchanged", "removed", "kept", "repeated", "skipped", "ignored", "passages",
        "embedded",
    ]  # fmt: skip
    assert told["removed"] == [{"id": "fog", "name": str(news / "fog.md")}]
    assert [item["id"] for item in told["unchanged"]] == ["hail", "rain", "snow", "sun", "wind"]
    assert told["skipped"][0]["where"] == str(news / "bad.txt")


def test_more_than_a_third_is_not_removed_without_a_terminal(
    run: Any, news: Path, place: Path
) -> None:
    run("index", news, "--index", place)
    for name in ("rain", "snow", "hail"):
        (news / f"{name}.md").unlink()
    told = run("index", news, "--index", place)
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert told.err.startswith(
        "assistant: 3 of the 6 articles from there are gone, more than a third"
    )
    assert "6" in run("status", "--index", place).out.splitlines()[1]
    kept = run("index", news, "--index", place, "--keep")
    assert (kept.status, kept.err.count("kept ")) == (0, 3)
    removed = run("index", news, "--index", place, "--yes")
    assert (removed.status, "3 removed" in removed.out) == (0, True)


@pytest.mark.parametrize(("typed", "removed"), [("y\n", True), ("\n", False), ("no\n", False)])
def test_on_a_terminal_it_asks(
    run: Any, news: Path, place: Path, typed: str, removed: bool
) -> None:
    run("index", news, "--index", place)
    for name in ("rain", "snow", "hail"):
        (news / f"{name}.md").unlink()
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "index", news, "--index", place],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 4096)
    os.write(ours, typed.encode())
    assert b"3 of 6 articles are gone. Remove them from the index? [y/N]" in shown
    assert process.wait(60) == (0 if removed else 1)
    with Index(place) as index:
        assert index.counts()[0] == (3 if removed else 6)
    os.close(ours)


def test_removing_names_what_was_removed(run: Any, news: Path, place: Path) -> None:
    run("index", news, "--index", place)
    told = run("remove", "rain", news / "snow.md", "--index", place)
    assert (told.status, sorted(told.out.splitlines())) == (
        0, [f"removed {news / 'rain.md'}", f"removed {news / 'snow.md'}"],
    )  # fmt: skip
    told = run("remove", "hail", "nonsense", "--index", place)
    assert (told.status, told.out) == (1, "")
    assert "no article 'nonsense'" in told.err
    with Index(place) as index:
        assert index.counts()[0] == 4


def test_another_length_of_passages_is_named_and_rebuilt(run: Any, place: Path) -> None:
    run("index", SEEDS, "--index", place)
    told = run("index", SEEDS, "--index", place, "--passage-tokens", "60")
    assert (told.status, "--passage-tokens 60 --rebuild" in told.err) == (1, True)
    told = run("index", SEEDS, "--index", place, "--passage-tokens", "60", "--rebuild")
    assert (told.status, told.out[:9]) == (0, "12 added,")
    assert "passages of up to 60 tokens" in run("doctor", "--index", place).out
    assert run("index", SEEDS, "--index", place).out.startswith("0 added, 0 changed, 12 unchanged")
    for wrong in ("0", "x", "1e9", "30.5"):
        assert (
            "a whole number of tokens"
            in run("index", SEEDS, "--index", place, "--passage-tokens", wrong).err
        )


def test_a_rebuild_that_reads_nothing_leaves_what_there_was(
    run: Any, news: Path, place: Path
) -> None:
    run("index", news, "--index", place)
    (news.parent / "empty").mkdir()
    assert run("index", news.parent / "empty", "--index", place, "--rebuild").status == 0
    assert run("show", "rain", "--index", place).status == 0
    (place / "chroma" / "chroma.sqlite3").write_bytes(b"damaged")
    told = run("index", news.parent / "empty", "--index", place, "--rebuild")
    assert (told.status, "no article could be read: the index stays as it was" in told.err) == (
        1,
        True,
    )
    assert (place / "chroma" / "chroma.sqlite3").read_bytes() == b"damaged"
    assert run("index", news, "--index", place, "--rebuild", "--dry-run").out.startswith("6 added")
    assert run("index", news, "--index", place, "--rebuild").out.startswith("6 added")
    assert sorted(path.name for path in place.iterdir() if path.is_dir()) == ["chroma", "words"]


def test_a_line_of_a_file_is_named_by_its_title(run: Any, tmp_path: Path, place: Path) -> None:
    path = put(
        tmp_path / "a.jsonl",
        json_lines(*({"id": f"l{n}", "title": f"T{n}", "text": "Rain."} for n in range(4))),
    )
    run("index", path, "--index", place)
    put(
        path, json_lines(*({"id": f"l{n}", "title": f"T{n}", "text": "Rain."} for n in range(1, 4)))
    )
    assert run("index", path, "--index", place).err == f"removed T0 (l0, {path})\n"


def test_watching_follows_a_folder(news: Path, place: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "index", news, "--index", place, "--watch"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        # Tests that run in the background of a shell ignore Ctrl-C, and so would what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("6 added")
        # Watching begins after that.
        time.sleep(1.5)
        put(news / "heat.md", "---\nid: heat\n---\nIt was hot on Friday.\n")
        assert process.stdout.readline().startswith("1 added, 0 changed, 6 unchanged")
        (news / "heat.md").unlink()
        assert process.stdout.readline().startswith(
            "0 added, 0 changed, 6 unchanged, 0 renamed, 1 removed"
        )
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    finally:
        process.kill()
    with Index(place) as index:
        assert index.counts()[0] == 6


def test_search_takes_an_outlet_and_a_time(run: Any, seeds_folder: Path) -> None:
    told = json.loads(
        run(
            *(
                "search",
                "ferry",
                "--source",
                "the ledger",
                "--since",
                "2025-10-01",
                "--until",
                "2025-10-31",
            ),
            *("--index", seeds_folder, "--json"),
        ).out
    )
    found = {
        (passage["article"]["source"], passage["article"]["published"][:7]) for passage in told
    }
    assert found == {("The Ledger", "2025-10")}
    for wrong in ("soon", "2025-13-01", "2025-02-30", "0000-01-01"):
        assert run("search", "ferry", "--since", wrong, "--index", seeds_folder).status == 2
    nothing = run("search", "ferry", "--source", "Nobody", "--index", seeds_folder)
    assert nothing.out == ""
    assert nothing.err.splitlines() == [
        "assistant: no outlet here is called “Nobody”; there are 6, such as The Ledger, Harbour Courier, Meridian Wire",
        "assistant: no passage found",
    ]


def test_a_rebuild_keeps_what_came_from_elsewhere_and_what_cannot_be_read(
    run: Any, news: Path, place: Path
) -> None:
    other = put(news.parent / "other" / "hill.md", "---\nid: hill\n---\nThe hill slid on Monday.\n")
    run("index", news, "--index", place)
    run("index", other, "--index", place)
    (news / "snow.md").write_bytes(b"\xff\xfe not to be read")
    (news / "rain.md").unlink()
    command = ("index", news, "--index", place, "--passage-tokens", "60", "--rebuild")

    foreseen = run(*command, "--dry-run", "--json")
    done = run(*command, "--json")

    for told in (json.loads(foreseen.out), json.loads(done.out)):
        assert {entry["id"] for entry in told["removed"]} == {"rain"}
        assert {entry["id"] for entry in told["unchanged"]} == {"hill", "snow"}
    with Index(place) as index:
        assert index.store.passage_tokens == 60
        assert {article.id for article in index.articles()} >= {"hill", "snow"}
        assert "rain" not in {article.id for article in index.articles()}


def test_a_rebuild_keeps_what_is_gone_if_that_is_asked_for(
    run: Any, news: Path, place: Path
) -> None:
    run("index", news, "--index", place)
    (news / "rain.md").unlink()

    assert (
        f"kept {news / 'rain.md'}\n"
        in run("index", news, "--index", place, "--rebuild", "--keep").err
    )
    assert run("show", "rain", "--index", place).status == 0


def test_a_rebuild_asks_before_more_than_a_third_goes(run: Any, news: Path, place: Path) -> None:
    run("index", news, "--index", place)
    for name in ("rain", "snow", "fog"):
        (news / f"{name}.md").unlink()

    told = run("index", news, "--index", place, "--rebuild")

    assert (told.status, "more than a third" in told.err) == (1, True)
    assert run("show", "rain", "--index", place).status == 0


def test_files_that_were_overwritten_by_copies_count_as_gone(
    run: Any, news: Path, place: Path
) -> None:
    run("index", news, "--index", place)
    paths = sorted(news.glob("*.md"))
    for path in paths[1:]:
        shutil.copyfile(paths[0], path)

    refused = run("index", news, "--index", place)
    assert (refused.status, "more than a third" in refused.err) == (1, True)
    assert "0 removed" in run("index", news, "--index", place, "--keep").out
    with Index(place) as index:
        assert index.counts()[0] == 6


def test_a_link_that_cannot_be_followed_hides_nothing(run: Any, news: Path, place: Path) -> None:
    (news / "loop").symlink_to("loop")

    told = run("index", news, "--index", place)

    assert (told.status, told.out[:8]) == (3, "6 added,")
    assert f"skipped {news / 'loop'}" in told.err


def test_an_index_of_a_newer_version_is_left_alone(run: Any, news: Path, place: Path) -> None:
    run("index", news, "--index", place)
    with (
        contextlib.closing(sqlite3.connect(place / "chroma" / "chroma.sqlite3")) as database,
        database,
    ):
        database.execute("UPDATE collection_metadata SET int_value = 99 WHERE key = 'format'")
    before = {path: path.read_bytes() for path in (place / "chroma").glob("*/*")}

    for command in (
        ("index", news, "--rebuild"),
        ("doctor", "--fix"),
        ("ask", "Did it rain?"),
        ("index", news),
    ):
        told = run(*command, "--index", place)
        assert (told.status, "made by a newer version" in told.err + told.out) == (1, True)

    assert {path: path.read_bytes() for path in (place / "chroma").glob("*/*")} == before
    with contextlib.closing(sqlite3.connect(place / "chroma" / "chroma.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM embeddings").fetchone()[0] > 6


def test_added_articles_are_named_where_there_were_others(
    run: Any, news: Path, place: Path
) -> None:
    assert "added" not in run("index", news, "--index", place).err
    path = put(news / "heat.md", "It was hot on Friday.\n")
    assert run("index", news, "--index", place).err == f"added {path}\n"
