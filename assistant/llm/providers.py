"""Chat models by their names: what LangChain's `init_chat_model` is told for each provider, and what cannot be used.

The only module that imports a provider or the client of one.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ModelError
from .faults import Asked, harmless, read_fault, read_retry_after

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = [
    "LOCAL",
    "OPENAI_PLACE",
    "asked",
    "limited",
    "make_chat",
    "make_local",
    "name_of",
    "speaks_openai",
    "without_password",
]

# What stands before the path of a model file.
LOCAL = "gguf:"
# Names without a provider that are OpenAI's; LangChain itself does not know all of them.
OPENAI_NAMES = re.compile(r"(gpt-|o\d|chatgpt|text-davinci)", re.IGNORECASE)
OPENAI_PLACE = "https://api.openai.com/v1"
# Of one request, by the provider's client.
MAX_RETRIES = 2
# The field in which the classes of LangChain keep the most tokens that a reply may have.
LIMITS = ("max_tokens", "max_output_tokens", "num_predict", "max_new_tokens")
# Shorter ones are no keys, but words such as "local" or "none", which stand in other texts too.
SHORTEST_SECRET = 8


def make_chat(name: str, *, timeout: float, context: int | None, **options: Any) -> BaseChatModel:
    """The chat model with that name. Raises ModelError, one line, where there is none or it cannot be used.

    It is as little random as it can be. context: tokens that it is asked to take in, for providers that let a client
    say so.
    """
    provider, model = _parts(name)
    if provider == "openai":
        if "base_url" not in options:
            options |= _openai_server(name)
        if "http_client" not in options:
            options |= _openai_client(timeout)
    full = f"{provider}:{model}" if provider else model
    # Made once to learn what it can be told, and once more to tell it.
    plain = _init(name, full, options)
    return _init(name, full, options | _options(provider, plain, timeout, context))


def make_local(*, url: str, key: str, timeout: float) -> BaseChatModel:
    """A chat model of the server on this machine that serves a model file; no proxy is asked for it."""
    options = _openai_client(timeout, trust_env=False)
    return make_chat(
        "openai:local", timeout=timeout, context=None, base_url=url, api_key=key, **options
    )


def _openai_client(timeout: float, **options: Any) -> dict[str, Any]:
    """What OpenAI's client sends its requests with, so that its retries keep to the time limit."""
    from openai import DefaultHttpxClient

    class Client(DefaultHttpxClient):
        def send(self, request: Any, **how: Any) -> Any:
            try:
                response = super().send(request, **how)
            except Exception as error:
                if read_fault(error).timeout:
                    # The time of the reply is up. OpenAI's client would send its own kind of timeout again.
                    raise TimeoutError from error
                raise
            if (read_retry_after(response.headers) or 0) > timeout:
                response.headers["x-should-retry"] = "false"
            return response

    # Without the options for sockets, LangChain has nothing to warn of where a proxy is set.
    return {"http_client": Client(timeout=timeout, **options), "http_socket_options": ()}


def _parts(name: str) -> tuple[str, str]:
    """The provider, empty where the name does not tell it, and the model."""
    provider, colon, model = name.strip().partition(":")
    if not provider or (colon and not model):
        raise ModelError(
            f"{name!r} names no model: write one such as openai:gpt-5-mini, ollama:qwen3 or gguf:FILE"
        )
    if colon and re.fullmatch(r"\w+", provider) and not OPENAI_NAMES.match(provider):
        return provider.lower(), model
    return ("openai" if OPENAI_NAMES.match(name) else ""), name.strip()


def _openai_server(name: str) -> dict[str, Any]:
    """Key and address for OpenAI's client. A server of one's own needs no key, but the client does."""
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    place = os.environ.get("OPENAI_BASE_URL", "").strip()
    if not key and not place:
        raise ModelError(
            f"{name} needs a key: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"
        )
    if not (key.isascii() and key.isprintable()):
        raise ModelError("the key in OPENAI_API_KEY has characters that no key has: copy it again")
    if place and not _is_address(place):
        raise ModelError(
            f"OPENAI_BASE_URL {harmless(place)!r} is no address: it looks like http://127.0.0.1:8080/v1"
        )
    # Both are said: other variables that the clients look at, for a gateway or an older address, do not count.
    return {"api_key": key or "none", "base_url": place or OPENAI_PLACE}


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _options(
    provider: str, plain: BaseChatModel, timeout: float, context: int | None
) -> dict[str, Any]:
    """Time limit, retries, temperature, usage in streams and size, each as the model's class calls it, if it does."""
    fields = type(plain).model_fields
    known = {*fields, *(field.alias for field in fields.values() if field.alias)}
    # Google's client counts the first request, too.
    retries = MAX_RETRIES + 1 if provider == "google_genai" else MAX_RETRIES
    wanted: dict[str, Any] = {"max_retries": retries, "stream_usage": True}
    # Some take whole seconds only.
    seconds = timeout if timeout < 1 else math.ceil(timeout)
    wanted["timeout" if "timeout" in known else "request_timeout"] = seconds
    if "timeout" not in known and "client_kwargs" in known:
        wanted["client_kwargs"] = {"timeout": seconds}
    if (plain.profile or {}).get("temperature") is not False:
        wanted["temperature"] = 0
    if context:
        # Ollama takes in 4,096 tokens unless told otherwise, and cuts the rest off without a word.
        wanted["num_ctx"] = context
    return {option: value for option, value in wanted.items() if option in known}


