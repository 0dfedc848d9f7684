"""The speed of the default embedder: each text by itself, against batches.

python benchmarks/embedding.py ARTICLES
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from common import machine

from index.embedding import bge
from index.loading.folders import Reader
from index.text.passages import cut_passages

PASSAGES = 120


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles")
    options = parser.parse_args()
    print(machine())
    embedder = bge.BgeSmall()
    texts = list(itertools.islice(passages(options.articles, embedder), PASSAGES))
    alone = embedder.embed(texts)
    for size in (1, 2, 4, 8, 16, 32):
        speed = statistics.median(
            rate(lambda size=size: batched(embedder, texts, size), texts) for _ in range(3)
        )
        off = np.abs(batched(embedder, texts, size) - alone).max()
        print(f"batches of {size:2}: {speed:.1f} passages/s, vectors off by up to {off:.1e}")
    speed = statistics.median(rate(lambda: embedder.embed(texts), texts) for _ in range(3))
    print(f"the product: {speed:.1f} passages/s")


def batched(embedder: bge.BgeSmall, texts: list[str], size: int) -> np.ndarray:
    """The vectors of the texts, `size` of similar length at once, with a thread for each core."""
    ids = [encoding.ids[: embedder.max_tokens] for encoding in embedder._encode(texts, marks=True)]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    parts = [order[first : first + size] for first in range(0, len(order), size)]
    vectors = np.zeros((len(ids), 384), dtype=np.float32)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for rows, made in zip(
            parts, pool.map(lambda rows: run(embedder, [ids[i] for i in rows]), parts), strict=True
        ):
            vectors[rows] = made
    return vectors


def run(embedder: bge.BgeSmall, ids: list[list[int]]) -> np.ndarray:
    longest = max(map(len, ids))
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in ids], dtype=np.int64)
    tokens = np.zeros_like(mask)
    tokens[mask == 1] = [token for row in ids for token in row]
    feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
    first = embedder._session.run(None, feed)[0][:, 0]
    return first / np.linalg.norm(first, axis=1, keepdims=True)


def passages(articles: str, embedder: bge.BgeSmall):
    for article in Reader([articles]):
        for stretch in cut_passages(article, embedder.count, 200):
            yield f"{article.title}\n{article.text[stretch.start : stretch.end].strip()}"


def rate(embed: Callable[[], np.ndarray], texts: list[str]) -> float:
    begun = time.perf_counter()
    embed()
    return len(texts) / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
