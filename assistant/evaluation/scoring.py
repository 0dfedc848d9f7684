"""Score one answer by every measure that its question allows."""

from __future__ import annotations

import itertools
import operator
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
from .rows import Place, Row, proven_sentences, quotes_of

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

    @staticmethod
    def of(question: Question, row: Row) -> ScoredAnswer:
        """The answer of that row to the question, scored."""
        return ScoredAnswer(question, row, score_answer(question, row))

    @property
    def graded(self) -> bool:
        """Whether it is known if the answer is right."""
        return self.question.gradable

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
    answer = row.counted_answer
    refused = answer is row.answer and answer.status is Status.UNANSWERED
    judge, precision = _citation_precision(question, row, answer)
    measures = {
        **_citing(row, answer),
        "citation precision": precision,
        "judged right": row.judgment.right,
    }
    if question.answerable:
        measures |= _finding(question, row, answer)
        measures |= _answering(question, answer)
        measures |= _citing_gold(question, row, answer)
    else:
        measures |= {"right": refused, "refusal recall": refused}
    if refused and question.gradable:
        measures["refusal precision"] = not question.answerable
    reciprocal = measures.get("MRR")
    return AnswerScore(
        measures=_known(measures),
        refused=refused,
        confidence=_confidence(answer),
        rank=round(1 / reciprocal) if reciprocal else None,
        precision_by=judge,
    )


def _known(measures: Mapping[str, float | None]) -> dict[str, float]:
    """The measures that have a value, in the order in which they are reported."""
    every = {name: measures.get(name) for name in MEASURE_NAMES}
    return {name: float(value) for name, value in every.items() if value is not None}


def _share(flags: Sequence[bool]) -> float | None:
    """The share that is true; None of no flags."""
    return sum(flags) / len(flags) if flags else None


def plain_text(answer: Answer) -> str:
    """The sentences without marks; empty for a refusal."""
    return " ".join(sentence.text for sentence in answer.sentences)


def _answering(question: Question, answer: Answer) -> dict[str, float]:
    if not question.answers:
        return {}
    whole = plain_text(answer)
    sentences = [sentence.text for sentence in answer.sentences]
    share = all_answers(whole, question.answers)
    measures = {
        "right": share == 1,
        "all answers": share,
        "first sentence": all_answers(" ".join(sentences[:1]), question.answers) == 1,
    }
    if len(question.answers) == 1:
        texts, (answers,) = [whole, *sentences], question.answers
        measures["exact match"] = max(exact_match(text, answers) for text in texts)
        measures["token F1"] = max(token_f1(text, answers) for text in texts)
    return measures


def _finding(question: Question, row: Row, answer: Answer) -> dict[str, float]:
    """Rankings of articles and of passages; near-copies that were left out come last."""
    trace = answer.trace
    if trace is None or not question.gold:
        return {}
    hits = sorted(trace.hits, key=lambda found: found.dropped is not None)
    articles = dict.fromkeys(found.article for found in hits)
    right = [question.gold.intersection((id, *trace.copies.get(id, ()))) for id in articles]
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
    return {
        str(number) for number, piece in enumerate(evidence) if any(map(passage.has_most_of, piece))
    }


def _citing(row: Row, answer: Answer) -> dict[str, float | None]:
    proven, valid = proven_sentences(answer), row.valid
    return {
        "citation recall": _share([sentence in proven for sentence in answer.sentences]),
        "citation validity": _share([one.number in valid for one in answer.citations]),
    }


def _citing_gold(question: Question, row: Row, answer: Answer) -> dict[str, float | None]:
    citations, gold = answer.citations, question.gold
    measures: dict[str, float | None] = {}
    if gold:
        from_gold = [not gold.isdisjoint(_article_ids(one)) for one in citations]
        measures["gold article"] = _share(from_gold)
    if row.evidence and citations:
        measures["gold quote"] = _are_on_evidence(citations, row)
    return measures


def _article_ids(citation: Citation) -> list[str]:
    return [article.id for article in (citation.article, *citation.also, *citation.copies)]


def _are_on_evidence(citations: Sequence[Citation], row: Row) -> bool:
    """Whether one of the citations overlaps with a piece of evidence."""
    places = itertools.product(map(Place.of, citations), itertools.chain(*row.evidence))
    return any(place.common_chars(evidence) > 0 for place, evidence in places)


def _citation_precision(
    question: Question, row: Row, answer: Answer
) -> tuple[PrecisionJudge | None, float | None]:
    """What judged the sentences with quotes, and the share of them that their quotes prove.

    Never the check that decides what is shown: gold evidence where the question has some, else the
    judge, else word overlap. A sentence with a quote that its article does not have is not proven.
    """
    sentences = proven_sentences(answer)
    if not sentences:
        return None, None
    quotes = [quotes_of(sentence, answer) for sentence in sentences]
    if row.evidence and question.answerable:
        judge = PrecisionJudge.GOLD
        proven = [_are_on_evidence(some, row) for some in quotes]
    elif len(row.judgment.held) == len(sentences):
        judge = PrecisionJudge.MODEL
        proven = list(row.judgment.held)
    else:
        judge = PrecisionJudge.OVERLAP
        proven = list(map(_overlaps_with, sentences, quotes))
    valid = map(row.valid.issuperset, [sentence.citations for sentence in sentences])
    return judge, _share(list(map(operator.and_, valid, proven)))


def _overlaps_with(sentence: Sentence, quotes: Sequence[Citation]) -> bool:
    # The line about the article is part of what a reader sees beside a quote.
    return overlaps(sentence.text, [f"{head_line(one.article)}\n{one.quote}" for one in quotes])


STATUS_CONFIDENCE = {Status.UNANSWERED: 0.0, Status.PARTIAL: 1.0, Status.ANSWERED: 2.0}


def _confidence(answer: Answer) -> float:
    """See `AnswerScore`; 0 for an answer without a trace."""
    if answer.trace is None:
        return 0.0
    own = answer.confidence
    if own is None:
        own = _best_cosine(answer.trace.hits, answer)
    return STATUS_CONFIDENCE[answer.status] + max(0.0, min(own, 0.999))


def _best_cosine(hits: Sequence[Hit], answer: Answer) -> float:
    """That of a cited passage, or of the first one where none is cited."""
    places = [Place.of(citation) for citation in answer.citations]
    cited = [found for found in hits if any(at.starts_in(found) for at in places)]
    return max((found.cosine or 0.0 for found in cited or hits[:1]), default=0.0)
