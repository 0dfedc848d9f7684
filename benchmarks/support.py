"""The quality of the check of claims, beside simple methods and two lexical packages.

    python benchmarks/support.py CLAIMS.jsonl --dev DEV.jsonl [--articles ARTICLES]
    python benchmarks/support.py training/claims/answers.jsonl --articles NEWS.jsonl.gz
                                 [--choose] [--part dev]

Claims are one JSON object on each line: `claim`, `passage` (the article's text) and `label`
(`supported`, or anything else); or `claim`, `articles` (file stems, or ids, of ARTICLES) and
`supported`. Each method gives a score, and its threshold is the one with the best balanced accuracy
on DEV. anchorcite and grounded-check are measured if they are installed.

Answers are one object on each line: `question`, `blocks` (shown to the model: `article`, `start`,
`end`) and `claims`: `n`, the place of the sentence in the answer; `c`, the sentence; `v`: S
(faithful), F (with one fault, of kind `k`) or R (says that the passages do not say); `s`, the
blocks that it cites. Printed are the verdicts of the product, with 95 % bootstrap intervals over
questions; --choose prints the same for other thresholds.
"""

from __future__ import annotations

import argparse
import collections
import importlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from common import machine, questions

from assistant.answer.parts import Verdict
from assistant.answering.citing import says_not
from assistant.evaluation.overlap import overlap_score
from assistant.llm.packing import head_line
from assistant.verify import evidence
from assistant.verify.evidence import Assessment, Evidence, Line, lines_of
from index.articles import Article, FullArticle
from index.embedding.bge import bge_small
from index.loading.folders import Reader

MAX_LINE_CHARS = 1_500
META = re.compile(r"\(meta data\) (?:TITLE|AUTHOR|PUBLISHER|PUBLISHED DATETIME):")
PUBLISHED = re.compile(r"PUBLISHED DATETIME: (\d{4}-\d\d-\d\d)")
BOOTSTRAP_ROUNDS = 2_000


@dataclass(frozen=True)
class Item:
    """A claim, the lines that it is compared with, and whether they support it."""

    claim: str
    lines: tuple[Line, ...]
    supported: bool


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("claims", type=Path)
    parser.add_argument("--dev", type=Path)
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument(
        "--part", choices=("dev", "held"), help="one half of the answers, by the question's id"
    )
    options = parser.parse_args()
    print(machine())
    articles = read_articles(options.articles)
    rows = questions(options.claims)
    if "blocks" in rows[0]:
        report_answers(rows, articles, choose=options.choose, part=options.part)
        return
    items = [read_item(row, articles) for row in rows]
    development = (
        [read_item(row, articles) for row in questions(options.dev)] if options.dev else items
    )
    for name, score in methods().items():
        report_method(name, score, development, items)


def read_articles(path: Path | None) -> dict[str, FullArticle]:
    """The articles by id and by file stem."""
    found = list(Reader([path])) if path else []
    return {key: article for article in found for key in (article.id, Path(str(article.path)).stem)}


def read_item(row: dict[str, Any], articles: dict[str, FullArticle]) -> Item:
    if "passage" in row:
        date = PUBLISHED.search(row["passage"])
        article = Article(id="passage", title="", published=date[1] if date else None)
        lines = lines_of(0, article, head_line(article), META.sub(". ", row["passage"]))
        return Item(row["claim"], tuple(map(shortened, lines)), row["label"] == "supported")
    shown = [articles[name] for name in row["articles"]]
    lines = [line for n, a in enumerate(shown) for line in block_lines(n, a, a.body, len(a.text))]
    return Item(row["claim"], tuple(lines), row["supported"])


def block_lines(number: int, article: FullArticle, start: int, end: int) -> list[Line]:
    plain = article.without_text()
    return [
        shortened(line)
        for line in lines_of(number, plain, head_line(plain), article.text[start:end], start=start)
    ]


