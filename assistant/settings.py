"""The settings, each from its argument, the environment, the file or the default, in this order."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from index.errors import SettingsError
from index.storage.place import APP, is_address

__all__ = ["QUOTES", "Settings", "config_file", "settings", "state_folder"]

# Instead of a model: answers are the articles' own sentences.
QUOTES = "quotes"


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _read_path(value: object) -> Path:
    return Path(_read_text(value)).expanduser().absolute()


def _read_index(value: object) -> str | Path:
    """The address of a server unchanged; anything else as a path."""
    return _read_text(value) if is_address(_read_text(value)) else _read_path(value)


def _read_amount(value: object) -> float:
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            amount = float(value)
            if 0 < amount < float("inf"):
                return amount
    except ValueError:
        pass
    raise ValueError("a number above 0")


def _read_tokens(value: object) -> int:
    amount = _read_amount(value)
    if amount != int(amount) or amount < 512:
        raise ValueError("a whole number of tokens from 512")
    return int(amount)


def _read_passage_tokens(value: object) -> int:
    text = str(value).strip()
    if not (text.isascii() and text.isdecimal() and 20 <= int(text) <= 2000):
        raise ValueError("a whole number of tokens from 20 to 2000")
    return int(text)


def _read_log(value: object) -> str:
    """`on`, `off`, or the file."""
    if isinstance(value, bool):
        return "on" if value else "off"
    text = _read_text(value).strip()
    if not text:
        raise ValueError("`on`, `off` or a file")
    if text.lower() in ("1", "on", "true", "yes"):
        return "on"
    return "off" if text.lower() in ("0", "off", "false", "no") else str(_read_path(text))


# How each setting is read; the ValueError names what it must be.
READERS: dict[str, Callable[[Any], Any]] = {
    "index": _read_index,
    "embedder": _read_text,
    "passage_tokens": _read_passage_tokens,
    "model": _read_text,
    "timeout": _read_amount,
    "max_cost": _read_amount,
    "context": _read_tokens,
    "cache": _read_path,
    "log": _read_log,
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one assistant.

    index: a folder, or the address of a Chroma server.
    embedder: None for the embedder of the index, or the default for a new index.
    passage_tokens: the maximum length of a passage; None likewise.
    timeout: seconds that a model may take for an answer.
    max_cost: dollars that all answers of one `Assistant` may cost together; None for no limit.
    context: tokens of prompt and reply together; None for the known size of the model.
    cache: folder for replies and vectors that were paid for; None for no cache.
    log: `on`, `off` or a file for the turns; None for on in the chat, off elsewhere.
    """

    index: str | Path
    embedder: str | None = None
    passage_tokens: int | None = None
    model: str = QUOTES
    timeout: float = 120.0
    max_cost: float | None = None
    context: int | None = None
    cache: Path | None = None
    log: str | None = None

    def log_file(self, wanted: bool | None = None, *, default: bool = False) -> Path | None:
        """The file in which turns are kept; None if they are not.

        wanted: an argument, which counts before the setting. default: for neither.
        """
        on = wanted
        if on is None:
            on = self.log != "off" if self.log else default
        if not on:
            return None
        if self.log in (None, "on", "off"):
            return platformdirs.user_data_path(APP) / "log.db"
        return Path(self.log)


def config_file() -> Path:
    """The configuration file: TOML with any of the settings."""
    return platformdirs.user_config_path(APP) / "config.toml"


def state_folder() -> Path:
    """The folder of the chat's history and of hints that were shown once."""
    return platformdirs.user_state_path(APP)


def settings(**arguments: object) -> Settings:
    """Each setting from its argument, else ASSISTANT_INDEX and so on, the file, the default."""
    path = config_file()
    found: dict[str, Any] = {"index": platformdirs.user_data_path(APP) / "index"}
    for name, value in _from_file(path).items():
        if name not in READERS:
            raise SettingsError(
                f"{path}: there is no setting {name!r}: the settings are {', '.join(READERS)}"
            )
        found[name] = _read_setting(name, value, f"{path}: {name}")
    for name in READERS:
        variable = f"ASSISTANT_{name.upper()}"
        if os.environ.get(variable):
            found[name] = _read_setting(name, os.environ[variable], variable)
        if arguments.get(name) is not None:
            found[name] = _read_setting(name, _path_text(arguments[name]), name)
    return Settings(**found)


def _path_text(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def _read_setting(name: str, value: object, where: str) -> Any:
    try:
        return READERS[name](value)
    except ValueError as error:
        raise SettingsError(f"{where} is {value!r}: it must be {error}") from None


def _from_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path} cannot be read ({error}): repair it or move it away"
        ) from error
