"""The settings, and the one order in which they are looked up: argument, environment, file, default."""

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

# The model that is none: answers are the articles' own sentences.
QUOTES = "quotes"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _place(value: object) -> Path:
    return Path(_text(value)).expanduser().absolute()


def _index(value: object) -> str | Path:
    """An address of a server as it is, anything else as a place."""
    return _text(value) if is_address(_text(value)) else _place(value)


def _amount(value: object) -> float:
    try:
        amount = (
            float(value)
            if isinstance(value, str | int | float) and not isinstance(value, bool)
            else 0.0
        )
    except ValueError:
        amount = 0.0
    if not 0 < amount < float("inf"):
        raise ValueError("a number above 0")
    return amount


def _tokens(value: object) -> int:
    amount = _amount(value)
    if amount != int(amount) or amount < 512:
        raise ValueError("a whole number of tokens from 512")
    return int(amount)


def _passage_tokens(value: object) -> int:
    text = str(value).strip()
    if not (text.isascii() and text.isdecimal() and 20 <= int(text) <= 2000):
        raise ValueError("a whole number of tokens from 20 to 2000")
    return int(text)


def _log(value: object) -> str:
    """`on`, `off`, or the file."""
    if isinstance(value, bool):
        return "on" if value else "off"
    text = _text(value).strip()
    if not text:
        raise ValueError("`on`, `off` or a file")
    switch = {
        "1": "on",
        "on": "on",
        "true": "on",
        "yes": "on",
        "0": "off",
        "off": "off",
        "false": "off",
        "no": "off",
    }
    return switch.get(text.lower()) or str(_place(text))


# How each setting is read; the ValueError says what it should have been.
READERS: dict[str, Callable[[Any], Any]] = {
    "index": _index,
    "embedder": _text,
    "passage_tokens": _passage_tokens,
    "model": _text,
    "timeout": _amount,
    "max_cost": _amount,
    "context": _tokens,
    "cache": _place,
    "log": _log,
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be set.

    index: a folder, or the address of a Chroma server.
    embedder: None for the one that the index was made with, or the default for a new index.
    passage_tokens: the most tokens that a passage has; None likewise.
    timeout: seconds that a model may take for an answer.
    max_cost: dollars that all answers of one `Assistant` may cost together; None for no bound.
    context: tokens that prompt and reply may have together; None for what is known of the model.
    cache: folder of the replies and vectors that were paid for once; None for no cache.
    log: `on`, `off` or the file in which turns are kept; None where nothing is said: on in the chat, off elsewhere.
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

        wanted: what an argument says, which counts first. default: what holds where nothing is said.
        """
        on = wanted if wanted is not None else self.log != "off" if self.log else default
        named = self.log if self.log not in ("on", "off") else None
        return (
            (Path(named) if named else platformdirs.user_data_path(APP) / "log.db") if on else None
        )


def config_file() -> Path:
    """The configuration file: TOML with any of the settings."""
    return platformdirs.user_config_path(APP) / "config.toml"


def state_folder() -> Path:
    """Where the program remembers what it has said."""
    return platformdirs.user_state_path(APP)


def settings(**arguments: object) -> Settings:
    """Each setting from its argument, else from ASSISTANT_INDEX and so on, else from the file, else the default."""
    path = config_file()
    found: dict[str, Any] = {"index": platformdirs.user_data_path(APP) / "index"}
    for name, value in _from_file(path).items():
        if name not in READERS:
            raise SettingsError(
                f"{path}: there is no setting {name!r}: known are {', '.join(READERS)}"
            )
        found[name] = _read(name, value, f"{path}: {name}")
    for name in READERS:
        variable = f"ASSISTANT_{name.upper()}"
        if os.environ.get(variable):
            found[name] = _read(name, os.environ[variable], variable)
        if arguments.get(name) is not None:
            found[name] = _read(name, _plain(arguments[name]), name)
    return Settings(**found)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def _read(name: str, value: object, where: str) -> Any:
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
        raise SettingsError(f"{path} cannot be read ({error}): mend it or move it away") from error
