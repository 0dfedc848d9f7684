"""A model file on this machine, served by llama.cpp inside this program.

The server listens on loopback at a free port, wants a key that nobody else knows, is started once for each file, and
ends with the program. It is asked through the same client as every other model.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ModelError

__all__ = ["LocalServer", "serve"]

MAGIC = b"GGUF"
DEFAULT_CONTEXT = 8192


@dataclass(frozen=True)
class LocalServer:
    """Where a model file is served, and the key for it."""

    url: str
    key: str
    context: int


_servers: dict[tuple[Path, int], tuple[LocalServer, Any]] = {}
_lock = threading.Lock()


def serve(path: Path, context: int | None = None) -> LocalServer:
    """Serve the GGUF file at `path` with room for `context` tokens (default: 8192). Raises ModelError, one line."""
    size = context or DEFAULT_CONTEXT
    with _lock:
        key = path.expanduser().resolve(), size
        if key not in _servers:
            _servers[key] = _start(*key)
        return _servers[key][0]


def _start(path: Path, context: int) -> tuple[LocalServer, Any]:
    if importlib.util.find_spec("xllamacpp") is None:
        raise ModelError(f"gguf:{path} needs xllamacpp: install it with `pip install 'article-assistant[local]'`")
    _check(path)
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count() or 1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    # Without this it writes to standard output, where the answer goes.
    params.verbosity = -1
    key = secrets.token_urlsafe(24)
    params.api_keys = [key]
    try:
        server = xllamacpp.Server(params)
    except Exception as error:
        raise ModelError(f"{path} cannot be loaded by llama.cpp ({error}): is the file whole?") from error
    return LocalServer(f"{server.listening_address}/v1", key, context), server


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read ({error.strerror}): name a model file, as in gguf:model.gguf"
        ) from error
    if magic != MAGIC:
        raise ModelError(f"{path} is no GGUF file: name one that llama.cpp can run")
