"""How good answers are: questions with known answers, asked, scored, and reported with intervals.

from assistant.evaluation import EvaluationOptions, evaluate
report = evaluate("questions.jsonl", EvaluationOptions(index="my-index"))
print(report.measures["right"])
"""

from .evaluating import EvaluationOptions, evaluate, report_run
from .report import Report, compare

__all__ = ["EvaluationOptions", "Report", "compare", "evaluate", "report_run"]
