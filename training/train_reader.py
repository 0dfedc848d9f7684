"""Fine-tune an encoder to say whether a passage answers a question, and where.

    python train_reader.py START ITEMS.jsonl [ITEMS.jsonl ...] --out FOLDER [--rate 1e-4]
        [--epochs 1] [--minutes 60] [--hold-rate] [--dropout 0] [--batch-tokens 4096]
        [--encode-only]

START is a folder of an earlier run, or of start weights with a classifier of one label (relevance)
or of three (support), from which the probability of an answer starts. The span is learned as in
Devlin et al., "BERT" (2019), from the items that have one, among the tokens of the passage; an
answer or none is a logistic regression on the first token. Twins, an answered question and one that
is not answered beside the same passage, go into one batch, and the loss makes the answered one the
likelier.

Batches, rate and checkpoints are those of train.py. FOLDER/encoded.npz keeps the items as tokens;
if it exists, the files of items are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from loop import SEED, Batch, argument_parser, device, pad, train, twin_rows, twins_loss
from questions import Item, read_items
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoTokenizer, BertModel

MAX_TOKENS = 256
# Of the losses of "answered" and of twins, beside that of the span.
ANSWERED_WEIGHT, TWIN_WEIGHT = 1.0, 0.5
# A logit below that of any token.
NEVER = -1e4


class Reader(torch.nn.Module):
    """An encoder with two heads: where an answer starts and ends, and whether there is one."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.bert = encoder
        self.span = torch.nn.Linear(encoder.config.hidden_size, 2)
        self.answered = torch.nn.Linear(encoder.config.hidden_size, 1)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of start and end of each token, (batch, length, 2), and of an answer, (batch,)."""
        output = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        )
        return self.span(output.last_hidden_state), self.answered(output.pooler_output)[:, 0]


def load_reader(folder: Path, dropout: float = 0.0) -> Reader:
    """The model of a folder; heads that it lacks start from what it has."""
    config = AutoConfig.from_pretrained(folder)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    config._attn_implementation = "sdpa" if device() == "cuda" else "eager"
    torch.manual_seed(SEED)
    reader = Reader(BertModel(config))
    weights = load_file(folder / "model.safetensors")
    if not any(name.startswith("bert.") for name in weights):
        weights = {
            name if name.startswith("classifier") else f"bert.{name}": value
            for name, value in weights.items()
        }
    if "classifier.weight" in weights:
        weight, bias = weights.pop("classifier.weight"), weights.pop("classifier.bias")
        # Of three labels the first is that a claim is supported.
        weights["answered.weight"] = weight[:1] - (
            weight[1:].mean(0, keepdim=True) if len(weight) == 3 else 0
        )
        weights["answered.bias"] = bias[:1] - (
            bias[1:].mean(0, keepdim=True) if len(bias) == 3 else 0
        )
    weights = {name: value for name, value in weights.items() if not name.endswith("position_ids")}
    new = set(reader.state_dict()) - set(weights)
    assert all(name.startswith(("span.", "answered.")) for name in new), (
        f"{folder} lacks {sorted(new)}"
    )
    reader.load_state_dict(weights, strict=not new)
    print(f"{folder}: new {sorted(new)}", flush=True)
    return reader


def save_reader(reader: Reader, tokenizer: AutoTokenizer, folder: Path) -> None:
    """Write what `load_reader` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    reader.bert.config.save_pretrained(folder)
    save_file(
        {name: value.contiguous().cpu() for name, value in reader.state_dict().items()},
        folder / "model.safetensors",
    )
    tokenizer.save_pretrained(folder)


