"""The speed of indexing, against the embedder alone on the same passages, and its memory.

    python benchmarks/indexing.py ARTICLES [--first 200] [--rounds 3]

Both are timed in turn in one process, with a new index in each round; printed are medians and their
ratio. Then the peak of resident memory after each tenth of the articles: it should be flat.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import statistics
import tempfile
import time
from pathlib import Path

from common import machine

from index.articles import FullArticle
from index.embedding.bge import BgeSmall
from index.index import Index
from index.loading.folders import Reader


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles")
    parser.add_argument("--first", type=int, default=200, metavar="N")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    embedder = BgeSmall()
    embedder.embed(["warm up"])
    whole, alone = [], []
    for _ in range(options.rounds):
        texts, seconds = index_all(options.articles, options.first)
        whole.append(len(texts) / seconds)
        begun = time.perf_counter()
        embedder.embed(texts)
        alone.append(len(texts) / (time.perf_counter() - begun))
    ratio = statistics.median(a / b for a, b in zip(whole, alone, strict=True))
    print(f"{len(texts)} passages: indexing {statistics.median(whole):.1f}/s, embedder alone "
          f"{statistics.median(alone):.1f}/s, ratio {ratio:.3f}")  # fmt: skip
    memory(options.articles, options.first)


def index_all(articles: str, first: int) -> tuple[list[str], float]:
    """Index the first articles: the texts that were embedded, and the seconds with opening."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        with Index(Path(folder), create=True) as index:
            index.add(itertools.islice(Reader([articles]), first))
            seconds = time.perf_counter() - begun
            return [
                f"{passage.article.title}\n{passage.text.strip()}"
                for passage in index.store.each_passage()
            ], seconds


def memory(articles: str, first: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Index(Path(folder), create=True) as index:
        index.add(measured(itertools.islice(Reader([articles]), first), first))


def measured(articles: itertools.islice[FullArticle], first: int):
    for number, article in enumerate(articles, start=1):
        yield article
        if number % max(1, first // 10) == 0:
            resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"  after {number} articles: a peak of {resident:.0f} MB")


if __name__ == "__main__":
    main()
