"""Time to build, to open and to search an index, its memory and its disk, at several sizes.

    python benchmarks/scale.py [SIZE ...] [--folder DIR] [--out FILE.csv]

One index grows from size to size (10000 100000 1000000 passages by default). Its articles are words
drawn at random, its vectors are made up, in clusters: the embedder costs nothing, so the rate is
that of all else. Beside it is the rate of Chroma alone, with as many records of the same vectors
and nothing else, from empty, in the same run (up to 100,000). Search is measured in a new process,
where bge-small embeds the question: `search` beside plain rank fusion, the same for questions with
outlets, a time and parts to infer, and `search` with filters, in turn for each question.
"""

from __future__ import annotations

import argparse
import csv
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import chromadb
import numpy as np
from chromadb.config import Settings
from common import machine, rank_fusion

from index.articles import FullArticle
from index.index import Index

WORDS = 30_000
# In an article, a paragraph and a sentence. A paragraph makes a passage.
PARAGRAPHS, SENTENCES, SENTENCE_WORDS = 7, 5, 17
CONSONANTS, VOWELS = "bdfghklmnprst", "aeiou"
OUTLETS = 50
MAX_CHROMA_PASSAGES = 100_000
SEARCHES = 200
INFERRING = "what happened to {} in May 2022, and what did Outlet 9 say of {}?"


class MadeUp:
    """An embedder that costs nothing: a passage's vector is that of its first word, with noise."""

    name = "bge-small"
    identity = "made up"
    max_tokens = 256
    languages: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._centres = np.random.default_rng(1).normal(size=(2_000, 384)).astype(np.float32)

    def count(self, texts: Sequence[str]) -> list[int]:
        return [text.count(" ") + 1 for text in texts]

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, 384), dtype=np.float32)
        seeds = [hash(text) & 0xFFFFFFFF for text in texts]
        noise = np.random.default_rng(seeds[0]).normal(size=(len(texts), 384)).astype(np.float32)
        vectors = self._centres[np.array(seeds) % len(self._centres)] + 0.8 * noise
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def word(number: int) -> str:
    """A pronounceable word, a different one for each number."""
    spoken = ""
    while number or not spoken:
        number, syllable = divmod(number, len(CONSONANTS) * len(VOWELS))
        spoken += CONSONANTS[syllable // len(VOWELS)] + VOWELS[syllable % len(VOWELS)]
    return spoken


def articles(first: int, count: int) -> Iterator[FullArticle]:
    words = np.array([word(number) for number in range(WORDS)])
    rng = np.random.default_rng(first)
    for number in range(first, first + count):
        drawn = words[
            np.minimum(rng.zipf(1.2, size=(PARAGRAPHS, SENTENCES, SENTENCE_WORDS)) - 1, WORDS - 1)
        ]
        paragraphs = [
            " ".join(" ".join(sentence).capitalize() + "." for sentence in paragraph)
            for paragraph in drawn
        ]
        text = "\n\n".join(paragraphs)
        day = f"{2020 + number % 5}-{number // 5 % 12 + 1:02}-{number // 60 % 28 + 1:02}"
        yield FullArticle(
            id=f"a{number}",
            title=f"Report {number}",
            text=text,
            source=f"Outlet {number % OUTLETS}",
            published=day,
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured(options.folder)))
        return
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        rows = list(grown(options.folder or Path(temporary) / "index", options.sizes))
    if options.out:
        with options.out.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)


def grown(folder: Path, sizes: Sequence[int]) -> Iterator[dict[str, float]]:
    made = 0
    for size in sizes:
        with Index(folder, create=True) as index:
            index.embedder = MadeUp()
            made = index.counts()[0]
            chunk = list(articles(made, max(0, size - index.counts()[1]) // PARAGRAPHS))
            begun = time.perf_counter()
            changes = index.add(chunk)
            rate = changes.passages / (time.perf_counter() - begun)
        alone = chroma_alone(size) if size <= MAX_CHROMA_PASSAGES else float("nan")
        row = {
            "passages": size,
            "written_per_s": round(rate),
            "chroma_alone_per_s": round(alone, 0),
            **measure(folder),
        }
        print(json.dumps(row), flush=True)
        yield row


def chroma_alone(size: int) -> float:
    embedder = MadeUp()
    with tempfile.TemporaryDirectory() as folder:
        client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
        collection = client.create_collection("alone", embedding_function=None)
        batches = [[f"{first + n}" for n in range(1_000)] for first in range(0, size, 1_000)]
        vectors = [embedder.embed(ids) for ids in batches]
        begun = time.perf_counter()
        for ids, rows in zip(batches, vectors, strict=True):
            collection.add(ids=ids, embeddings=rows)
        return size / (time.perf_counter() - begun)


def measure(folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {**json.loads(done.stdout.splitlines()[-1]), "disk_mb": round(size / 1e6)}


def measured(folder: Path) -> dict[str, float]:
    """Measure opening, searching as `assistant search` does, and memory; in a new process."""
    import resource

    from assistant import Assistant
    from index.articles import Filter

    begun = time.perf_counter()
    assistant = Assistant(index=folder)
    opened = time.perf_counter() - begun
    assistant.search("what happened")
    rng = np.random.default_rng(0)
    within = {
        "source": Filter(sources=("Outlet 7",)),
        "dates": Filter(since="2022-03-01", until="2022-06-30"),
        "both": Filter(sources=("Outlet 7",), since="2022-03-01", until="2022-06-30"),
    }
    found: dict[str, float] = {"opens_s": round(opened, 2)}

    def fusion(query: str) -> object:
        return assistant.index.store.passages(rank_fusion(assistant.index, query, 50)[:10])

    asked = [" ".join(word(int(n)) for n in rng.integers(20, 3_000, 4)) for _ in range(SEARCHES)]
    ways: dict[str, tuple[str, Callable[[str], object]]] = {
        "search": ("what happened to {}", assistant.search),
        "fusion": ("what happened to {} then", fusion),
        "inferring": (f"according to Outlet 7, {INFERRING}", assistant.search),
        "inferring_fusion": (f"according to Outlet 8, {INFERRING}", fusion),
        **{
            name: ("what came of {}", functools.partial(assistant.search, within=filter))
            for name, filter in within.items()
        },
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number, what in enumerate(asked):
        for name, (query, search) in ways.items():
            if name not in within or number < SEARCHES // 4:
                begun = time.perf_counter()
                search(query.format(what, " ".join(reversed(what.split()))))
                times[name].append((time.perf_counter() - begun) * 1_000)
    for name, taken in times.items():
        found[f"{name}_p50_ms"] = round(float(np.median(taken)), 1)
        found[f"{name}_p95_ms"] = round(float(np.quantile(taken, 0.95)), 1)
    for name in ("search", "inferring"):
        plain = found["fusion_p50_ms" if name == "search" else f"{name}_fusion_p50_ms"]
        found[f"{name}_by_fusion"] = round(found[f"{name}_p50_ms"] / plain, 2)
    found["memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return found


if __name__ == "__main__":
    main()
