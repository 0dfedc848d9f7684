"""Turn a reader of questions into the int8 ONNX file that the product loads, calibrated.

    python export_reader.py MODEL OUT DEV.jsonl [DEV.jsonl ...]

MODEL is a folder that `train_reader.py` wrote; OUT gets `answer.onnx`. The logit of an answer is
divided by the temperature that makes the development items most likely, and weights are quantised,
both as in export.py.
Printed are, for floats and for int8, the area under the ROC curve for answered questions against
others, the share of others that are refused when 0.12 of the answered ones are lost, and the share
of likeliest spans that overlap the right one; then the file's hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from export import BATCH, Calibrated, best_temperature, export, export_parser, print_files
from questions import read_items
from train_reader import MAX_TOKENS, NEVER, Encoded, Reader, collate, encode, load_reader
from transformers import AutoTokenizer

LOST_SHARE = 0.12
MAX_SPAN_TOKENS = 40


@dataclass(frozen=True)
class Read:
    """Outputs for items: the logit of an answer, (items,), and the likeliest span, (items, 2)."""

    answered: np.ndarray
    spans: np.ndarray


def best_span(logits: np.ndarray, choices: np.ndarray) -> tuple[int, int]:
    """The likeliest first and last token.

    logits: (length, 2); choices: (length,), whether a token can be in the span.
    """
    logits = np.where(choices[:, None], logits, NEVER)
    joint = np.triu(logits[:, :1] + logits[:, 1][None, :]) + np.tril(
        np.full((len(logits),) * 2, 2 * NEVER), -1
    )
    joint += np.triu(np.full((len(logits),) * 2, 2 * NEVER), MAX_SPAN_TOKENS)
    first, last = divmod(int(joint.argmax()), len(logits))
    return first, last


def read_floats(model: Reader, encoded: Encoded) -> Read:
    """The outputs of the model, in batches."""
    order = np.argsort(encoded.lengths).tolist()
    answered, spans = np.zeros(len(order)), np.zeros((len(order), 2), dtype=int)
    with torch.no_grad():
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            batch = collate(encoded, rows)
            logits, found = model(batch.ids, batch.mask, batch.segments)
            answered[rows] = found.numpy()
            for row, one, choices in zip(rows, logits.numpy(), batch.choices.numpy(), strict=True):
                spans[row] = best_span(one, choices)
    return Read(answered, spans)


def read_file(path: Path, encoded: Encoded) -> Read:
    """The outputs of the ONNX file, each item by itself."""
    session = onnxruntime.InferenceSession(str(path))
    answered, spans = [], []
    for n, length in enumerate(encoded.lengths.tolist()):
        one = collate(encoded, [n])
        parts = {"input_ids": one.ids, "attention_mask": one.mask, "token_type_ids": one.segments}
        logits, found = session.run(
            None, {name: part.numpy()[:, :length] for name, part in parts.items()}
        )
        answered.append(found[0])
        spans.append(best_span(logits[0], one.choices.numpy()[0, :length]))
    return Read(np.array(answered), np.array(spans))


def loss_of(logits: np.ndarray, labels: np.ndarray) -> float:
    """The mean logistic loss."""
    return float(np.logaddexp(0, np.where(labels, -logits, logits)).mean())


def figures(read: Read, encoded: Encoded) -> str:
    """Area under the curve, refusals, and spans, on one line."""
    labels, known = encoded.labels, encoded.spans[:, 0] >= 0
    yes, no = read.answered[labels], read.answered[~labels]
    area = (yes[:, None] > no[None, :]).mean() + (yes[:, None] == no[None, :]).mean() / 2
    refused = (no < np.quantile(yes, LOST_SHARE)).mean()
    overlaps = np.minimum(read.spans[:, 1], encoded.spans[:, 1]) >= np.maximum(
        read.spans[:, 0], encoded.spans[:, 0]
    )
    spans = overlaps[known].mean()
    return f"area {area:.3f}, refused {refused:.3f} where {LOST_SHARE} are lost, spans {spans:.3f}"


def main() -> None:
    """Write the file and print its figures."""
    arguments = export_parser(__doc__).parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    model = load_reader(arguments.model).eval()
    encoded = encode([item for path in arguments.dev for item in read_items(path)], tokenizer)
    floats = read_floats(model, encoded)
    temperature = best_temperature(
        lambda temperature: loss_of(floats.answered / temperature, encoded.labels)
    )
    print(
        f"{len(encoded.labels):,} items of up to {MAX_TOKENS} tokens, temperature {temperature:.2f}"
    )
    print(f"float: {figures(floats, encoded)}")
    path = arguments.out / "answer.onnx"
    export(Calibrated(model, temperature), path, ["spans", "answered"])
    print(f"int8: {figures(read_file(path, encoded), encoded)}")
    print_files(path)


if __name__ == "__main__":
    main()
