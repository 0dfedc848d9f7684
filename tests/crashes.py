"""Kill `assistant index` at random moments, and see whether what it leaves is an index.

    python -m tests.crashes [--kills 200] [--articles 500] [--seed 0] [--full-disk]

Each time a copy of an index, whose articles are then partly changed, removed and added to, is brought up to date by a
process that is killed (SIGKILL) somewhere on its way; the moments are spread evenly over the time that the whole run
takes. After each kill the index has to open, to hold whole articles only, each as it was before or as it is to be,
with no passage twice and none alone; and one more run has to leave what a run leaves that was never killed.
`--full-disk` ends the runs not by killing, but by letting no file grow beyond a size drawn at random.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing.synchronize import Event
from pathlib import Path
from unittest import mock

import numpy as np

from index.errors import IndexMissingError
from index.index import Index
from index.loading.folders import Reader
from index.sync import plan as syncing
from index.upkeep.doctor import check_index

ROOT = Path(__file__).parent.parent
# Processes are forked from one that has imported everything: a third of a second instead of two.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crashes"])


class Cheap:
    """An embedder that costs nothing: the vector is drawn from the hash of the text."""

    name = "bge-small"
    identity = "cheap"
    max_tokens = 256
    languages: frozenset[str] = frozenset()

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 for text in texts]

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = [
            np.random.default_rng(list(hashlib.sha256(text.encode()).digest())).normal(size=384)
            for text in texts
        ]
        vectors = np.array(rows, dtype=np.float32).reshape(-1, 384)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def write_articles(folder: Path, count: int, rng: random.Random) -> None:
    """The seeds, and made-up articles of a few paragraphs."""
    shutil.copytree(ROOT / "seeds", folder, dirs_exist_ok=True)
    for number in range(count):
        (folder / f"{number}.txt").write_text(text_of(number, rng), "utf-8")


def text_of(number: int, rng: random.Random) -> str:
    words = "harbour ferry council bridge report winter price strike river museum teacher engine".split()
    paragraphs = [
        " ".join(rng.choices(words, k=rng.randint(30, 120))) + "."
        for _ in range(rng.randint(1, 12))
    ]
    return f"Report {number}\n\n" + "\n\n".join(paragraphs)


def change_articles(folder: Path, count: int, rng: random.Random) -> None:
    """Of ten articles, change three, remove one, rename one, and add one."""
    for number in range(count):
        path = folder / f"{number}.txt"
        if number % 10 in (0, 3, 6):
            text = path.read_text("utf-8")
            path.write_text(
                f"{text}\n\nCorrection: {rng.random()}"
                if number % 20 < 10
                else text_of(number, rng),
                "utf-8",
            )
        elif number % 10 == 1:
            path.unlink()
        elif number % 10 == 2:
            path.rename(folder / f"renamed-{number}.txt")
        elif number % 10 == 4:
            (folder / f"new-{number}.txt").write_text(text_of(number, rng), "utf-8")


def run(
    index: Path, folder: Path, *, batch: int, kill_after: float | None = None, limit: int = 0
) -> float | None:
    """Bring the index up to date; seconds that it took, or None if it was killed or failed."""
    ready = FORKS.Event()
    process = FORKS.Process(
        target=update, args=(index, folder, batch, limit, bool(limit or kill_after), ready)
    )
    process.start()
    assert ready.wait(60)
    begin = time.monotonic()
    process.join(kill_after)
    process.kill()
    process.join()
    return time.monotonic() - begin if process.exitcode == 0 else None


def update(index: Path, folder: Path, batch: int, limit: int, may_fail: bool, ready: Event) -> None:
    """What the process does that may be killed. Its embedder costs nothing, so that it is mostly writing."""
    mock.patch("index.index.make_embedder", return_value=Cheap()).start()
    syncing.FIRST_BATCH_CHARS, syncing.MAX_BATCH_CHARS = batch, batch
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    ready.set()
    try:
        with Index(index, create=True) as written:
            written.sync(Reader([folder]), confirm=lambda *_: True)
    except Exception:
        if not may_fail:
            raise
        sys.exit(1)


def contents(index: Path) -> dict[str, str]:
    """Texts by id; of an index that is whole."""
    with opened(index) as open_index:
        # As the next search does.
        _ = open_index.words
        for finding in check_index(open_index, fix=False):
            assert finding.ok or finding.check in ("disk",), finding
        named = sorted(
            id for summary in open_index.store.summaries().values() for id in summary.passages
        )
        assert named == sorted(open_index.store.passage_ids()), "a passage is there twice, or alone"
        found = [id for id, _ in open_index.words.search("harbour ferry council bridge", 100_000)]
        assert len(found) == len(set(found))
        assert set(found) <= set(named)
        ids = list(open_index.store.summaries())
        return {id: article.text for id, article in open_index.store.full_articles(ids).items()}


def opened(place: Path) -> Index:
    index = Index(place)
    index.embedder = Cheap()
    return index


def crash(
    rounds: int, articles: int, seed: int, *, full_disk: bool = False, batch: int = 60_000
) -> Iterator[str]:
    """Raises AssertionError at the first index that is not as it should be; says of each round what happened."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder, index, never = (
            Path(temporary) / name for name in ("articles", "index", "never-killed")
        )
        folder.mkdir()
        write_articles(folder, articles, rng)
        assert run(index, folder, batch=batch)
        before = contents(index)
        change_articles(folder, articles, rng)
        shutil.copytree(index, never)
        whole = run(never, folder, batch=batch)
        assert whole
        after = contents(never)
        largest = max(path.stat().st_size for path in never.rglob("*") if path.is_file())
        smallest = max(path.stat().st_size for path in index.rglob("*") if path.is_file())
        for number in range(rounds):
            broken = Path(temporary) / "broken"
            fresh = number % 4 == 0
            if not fresh:
                shutil.copytree(index, broken)
            moment = whole * (number + rng.random()) / rounds
            limit = rng.randint(10_000 if fresh else smallest // 2, largest) if full_disk else 0
            took = run(
                broken, folder, batch=batch, kill_after=None if full_disk else moment, limit=limit
            )
            if (broken / "chroma" / "chroma.sqlite3").exists():
                check_broken(broken, {} if fresh else before, after)
            assert run(broken, folder, batch=batch), "the next run fails"
            assert contents(broken) == after, "the next run leaves something else"
            shutil.rmtree(broken)
            what = "a new index" if fresh else "an update"
            yield f"{number + 1}: {what}, {'finished' if took else 'cut short'}"


def check_broken(broken: Path, before: dict[str, str], after: dict[str, str]) -> None:
    try:
        Index(broken).close()
    except IndexMissingError:
        assert not before, "it was killed before there was anything in it, or the index is gone"
        return
    there = contents(broken)
    for id, text in there.items():
        assert text in (before.get(id), after.get(id)), (
            f"{id} is neither what it was nor what it is to be"
        )
    missing = [id for id in before.keys() & after.keys() if id not in there]
    assert not missing, f"{missing} were there before and are there after, and not in between"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--full-disk", action="store_true")
    options = parser.parse_args()
    for line in crash(options.kills, options.articles, options.seed, full_disk=options.full_disk):
        print(line, flush=True)


if __name__ == "__main__":
    main()
