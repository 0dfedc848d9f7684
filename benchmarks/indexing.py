"""How fast articles are indexed against the embedder alone on the same passages, and what memory that takes.

    python benchmarks/indexing.py ARTICLES [--most 200] [--rounds 3]

Both sides in turn, the same process, a new index each round; medians and their ratio. Then the most memory that was
resident after each tenth of the articles: it should be flat.
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
    parser.add_argument("--most", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    embedder = BgeSmall()
    embedder.embed(["warm up"])
    whole, alone = [], []
    for _ in range(options.rounds):
        texts, seconds = index_all(options.articles, options.most)
        whole.append(len(texts) / seconds)
        begun = time.perf_counter()
        embedder.embed(texts)
        alone.append(len(texts) / (time.perf_counter() - begun))
    ratio = statistics.median(a / b for a, b in zip(whole, alone, strict=True))
    print(f"{len(texts)} passages: indexing {statistics.median(whole):.1f}/s, embedder alone "
          f"{statistics.median(alone):.1f}/s, ratio {ratio:.3f}")  # fmt: skip
    memory(options.articles, options.most)


def index_all(articles: str, most: int) -> tuple[list[str], float]:
    """Index the first articles; the texts that were embedded, and seconds from opening to done."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        with Index(Path(folder), create=True) as index:
            index.add(itertools.islice(Reader([articles]), most))
            seconds = time.perf_counter() - begun
            return [
                f"{passage.article.title}\n{passage.text.strip()}"
                for passage in index.store.each_passage()
            ], seconds


def memory(articles: str, most: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Index(Path(folder), create=True) as index:
        index.add(measured(itertools.islice(Reader([articles]), most), most))


def measured(articles: itertools.islice[FullArticle], most: int):
    for number, article in enumerate(articles, start=1):
        yield article
        if number % max(1, most // 10) == 0:
            resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"  after {number} articles: {resident:.0f} MB at most")


if __name__ == "__main__":
    main()
