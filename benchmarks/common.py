"""Shared by the benchmarks: the machine's description, question sets, intervals."""

from __future__ import annotations

import argparse
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np

from assistant import Answer
from index.index import Index
from index.loading.folders import Reader

PACKAGES = ("chromadb", "tantivy", "onnxruntime", "tokenizers", "sentencex", "numpy")


def machine() -> str:
    """Processor, cores, Python and the versions that matter, on one line."""
    model = next(
        (line.split(":")[1].strip() for line in _cpu_lines() if line.startswith("model name")), "?"
    )
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {system}, {packages}"


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def questions(path: Path) -> list[dict]:
    """A question set, one JSON object on each line. seeds/README.md explains the fields."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def parser(doc: str | None) -> argparse.ArgumentParser:
    """The arguments of benchmarks that ask a question set: articles, questions, and their index."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles")
    parser.add_argument("questions", type=Path)
    parser.add_argument("index", type=Path)
    return parser


def fill(index: Index, articles: str) -> None:
    """Put the articles into an index that is empty."""
    if not index.counts()[0]:
        index.add(Reader([articles]))


def rank_fusion(index: Index, query: str, depth: int) -> list[str]:
    """Reciprocal rank fusion of vectors and words to that depth: ids of passages, best first.

    The baseline for `search`. Cormack, Clarke and Buettcher, SIGIR 2009, with their constant of 60.
    """
    scores: dict[str, float] = {}
    for ranking in (index.by_vector(query, depth), index.words.search(query, depth)):
        for rank, (id, _) in enumerate(ranking, start=1):
            scores[id] = scores.get(id, 0) + 1 / (60 + rank)
    return sorted(scores, key=lambda passage: (-scores[passage], passage))


def proven(index: Index, answer: Answer) -> Answer:
    """The answer, if each of its citations is exact; else the run ends."""
    for citation in answer.citations:
        text = index.article(citation.article.id).text
        assert text[citation.start : citation.end] == citation.quote, citation
    return answer


def interval(values: list[float], rounds: int = 2_000) -> str:
    """The mean and its 95 % bootstrap interval."""
    data = np.array(values, dtype=float)
    means = np.random.default_rng(0).choice(data, (rounds, len(data))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{data.mean():.3f} [{low:.3f}, {high:.3f}]"


def contains(text: str, answers: list[str]) -> bool:
    """Whether the text contains one of the answers, ignoring case and punctuation."""
    plain = _plain(text)
    return any(_plain(answer).strip() and _plain(answer) in plain for answer in answers)


def _plain(text: str) -> str:
    return " " + " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split()) + " "
