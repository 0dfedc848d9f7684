"""Every error that this project raises on purpose.

    AssistantError
    ├── QuestionError         a question or query is empty or too long
    ├── SettingsError         a setting, variable or configuration file cannot be used
    ├── IndexMissingError     there is no index in that place
    ├── IndexMismatchError    the index was made with another embedder, or by a newer version
    ├── IndexDamagedError     the index is there but cannot be read or written
    │   └── IndexReplacedError  another process rebuilt it while it was being read
    ├── IndexUnreachableError the Chroma server with the index does not answer, or refuses
    ├── RemovalError          too many articles would be removed without a confirmation
    ├── EmbedderError         the embedder is missing or changed, or its server does not answer
    └── ArticleNotFoundError  the index has no article with that id

The message is one line that says what happened, where, and what to do next: it is shown to the user
as it is. Errors of other libraries are wrapped once, in the one module that imports that library.
"""

__all__ = [
    "ArticleNotFoundError",
    "AssistantError",
    "EmbedderError",
    "IndexDamagedError",
    "IndexMismatchError",
    "IndexMissingError",
    "IndexReplacedError",
    "IndexUnreachableError",
    "QuestionError",
    "RemovalError",
    "SettingsError",
]


class AssistantError(Exception):
    """The base of all these errors."""


class QuestionError(AssistantError):
    """A question or query is empty or too long."""


class SettingsError(AssistantError):
    """A setting, environment variable or configuration file cannot be used."""


class IndexMissingError(AssistantError):
    """There is no index in that place."""


class IndexMismatchError(AssistantError):
    """The index was made with another embedder, or by a newer version."""


class IndexDamagedError(AssistantError):
    """The index is there but cannot be read or written."""


class IndexReplacedError(IndexDamagedError):
    """Another process rebuilt the index while it was being read."""


class IndexUnreachableError(AssistantError):
    """The Chroma server with the index does not answer, or refuses."""


class RemovalError(AssistantError):
    """Too many articles would be removed without a confirmation."""


class EmbedderError(AssistantError):
    """The embedder is missing or changed, or its server does not answer."""


class ArticleNotFoundError(AssistantError):
    """The index has no article with that id."""
