"""Put the best passages of a search in order by what the reader makes of them: do they answer the question?"""

from __future__ import annotations

from collections.abc import Sequence

from index.articles import Passage
from index.text.sentences import sentences
from index.text.terms import is_english

from ..llm.packing import head_line
from ..reading.answers import Reading, answer_model, log_odds

__all__ = ["MAX_READ", "focus", "read_passages", "rerank_passages"]

# Words of a question that are read.
MAX_QUESTION_WORDS = 50
# Passages that are read for one question. Others keep their places behind them.
MAX_READ = 8
# What the log odds of an answer count beside the score of the search.
READING_WEIGHT = 0.1
# Log odds beyond which the reader is as sure as it can be.
MOST_LOG_ODDS = 5.0


def read_passages(question: str, passages: Sequence[Passage]) -> list[Reading]:
    """What the reader makes of each of the passages."""
    shown = [(head_line(passage.article), passage.text) for passage in passages]
    return answer_model().read(focus(question), shown)


def focus(question: str) -> str:
    """The question; of a long one the last sentence that asks, or its end: what stands before only leads up to it."""
    if len(question.split()) <= MAX_QUESTION_WORDS:
        return question
    pieces = [question[start:end] for start, end in sentences(question)]
    asking = [piece for piece in pieces if piece.rstrip().endswith("?")] or pieces
    return " ".join(asking[-1].split()[-MAX_QUESTION_WORDS:])


def rerank_passages(question: str, passages: Sequence[Passage]) -> list[str]:
    """Ids of the passages (best first, with scores), the first ones in the order of score and reading together."""
    first = passages[:MAX_READ]
    if not all(is_english(passage.text) for passage in first):
        # What cannot be read cannot be compared with what can.
        return [passage.id for passage in passages]
    readings = dict(
        zip((passage.id for passage in first), read_passages(question, first), strict=True)
    )
    ordered = sorted(first, key=lambda passage: -_score(passage, readings[passage.id]))
    return [passage.id for passage in (*ordered, *passages[MAX_READ:])]


def _score(passage: Passage, reading: Reading) -> float:
    bounded = max(-MOST_LOG_ODDS, min(MOST_LOG_ODDS, log_odds(reading.answered)))
    return passage.score + READING_WEIGHT * bounded
