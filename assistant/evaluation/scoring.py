"""Score one answer by every measure that its question allows."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..answer.answer import Answer
from ..answer.parts import Citation, Sentence, Status
from ..answer.trace import Hit
from ..llm.packing import head_line
from .measures import (
    Ranking,
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
from .rows import Place, Row, proven_sentences

__all__ = [
    "MEASURES",
    "MEASURE_NAMES",
    "AnswerScore",
    "Group",
    "Outcome",
    "PrecisionJudge",
    "ScoredAnswer",
    "plain_text",
    "score_answer",
]


class Group(StrEnum):
    """The part of the work that a measure is about."""

    FINDING = "finding"
    ANSWERING = "answering"
    CITING = "citing"
    REFUSING = "refusing"


# The measures by group, with their meanings, in the order in which they are reported.
MEASURES: Mapping[Group, Mapping[str, str]] = {
    Group.FINDING: {
        "hit@1": "the first article found is a right one",
        "hit@5": "one of the first five articles is",
        "hit@10": "one of the first ten articles is",
        "MRR": "one over the rank of the first right article",
        "MAP@10": "average precision of right articles among the first ten",
        "nDCG@10": "discounted gain of right articles among the first ten",
        "evidence@4": "share of the pieces of evidence in the first four passages",
        "evidence@10": "share of the pieces of evidence in the first ten passages",
        "evidence MRR": "one over the rank of the first passage with evidence",
        "evidence MAP@10": "average precision of evidence among the first ten passages",
        "evidence nDCG@10": "discounted gain of evidence among the first ten passages",
    },
    Group.ANSWERING: {
        "right": "the answer has all that is asked for, or refuses what has no answer",
        "all answers": "share of what is asked for that the answer has",
        "first sentence": "the first sentence has all that is asked for",
        "exact match": "a sentence, or the whole, is the answer (normalised)",
        "token F1": "words in common with the answer, of the best sentence (normalised)",
        "judged right": "the judge says that it is right",
    },
    Group.CITING: {
        "citation validity": "share of the citations that their articles have word for word",
        "citation precision": "share of the sentences with quotes that their quotes prove",
        "citation recall": "share of the sentences that have a quote",
        "gold article": "share of the citations that are from a right article",
        "gold quote": "a citation overlaps with a piece of evidence",
    },
    Group.REFUSING: {
        "refusal precision": "share of the refused questions that have no answer",
        "refusal recall": "share of the questions without an answer that were refused",
    },
}
MEASURE_NAMES = [name for group in MEASURES.values() for name in group]


class PrecisionJudge(StrEnum):
    """What citation precision was judged by, in the order of preference."""

    GOLD = "gold"  # gold evidence
    MODEL = "model"  # the judge
    OVERLAP = "overlap"  # word overlap


class Outcome(StrEnum):
    """What became of one question."""

    RIGHT = "right"
    INCOMPLETE = "incomplete"
    WRONG = "wrong"
    REFUSED = "refused, but has an answer"
    RIGHTLY_REFUSED = "rightly refused"
    NOT_REFUSED = "answered, but has no answer"
    FAILED = "failed"
    UNGRADED = "not graded"


@dataclass(frozen=True)
class AnswerScore:
    """The measures that a question allows, by name. refused: whether nothing was answered.

    rank: that of the first right article; None if none was found or is known.
    confidence: how sure the answer is, to rank answers by. It is the answer's own confidence, or
    where it has none the cosine of question and best cited passage, plus 1 for a partial and 2 for
    a whole answer. precision_by: None where there is no citation precision.
    """

    measures: Mapping[str, float]
    refused: bool
    confidence: float
    rank: int | None = None
    precision_by: PrecisionJudge | None = None

    @property
    def right(self) -> bool:
        """Whether everything was answered, or the question was rightly refused."""
        return self.measures.get("right", 0.0) == 1.0


@dataclass(frozen=True)
class ScoredAnswer:
    """A question, what came of it, and its score."""

    question: Question
    row: Row
    score: AnswerScore

    @property
    def graded(self) -> bool:
        """Whether it is known if the answer is right."""
        return "right" in self.score.measures

    @property
    def has_untrue_citation(self) -> bool:
        """Whether an article does not have a citation word for word: a fault of the program."""
        return self.score.measures.get("citation validity", 1.0) < 1

    @property
    def is_right_answer(self) -> bool:
        """Whether the answer is right where one is given; a question without one has none."""
        return self.question.answerable and self.score.right

    @property
    def outcome(self) -> Outcome:
        """What became of the question."""
        if self.row.error is not None:
            return Outcome.FAILED
        if not self.graded:
            return Outcome.UNGRADED
        if not self.question.answerable:
            return Outcome.RIGHTLY_REFUSED if self.score.refused else Outcome.NOT_REFUSED
        if self.score.refused:
            return Outcome.REFUSED
        if self.score.right:
            return Outcome.RIGHT
        return Outcome.INCOMPLETE if self.score.measures["all answers"] else Outcome.WRONG


def score_answer(question: Question, row: Row) -> AnswerScore:
    """The score of a row. A question that failed gets 0 in everything, and was not refused."""
    answer = None if row.error else row.answer
    refused = answer is not None and answer.status is Status.UNANSWERED
    measures = _finding(question, row, answer) | _answering(question, answer, refused)
    if refused and "right" in measures:
        measures["refusal precision"] = float(not question.answerable)
    if not question.answerable:
        measures["refusal recall"] = float(refused)
    if row.judged and row.judged.right is not None:
        measures["judged right"] = float(row.judged.right)
    precision_by = None
    if answer is not None:
        measures |= _citing(question, row, answer)
        if proven_sentences(answer):
            precision_by, measures["citation precision"] = _precision(question, row, answer)
    reciprocal = measures.get("MRR")
    rank = round(1 / reciprocal) if reciprocal else None
    return AnswerScore(measures, refused, _confidence(answer), rank, precision_by)


def plain_text(answer: Answer | None) -> str:
    """The sentences without marks; empty for a refusal."""
    return " ".join(sentence.text for sentence in answer.sentences) if answer else ""


def _answering(question: Question, answer: Answer | None, refused: bool) -> dict[str, float]:
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
        texts, (answers,) = [whole, *sentences], question.answers
        measures["exact match"] = max(exact_match(text, answers) for text in texts)
        measures["token F1"] = max(token_f1(text, answers) for text in texts)
    return measures


def _finding(question: Question, row: Row, answer: Answer | None) -> dict[str, float]:
    """Rankings of articles and of passages; near-copies that were left out come last."""
    if not question.answerable or not question.gold or (answer and not answer.trace):
        return {}
    hits: Sequence[Hit] = ()
    copies: Mapping[str, Sequence[str]] = {}
    if answer and answer.trace:
        copies = answer.trace.copies
        hits = sorted(answer.trace.hits, key=lambda found: found.dropped is not None)
    articles = dict.fromkeys(found.article for found in hits)
    right = [question.gold.intersection((id, *copies.get(id, ()))) for id in articles]
    measures = {f"hit@{k}": hit(right, k) for k in (1, 5, 10)}
    measures |= _ranking("", right, len(question.gold))
    pieces = len(row.evidence)
    if pieces:
        passages = [_pieces_in(found, row.evidence) for found in hits]
        measures |= {f"evidence@{k}": recall(passages, k, pieces) for k in (4, 10)}
        measures |= _ranking("evidence ", passages, pieces)
    return measures


def _ranking(prefix: str, ranking: Ranking, pieces: int) -> dict[str, float]:
    return {
        f"{prefix}MRR": reciprocal_rank(ranking),
        f"{prefix}MAP@10": average_precision(ranking, 10, pieces),
        f"{prefix}nDCG@10": ndcg(ranking, 10, pieces),
    }


def _pieces_in(found: Hit, evidence: Sequence[Sequence[Place]]) -> set[str]:
    """The numbers of the pieces of evidence of which the passage has more than half."""
    passage = Place(found.article, found.start, found.end)
    numbers = set()
    for number, piece in enumerate(evidence):
        if any(2 * passage.common_chars(place) > place.end - place.start for place in piece):
            numbers.add(str(number))
    return numbers


def _citing(question: Question, row: Row, answer: Answer) -> dict[str, float]:
    measures: dict[str, float] = {}
    if answer.sentences:
        count = len(proven_sentences(answer))
        measures["citation recall"] = count / len(answer.sentences)
    citations = answer.citations
    if not citations:
        return measures
    valid = [citation.number in row.valid for citation in citations]
    measures["citation validity"] = sum(valid) / len(citations)
    if question.gold and question.answerable:
        from_gold = [not question.gold.isdisjoint(_article_ids(one)) for one in citations]
        measures["gold article"] = sum(from_gold) / len(citations)
    if row.evidence and question.answerable:
        measures["gold quote"] = float(any(_is_on_evidence(one, row) for one in citations))
    return measures


def _article_ids(citation: Citation) -> list[str]:
    return [article.id for article in (citation.article, *citation.also, *citation.copies)]


def _is_on_evidence(citation: Citation, row: Row) -> bool:
    place = Place.of(citation)
    return any(place.common_chars(at) > 0 for at in itertools.chain(*row.evidence))


def _precision(question: Question, row: Row, answer: Answer) -> tuple[PrecisionJudge, float]:
    """What judged the sentences with quotes, and the share of them that their quotes prove.

    Never the check that decides what is shown: gold evidence where the question has some, else the
    judge, else word overlap. A sentence with a quote that its article does not have is not proven.
    """
    by_number = {citation.number: citation for citation in answer.citations}
    sentences = proven_sentences(answer)
    judge = PrecisionJudge.OVERLAP
    if row.evidence and question.answerable:
        judge = PrecisionJudge.GOLD
    elif row.judged and len(row.judged.held) == len(sentences):
        judge = PrecisionJudge.MODEL
    count = 0
    for position, sentence in enumerate(sentences):
        if not row.valid.issuperset(sentence.citations):
            continue
        quotes = [by_number[number] for number in sentence.citations]
        if judge is PrecisionJudge.GOLD:
            count += any(_is_on_evidence(quote, row) for quote in quotes)
        elif judge is PrecisionJudge.MODEL and row.judged:
            count += row.judged.held[position]
        else:
            count += _overlaps_with(sentence, quotes)
    return judge, count / len(sentences)


def _overlaps_with(sentence: Sentence, quotes: Sequence[Citation]) -> bool:
    # The line about the article is part of what a reader sees beside a quote.
    return overlaps(sentence.text, [f"{head_line(one.article)}\n{one.quote}" for one in quotes])


STATUS_CONFIDENCE = {Status.UNANSWERED: 0.0, Status.PARTIAL: 1.0, Status.ANSWERED: 2.0}


def _confidence(answer: Answer | None) -> float:
    """See `AnswerScore`; 0 for an answer without a trace."""
    if answer is None or answer.trace is None:
        return 0.0
    own = answer.confidence
    if own is None:
        hits = answer.trace.hits
        cited = [found for found in hits if _is_cited(found, answer)] or hits[:1]
        own = max((found.cosine or 0.0 for found in cited), default=0.0)
    return STATUS_CONFIDENCE[answer.status] + max(0.0, min(own, 0.999))


def _is_cited(found: Hit, answer: Answer) -> bool:
    places = [Place.of(citation) for citation in answer.citations]
    return any(at.article == found.article and found.start <= at.start < found.end for at in places)