def shortened(line: Line) -> Line:
    return replace(line, text=line.text[:MAX_LINE_CHARS])


# Methods


def methods() -> dict[str, Callable[[Item], float]]:
    """The functions that score a claim, by name."""
    found: dict[str, Callable[[Item], float]] = {
        "always yes": lambda item: 1.0,
        "cosine": cosine,
        "word overlap": lambda item: overlap_score(item.claim, [line.text for line in item.lines]),
        "the check": lambda item: Evidence(item.lines).check(item.claim).confidence,
    }
    for name, package, score in (
        ("anchorcite", "anchorcite", anchorcite),
        ("grounded-check", "grounded", grounded),
    ):
        if importlib.util.find_spec(package):
            found[name] = score
    return found


def cosine(item: Item) -> float:
    vectors = bge_small().embed([item.claim, *(line.text for line in item.lines)])
    return float((vectors[1:] @ vectors[0]).max())


def anchorcite(item: Item) -> float:
    package = importlib.import_module("anchorcite")
    scorer = importlib.import_module("anchorcite.scorers").LexicalScorer()
    anchor = package.anchor_claim(
        item.claim, "\n".join(line.text for line in item.lines), scorer=scorer, threshold=0.0
    )
    return float(anchor.score) if anchor else 0.0


def grounded(item: Item) -> float:
    package = importlib.import_module("grounded")
    text = "\n".join(line.text for line in item.lines)
    source = package.Source(path=Path("source.txt"), raw=text)
    claims = package.extract(item.claim, kinds=set(package.Kind))
    result = package.verify(claims, [source])
    sentences = [finding.score for finding in result.heuristic]
    return result.rate * (min(sentences) if sentences else 1.0)


def report_method(
    name: str, score: Callable[[Item], float], development: Sequence[Item], items: Sequence[Item]
) -> None:
    chosen = np.array([score(item) for item in development])
    truth = np.array([item.supported for item in development])
    threshold = max(np.unique(chosen), key=lambda at: balanced(truth, chosen >= at))
    times = []
    predictions = []
    for item in items:
        begun = time.process_time()
        predictions.append(score(item) >= threshold)
        times.append(time.process_time() - begun)
    predicted, truth = np.array(predictions), np.array([item.supported for item in items])
    print(
        f"{name:15} from {threshold:.3f}: "
        f"balanced accuracy {bootstrapped(truth, predicted, balanced)}, "
        f"precision {bootstrapped(truth, predicted, precision)}, "
        f"recall {bootstrapped(truth, predicted, recall)}, "
        f"CPU {1000 * np.median(times):.0f} ms a claim (n = {len(items)})"
    )


def balanced(truth: np.ndarray, predicted: np.ndarray) -> float:
    return float((predicted[truth].mean() + (~predicted[~truth]).mean()) / 2)


def precision(truth: np.ndarray, predicted: np.ndarray) -> float:
    return float(truth[predicted].mean()) if predicted.any() else 0.0


def recall(truth: np.ndarray, predicted: np.ndarray) -> float:
    return float(predicted[truth].mean())


def bootstrapped(
    truth: np.ndarray, predicted: np.ndarray, score: Callable[[np.ndarray, np.ndarray], float]
) -> str:
    draws = np.random.default_rng(0).integers(0, len(truth), (BOOTSTRAP_ROUNDS, len(truth)))
    low, high = np.quantile([score(truth[rows], predicted[rows]) for rows in draws], [0.025, 0.975])
    return f"{score(truth, predicted):.3f} [{low:.3f}, {high:.3f}]"


# Answers


@dataclass(frozen=True)
class Checked:
    """A sentence of an answer and its finding."""

    question: str
    place: int
    kind: str
    finding: Assessment | None
    tried: tuple[evidence.TriedWindow, ...]
    seconds: float


