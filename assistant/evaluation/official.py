"""What the datasets' own scorers would say, with their flaws: to compare with published figures, for nothing else.

Each takes what was asked and said and gives the figures under the names that the scorer prints.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..answer.parts import REFUSAL
from .measures import as_squad, exact_match, token_f1
from .questions import Question

__all__ = ["NOTES", "SCORERS", "Said"]


@dataclass(frozen=True)
class Said:
    """An answer as those scorers see it: its text without marks, empty for a refusal; the texts of the passages."""

    question: Question
    text: str
    passages: Sequence[str]

    @property
    def refused(self) -> bool:
        """Whether nothing was said."""
        return not self.text or self.text == REFUSAL


def _multihop(said: Sequence[Said]) -> dict[str, float]:
    """MultiHop-RAG's `qa_evaluate.py` as of its paper, and `retrieval_evaluate.py`."""
    # A refusal is the answer to a null question, in these words.
    right = [
        _shares_a_word(each.text or "insufficient information", _gold(each.question))
        for each in said
    ]
    n, true = len(said), sum(right)
    # True negatives are counted as what is not a true positive, so that all wrong makes n / 3n.
    false = n - true
    accuracy = (true + (n - true)) / (true + (n - true) + false + false) if n else 0.0
    ranked = [each for each in said if each.question.evidence]
    return {
        "accuracy": accuracy,
        "precision": true / n if n else 0.0,
        **(
            {name: sum(map(score, ranked)) / len(ranked) for name, score in MULTIHOP_RANKED.items()}
            if ranked
            else {}
        ),
    }


def _gold(question: Question) -> str:
    return " ".join(question.answers[0][:1]) if question.answers else "insufficient information."


def _shares_a_word(text: str, gold: str) -> bool:
    return not set(text.lower().split()).isdisjoint(gold.lower().split())


def _found(said: Said) -> list[list[str]]:
    """For each of the first passages the pieces of evidence that stand in it, blanks aside, and did in none before."""
    pieces = [
        "".join(evidence.quote.split(" ")).replace("\n", "") for evidence in said.question.evidence
    ]
    known: list[str] = []
    found = []
    for text in said.passages[:11]:
        plain = text.replace(" ", "").replace("\n", "")
        there = [piece for piece in pieces if piece in plain]
        new = [piece for piece in dict.fromkeys(there) if piece not in known]
        known += new
        found.append(new if there else [])
    return found


def _any_within(k: int) -> Callable[[Said], float]:
    return lambda said: float(any(_found(said)[:k]))


def _map(said: Said) -> float:
    """Precision counts only what is new at each rank: two pieces at the first two ranks make 0.75."""
    total = sum(len(new) / rank for rank, new in enumerate(_found(said), start=1))
    return total / min(len(said.question.evidence), 10)


def _mrr(said: Said) -> float:
    return next((1 / rank for rank, new in enumerate(_found(said)[:10], start=1) if new), 0.0)


MULTIHOP_RANKED: Mapping[str, Callable[[Said], float]] = {
    "Hits@10": _any_within(10),
    "Hits@4": _any_within(4),
    "MAP@10": _map,
    "MRR@10": _mrr,
}


def _squad(said: Sequence[Said]) -> dict[str, float]:
    """SQuAD 2.0's `evaluate-v2.0.py`: a refusal is the empty answer, which is right where there is none."""
    exact = [_squad_score(each, exact_match) for each in said]
    f1 = [_squad_score(each, token_f1) for each in said]
    has = [i for i, each in enumerate(said) if each.question.answers]
    none = [i for i, each in enumerate(said) if not each.question.answers]
    figures = {"exact": _percent(exact), "f1": _percent(f1)}
    for name, chosen in (("HasAns", has), ("NoAns", none)):
        if chosen:
            figures |= {
                f"{name}_exact": _percent([exact[i] for i in chosen]),
                f"{name}_f1": _percent([f1[i] for i in chosen]),
            }
    return figures


def _squad_score(
    said: Said, score: Callable[[str, Sequence[str], Callable[[str], str]], float]
) -> float:
    answers = [answer for group in said.question.answers for answer in group if as_squad(answer)]
    return score("" if said.refused else said.text, answers or [""], as_squad)


def _percent(values: Sequence[float]) -> float:
    return 100 * sum(values) / len(values)


