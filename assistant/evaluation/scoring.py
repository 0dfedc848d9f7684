"""What one answer is worth: every measure that its question allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..answer.answer import Answer
from ..answer.parts import Status
from ..llm.packing import head_line
from .measures import (
    all_answers,
    average_precision,
    exact_match,
    hit,
    ndcg,
    recall,
    reciprocal_rank,
    token_f1,
)
from .overlap import overlaps
from .questions import Question
from .runs import Row, proven

__all__ = ["MEASURES", "PRECISION_BY", "Verdict", "said", "verdict"]

Place = tuple[str, int, int]

# The measures in the order in which they are reported, with what they say.
MEASURES: Mapping[str, str] = {
    "right": "all that is asked for stands in the answer; for a question without an answer: it was refused",
    "all answers": "share of what is asked for that stands in the answer",
    "first sentence": "all that is asked for stands in the first sentence",
    "exact match": "a sentence, or the whole, is the answer (normalised)",
    "token F1": "words in common with the answer, of the best sentence (normalised)",
    "judged right": "a model says that it is right",
    "hit@1": "the first article found is a right one",
    "hit@5": "one of the first five articles is",
    "hit@10": "one of the first ten articles is",
    "MRR": "one over the rank of the first right article",
    "MAP@10": "average precision of right articles among the first ten",
    "nDCG@10": "discounted gain of right articles among the first ten",
    "evidence@4": "share of the pieces of evidence in the first four passages",
    "evidence@10": "share of the pieces of evidence in the first ten passages",
    "evidence MRR": "one over the rank of the first passage with evidence",
    "evidence MAP@10": "average precision of pieces of evidence among the first ten passages",
    "evidence nDCG@10": "discounted gain of pieces of evidence among the first ten passages",
    "citation validity": "share of the citations that are exactly what the article has there; has to be 1",
    "citation precision": "share of the sentences with quotes whose quotes hold what they say",
    "citation recall": "share of the sentences that have a quote",
    "gold article": "share of the citations that are of a right article",
    "gold quote": "a citation stands on a piece of evidence",
}


# What citation precision can be judged by.
PRECISION_BY = {"gold": "gold evidence", "model": "the judge", "overlap": "word overlap"}


@dataclass(frozen=True)
class Verdict:
    """The measures of one question by name, those that it allows. refused: whether nothing was answered.

    rank: that of the first right article found, None if none was or none is known.
    confidence: how sure the answer is, to rank answers by: its own confidence, or where it has none the cosine of
    question and best cited passage; above it by 1 where the answer is partial, by 2 where it is whole. precision_by:
    what citation precision was judged by, one of PRECISION_BY; empty where there is none.
    """

    measures: Mapping[str, float]
    refused: bool
    confidence: float
    rank: int | None = None
    precision_by: str = ""

    @property
    def right(self) -> bool:
        """Whether it was right: everything said, or rightly refused."""
        return self.measures.get("right", 0.0) == 1.0


def verdict(question: Question, row: Row) -> Verdict:
    """What the answer of `row` is worth as an answer to `question`. What failed is worth nothing."""
    answer = None if row.error else row.answer
    # A question that failed was not refused.
    refused = answer is not None and answer.status is Status.UNANSWERED
    measures = {
        **_answer(question, answer, refused),
        **_judged(row),
        **_ranking(question, row, answer),
    }
    precision_by = ""
    if answer is not None:
        measures |= _citations(question, row, answer)
        if proven(answer):
            precision_by, measures["citation precision"] = _precision(question, row, answer)
    reciprocal = measures.get("MRR")
    rank = round(1 / reciprocal) if reciprocal else None
    return Verdict(measures, refused, _confidence(answer), rank, precision_by)


def said(answer: Answer | None) -> str:
    """The sentences without marks; nothing for a refusal."""
    return " ".join(sentence.text for sentence in answer.sentences) if answer else ""


def _answer(question: Question, answer: Answer | None, refused: bool) -> dict[str, float]:
    if not question.answerable:
        return {"right": float(refused)}
    if not question.answers:
        return {}
    sentences = [sentence.text for sentence in answer.sentences] if answer else []
    whole = " ".join(sentences)
    share = all_answers(whole, question.answers)
    measures = {
        "right": float(share == 1),
        "all answers": share,
        "first sentence": float(all_answers(" ".join(sentences[:1]), question.answers) == 1),
    }
    if len(question.answers) == 1:
        (group,) = question.answers
        told = [whole, *sentences]
        measures["exact match"] = max(exact_match(text, group) for text in told)
        measures["token F1"] = max(token_f1(text, group) for text in told)
    return measures


def _judged(row: Row) -> dict[str, float]:
    return (
        {"judged right": float(row.judged.right)}
        if row.judged and row.judged.right is not None
        else {}
    )


def _ranking(question: Question, row: Row, answer: Answer | None) -> dict[str, float]:
    """Of passages in the order in which they were given; those that were left out, as near-copies are, come after."""
    trace = answer.trace if answer else None
    if not question.answerable or not question.gold or (answer and trace is None):
        return {}
    copies = {id: frozenset((id, *same)) for id, same in trace.copies.items()} if trace else {}
    hits = sorted(trace.hits, key=lambda found: found.dropped is not None) if trace else []
    articles = list(dict.fromkeys(found.article for found in hits))
    right = [question.gold & copies.get(id, frozenset((id,))) for id in articles]
    pieces = len(question.gold)
    measures = {
        "hit@1": hit(right, 1),
        "hit@5": hit(right, 5),
        "hit@10": hit(right, 10),
        "MRR": reciprocal_rank(right),
        "MAP@10": average_precision(right, 10, pieces),
        "nDCG@10": ndcg(right, 10, pieces),
    }
    if row.evidence:
        proven = [
            _pieces_in((found.article, found.start, found.end), row.evidence) for found in hits
        ]
        measures["evidence@4"] = recall(proven, 4, len(row.evidence))
        measures["evidence@10"] = recall(proven, 10, len(row.evidence))
        measures["evidence MRR"] = reciprocal_rank(proven)
        measures["evidence MAP@10"] = average_precision(proven, 10, len(row.evidence))
        measures["evidence nDCG@10"] = ndcg(proven, 10, len(row.evidence))
    return measures


def _pieces_in(place: Place, evidence: Sequence[Sequence[Place]]) -> frozenset[str]:
    """Which pieces of evidence, by number, a passage has: most of one that goes over its border counts."""
    return frozenset(
        str(i) for i, piece in enumerate(evidence) if any(_has_most(place, at) for at in piece)
    )


def _has_most(place: Place, part: Place) -> bool:
    common = min(place[2], part[2]) - max(place[1], part[1])
    return place[0] == part[0] and 2 * common > part[2] - part[1]


def _citations(question: Question, row: Row, answer: Answer) -> dict[str, float]:
    measures = {}
    if answer.sentences:
        measures["citation recall"] = _share(
            [bool(s.citations) and s.supported for s in answer.sentences]
        )
    if not answer.citations:
        return measures
    measures["citation validity"] = _share([c.number in row.valid for c in answer.citations])
    if question.gold and question.answerable:
        same = [
            frozenset((c.article.id, *(a.id for a in (*c.also, *c.copies))))
            for c in answer.citations
        ]
        measures["gold article"] = _share([not question.gold.isdisjoint(ids) for ids in same])
    if row.evidence and question.answerable:
        places = [(c.article.id, c.start, c.end) for c in answer.citations]
        measures["gold quote"] = float(
            any(_overlap(at, place) for piece in row.evidence for at in piece for place in places)
        )
    return measures


def _precision(question: Question, row: Row, answer: Answer) -> tuple[str, float]:
    """The share of the sentences with quotes whose quotes hold what they say, and who says so.

    Never the check that decides what is shown: gold evidence where the question has some, else what a judge said, else
    word overlap. A sentence whose quotes do not stand in their article is not held.
    """
    by_number = {citation.number: citation for citation in answer.citations}
    sentences = proven(answer)
    quotes = [
        [by_number[number] for number in s.citations if number in by_number] for s in sentences
    ]
    true = [bool(some) and all(quote.number in row.valid for quote in some) for some in quotes]
    if row.evidence and question.answerable:
        gold = [at for piece in row.evidence for at in piece]
        held = [
            any(_overlap(at, (q.article.id, q.start, q.end)) for q in some for at in gold)
            for some in quotes
        ]
        by = "gold"
    elif row.judged and len(row.judged.held) == len(sentences):
        held, by = list(row.judged.held), "model"
    else:
        # The lines about their articles are part of what a reader sees beside a quote.
        shown = [
            [f"{head_line(quote.article)}\n{quote.quote}" for quote in some] for some in quotes
        ]
        held = [
            overlaps(sentence.text, some) for sentence, some in zip(sentences, shown, strict=True)
        ]
        by = "overlap"
    return by, _share([one and other for one, other in zip(true, held, strict=True)])


def _overlap(one: Place, other: Place) -> bool:
    return one[0] == other[0] and min(one[2], other[2]) > max(one[1], other[1])


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)


def _confidence(answer: Answer | None) -> float:
    if answer is None or answer.trace is None:
        return 0.0
    if answer.confidence is not None:
        return STEPS[answer.status] + min(answer.confidence, 0.999)
    places = {(c.article.id, c.start) for c in answer.citations}
    cosines = [
        found.cosine or 0.0
        for found in answer.trace.hits
        if any(found.article == id and found.start <= start < found.end for id, start in places)
    ]
    best = max(cosines or [found.cosine or 0.0 for found in answer.trace.hits[:1]], default=0.0)
    return STEPS[answer.status] + max(0.0, min(best, 0.999))


STEPS: Mapping[Status, float] = {Status.UNANSWERED: 0.0, Status.PARTIAL: 1.0, Status.ANSWERED: 2.0}
