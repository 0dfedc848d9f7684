"""Fine-tune an encoder to say whether a premise supports a claim.

    python train.py START PAIRS.jsonl [PAIRS.jsonl ...] --out FOLDER [--rate 1e-4] [--epochs 1] [--minutes 60]
        [--hold-rate] [--dropout 0] [--batch-tokens 4096] [--encode-only]

START is a folder of start weights or one that an earlier run left. Three classes: supported, not enough, contradicted;
of a pair whose source does not tell the last two apart the sum of their probabilities is learned. Twins, a true claim
and the same with a fault beside one premise, go into one batch, and the true one is pushed to be the likelier, too (a
logistic loss of the difference): only the fault can tell them apart.

Pairs of similar length go into a batch. The rate rises over the first steps and falls linearly to a twentieth at the
end (`--hold-rate` keeps it, for a run that another one goes on from). FOLDER/checkpoint.pt is written every few minutes
with the state of the optimiser: the same command goes on from it. In bfloat16, on a GPU where there is one: it wants
batches of some 50,000 tokens, and has the time for several epochs, with dropout then. FOLDER/encoded.npz keeps the
pairs as tokens; where it is there already, the files of pairs are not read.
"""

from __future__ import annotations

import argparse
import json
import math
import queue
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from pairs import LABELS, Pair, read_pairs
from transformers import AutoTokenizer, BertForSequenceClassification

MAX_TOKENS = 208
# Pairs in a batch are at most as many as tokens of this length would be.
SHORTEST = 64
WARM_UP_STEPS = 150
WEIGHT_DECAY, MAX_GRADIENT = 0.01, 1.0
LAST_RATE = 0.05
CHECKPOINT_S, REPORT_STEPS = 240, 50
SEED = 16

# What the loss of a twin counts beside the others.
TWIN_WEIGHT = 1.0


@dataclass(frozen=True)
class Encoded:
    """Pairs as the model reads them.

    tokens: the ids of all pairs, one pair after the other. ends: where each begins and, last, where the last one ends,
    (pairs + 1,). claims: at which of its tokens a pair's claim begins. labels: numbers of LABELS. twins: the number of
    the twins that it is of, or -1.
    """

    tokens: np.ndarray
    ends: np.ndarray
    claims: np.ndarray
    labels: np.ndarray
    twins: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each pair, (pairs,)."""
        return np.diff(self.ends)


def encode(pairs: Sequence[Pair], tokenizer: AutoTokenizer) -> Encoded:
    """Long premises are cut, claims are not."""
    ids: list[list[int]] = []
    claims: list[int] = []
    for first in range(0, len(pairs), 2_000):
        some = pairs[first : first + 2_000]
        tokens = tokenizer(
            [pair.premise for pair in some],
            [pair.claim for pair in some],
            truncation="only_first",
            max_length=MAX_TOKENS,
        )
        ids += tokens["input_ids"]
        claims += [kinds.index(1) for kinds in tokens["token_type_ids"]]
    numbers = {twin: n for n, twin in enumerate(dict.fromkeys(pair.twin for pair in pairs if pair.twin))}
    return Encoded(
        np.concatenate([np.array(some, dtype=np.uint16) for some in ids]),
        np.cumsum([0, *map(len, ids)]),
        np.array(claims),
        np.array([LABELS.index(pair.label) for pair in pairs]),
        np.array([numbers.get(pair.twin, -1) for pair in pairs]),
    )


def make_batches(encoded: Encoded, batch_tokens: int, random_: random.Random) -> list[list[int]]:
    """Numbers of pairs, twins and those of similar length together, the batches in random order."""
    lengths = encoded.lengths.tolist()
    groups: dict[int, list[int]] = {}
    for n, twin in enumerate(encoded.twins.tolist()):
        groups.setdefault(twin if twin >= 0 else -1 - n, []).append(n)
    longest = {group: max(lengths[n] for n in members) for group, members in groups.items()}
    batches: list[list[int]] = [[]]
    width = SHORTEST
    for group in sorted(groups, key=lambda group: longest[group] + 12 * random_.random()):
        width = max(width, longest[group])
        if batches[-1] and width * (len(batches[-1]) + len(groups[group])) > batch_tokens:
            batches.append([])
            width = max(SHORTEST, longest[group])
        batches[-1] += groups[group]
    random_.shuffle(batches)
    return batches


@dataclass(frozen=True)
class Batch:
    """Ids, mask and segments, (batch, longest); labels, (batch,); the rows of true and of faulty twins, (twins,)."""

    ids: torch.Tensor
    mask: torch.Tensor
    segments: torch.Tensor
    labels: torch.Tensor
    true: torch.Tensor
    faulty: torch.Tensor

    def to(self, device: str) -> Batch:
        """The same on a device."""
        return Batch(*(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self)))


def collate(encoded: Encoded, rows: Sequence[int]) -> Batch:
    """Some of the pairs as tensors, the length a multiple of 8."""
    chosen = np.array(rows)
    begins, ends = encoded.ends[chosen], encoded.ends[chosen + 1]
    places = np.arange(8 * math.ceil((ends - begins).max() / 8))
    mask = places < (ends - begins)[:, None]
    ids = np.zeros(mask.shape, dtype=np.int64)
    ids[mask] = np.concatenate([encoded.tokens[begin:end] for begin, end in zip(begins, ends, strict=True)])
    segments = mask & (places >= encoded.claims[chosen][:, None])
    labels, twins = encoded.labels[chosen], encoded.twins[chosen].tolist()
    true = {twin: row for row, twin in enumerate(twins) if twin >= 0 and labels[row] == 0}
    faulty = [(true[twin], row) for row, twin in enumerate(twins) if labels[row] != 0 and twin in true]
    sides = np.array(faulty, dtype=np.int64).reshape(-1, 2).T.copy()
    arrays = (ids, mask.astype(np.int64), segments.astype(np.int64), labels, *sides)
    return Batch(*map(torch.from_numpy, arrays))


def collated(encoded: Encoded, batches: Sequence[list[int]], device: str) -> Iterator[Batch]:
    """The batches as tensors on the device, made a few ahead by a thread of its own."""
    ready: queue.Queue[Batch] = queue.Queue(maxsize=8)

    def make() -> None:
        for batch in batches:
            ready.put(collate(encoded, batch))

    threading.Thread(target=make, daemon=True).start()
    for _ in batches:
        yield ready.get().to(device)


def loss_of(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross entropy over three classes, the fourth label being the sum of the last two."""
    log = torch.log_softmax(logits.float(), -1)
    either = torch.logsumexp(log[:, 1:], -1, keepdim=True)
    return -torch.cat([log, either], 1).gather(1, labels[:, None]).mean()


