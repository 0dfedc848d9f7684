"""Rerank the best passages of a search by how likely the reader finds it that they answer."""

from __future__ import annotations

from collections.abc import Sequence

from index.articles import Passage
from index.text.sentences import sentences
from index.text.terms import is_english

from ..llm.packing import head_line
from ..reading.answers import Reading, answer_model, log_odds

__all__ = ["MAX_READ_PASSAGES", "focus", "read_passages", "rerank_passages"]

# The reader reads this much of a question.
MAX_QUESTION_WORDS = 50
# Passages read for one question; the others stay behind them.
MAX_READ_PASSAGES = 8
# The weight of the log odds of an answer, which are bounded, beside the score of the search.
READING_WEIGHT, MAX_LOG_ODDS = 0.1, 5.0


def read_passages(question: str, passages: Sequence[Passage]) -> list[Reading]:
    """A reading of each passage, in this order."""
    shown = [(head_line(passage.article), passage.text) for passage in passages]
    return answer_model().read(focus(question), shown)


def focus(question: str) -> str:
    """The question; of a long one the last sentence that asks, or else the end."""
    if len(question.split()) <= MAX_QUESTION_WORDS:
        return question
    found = [question[start:end] for start, end in sentences(question)]
    asking = [sentence for sentence in found if sentence.endswith("?")]
    *_, focus = ["", *found, *asking]
    return " ".join(focus.split()[-MAX_QUESTION_WORDS:])


def rerank_passages(question: str, passages: Sequence[Passage]) -> list[str]:
    """Ids of the passages (best first, with scores), the first ones reordered by score and reading.

    The order stays where one of them is not in English, which the reader cannot read.
    """
    ids = [passage.id for passage in passages]
    first = passages[:MAX_READ_PASSAGES]
    if not all(is_english(passage.text) for passage in first):
        return ids
    scores: dict[str, float] = {}
    for passage, reading in zip(first, read_passages(question, first), strict=True):
        bounded = max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, log_odds(reading.answered)))
        scores[passage.id] = passage.score + READING_WEIGHT * bounded
    return sorted(scores, key=lambda passage: -scores[passage]) + ids[len(first) :]
