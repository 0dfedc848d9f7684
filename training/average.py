"""Average the weights of models that were trained from the same start.

    python average.py OUT MODEL=SHARE MODEL=SHARE [...]

Shares add up to 1. The average of a long run and a short one is right about as many pairs as the
long one, and far less sure of its mistakes (Wortsman et al., "Robust fine-tuning of zero-shot
models", 2022); that of runs on different data is right about more (Wortsman et al., "Model soups",
2022).
"""

from __future__ import annotations

import argparse
import math
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file

WEIGHTS = "model.safetensors"


def to_share(argument: str) -> tuple[Path, float]:
    """The folder and the share of `MODEL=SHARE`."""
    folder, _, share = argument.rpartition("=")
    return Path(folder), float(share)


def main() -> None:
    """Write OUT, with the configuration and the tokenizer of the first model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("models", type=to_share, nargs="+", metavar="MODEL=SHARE")
    arguments = parser.parse_args()
    if not math.isclose(sum(share for _, share in arguments.models), 1):
        parser.error("the shares do not add up to 1")
    first = arguments.models[0][0]
    average = {name: 0 * weights for name, weights in load_file(first / WEIGHTS).items()}
    for folder, share in arguments.models:
        for name, weights in load_file(folder / WEIGHTS).items():
            average[name] += share * weights
    shutil.copytree(first, arguments.out, dirs_exist_ok=True)
    save_file(average, arguments.out / WEIGHTS)


if __name__ == "__main__":
    main()
