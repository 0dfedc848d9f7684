"""Average the weights of two models that were trained from the same start.

    python average.py ONE OTHER OUT [--share 0.75]

SHARE is the weight of ONE. The average of a long run and a short one is right about as many pairs
as the long one, and far less sure of its mistakes (Wortsman et al., "Robust fine-tuning of
zero-shot models", 2022).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from transformers import AutoTokenizer, BertForSequenceClassification


def main() -> None:
    """Write OUT."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("one", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=0.75)
    arguments = parser.parse_args()
    model = BertForSequenceClassification.from_pretrained(arguments.one)
    weights = BertForSequenceClassification.from_pretrained(arguments.other).state_dict()
    average = {
        name: arguments.share * one + (1 - arguments.share) * weights[name]
        if one.is_floating_point()
        else one
        for name, one in model.state_dict().items()
    }
    model.load_state_dict(average)
    model.save_pretrained(arguments.out)
    AutoTokenizer.from_pretrained(arguments.one).save_pretrained(arguments.out)


if __name__ == "__main__":
    main()
