"""The errors of the online half that need a name of their own; the others are in `index.errors`.

AssistantError
├── LogError               the log cannot be used, or has no such turn or session
├── EvaluationError        questions, or a run of them, cannot be read or written
├── ExportError            a session cannot be written to a file
└── ModelError             a model that cannot be used, did not answer, or is not to be paid for
    └── ContextLengthError     the prompt was longer than the model takes
"""

from enum import IntEnum

from index.errors import AssistantError

__all__ = [
    "ContextLengthError",
    "EvaluationError",
    "ExitStatus",
    "ExportError",
    "LogError",
    "ModelError",
]


class ExitStatus(IntEnum):
    """How the command `assistant` ends. SKIPPED: done, except for inputs that were named."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    SKIPPED = 3
    INTERRUPTED = 130


class LogError(AssistantError):
    """The log cannot be opened, read or written, or does not have what was asked for."""


class EvaluationError(AssistantError):
    """Questions with their answers, or a run of them, cannot be read, written or compared."""


class ExportError(AssistantError):
    """A session cannot be written to the file that was named."""


class ModelError(AssistantError):
    """A chat model cannot be used, or did not answer as one does."""


class ContextLengthError(ModelError):
    """The prompt was longer than the model can take in."""
