"""Draw the figures of `scale.py --out`: time to write, to open and to search, memory and disk.

pip install matplotlib
python benchmarks/plot.py docs/scaling.csv docs/scaling.svg
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

PANELS = {
    "written, passages/s": {"written_per_s": "index", "chroma_alone_per_s": "Chroma alone"},
    "opening, s": {"opens_s": ""},
    "search, ms": {
        "search_p50_ms": "median",
        "search_p95_ms": "95 %",
        "dates_p95_ms": "95 %, dates",
        "both_p95_ms": "95 %, outlet and dates",
    },
    "MB": {"memory_mb": "memory", "disk_mb": "disk"},
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figures", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    with options.figures.open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    draw(rows, options.picture)


def draw(rows: list[dict[str, float]], picture: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "scaling", "font.size": 9})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(PANELS), figsize=(13, 3.4), layout="constrained")
    for panel, (title, lines) in zip(axes, PANELS.items(), strict=True):
        for name, label in lines.items():
            panel.plot(
                [row["passages"] for row in rows],
                [row[name] for row in rows],
                marker="o",
                label=label,
            )
        panel.set(xscale="log", yscale="log", title=title, xlabel="passages")
        panel.grid(alpha=0.3, which="both")
        if any(lines.values()):
            panel.legend(fontsize=7)
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main()
