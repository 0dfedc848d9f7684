"""Chat models by their names, made as each provider wants it.

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
from .faults import FaultKind, Target, one_safe_line, read_fault, read_retry_after

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = [
    "LOCAL",
    "make_chat",
    "make_local",
    "name_of",
    "openai_address",
    "speaks_openai",
    "target_of",
    "with_reply_limit",
    "without_password",
]

# The prefix of a name that is the path of a model file.
LOCAL = "gguf:"
# Names without a provider that are OpenAI's; LangChain itself does not know all of them.
OPENAI_NAME = re.compile(r"(gpt-|o\d|chatgpt|text-davinci)", re.IGNORECASE)
OPENAI_ADDRESS = "https://api.openai.com/v1"
# Of one request, by the provider's client.
MAX_RETRIES = 2
# LangChain's classes have different names for the same thing.
LIMIT_FIELDS = ("max_tokens", "max_output_tokens", "num_predict", "max_new_tokens")
MODEL_FIELDS = ("model_name", "model", "model_id", "deployment_name")
ADDRESS_FIELDS = ("openai_api_base", "base_url", "anthropic_api_url", "endpoint")
PROVIDER_PACKAGE = re.compile(r"langchain_(?!core\b)(\w+)")
PRINTABLE_ASCII = re.compile(r"[ -~]*")
SECRET_VARIABLE = re.compile("KEY|TOKEN|SECRET")
# Shorter values are no keys, but words such as "local" or "none", which other texts have too.
MIN_SECRET_CHARS = 8


def make_chat(name: str, *, timeout: float, context: int | None) -> BaseChatModel:
    """The chat model with that name, as little random as it can be.

    context: tokens that it is asked to take in, if its provider lets a client say so.
    Raises ModelError if there is no such model or it cannot be used.
    """
    provider, model = _split_name(name)
    full_name = f"{provider}:{model}" if provider else model
    options = {}
    if provider == "openai":
        options = _openai_server(name) | _openai_client(timeout)
    # Made once to learn which options its class has, and once more with them.
    plain = _init(name, full_name, options)
    return _init(name, full_name, options | _options(provider, plain, timeout, context))


def make_local(*, url: str, key: str, timeout: float) -> BaseChatModel:
    """A chat model of the server on this machine that serves a model file; it uses no proxy."""
    name = "openai:local"
    options = {"base_url": url, "api_key": key, **_openai_client(timeout, trust_env=False)}
    plain = _init(name, name, options)
    return _init(name, name, options | _options("openai", plain, timeout, None))


def _split_name(name: str) -> tuple[str, str]:
    """The provider, empty if the name does not tell it, and the model."""
    name = name.strip()
    if not re.fullmatch("[^:]+(:.+)?", name):
        raise ModelError(
            f"{name!r} names no model: write a name such as openai:gpt-5-mini, ollama:qwen3 "
            "or gguf:FILE"
        )
    if OPENAI_NAME.match(name):
        return "openai", name
    with_provider = re.fullmatch(r"(\w+):(.+)", name)
    return (with_provider[1].lower(), with_provider[2]) if with_provider else ("", name)


def openai_address() -> str:
    """The address of OpenAI's server, or of the one that speaks its protocol instead."""
    return os.environ.get("OPENAI_BASE_URL", "").strip() or OPENAI_ADDRESS


def _openai_server(name: str) -> dict[str, Any]:
    """Key and address for OpenAI's client, which needs a key also for a server that needs none."""
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    address = openai_address()
    if address == OPENAI_ADDRESS and not key:
        raise ModelError(
            f"{name} needs a key: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"
        )
    if not PRINTABLE_ASCII.fullmatch(key):
        raise ModelError("OPENAI_API_KEY has characters that no key has: copy the key again")
    if not _is_address(address):
        raise ModelError(
            f"OPENAI_BASE_URL {one_safe_line(address)!r} is not an address: "
            "set one such as http://127.0.0.1:8080/v1"
        )
    # Given in any case: the client would look at other variables, for a gateway or an old address.
    return {"api_key": key or "none", "base_url": address}


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return all((parts.scheme in {"http", "https"}, parts.hostname, parts.port != 0))
    except ValueError:
        return False


def _openai_client(timeout: float, **options: Any) -> dict[str, Any]:
    """What OpenAI's client sends its requests with, so that its retries keep to the time limit."""
    from openai import DefaultHttpxClient

    class Client(DefaultHttpxClient):
        def send(self, request: Any, **how: Any) -> Any:
            try:
                response = super().send(request, **how)
            except Exception as error:
                if read_fault(error).kind is FaultKind.TIMEOUT:
                    # The time is up. OpenAI's client would send again after a timeout of its own.
                    raise TimeoutError from error
                raise
            if (read_retry_after(response.headers) or 0) > timeout:
                response.headers["x-should-retry"] = "false"
            return response

    # Without the options for sockets, LangChain has nothing to warn of where a proxy is set.
    return {"http_client": Client(timeout=timeout, **options), "http_socket_options": ()}


