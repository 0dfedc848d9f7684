"""The cost of a second run when nothing has changed, and when one article of many has.

    python benchmarks/updating.py [--articles 10000] [--rounds 5]

The index is of a folder of made-up articles with made-up vectors (`scale.py`). A run without
changes is compared with reading and hashing the same files and nothing else, in each round; printed
are medians and their ratio. Seconds are those of `Index.sync` with the index open, without start-up
(`startup.py`).
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from pathlib import Path

from common import machine
from scale import MadeUp, articles

from index.index import Index
from index.loading.folders import Reader


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "articles"
        folder.mkdir()
        for article in articles(0, options.articles):
            (folder / f"{article.id}.txt").write_text(article.text, "utf-8")
        with Index(Path(temporary) / "index", create=True) as index:
            index.embedder = MadeUp()
            first = timed(lambda: index.sync(Reader([folder])))
            passages = index.counts()[1]
            print(
                f"first run: {options.articles / first:.0f} articles/s, "
                f"{passages / first:.0f} passages/s"
            )
            again(index, folder, options.articles, options.rounds)
            changed(index, folder, options.rounds)


def timed(run) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def again(index: Index, folder: Path, count: int, rounds: int) -> None:
    runs, hashes = [], []
    for _ in range(rounds):
        runs.append(timed(lambda: index.sync(Reader([folder]))))
        hashes.append(
            timed(
                lambda: [
                    hashlib.sha256(path.read_bytes()).digest() for path in sorted(folder.iterdir())
                ]
            )
        )
    ratio = statistics.median(run / alone for run, alone in zip(runs, hashes, strict=True))
    print(f"unchanged: {count / statistics.median(runs):.0f} articles/s; hashing the files alone "
          f"{count / statistics.median(hashes):.0f}/s; ratio of times {ratio:.2f}")  # fmt: skip


def changed(index: Index, folder: Path, rounds: int) -> None:
    whole, alone = [], []
    for number in range(rounds):
        path = folder / f"a{number}.txt"
        path.write_text(f"{path.read_text('utf-8')}\n\nA correction of round {number}.", "utf-8")
        whole.append(timed(lambda: index.sync(Reader([folder]))))
        path.write_text(f"{path.read_text('utf-8')}\n\nAnother correction.", "utf-8")
        alone.append(timed(lambda path=path: index.sync(Reader([path]))))
    print(f"one changed: {statistics.median(whole):.2f} s when the folder is named, "
          f"{statistics.median(alone):.2f} s when its file is")  # fmt: skip


if __name__ == "__main__":
    main()
