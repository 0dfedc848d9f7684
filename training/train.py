"""Fine-tune an encoder to say whether a premise supports a claim.

    python train.py START PAIRS.jsonl [PAIRS.jsonl ...] --out FOLDER --rate 1e-4 [--minutes 60] [--hold-rate]

START is a folder of start weights or one that an earlier run left. Three classes: supported, not enough, contradicted;
of a pair whose source does not tell the last two apart the sum of their probabilities is learned. Twins, a true claim
and the same with a fault beside one premise, go into one batch, and the true one is pushed to be the likelier, too (a
logistic loss of the difference): only the fault can tell them apart.

Pairs of similar length go into a batch. The rate rises over the first steps and falls linearly to a twentieth at the
end (`--hold-rate` keeps it, for a run that another one goes on from). FOLDER/checkpoint.pt is written every few minutes
with the state of the optimiser: the same command goes on from it. On a GPU, where there is one, in bfloat16 as on the
CPU.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from pairs import LABELS, Pair, read_pairs
from transformers import AutoTokenizer, BertForSequenceClassification

MAX_TOKENS = 208
BATCH_TOKENS = 4_096
MAX_BATCH = 64
WARM_UP_STEPS = 150
WEIGHT_DECAY, MAX_GRADIENT = 0.01, 1.0
LAST_RATE = 0.05
CHECKPOINT_S, REPORT_STEPS = 240, 50
SEED = 16

# What the loss of a twin counts beside the others.
TWIN_WEIGHT = 1.0

# Token ids, segment ids, number of the label, twin.
Encoded = tuple[list[int], list[int], int, str]


def encode(pairs: list[Pair], tokenizer: AutoTokenizer) -> list[Encoded]:
    """Token ids, segment ids and the number of the label; long premises are cut, claims are not."""
    encoded: list[Encoded] = []
    for first in range(0, len(pairs), 2_000):
        some = pairs[first : first + 2_000]
        tokens = tokenizer(
            [pair.premise for pair in some],
            [pair.claim for pair in some],
            truncation="only_first",
            max_length=MAX_TOKENS,
        )
        encoded += [
            (tokens["input_ids"][n], tokens["token_type_ids"][n], LABELS.index(pair.label), pair.twin)
            for n, pair in enumerate(some)
        ]
    return encoded


def make_batches(encoded: list[Encoded], random_: random.Random) -> list[list[int]]:
    """Numbers of pairs, twins and those of similar length together, the batches in random order."""
    groups: dict[str, list[int]] = {}
    for n, (_, _, _, twin) in enumerate(encoded):
        groups.setdefault(twin or str(n), []).append(n)
    lengths = {group: max(len(encoded[n][0]) for n in members) for group, members in groups.items()}
    order = sorted(groups, key=lambda group: lengths[group] + 12 * random_.random())
    batches: list[list[int]] = [[]]
    for group in order:
        size = len(batches[-1]) + len(groups[group])
        longest = max([lengths[group], *(len(encoded[m][0]) for m in batches[-1])])
        if batches[-1] and (size > MAX_BATCH or longest * size > BATCH_TOKENS):
            batches.append([])
        batches[-1] += groups[group]
    random_.shuffle(batches)
    return batches


def collate(batch: list[Encoded]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, mask and segments, (batch, longest) each, and labels, (batch,)."""
    longest = max(len(ids) for ids, _, _, _ in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    mask, segments = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, (tokens, kinds, _, _) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        segments[row, : len(kinds)] = torch.tensor(kinds)
        mask[row, : len(tokens)] = 1
    return ids, mask, segments, torch.tensor([label for _, _, label, _ in batch])


def loss_of(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross entropy over three classes, the fourth label being the sum of the last two."""
    log = torch.log_softmax(logits.float(), -1)
    either = torch.logsumexp(log[:, 1:], -1, keepdim=True)
    return -torch.cat([log, either], 1).gather(1, labels[:, None]).mean()


def twins_loss(logits: torch.Tensor, batch: list[Encoded]) -> torch.Tensor:
    """The mean, over twins, of -log sigmoid of how much greater the log odds of the true one are."""
    log = torch.log_softmax(logits.float(), -1)
    odds = log[:, 0] - torch.logsumexp(log[:, 1:], -1)
    true = {twin: row for row, (_, _, label, twin) in enumerate(batch) if twin and label == 0}
    faulty = [(true[twin], row) for row, (_, _, label, twin) in enumerate(batch) if label != 0 and twin in true]
    if not faulty:
        return logits.new_zeros(())
    better, worse = (torch.tensor(rows, device=logits.device) for rows in zip(*faulty, strict=True))
    return torch.nn.functional.softplus(odds[worse] - odds[better]).mean()


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
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    random_ = random.Random(SEED)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(arguments.start)
    # On a CPU dropout takes a quarter of the time, and fused attention a fifth of what is left; pairs are seen so few
    # times that dropout has little to prevent.
    model = BertForSequenceClassification.from_pretrained(
        arguments.start,
        num_labels=3,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    ).to(device)
    model.train()
    encoded = encode([pair for path in arguments.pairs for pair in read_pairs(path)], tokenizer)
    batches = [batch for _ in range(arguments.epochs) for batch in make_batches(encoded, random_)]
    optimiser = torch.optim.AdamW(model.parameters(), lr=arguments.rate, weight_decay=WEIGHT_DECAY)
    checkpoint = arguments.out / "checkpoint.pt"
    arguments.out.mkdir(parents=True, exist_ok=True)
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

    print(f"{len(encoded):,} pairs, {len(batches):,} batches, on {device}", flush=True)
    losses: list[float] = []
    seen, begun, saved = 0, time.monotonic(), time.monotonic()
    before = spent
    while step < len(batches) and spent < 60 * arguments.minutes:
        progress = max(step / len(batches), spent / (60 * arguments.minutes))
        fall = 1.0 if arguments.hold_rate else max(LAST_RATE, 1 - progress)
        for group in optimiser.param_groups:
            group["lr"] = arguments.rate * min(1.0, (step + 1) / WARM_UP_STEPS) * fall
        ids, mask, segments, labels = (part.to(device) for part in collate([encoded[n] for n in batches[step]]))
        with torch.autocast(device, dtype=torch.bfloat16):
            logits = model(input_ids=ids, attention_mask=mask, token_type_ids=segments).logits
        loss = loss_of(logits, labels) + TWIN_WEIGHT * twins_loss(logits, [encoded[n] for n in batches[step]])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRADIENT)
        optimiser.step()
        step += 1
        seen += len(labels)
        losses.append(loss.item())
        spent = before + time.monotonic() - begun
        if step % REPORT_STEPS == 0:
            rate = seen / (spent - before)
            print(
                json.dumps({"step": step, "of": len(batches), "loss": sum(losses) / len(losses), "pairs_s": rate}),
                flush=True,
            )
            losses = []
        if time.monotonic() - saved > CHECKPOINT_S:
            save()
            saved = time.monotonic()
    save()
    model.save_pretrained(arguments.out / "model")
    tokenizer.save_pretrained(arguments.out / "model")
    print("done", flush=True)


if __name__ == "__main__":
    main()
