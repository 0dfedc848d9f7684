"""A model file on this machine, served by llama.cpp inside this program.

The server listens on loopback at a free port, wants a key that nobody else knows, is started once
for each file, and ends with the program. It is asked through the same client as any other model.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import logging
import os
import secrets
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ModelError

__all__ = ["LocalServer", "serve"]

logger = logging.getLogger(__name__)

MAGIC = b"GGUF"


@dataclass(frozen=True)
class LocalServer:
    """Where a model file is served, and the key for it.

    context: tokens of prompt and reply together; not more than the model was trained for.
    version: tells the file from another one under the same name.
    """

    url: str
    key: str
    context: int
    version: str


_servers: dict[tuple[Path, int], tuple[LocalServer, Any]] = {}
_servers_lock = threading.Lock()


def serve(path: Path, context: int) -> LocalServer:
    """Serve the GGUF file at `path` with room for `context` tokens. Raises ModelError."""
    with _servers_lock:
        place = path.expanduser().resolve(), context
        if place not in _servers:
            _servers[place] = _start(*place)
        return _servers[place][0]


@atexit.register
def _stop() -> None:
    # While the interpreter still runs: the servers end their threads when nothing refers to them.
    _servers.clear()


def _start(path: Path, context: int) -> tuple[LocalServer, Any]:
    if importlib.util.find_spec("xllamacpp") is None:
        raise ModelError(
            f"gguf:{path} needs xllamacpp: install it with `pip install 'quoteproof[local]'`"
        )
    version = _version(path)
    import xllamacpp

    key, begun = secrets.token_urlsafe(24), time.perf_counter()
    try:
        server = xllamacpp.Server(_settings(xllamacpp.CommonParams(), path, context, key))
    except Exception as error:
        raise ModelError(
            f"llama.cpp cannot load {path}: the file is damaged or incomplete, larger than the "
            "memory, or of a kind that llama.cpp does not know; download it again, or name another"
        ) from error
    url = f"{server.listening_address}/v1"
    logger.info("%s is served at %s, after %.2f s", path, url, time.perf_counter() - begun)
    return LocalServer(url, key, min(context, _trained_context(server, url, key)), version), server


def _settings(params: Any, path: Path, context: int, key: str) -> Any:
    params.model.path = str(path)
    params.n_ctx = context
    params.n_parallel = 1
    # Every thread waits for the slowest at each layer of each token: one core that something else
    # wants for a moment makes a token take 30 times as long. A whole prompt is read in a few large
    # steps, where this matters little.
    params.cpuparams.n_threads = max(1, _cores() - 1)
    params.cpuparams_batch.n_threads = _cores()
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.ui = False
    # For _trained_context.
    params.endpoint_metrics = True
    # A cache of earlier prompts may take 8 GiB.
    params.cache_ram_mib = 0
    # The server writes to standard error otherwise.
    params.verbosity = -1
    return params


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _trained_context(server: Any, url: str, key: str) -> int:
    """The tokens that the model was trained to take in."""
    # A server that is stopped before its loop runs never stops. Only the loop answers this.
    server.handle_metrics()
    headers = {"Authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"{url}/models", headers=headers)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=60) as response:
        return int(json.load(response)["data"][0]["meta"]["n_ctx_train"])


def _version(path: Path) -> str:
    """The file's path, size and time of change. Raises ModelError if it is no GGUF file."""
    try:
        with path.open("rb") as file:
            magic, facts = file.read(len(MAGIC)), os.fstat(file.fileno())
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read ({error.strerror}): name a model file, as gguf:model.gguf"
        ) from error
    if magic != MAGIC:
        raise ModelError(f"{path} is not a GGUF file: name one that llama.cpp can run")
    return f"{path} {facts.st_size} {facts.st_mtime_ns}"
