"""How good answers are: questions with known answers, asked, scored, and reported with intervals.

from assistant.evaluation import evaluate
print(evaluate("questions.jsonl", index="my-index").measures["right"])
"""

from .evaluating import evaluate
from .report import Report, compare

__all__ = ["Report", "compare", "evaluate"]
