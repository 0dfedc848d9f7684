"""The settings, and the one order in which they are looked up: argument, environment, file, default."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from index.errors import SettingsError

__all__ = ["QUOTES", "Settings", "config_file", "settings"]

APP = "article-assistant"
# The model that is none: answers are the articles' own sentences.
QUOTES = "quotes"
NAMES = ("index", "embedder", "model")


@dataclass(frozen=True)
class Settings:
    """What can be set. embedder None: the one that the index was made with, or the default for a new index."""

    index: Path
    embedder: str | None
    model: str


def config_file() -> Path:
    """The configuration file: TOML with `index`, `embedder` and `model`, all optional."""
    return platformdirs.user_config_path(APP) / "config.toml"


def settings(*, index: str | Path | None = None, embedder: str | None = None, model: str | None = None) -> Settings:
    """Each setting from its argument, else from ASSISTANT_INDEX, ASSISTANT_EMBEDDER, ASSISTANT_MODEL, else the file."""
    given = {"index": index, "embedder": embedder, "model": model}
    file = _from_file(config_file())
    found = {name: given[name] or os.environ.get(f"ASSISTANT_{name.upper()}") or file.get(name) for name in NAMES}
    model = str(found["model"] or QUOTES)
    if model != QUOTES:
        raise SettingsError(f"model {model!r} cannot be used: this version answers with `{QUOTES}` only")
    place = Path(found["index"]) if found["index"] else platformdirs.user_data_path(APP) / "index"
    return Settings(place.expanduser().absolute(), str(found["embedder"]) if found["embedder"] else None, model)


def _from_file(path: Path) -> dict[str, str]:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read ({error}): mend it or move it away") from error
    for name, value in values.items():
        if name not in NAMES or not isinstance(value, str):
            raise SettingsError(f"{path}: {name!r} is no setting or not a text: known are {', '.join(NAMES)}")
    return values