def _rgb(said: Sequence[Said]) -> dict[str, float]:
    """RGB's `evalue.py`: an answer is right if it has all that is wanted as substrings, whatever else it says.

    Of the counterfactual sets: how many answers speak of factual errors, and how many of these are right.
    """
    right = [
        not each.refused
        and bool(each.question.answers)
        and all(
            any(a.lower() in each.text.lower() for a in group) for group in each.question.answers
        )
        for each in said
    ]
    figures = {"all_rate": sum(right) / len(right)}
    if any(each.question.type == "counterfactual" for each in said):
        noticed = [
            ok for each, ok in zip(said, right, strict=True) if "factual errors" in each.text
        ]
        figures["fact_check_rate"] = len(noticed) / len(said)
        figures["correct_rate"] = sum(noticed) / len(noticed) if noticed else 0.0
    return figures


def _alce(said: Sequence[Said]) -> dict[str, float]:
    """ALCE's `eval.py`: STR-EM and its hits for ASQA, precision and recall of lists for QAMPARI."""
    readings = [each for each in said if each.question.type == "asqa"]
    lists = [each for each in said if each.question.type == "qampari"]
    return {
        **(_alce_readings(readings) if readings else {}),
        **(_alce_lists(lists) if lists else {}),
    }


def _alce_readings(said: Sequence[Said]) -> dict[str, float]:
    """The share of readings with a short answer as a substring."""
    shares = [
        sum(
            any(as_squad(a) in as_squad(each.text) for a in group)
            for group in each.question.answers
        )
        / len(each.question.answers)
        for each in said
    ]
    return {
        "str_em": _percent(shares),
        "str_hit": _percent([float(share == 1) for share in shares]),
    }


def _alce_lists(said: Sequence[Said]) -> dict[str, float]:
    """What stands between commas is an answer; five right ones are enough for the recall of the first five."""
    figures: dict[str, list[float]] = {}
    for each in said:
        told = [
            as_squad(part)
            for part in each.text.rstrip().rstrip(".").rstrip(",").split(",")
            if as_squad(part)
        ]
        wanted = [[as_squad(answer) for answer in group] for group in each.question.answers]
        right = sum(any(part in group for group in wanted) for part in told)
        found = sum(any(answer in told for answer in group) for group in wanted)
        precision = right / len(told) if told else 0.0
        recalls = {"": found / len(wanted), "_top5": min(5, found) / min(5, len(wanted))}
        scores = {"num_preds": len(told), "qampari_prec": 100 * precision}
        scores |= {f"qampari_rec{name}": 100 * recall for name, recall in recalls.items()}
        scores |= {
            f"qampari_f1{name}": 100 * _harmonic(precision, recall)
            for name, recall in recalls.items()
        }
        for name, score in scores.items():
            figures.setdefault(name, []).append(score)
    return {name: sum(scores) / len(scores) for name, scores in figures.items()}


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def _realtime(said: Sequence[Said]) -> dict[str, float]:
    """RealTimeQA's `evaluate_main.py --generate`: all choices in some order, joined; no "except" questions."""
    asked = [each for each in said if "except" not in each.question.question.lower().strip()[-10:]]
    if not asked:
        return {}
    wanted = [
        [
            " ".join(order)
            for order in itertools.permutations(group[0] for group in each.question.answers)
        ]
        for each in asked
    ]
    return {
        "em": sum(
            exact_match(each.text, golds, as_squad)
            for each, golds in zip(asked, wanted, strict=True)
        )
        / len(asked),
        "f1": sum(
            token_f1(each.text, golds, as_squad) for each, golds in zip(asked, wanted, strict=True)
        )
        / len(asked),
    }


SCORERS: Mapping[str, Callable[[Sequence[Said]], dict[str, float]]] = {
    "multihop-rag": _multihop,
    "squad": _squad,
    "rgb": _rgb,
    "alce": _alce,
    "realtimeqa": _realtime,
}
# What has to be known of each beside its figures.
NOTES: Mapping[str, str] = {
    "multihop-rag": "any shared word is a match; all wrong is an accuracy of 0.333; two pieces of evidence ranked "
    "first and second make a MAP@10 of 0.75 (its authors have mended the accuracy since)",
    "squad": "made for spans: a sentence that holds the answer is not exact, and has a low f1",
    "rgb": "substrings count, also in other words and next to wrong answers",
    "alce": "substrings count, and sentences are no lists; its measures that need a model (MAUVE, AutoAIS, QA) are "
    "not reproduced",
    "realtimeqa": "a sentence that holds the answer is not exact",
}
