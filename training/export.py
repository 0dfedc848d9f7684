"""Turn a trained model into the int8 ONNX file that the product loads, calibrated.

    python export.py MODEL OUT DEV.jsonl [DEV.jsonl ...]

MODEL is a folder that `train.py` wrote; OUT gets `support.onnx` and `tokenizer.json`. The logits
are divided by the temperature that makes the labels of the development pairs most likely (Guo et
al., "On calibration of modern neural networks", 2017), so that the softmax of the output is
calibrated. Weights are quantised per channel to 7 bits (`reduce_range`): with 8, processors without
VNNI overflow in the product of two int8 matrices, and give other answers. Printed are the
temperature, the hashes, and the agreement of int8 with float.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from pairs import LABELS, read_pairs
from train import Encoded, collate, encode, loss_of
from transformers import AutoTokenizer, BertForSequenceClassification

BATCH = 32
# Development pairs for the temperature, and for the comparison of int8 with float.
TEMPERATURE_PAIRS, COMPARED_PAIRS = 3_000, 600


class Calibrated(torch.nn.Module):
    """A model with the last of its outputs divided by a temperature."""

    def __init__(self, model: torch.nn.Module, temperature: float) -> None:
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """The outputs of the model."""
        *others, logits = self.model(input_ids, attention_mask, token_type_ids)
        return *others, logits / self.temperature


def logits_of(model: torch.nn.Module, encoded: Encoded) -> torch.Tensor:
    """Logits, (pairs, 3)."""
    order = np.argsort(encoded.lengths).tolist()
    logits = torch.zeros(len(order), 3)
    with torch.no_grad():
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            batch = collate(encoded, rows)
            (logits[rows],) = model(batch.ids, batch.mask, batch.segments)
    return logits


def best_temperature(loss: Callable[[float], float]) -> float:
    """The temperature with the least loss."""
    return min((step / 20 for step in range(8, 200)), key=loss)


def export_parser(description: str) -> argparse.ArgumentParser:
    """The arguments that both export scripts take."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("dev", type=Path, nargs="+")
    return parser


def export(model: torch.nn.Module, path: Path, outputs: Sequence[str]) -> None:
    """Write int8 ONNX with any batch and length. outputs: the names of the model's outputs."""
    ids = torch.ones(2, 8, dtype=torch.long)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "length"} for name in names}
    plain = path.with_suffix(".float.onnx")
    torch.onnx.export(
        model, (ids, ids, ids), str(plain), input_names=names, output_names=list(outputs),
        dynamic_axes=axes, opset_version=17, dynamo=False,
    )  # fmt: skip
    quantize_dynamic(
        plain, path, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )  # fmt: skip
    onnx.checker.check_model(onnx.load(path))
    plain.unlink()


def print_files(*paths: Path) -> None:
    """Print the sizes and hashes of the files."""
    for path in paths:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{path.name} {path.stat().st_size:,} bytes sha256 {sha256}")


def quantised_logits(path: Path, encoded: Encoded, count: int) -> torch.Tensor:
    """The outputs of the ONNX file for each of the first pairs by itself, (count, 3)."""
    session = onnxruntime.InferenceSession(str(path))
    rows = []
    for n in range(count):
        one = collate(encoded, [n])
        ids, mask, segments = (
            part.numpy()[:, : encoded.lengths[n]] for part in (one.ids, one.mask, one.segments)
        )
        rows.append(
            session.run(
                None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": segments}
            )[0]
        )
    return torch.tensor(np.concatenate(rows))


def main() -> None:
    """Write the two files and print their figures."""
    arguments = export_parser(__doc__).parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    model = BertForSequenceClassification.from_pretrained(
        arguments.model, attn_implementation="eager", return_dict=False
    ).eval()
    pairs = [pair for path in arguments.dev for pair in read_pairs(path)][:TEMPERATURE_PAIRS]
    encoded = encode(pairs, tokenizer)
    logits, labels = logits_of(model, encoded), torch.from_numpy(encoded.labels)
    temperature = best_temperature(lambda temperature: float(loss_of(logits / temperature, labels)))
    right = ((logits.argmax(-1) == 0) == (labels == 0)).float().mean()
    print(
        f"{len(pairs):,} development pairs: supported or not right in {right:.3f}, "
        f"temperature {temperature:.2f}"
    )
    final = arguments.out / "support.onnx"
    export(Calibrated(model, temperature), final, ["logits"])
    exact = (logits[:COMPARED_PAIRS] / temperature).softmax(-1)[:, 0].numpy()
    rounded = (
        quantised_logits(final, encoded, min(COMPARED_PAIRS, len(pairs))).softmax(-1)[:, 0].numpy()
    )
    agree = ((exact > 0.5) == (rounded > 0.5)).mean()
    correct = ((rounded > 0.5) == (labels[:COMPARED_PAIRS] == 0).numpy()).mean()
    print(f"int8 against float: same side of 0.5 in {agree:.3f}, right in {correct:.3f}, "
          f"mean difference {np.abs(exact - rounded).mean():.4f}")  # fmt: skip
    tokenizer.backend_tokenizer.save(str(arguments.out / "tokenizer.json"))
    print_files(final, arguments.out / "tokenizer.json")
    print("labels:", ", ".join(LABELS[:3]))


if __name__ == "__main__":
    main()
