"""The errors of chat models; those of everything else are in `index.errors`.

AssistantError
└── ModelError             a model that cannot be used, did not answer, or is not to be paid for
└── ContextLengthError     the prompt was longer than the model takes
"""

from index.errors import AssistantError

__all__ = ["ContextLengthError", "ModelError"]


class ModelError(AssistantError):
    """A chat model cannot be used, or did not answer as one does."""


class ContextLengthError(ModelError):
    """The prompt was longer than the model can take in."""
