"""Fine-tune an encoder to say whether a premise supports a claim.

    python train.py START PAIRS.jsonl [PAIRS.jsonl ...] --out FOLDER [--rate 1e-4] [--epochs 1]
        [--minutes 60] [--hold-rate] [--dropout 0] [--batch-tokens 4096] [--encode-only]

START is a folder of start weights or of an earlier run. There are three classes: supported, not
enough, contradicted. For a pair whose source does not tell the last two apart, the sum of their
probabilities is learned. Twins, a true claim and the same with a fault beside one premise, go into
one batch, and a logistic loss of the difference makes the true one the likelier: only the fault can
tell them apart.

Pairs of similar length go into a batch. The rate rises over the first steps and falls linearly to a
twentieth at the end (--hold-rate keeps it, for a run that another one continues).
FOLDER/checkpoint.pt is written every few minutes with the state of the optimiser: the same command
continues from it. Training is in bfloat16, on a GPU if there is one: that needs batches of some
50,000 tokens, and has time for several epochs, with dropout. FOLDER/encoded.npz keeps the pairs as
tokens; if it exists, the files of pairs are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from loop import SEED, Batch, argument_parser, device, pad, train, twin_rows, twins_loss
from pairs import LABELS, Pair, read_pairs
from transformers import AutoTokenizer, BertForSequenceClassification

MAX_TOKENS = 208
# Of the loss of twins, beside that of all pairs.
TWIN_WEIGHT = 1.0


@dataclass(frozen=True)
class Encoded:
    """Pairs as the model reads them.

    tokens: the ids of all pairs, one pair after the other. ends: the first token of each pair, and
    the end of the last one, (pairs + 1,). claims: the first token of the claim within its pair.
    labels: numbers of LABELS. twins: the number of the twins that a pair is of, or -1.
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
    numbers = {
        twin: n for n, twin in enumerate(dict.fromkeys(pair.twin for pair in pairs if pair.twin))
    }
    return Encoded(
        np.concatenate([np.array(some, dtype=np.uint16) for some in ids]),
        np.cumsum([0, *map(len, ids)]),
        np.array(claims),
        np.array([LABELS.index(pair.label) for pair in pairs]),
        np.array([numbers.get(pair.twin, -1) for pair in pairs]),
    )


@dataclass(frozen=True)
class PairBatch(Batch):
    """Ids, mask and segments, (batch, length); labels, (batch,); rows of both twins, (twins,)."""

    ids: torch.Tensor
    mask: torch.Tensor
    segments: torch.Tensor
    labels: torch.Tensor
    true: torch.Tensor
    faulty: torch.Tensor


def collate(encoded: Encoded, rows: Sequence[int]) -> PairBatch:
    """Some of the pairs as tensors, the length a multiple of 8."""
    chosen = np.array(rows)
    ids, mask, places = pad(encoded.tokens, encoded.ends, chosen)
    segments = mask & (places >= encoded.claims[chosen][:, None])
    labels = encoded.labels[chosen]
    twins = twin_rows(encoded.twins[chosen], labels == 0)
    arrays = (ids, mask.astype(np.int64), segments.astype(np.int64), labels, *twins)
    return PairBatch(*map(torch.from_numpy, arrays))


def loss_of(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross entropy over three classes, the fourth label being the sum of the last two."""
    log = torch.log_softmax(logits.float(), -1)
    either = torch.logsumexp(log[:, 1:], -1, keepdim=True)
    return -torch.cat([log, either], 1).gather(1, labels[:, None]).mean()


def batch_loss(model: BertForSequenceClassification, batch: PairBatch) -> torch.Tensor:
    """The loss of all pairs and of twins, from the log odds of "supported"."""
    logits = model(
        input_ids=batch.ids, attention_mask=batch.mask, token_type_ids=batch.segments
    ).logits
    log = torch.log_softmax(logits.float(), -1)
    odds = log[:, 0] - torch.logsumexp(log[:, 1:], -1)
    return loss_of(logits, batch.labels) + TWIN_WEIGHT * twins_loss(odds, batch.true, batch.faulty)


def main() -> None:
    """Train and write FOLDER/model."""
    arguments = argument_parser(__doc__).parse_args()
    torch.manual_seed(SEED)
    tokenizer = AutoTokenizer.from_pretrained(arguments.start)
    arguments.out.mkdir(parents=True, exist_ok=True)
    cache = arguments.out / "encoded.npz"
    if not cache.exists():
        pairs = [pair for path in arguments.files for pair in read_pairs(path)]
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
        attn_implementation="sdpa" if device() == "cuda" else "eager",
    )
    train(
        model,
        encoded,
        lambda rows: collate(encoded, rows),
        lambda batch: batch_loss(model, batch),
        arguments,
    )
    model.save_pretrained(arguments.out / "model")
    tokenizer.save_pretrained(arguments.out / "model")
    print("done", flush=True)


if __name__ == "__main__":
    main()
