"""A dozen of the kills of `tests/crashes.py`, and what its processes do together."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.index import Index
from index.loading.folders import Reader
from index.storage.chroma import repair, torn, vector_folders
from index.storage.locks import Locks

from .crashes import Cheap, crash, write_articles
from .helpers import ROOT, article, put

pytestmark = pytest.mark.slow


def test_an_index_that_is_killed_at_random_moments_is_whole_and_finished_by_the_next_run() -> None:
    assert len(list(crash(9, 60, seed=1))) == 9


def test_a_full_disk_is_no_worse() -> None:
    assert len(list(crash(4, 60, seed=2, full_disk=True))) == 4


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """The folder of an index of 1,500 articles that nobody has open."""
    with Index(tmp_path / "index", create=True) as index:
        index.embedder = Cheap()
        index.add([article(f"Report {n} tells of the harbour.", id=f"r{n}") for n in range(1_500)])
    return tmp_path / "index"


def vector_files(folder: Path) -> Path:
    return max(
        vector_folders(folder / "chroma"),
        key=lambda path: sum(file.stat().st_size for file in path.iterdir()),
    )


def found(folder: Path) -> int:
    with Index(folder) as index:
        index.embedder = Cheap()
        return len(index.by_vector("harbour", 2_000))


def test_whole_vector_files_are_not_torn_and_are_left_alone(many: Path) -> None:
    assert torn(vector_files(many)) is None
    assert repair(many / "chroma") == []
    assert found(many) == 1_500


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("index_metadata.pickle", -1),
        ("index_metadata.pickle", 0),
        ("data_level0.bin", 500),
        ("data_level0.bin", 0),
    ],
)
def test_torn_vector_files_are_made_again_from_the_log(many: Path, name: str, size: int) -> None:
    path = vector_files(many) / name
    data = path.read_bytes()
    path.write_bytes(data[:size])
    assert torn(path.parent)
    # Somebody died while writing.
    put(many / "batch.json", "{}")
    assert found(many) == 1_500
    assert not (many / "batch.json").exists()


def test_vector_files_that_are_newer_than_their_names_are_torn(many: Path) -> None:
    path = vector_files(many) / "data_level0.bin"
    path.write_bytes(path.read_bytes())
    assert torn(vector_files(many)) == "its vector files are newer than the names in them"


WRITER = """
import sys, time
sys.path.insert(0, {root!r})
from tests.crashes import Cheap
from tests.helpers import article
from index import index as opening
opening.make_embedder = lambda name: Cheap()
with opening.Index({index!r}, create=True, notice=print) as index:
    print("ready", flush=True)
    {code}
"""


def start(index: Path, code: str) -> subprocess.Popen[str]:
    program = WRITER.format(root=str(ROOT), index=str(index), code=code)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Index]:
    with Index(tmp_path / "index", create=True) as index:
        index.embedder = Cheap()
        yield index


def test_a_transaction_that_was_cut_short_is_rolled_back(many: Path, tmp_path: Path) -> None:
    with contextlib.closing(
        sqlite3.connect(many / "chroma" / "chroma.sqlite3", isolation_level=None)
    ) as half_done:
        half_done.executescript("PRAGMA cache_size = 1; BEGIN; DELETE FROM embeddings_queue;")
        cut_short = shutil.copytree(many, tmp_path / "cut-short")
    assert list((cut_short / "chroma").glob("*-journal")), "the transaction was not under way"

    assert found(cut_short) == 1_500


def test_reading_while_another_process_writes_gives_the_old_or_the_new_state(opened: Index) -> None:
    def text(version: int) -> str:
        return "\n\n".join(f"Version {version} of part {n}. " * 20 for n in range(12))

    opened.add([article(text(0), id="a"), article("Nothing changes here. " * 30, id="b")])
    code = (
        "[index.add([article(chr(10).join(f'Version {v} of part {n}. ' * 20 + chr(10) for n in range(12))[:-1],"
        " id='a')]) for v in range(1, 25)]"
    )
    process = start(opened.place.folder, code)
    versions = set()
    while process.poll() is None:
        opened.refresh()
        whole = opened.article("a").text
        versions.add(whole[:10])
        assert whole == text(int(whole.split()[1]))
        for id, _ in [
            *opened.by_vector("version of a part", 30),
            *opened.words.search("version part", 30),
        ]:
            for passage in opened.store.passages([id]):
                now = opened.article(passage.article.id).text
                stands = now[passage.start : passage.end] == passage.text
                assert stands or passage.text in text(
                    int(passage.text.split("Version ")[1].split()[0])
                )
    opened.refresh()
    assert process.returncode == 0
    assert len(versions) > 2
    assert opened.article("a").text == text(24)
    found = opened.store.passages([id for id, _ in opened.words.search("part", 5)])
    assert {passage.text.split()[1] for passage in found} == {"24"}


def test_what_another_process_removed_is_not_found(opened: Index) -> None:
    opened.add([article(f"Report {n} tells of the harbour.", id=f"r{n}") for n in range(50)])
    start(opened.place.folder, "index.remove([f'r{n}' for n in range(40)])").wait(60)
    opened.refresh()
    assert len(opened.by_vector("harbour", 50)) == len(opened.words.search("harbour", 50)) == 10


def test_a_second_writer_says_who_writes_and_waits(opened: Index) -> None:
    code = "index.add(time.sleep(1) or article(f'Rain {n}.', id=f'w{n}') for n in (1, 2))"
    process = start(opened.place.folder, code)
    wait_until_held(opened.connection.locks)
    told: list[str] = []
    opened.connection.notice = told.append
    opened.add([article("Snow fell.", id="snow")])
    process.wait(60)
    assert len(told) == 1
    assert told[0].startswith(f"process {process.pid} on ")
    assert "is writing to this index: waiting until it is done" in told[0]
    assert sorted(found.id for found in opened.articles()) == ["snow", "w1", "w2"]


def wait_until_held(locks: Locks) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with locks.try_writing() as free:
            if not free:
                return
        time.sleep(0.02)
    raise TimeoutError


def test_a_lock_dies_with_its_process(opened: Index) -> None:
    process = start(
        opened.place.folder,
        "index.connection.locks.writing().__enter__(); print('held', flush=True); time.sleep(60)",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.wait()
    told: list[str] = []
    opened.connection.notice = told.append
    opened.add([article("Snow fell.", id="snow")])
    assert told == []


def test_two_commands_at_once_both_do_what_they_say(tmp_path: Path, run: Any) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write_articles(tmp_path / name, 0, None)  # type: ignore[arg-type]
        put(tmp_path / name / "own.txt", f"The {name} folder has a text of its own.")
    command = [
        sys.executable,
        "-c",
        "import sys; from assistant.cli.main import main; sys.exit(main())",
        "index",
    ]
    processes = [
        subprocess.Popen(
            [*command, str(tmp_path / name), "--index", str(tmp_path / "index")], cwd=ROOT
        )
        for name in ("one", "other")
    ]
    assert [process.wait(120) for process in processes] == [0, 0]
    told = run("doctor", "--index", tmp_path / "index")
    assert told.status == 0, told.out
    with Index(tmp_path / "index") as index:
        assert index.counts()[0] == 14
        assert len(Reader([tmp_path / "one"]).missing()) == 0


def test_a_note_of_a_batch_is_there_only_while_it_is_written(tmp_path: Path) -> None:
    locks = Locks(tmp_path)
    with locks.batch(["a"], ["b"]):
        assert locks.batch_was_cut_short
        assert locks.interrupted() == (["a"], ["b"])
    assert not locks.batch_was_cut_short
    assert locks.interrupted() == ([], [])
