"""The training loop of both models: batches of similar length, checkpoints, a falling rate."""

from __future__ import annotations

import argparse
import json
import math
import queue
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import torch

# Shorter rows count as this long when a batch is filled.
MIN_ROW_TOKENS = 64
WARM_UP_STEPS = 150
WEIGHT_DECAY, MAX_GRADIENT = 0.01, 1.0
# Of the highest rate, at the end.
LAST_RATE_SHARE = 0.05
CHECKPOINT_S, REPORT_STEPS = 240, 50
SEED = 16


class Rows(Protocol):
    """Encoded texts. twins: the number of the pair of twins that a row is of, or -1, (rows,)."""

    twins: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each row."""
        ...


B = TypeVar("B", bound="Batch")


class Batch:
    """A dataclass of tensors of some rows, with a label for each."""

    labels: torch.Tensor

    def to(self: B, device: str) -> B:
        """The same on a device."""
        return type(self)(
            *(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self))
        )


def argument_parser(description: str) -> argparse.ArgumentParser:
    """The arguments that both training scripts take."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("start", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="stop here, and let the rate fall by then"
    )
    parser.add_argument("--hold-rate", action="store_true")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--batch-tokens", type=int, default=4_096)
    parser.add_argument(
        "--encode-only", action="store_true", help="write FOLDER/encoded.npz and stop"
    )
    return parser


def device() -> str:
    """The GPU if there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def make_batches(rows: Rows, batch_tokens: int, random_: random.Random) -> list[list[int]]:
    """Row numbers by batch, in random order: twins together, and rows of similar length."""
    lengths = rows.lengths.tolist()
    groups: dict[int, list[int]] = {}
    for n, twin in enumerate(rows.twins.tolist()):
        groups.setdefault(twin if twin >= 0 else -1 - n, []).append(n)
    longest = {group: max(lengths[n] for n in members) for group, members in groups.items()}
    batches: list[list[int]] = [[]]
    width = MIN_ROW_TOKENS
    for group in sorted(groups, key=lambda group: longest[group] + 12 * random_.random()):
        width = max(width, longest[group])
        if batches[-1] and width * (len(batches[-1]) + len(groups[group])) > batch_tokens:
            batches.append([])
            width = max(MIN_ROW_TOKENS, longest[group])
        batches[-1] += groups[group]
    random_.shuffle(batches)
    return batches


def pad(
    tokens: np.ndarray, ends: np.ndarray, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids and mask of some rows, (rows, length), and places, (length,); length a multiple of 8."""
    begins, stops = ends[chosen], ends[chosen + 1]
    places = np.arange(8 * math.ceil((stops - begins).max() / 8))
    mask = places < (stops - begins)[:, None]
    ids = np.zeros(mask.shape, dtype=np.int64)
    ids[mask] = np.concatenate(
        [tokens[begin:end] for begin, end in zip(begins, stops, strict=True)]
    )
    return ids, mask, places


def twin_rows(twins: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The rows of right twins and of their wrong ones, (2, pairs). right: (rows,), of booleans."""
    first = {twin: row for row, twin in enumerate(twins.tolist()) if twin >= 0 and right[row]}
    wrong = [
        (first[twin], row)
        for row, twin in enumerate(twins.tolist())
        if not right[row] and twin in first
    ]
    return np.array(wrong, dtype=np.int64).reshape(-1, 2).T.copy()


def twins_loss(odds: torch.Tensor, right: torch.Tensor, wrong: torch.Tensor) -> torch.Tensor:
    """The mean, over twins, of -log sigmoid of the difference of their log odds."""
    if not len(right):
        return odds.new_zeros((), dtype=torch.float32)
    return torch.nn.functional.softplus(odds[wrong] - odds[right]).mean()


def collated(collate: Callable[[Sequence[int]], B], batches: Sequence[list[int]]) -> Iterator[B]:
    """The batches as tensors on the device, made a few ahead by another thread."""
    ready: queue.Queue[B] = queue.Queue(maxsize=8)

    def make() -> None:
        for batch in batches:
            ready.put(collate(batch))

    threading.Thread(target=make, daemon=True).start()
    for _ in batches:
        yield ready.get().to(device())


def train(
    model: torch.nn.Module,
    rows: Rows,
    collate: Callable[[Sequence[int]], B],
    loss_of: Callable[[B], torch.Tensor],
    arguments: argparse.Namespace,
) -> None:
    """Train until all rows were seen or the time is over, from the checkpoint if there is one."""
    random_ = random.Random(SEED)
    model.to(device()).train()
    batches = [
        batch
        for _ in range(arguments.epochs)
        for batch in make_batches(rows, arguments.batch_tokens, random_)
    ]
    fused = device() == "cuda"
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=arguments.rate, weight_decay=WEIGHT_DECAY, fused=fused
    )
    checkpoint = arguments.out / "checkpoint.pt"
    step, spent = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device())
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["spent"]
        print(f"going on from step {step}", flush=True)

    def save() -> None:
        state = {
            "model": model.state_dict(),
            "optimiser": optimiser.state_dict(),
            "step": step,
            "spent": spent,
        }
        torch.save(state, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)

    print(f"{len(rows.twins):,} rows, {len(batches):,} batches, on {device()}", flush=True)
    losses: list[torch.Tensor] = []
    seen, begun, saved, before = 0, time.monotonic(), time.monotonic(), spent
    for batch in collated(collate, batches[step:]):
        if spent >= 60 * arguments.minutes:
            break
        progress = max(step / len(batches), spent / (60 * arguments.minutes))
        fall = 1.0 if arguments.hold_rate else max(LAST_RATE_SHARE, 1 - progress)
        for group in optimiser.param_groups:
            group["lr"] = arguments.rate * min(1.0, (step + 1) / WARM_UP_STEPS) * fall
        with torch.autocast(device(), dtype=torch.bfloat16):
            loss = loss_of(batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRADIENT)
        optimiser.step()
        step += 1
        seen += len(batch.labels)
        losses.append(loss.detach())
        if step % REPORT_STEPS == 0:
            mean = torch.stack(losses).mean().item()
            rate = seen / (time.monotonic() - begun)
            print(
                json.dumps({"step": step, "of": len(batches), "loss": mean, "rows_s": rate}),
                flush=True,
            )
            losses = []
        spent = before + time.monotonic() - begun
        if time.monotonic() - saved > CHECKPOINT_S:
            save()
            saved = time.monotonic()
    save()
