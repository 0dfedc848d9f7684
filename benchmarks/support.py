"""How well code tells whether an article supports a claim, against "always yes" and the cosine of embeddings.

    python benchmarks/support.py CLAIMS.jsonl [--articles FOLDER]

Claims are a JSON object a line: `claim`, `passage` (the article's text) and `label` (`supported`, or anything else for
not); or `claim`, `articles` (file stems in FOLDER, which holds Markdown with front matter) and `supported`.
The cosine is that of the claim and the sentence nearest to it, with the threshold that is best on these very claims,
and with the one that keeps as many of the supported claims as the rules do.
Printed are balanced accuracy, precision and recall of `supported`, 95 % bootstrap intervals, and the ten worst errors:
of those where most of the claim's wording was there, five that were let through and five that were refused.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from common import machine, questions

from assistant.comparison import Comparison, Line, lines_of
from assistant.evidence import find
from index.articles import Article
from index.minilm import MiniLM
from index.reading import Reader

LONGEST_LINE = 1_500
META = re.compile(r"\(meta data\) (?:TITLE|AUTHOR|PUBLISHER|PUBLISHED DATETIME):")
PUBLISHED = re.compile(r"PUBLISHED DATETIME: (\d{4}-\d\d-\d\d)")


@dataclass(frozen=True)
class Judged:
    claim: str
    truth: bool
    supported: bool
    cosine: float
    covered: float
    why: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", type=Path)
    parser.add_argument("--articles", type=Path)
    options = parser.parse_args()
    print(machine())
    known = (
        {Path(str(article.path)).stem: article for article in Reader([options.articles])} if options.articles else {}
    )
    embedder = MiniLM()
    judged = []
    for item in questions(options.claims):
        if "passage" in item:
            date = PUBLISHED.search(item["passage"])
            article = Article(id="passage", title="", published=date[1] if date else None)
            lines, truth = short_lines(0, article, META.sub(". ", item["passage"])), item["label"] == "supported"
        else:
            shown = [known[name] for name in item["articles"]]
            lines = [line for n, a in enumerate(shown) for line in short_lines(n, a.without_text(), a.text[a.body :])]
            truth = item["supported"]
        judged.append(judge(item["claim"], truth, lines, embedder))
    truth = np.array([each.truth for each in judged])
    cosines = np.array([each.cosine for each in judged])
    best = max(np.unique(cosines), key=lambda threshold: balanced(truth, cosines >= threshold))
    report("always yes", truth, np.ones_like(truth))
    report(f"cosine from {best:.3f}", truth, cosines >= best)
    said = np.array([each.supported for each in judged])
    report("the rules", truth, said)
    as_many = np.sort(cosines[truth])[::-1][max(int(said[truth].sum()) - 1, 0)]
    report(f"cosine with the rules' recall, from {as_many:.3f}", truth, cosines >= as_many)
    for name, wrong in (("let through", True), ("refused", False)):
        errors = [each for each in judged if each.supported is wrong and each.truth is not wrong]
        print(f"\n{name}, {len(errors)} in all; the worst:")
        for each in sorted(errors, key=lambda each: -each.covered)[:5]:
            print(f"  {each.claim}\n    {each.why}")


def short_lines(block: int, article: Article, text: str) -> list[Line]:
    return [replace(line, text=line.text[:LONGEST_LINE]) for line in lines_of(block, article, text)]


def judge(claim: str, truth: bool, lines: Sequence[Line], embedder: MiniLM) -> Judged:
    quotes, why = find(claim, lines)
    vectors = embedder.embed([claim, *(line.text for line in lines)])
    shown = " | ".join(line.text[:160] for quote in quotes for line in quote)
    covered = max((Comparison(claim, [[line]]).covered_share for line in lines), default=0.0)
    return Judged(claim, truth, why is None, float((vectors[1:] @ vectors[0]).max()), covered, why or shown)


def balanced(truth: np.ndarray, said: np.ndarray) -> float:
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def report(name: str, truth: np.ndarray, said: np.ndarray) -> None:
    print(
        f"{name}: balanced accuracy {bootstrapped(truth, said, balanced)}, "
        f"precision {bootstrapped(truth, said, lambda t, s: t[s].mean() if s.any() else 0.0)}, "
        f"recall {bootstrapped(truth, said, lambda t, s: s[t].mean())} (n = {len(truth)})"
    )


def bootstrapped(truth: np.ndarray, said: np.ndarray, score, rounds: int = 2_000) -> str:
    draws = np.random.default_rng(0).integers(0, len(truth), (rounds, len(truth)))
    low, high = np.quantile([score(truth[rows], said[rows]) for rows in draws], [0.025, 0.975])
    return f"{score(truth, said):.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