def twins_loss(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The mean, over twins, of -log sigmoid of how much greater the log odds of the true one are."""
    if not len(batch.true):
        return logits.new_zeros((), dtype=torch.float32)
    log = torch.log_softmax(logits.float(), -1)
    odds = log[:, 0] - torch.logsumexp(log[:, 1:], -1)
    return torch.nn.functional.softplus(odds[batch.faulty] - odds[batch.true]).mean()


def main() -> None:
    """Train until all pairs were seen or the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("start", type=Path)
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop here, and let the rate fall by then")
    parser.add_argument("--hold-rate", action="store_true")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--batch-tokens", type=int, default=4_096)
    parser.add_argument("--encode-only", action="store_true", help="write FOLDER/encoded.npz and stop")
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    random_ = random.Random(SEED)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(arguments.start)
    arguments.out.mkdir(parents=True, exist_ok=True)
    cache = arguments.out / "encoded.npz"
    if not cache.exists():
        pairs = [pair for path in arguments.pairs for pair in read_pairs(path)]
        np.savez(cache, **vars(encode(pairs, tokenizer)))
    if arguments.encode_only:
        return
    encoded = Encoded(**np.load(cache))
    # On a CPU dropout takes a quarter of the time, and fused attention a fifth of what is left.
    model = BertForSequenceClassification.from_pretrained(
        arguments.start,
        num_labels=3,
        hidden_dropout_prob=arguments.dropout,
        attention_probs_dropout_prob=arguments.dropout,
        attn_implementation="sdpa" if device == "cuda" else "eager",
    ).to(device)
    model.train()
    batches = [
        batch for _ in range(arguments.epochs) for batch in make_batches(encoded, arguments.batch_tokens, random_)
    ]
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=arguments.rate, weight_decay=WEIGHT_DECAY, fused=device == "cuda"
    )
    checkpoint = arguments.out / "checkpoint.pt"
    step, spent = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["spent"]
        print(f"going on from step {step}", flush=True)

    def save() -> None:
        state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "spent": spent}
        torch.save(state, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)

    print(f"{len(encoded.labels):,} pairs, {len(batches):,} batches, on {device}", flush=True)
    losses: list[torch.Tensor] = []
    seen, begun, saved, before = 0, time.monotonic(), time.monotonic(), spent
    for batch in collated(encoded, batches[step:], device):
        if spent >= 60 * arguments.minutes:
            break
        progress = max(step / len(batches), spent / (60 * arguments.minutes))
        fall = 1.0 if arguments.hold_rate else max(LAST_RATE, 1 - progress)
        for group in optimiser.param_groups:
            group["lr"] = arguments.rate * min(1.0, (step + 1) / WARM_UP_STEPS) * fall
        with torch.autocast(device, dtype=torch.bfloat16):
            logits = model(input_ids=batch.ids, attention_mask=batch.mask, token_type_ids=batch.segments).logits
        loss = loss_of(logits, batch.labels) + TWIN_WEIGHT * twins_loss(logits, batch)
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
            print(json.dumps({"step": step, "of": len(batches), "loss": mean, "pairs_s": rate}), flush=True)
            losses = []
        spent = before + time.monotonic() - begun
        if time.monotonic() - saved > CHECKPOINT_S:
            save()
            saved = time.monotonic()
    save()
    model.save_pretrained(arguments.out / "model")
    tokenizer.save_pretrained(arguments.out / "model")
    print("done", flush=True)


if __name__ == "__main__":
    main()