def _init(name: str, full: str, options: Mapping[str, Any]) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        chat: BaseChatModel = init_chat_model(full, **options)
    except ImportError as error:
        package = re.search(r"pip install ([\w\[\].-]+)", str(error))
        install = (
            f"`pip install {package[1]}`"
            if package
            else f"what it says is missing ({_said(error)})"
        )
        raise ModelError(
            f"the model {name} needs a package that is not there: install it with {install}"
        ) from error
    except Exception as error:
        if isinstance(error, ValueError) and "model provider" in str(error):
            raise ModelError(
                f"no provider is known for the model {name!r}: name it with its provider, as openai:gpt-5-mini"
            ) from error
        raise ModelError(
            f"the model {name} cannot be used ({_said(error)}): check its name and its key"
        ) from error
    return chat


def _said(error: Exception) -> str:
    """What an exception says, without the values that pydantic repeats, of which one may be the key."""
    errors = getattr(error, "errors", None)
    lines = (
        [str(one.get("msg")) for one in errors()]
        if callable(errors)
        else str(error).strip().splitlines()
    )
    secrets = [
        value
        for name, value in os.environ.items()
        if re.search("KEY|TOKEN|SECRET", name) and len(value) > 7
    ]
    return harmless((lines or [type(error).__name__])[0][:200].rstrip(" .:"), secrets)


def speaks_openai(chat: BaseChatModel) -> bool:
    """Whether the model is asked through OpenAI's client, whosoever serves it."""
    return any(kind.__module__.startswith("langchain_openai.") for kind in type(chat).__mro__)


def limited(chat: BaseChatModel, most: int) -> BaseChatModel:
    """The same model with replies of at most so many tokens; itself where its class has no such limit."""
    for field in LIMITS:
        if field in type(chat).model_fields:
            own = getattr(chat, field)
            return chat.model_copy(
                update={field: min(most, own) if isinstance(own, int) and own > 0 else most}
            )
    return chat


def name_of(chat: BaseChatModel) -> str:
    """A name for a model that was handed over: its provider, and what the provider calls it."""
    return ":".join(filter(None, [_provider(chat), _model(chat)]))


def _provider(chat: BaseChatModel) -> str:
    """The provider as LangChain names its package, else the name that the object or its class has."""
    for kind in type(chat).__mro__:
        package = kind.__module__.partition(".")[0]
        if package.startswith("langchain_") and package != "langchain_core":
            azure = "azure_" if "Azure" in kind.__name__ else ""
            return azure + package.removeprefix("langchain_")
    return chat.name or type(chat).__name__


def _model(chat: BaseChatModel) -> str:
    names = (
        getattr(chat, field, None)
        for field in ("model_name", "model", "model_id", "deployment_name")
    )
    return next((name for name in names if isinstance(name, str) and name), "")


def asked(chat: BaseChatModel, name: str, timeout: float) -> Asked:
    """Whom a request to the model goes to."""
    variables = [
        variable for variable in chat.lc_secrets.values() if variable.endswith(("KEY", "TOKEN"))
    ]
    local = name.startswith(LOCAL)
    return Asked(
        name=name,
        model=Path(name.removeprefix(LOCAL)).name if local else _model(chat) or name,
        place=name if local else _place(chat),
        key="" if local else " or ".join(variables),
        timeout=timeout,
        secrets=tuple(_secrets(chat, variables)),
    )


def _place(chat: BaseChatModel) -> str:
    fields = ("openai_api_base", "base_url", "anthropic_api_url", "endpoint")
    addresses = (getattr(chat, field, None) for field in fields)
    address = next((address for address in addresses if isinstance(address, str) and address), None)
    if address is None:
        return OPENAI_PLACE if _provider(chat) == "openai" else _provider(chat)
    return without_password(address).rstrip("/")


def without_password(address: str) -> str:
    """An address as it may be shown: without a password, and without what stands after a question mark."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _secrets(chat: BaseChatModel, variables: list[str]) -> list[str]:
    held = [
        value.get_secret_value()
        for value in vars(chat).values()
        if hasattr(value, "get_secret_value")
    ]
    found = [*held, *(os.environ.get(variable, "").strip() for variable in variables)]
    return sorted(
        {key for key in found if isinstance(key, str) and len(key) >= SHORTEST_SECRET},
        key=len,
        reverse=True,
    )