def _options(
    provider: str, plain: BaseChatModel, timeout: float, context: int | None
) -> dict[str, Any]:
    """Time limit, retries, temperature, usage and context, as far as the model's class has them."""
    # Some classes take whole seconds only.
    seconds = timeout if timeout < 1 else math.ceil(timeout)
    wanted: dict[str, Any] = {
        # Google's client counts the first request, too.
        "max_retries": MAX_RETRIES + (provider == "google_genai"),
        "stream_usage": True,
        "timeout": seconds,
        "request_timeout": seconds,
        "client_kwargs": {"timeout": seconds},
        "temperature": 0,
        # Ollama takes in 4,096 tokens by default, and cuts the rest off without a word.
        "num_ctx": context,
    }
    fields = type(plain).model_fields
    known = {*fields, *(field.alias for field in fields.values())}
    if "timeout" in known:
        known -= {"request_timeout", "client_kwargs"}
    if (plain.profile or {}).get("temperature") is False:
        known.discard("temperature")
    return {
        option: wanted[option] for option in wanted.keys() & known if wanted[option] is not None
    }


def _init(name: str, full_name: str, options: Mapping[str, Any]) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        chat: BaseChatModel = init_chat_model(full_name, **options)
    except ImportError as error:
        package = re.search(r"pip install ([\w\[\].-]+)", str(error))
        advice = f"`pip install {package[1]}`" if package else f"its package ({_message_of(error)})"
        raise ModelError(
            f"the model {name} needs a package that is not installed: install {advice}"
        ) from error
    except Exception as error:
        if isinstance(error, ValueError) and "model provider" in str(error):
            raise ModelError(
                f"the provider of the model {name!r} is not known: "
                "name it with its provider, as openai:gpt-5-mini"
            ) from error
        raise ModelError(
            f"the model {name} cannot be used ({_message_of(error)}): check its name and its key"
        ) from error
    return chat


def _message_of(error: Exception) -> str:
    """The message of an exception, without the values that pydantic repeats: one may be the key."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if callable(getattr(error, "errors", None)):
        reason = str(error.errors()[0].get("msg"))  # type: ignore[attr-defined]
    variables = [name for name in os.environ if SECRET_VARIABLE.search(name)]
    return one_safe_line(reason[:200].rstrip(" .:"), _secrets(variables))


def _secrets(variables: list[str], *more: str) -> list[str]:
    """The values of these variables and others, the longest first, without what is no secret."""
    values = {*more, *(os.environ.get(variable, "").strip() for variable in variables)}
    return sorted((v for v in values if len(v) >= MIN_SECRET_CHARS), key=len, reverse=True)


def speaks_openai(chat: BaseChatModel) -> bool:
    """Whether the model is asked through OpenAI's client, whoever serves it."""
    return any(kind.__module__.startswith("langchain_openai.") for kind in type(chat).__mro__)


def with_reply_limit(chat: BaseChatModel, max_tokens: int) -> BaseChatModel:
    """The same model with replies of `max_tokens` at most; itself if its class has no limit."""
    for field in LIMIT_FIELDS:
        if field in type(chat).model_fields:
            own = getattr(chat, field)
            limit = min(max_tokens, own) if isinstance(own, int) and own > 0 else max_tokens
            return chat.model_copy(update={field: limit})
    return chat


def name_of(chat: BaseChatModel) -> str:
    """The name of a model that was made elsewhere: its provider, and its name there."""
    model = _text_field(chat, MODEL_FIELDS)
    return f"{_provider(chat)}:{model}" if model else _provider(chat)


def _provider(chat: BaseChatModel) -> str:
    """The provider as LangChain names its package, else the name of the object or its class."""
    for kind in type(chat).__mro__:
        package = PROVIDER_PACKAGE.match(kind.__module__)
        if package:
            azure = "azure_" if "Azure" in kind.__name__ else ""
            return azure + package[1]
    return chat.name or type(chat).__name__


def _text_field(chat: BaseChatModel, fields: tuple[str, ...]) -> str:
    """The first of the fields that holds a text; empty if none does."""
    for field in fields:
        value = getattr(chat, field, None)
        if isinstance(value, str) and value:
            return value
    return ""


def target_of(chat: BaseChatModel, name: str, timeout: float) -> Target:
    """Where a request to the model goes."""
    keys = [name for name in chat.lc_secrets.values() if name.endswith(("KEY", "TOKEN"))]
    fields = vars(chat).values()
    given = [str(one.get_secret_value()) for one in fields if hasattr(one, "get_secret_value")]
    secrets = tuple(_secrets(keys, *given))
    if name.startswith(LOCAL):
        file = Path(name.removeprefix(LOCAL)).name
        return Target(name=name, model=file, place=name, key="", timeout=timeout, secrets=secrets)
    return Target(
        name=name,
        model=_text_field(chat, MODEL_FIELDS) or name,
        place=_address_or_provider(chat),
        key=" or ".join(keys),
        timeout=timeout,
        secrets=secrets,
    )


def _address_or_provider(chat: BaseChatModel) -> str:
    """The address of the server, else the provider."""
    address = _text_field(chat, ADDRESS_FIELDS)
    if address:
        return without_password(address).rstrip("/")
    return OPENAI_ADDRESS if _provider(chat) == "openai" else _provider(chat)


def without_password(address: str) -> str:
    """An address without a password and without a query."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