@dataclass(frozen=True)
class Encoded:
    """Items as the model reads them: the question first, then the passage.

    tokens: the ids of all items, one item after the other. ends: the first token of each item, and
    the end of the last one, (items + 1,). passages: the first token of the passage within its item.
    spans: the first and the last token of the answer, -1 if there is none or its place is not
    known, (items, 2). labels: whether there is an answer. twins: the number of the twins that an
    item is of, or -1.
    """

    tokens: np.ndarray
    ends: np.ndarray
    passages: np.ndarray
    spans: np.ndarray
    labels: np.ndarray
    twins: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each item, (items,)."""
        return np.diff(self.ends)


def encode(items: Sequence[Item], tokenizer: AutoTokenizer) -> Encoded:
    """Long passages are cut; an item whose answer is cut off has no span."""
    ids: list[list[int]] = []
    passages: list[int] = []
    spans: list[tuple[int, int]] = []
    for first in range(0, len(items), 2_000):
        some = items[first : first + 2_000]
        tokens = tokenizer(
            [item.question for item in some],
            [item.passage for item in some],
            truncation="only_second",
            max_length=MAX_TOKENS,
            return_offsets_mapping=True,
        )
        ids += tokens["input_ids"]
        rows = zip(some, tokens["token_type_ids"], tokens["offset_mapping"], strict=True)
        for item, kinds, offsets in rows:
            passages.append(kinds.index(1))
            inside = [
                n
                for n, (kind, (start, end)) in enumerate(zip(kinds, offsets, strict=True))
                if kind and end > start and start < item.end and end > item.start
            ]
            spans.append((inside[0], inside[-1]) if inside else (-1, -1))
    numbers = {
        twin: n for n, twin in enumerate(dict.fromkeys(item.twin for item in items if item.twin))
    }
    return Encoded(
        np.concatenate([np.array(some, dtype=np.uint16) for some in ids]),
        np.cumsum([0, *map(len, ids)]),
        np.array(passages),
        np.array(spans),
        np.array([item.answerable for item in items]),
        np.array([numbers.get(item.twin, -1) for item in items]),
    )


@dataclass(frozen=True)
class ItemBatch(Batch):
    """Some items.

    Ids, mask, segments and choices (the tokens that a span can have), (batch, length); spans,
    (batch, 2); labels, (batch,); the rows of right and of wrong twins, (twins,).
    """

    ids: torch.Tensor
    mask: torch.Tensor
    segments: torch.Tensor
    choices: torch.Tensor
    spans: torch.Tensor
    labels: torch.Tensor
    right: torch.Tensor
    wrong: torch.Tensor


def collate(encoded: Encoded, rows: Sequence[int]) -> ItemBatch:
    """Some of the items as tensors, the length a multiple of 8."""
    chosen = np.array(rows)
    ids, mask, places = pad(encoded.tokens, encoded.ends, chosen)
    segments = mask & (places >= encoded.passages[chosen][:, None])
    # The last token ends the passage and is not a part of it.
    choices = segments & (places < encoded.lengths[chosen][:, None] - 1)
    labels = encoded.labels[chosen]
    twins = twin_rows(encoded.twins[chosen], labels)
    integers = (ids, mask.astype(np.int64), segments.astype(np.int64))
    arrays = (*integers, choices, encoded.spans[chosen], labels.astype(np.float32), *twins)
    return ItemBatch(*map(torch.from_numpy, arrays))


def loss_of(model: Reader, batch: ItemBatch) -> torch.Tensor:
    """Cross entropy of start and end, and the logistic losses of an answer and of twins."""
    spans, answered = model(batch.ids, batch.mask, batch.segments)
    spans, answered = spans.float(), answered.float()
    spans = spans.masked_fill(~batch.choices[..., None], NEVER)
    loss = ANSWERED_WEIGHT * torch.nn.functional.binary_cross_entropy_with_logits(
        answered, batch.labels
    )
    loss = loss + TWIN_WEIGHT * twins_loss(answered, batch.right, batch.wrong)
    known = batch.spans[:, 0] >= 0
    if known.any():
        for side in (0, 1):
            logits = spans[known, :, side]
            # The mean over the whole batch: an item's weight does not depend on the others.
            loss = loss + 0.5 * torch.nn.functional.cross_entropy(
                logits, batch.spans[known, side], reduction="sum"
            ) / len(known)
    return loss


def main() -> None:
    """Train and write FOLDER/model."""
    arguments = argument_parser(__doc__).parse_args()
    tokenizer = AutoTokenizer.from_pretrained(arguments.start)
    arguments.out.mkdir(parents=True, exist_ok=True)
    cache = arguments.out / "encoded.npz"
    if not cache.exists():
        np.savez(
            cache,
            **vars(
                encode([item for path in arguments.files for item in read_items(path)], tokenizer)
            ),
        )
    if arguments.encode_only:
        return
    encoded = Encoded(**np.load(cache))
    model = load_reader(arguments.start, arguments.dropout)
    train(
        model,
        encoded,
        lambda rows: collate(encoded, rows),
        lambda batch: loss_of(model, batch),
        arguments,
    )
    save_reader(model, tokenizer, arguments.out / "model")
    print("done", flush=True)


if __name__ == "__main__":
    main()