def report_answers(
    rows: Sequence[dict[str, Any]],
    articles: dict[str, FullArticle],
    *,
    choose: bool,
    part: str | None,
) -> None:
    rows = [row for n, row in enumerate(rows) if part is None or (n % 2 == 0) == (part == "dev")]
    checked = [one for row in rows for one in check_answer(row, articles, whole=choose)]
    times = np.array([one.seconds for one in checked if one.finding])
    median, p95 = np.median(times), np.quantile(times, 0.95)
    print(f"{len(rows)} questions; CPU {median:.3f} s a sentence, 95th centile {p95:.3f}")
    if not choose:
        print_outcome(checked)
        return
    for supported in np.arange(0.3, 0.95, 0.05):
        evidence.MIN_SUPPORT_PROBABILITY = float(supported)
        again = [
            replace(one, finding=evidence.decide(one.tried) if one.finding else None)
            for one in checked
        ]
        print(f"\nsupported from {supported:.2f}")
        print_outcome(again)


def check_answer(
    row: dict[str, Any], articles: dict[str, FullArticle], *, whole: bool
) -> Iterator[Checked]:
    """Check the sentences of an answer. whole: try windows also after one that supports."""
    lines = [
        line
        for number, block in enumerate(row["blocks"], start=1)
        for line in block_lines(number, articles[block["article"]], block["start"], block["end"])
    ]
    known = Evidence(lines)
    for claim in row["claims"]:
        kind = claim["v"] if claim["v"] != "F" else f"F {claim['k']}"
        if says_not(claim["c"]):
            yield Checked(row["question"], claim["n"], kind, None, (), 0.0)
            continue
        begun = time.process_time()
        finding = known.check(claim["c"], frozenset(claim["s"]))
        seconds = time.process_time() - begun
        tried = tuple(known.try_windows(claim["c"], frozenset(claim["s"]))) if whole else ()
        yield Checked(row["question"], claim["n"], kind, finding, tried, seconds)


def print_outcome(checked: Sequence[Checked]) -> None:
    faithful = [one for one in checked if one.kind == "S"]
    faulty = [one for one in checked if one.kind.startswith("F ")]
    shown = {Verdict.SUPPORTED, Verdict.UNCERTAIN, None}
    verdict = {id(one): one.finding.verdict if one.finding else None for one in checked}
    lines = {
        "faithful kept as supported": [
            (one.question, verdict[id(one)] is Verdict.SUPPORTED) for one in faithful
        ],
        "faithful shown": [(one.question, verdict[id(one)] in shown) for one in faithful],
        "faulty shown as supported": [
            (one.question, verdict[id(one)] is Verdict.SUPPORTED) for one in faulty
        ],
        "faulty shown": [(one.question, verdict[id(one)] in shown) for one in faulty],
        "answers left whole": [
            (
                question,
                all(verdict[id(one)] in shown for one in faithful if one.question == question),
            )
            for question in dict.fromkeys(one.question for one in faithful)
        ],
    }
    for name, values in lines.items():
        print(f"  {name:28} {clustered(values)} of {len(values)}")
    kinds = collections.Counter(one.kind for one in faulty)
    through = collections.Counter(
        one.kind for one in faulty if verdict[id(one)] is Verdict.SUPPORTED
    )
    print(
        "  "
        + ", ".join(
            f"{kind[2:]} {through[kind]} of {count}" for kind, count in sorted(kinds.items())
        )
    )


def clustered(values: Sequence[tuple[str, bool]]) -> str:
    """The share and its 95 % bootstrap interval over questions."""
    groups = collections.defaultdict(list)
    for question, value in values:
        groups[question].append(value)
    sums = np.array([(sum(group), len(group)) for group in groups.values()], dtype=float)
    draws = np.random.default_rng(0).integers(0, len(sums), (BOOTSTRAP_ROUNDS, len(sums)))
    shares = [sums[rows, 0].sum() / sums[rows, 1].sum() for rows in draws]
    low, high = np.quantile(shares, [0.025, 0.975])
    return f"{sums[:, 0].sum() / sums[:, 1].sum():.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
