"""Every error that this project raises on purpose.

    AssistantError
    ├── QuestionError         a question or query that holds nothing
    ├── SettingsError         a setting, variable or configuration file that cannot be used
    ├── IndexMissingError     there is no index at that place
    ├── IndexMismatchError    the index was made with another embedder, or by a newer version
    ├── IndexDamagedError     the index is there and cannot be read or written
    │   └── IndexReplacedError  it was made anew while it was being read
    ├── IndexUnreachableError the Chroma server that has the index does not answer, or refuses
    ├── RemovalError          more would be removed than is removed without asking
    ├── EmbedderError         the embedder is missing, changed, or its server did not answer
    └── ArticleNotFoundError  no article of the index has that id

The message is one line that says what happened, where, and what to do next: it is meant to be shown to the
user as it stands. Errors of other libraries are wrapped once, in the one module that imports that library.
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
    """The base of all errors here; its text is one line for the user."""


class QuestionError(AssistantError):
    """A question or a query holds nothing."""


class SettingsError(AssistantError):
    """A setting, an environment variable or the configuration file cannot be used."""


class IndexMissingError(AssistantError):
    """There is no index at the given place."""


class IndexMismatchError(AssistantError):
    """The index was made with another embedder or by a newer version of this program."""


class IndexDamagedError(AssistantError):
    """The index is there but cannot be opened or read."""


class IndexReplacedError(IndexDamagedError):
    """Another process put a new index in place of the one that was being read."""


class IndexUnreachableError(AssistantError):
    """The Chroma server that has the index does not answer, or refuses."""


class RemovalError(AssistantError):
    """More articles would be removed than are removed without being asked for."""


class EmbedderError(AssistantError):
    """The embedder's files are missing or changed, or its server did not answer."""


class ArticleNotFoundError(AssistantError):
    """The index holds no article with the given id."""
