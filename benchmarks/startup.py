"""The time that a user waits: for `assistant --help`, `assistant ask`, and a further `ask()`.

    python benchmarks/startup.py [--runs 9]

The first two are whole processes over an index of the seeds, the third is in one process. Medians
of several runs, after one that does not count.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import machine, questions

from assistant import ask
from index.index import Index
from index.loading.folders import Reader

SEEDS = Path(__file__).parent.parent / "seeds"
COMMAND = [
    sys.executable,
    "-c",
    "import sys; from assistant.cli.main import main; sys.exit(main())",
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "index"
        with Index(folder, create=True) as index:
            index.add(Reader([SEEDS]))
        process("assistant --help", ["--help"], runs)
        process(
            "assistant ask", ["ask", "Who leads the flood inquiry?", "--index", str(folder)], runs
        )
        asked = [q["question"] for q in questions(SEEDS / "questions.jsonl")]
        ask(asked[0], index=folder)
        show(
            "ask() again",
            [timed(lambda question=question: ask(question, index=folder)) for question in asked],
        )


def process(name: str, arguments: list[str], runs: int) -> None:
    def run() -> None:
        subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)

    show(name, [timed(run) for _ in range(runs + 1)][1:])


def timed(run) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def show(name: str, seconds: list[float]) -> None:
    low, median, high = (1000 * of(seconds) for of in (min, statistics.median, max))
    runs = len(seconds)
    print(f"{name:18} median {median:.0f} ms, from {low:.0f} to {high:.0f} ms, {runs} runs")


if __name__ == "__main__":
    main()
