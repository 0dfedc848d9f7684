"""Chat models: how one is named, asked and counted, and what can go wrong, in one form for all providers."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.runnables import RunnableConfig

from index.articles import digest
from index.cache import Cache
from index.errors import AssistantError
from index.tokens import count_tokens

from .answer import Usage
from .errors import ContextLengthError, ModelError
from .local_model import serve
from .prices import Purse

__all__ = ["ChatModel", "Reply", "make_model"]

ATTEMPTS = 3
# Seconds before the second and the third attempt, and the longest wait that a server may ask for.
PAUSES = (1.0, 2.0)
LONGEST_PAUSE = 30.0
PASSING = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
# No answer is so long; a model that does not stop is stopped.
LONGEST_REPLY = 16_000
DEFAULT_CONTEXT = 8192
# Tokens of an unknown vocabulary against those of cl100k. Older and smaller vocabularies make more of a text, most of
# one that is not in Latin letters, for which one token a UTF-8 byte is the upper bound.
SAFETY = 1.35
TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|context (?:window|size|length)"
    r"|prompt is too long|too many tokens|input is too long",
    re.I,
)
STOPPED = {
    "length": "it reached the greatest length that was allowed",
    "max_tokens": "it reached the greatest length that was allowed",
    "MAX_TOKENS": "it reached the greatest length that was allowed",
    "content_filter": "the provider's content filter stopped it",
    "refusal": "the provider's content filter stopped it",
    "SAFETY": "the provider's content filter stopped it",
}
THINK, THOUGHT_ENDS = "<think>", "</think>"
# Models that take no temperature.
REASONING = ("gpt-5", "o1", "o3", "o4")
OPENAI = ("gpt-", "o1", "o3", "o4", "chatgpt")
LAST_LATIN = 0x24F

Notice = Callable[[str], None]


@dataclass
class Reply:
    """What has come of a reply so far, what it used, and why it ended before its end, if it did."""

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    stopped: str | None = None


@dataclass(frozen=True)
class ChatModel:
    """A chat model as the chain uses it.

    context: tokens that prompt and reply may have together. timeout: seconds that a reply may take.
    """

    name: str
    chat: BaseChatModel
    context: int
    timeout: float
    purse: Purse
    cache: Cache | None = None

    def count_tokens(self, text: str) -> int:
        """Tokens of a text: as OpenAI counts them for its models, else an estimate that is rather too high."""
        [tokens] = count_tokens([text])
        if self.name.startswith(("openai:", "gpt-")):
            return tokens
        unusual = sum(len(char.encode("utf-8", "replace")) for char in text if ord(char) > LAST_LATIN)
        return int(tokens * SAFETY) + unusual // 2

    def write(
        self, prompt: str, reply: Reply, *, most: int, config: RunnableConfig | None, notice: Notice
    ) -> Iterator[str]:
        """What the model writes, piece by piece; `reply` is complete when the last piece is out.

        most: tokens that the reply may have. notice: is told of each retry.
        Raises ModelError if nothing came. A fault after the first words ends the reply, and `reply.stopped` names it.
        """
        key = digest("reply", self.name, _place(self.chat), str(self.chat.asdict()), str(most), prompt)
        known = self.cache.get([key]).get(key) if self.cache else None
        if known is not None:
            reply.text = known.decode()
            yield reply.text
            return
        yield from self._written(
            prompt, reply, self.purse.reply_tokens(self.count_tokens(prompt), most), config, notice
        )
        if self.cache and not reply.stopped:
            self.cache.put({key: reply.text.encode()})

    def _written(
        self, prompt: str, reply: Reply, most: int, config: RunnableConfig | None, notice: Notice
    ) -> Iterator[str]:
        whole = AIMessageChunk(content="")

        def texts() -> Iterator[str]:
            nonlocal whole
            for chunk in self._chunks(prompt, most, config, notice):
                whole += chunk
                yield chunk.text

        try:
            for piece in _without_thoughts(texts()):
                reply.text += piece
                yield piece
                if len(reply.text) > LONGEST_REPLY:
                    reply.stopped = f"it was longer than {LONGEST_REPLY} characters"
                    break
        except ModelError as error:
            if not reply.text.strip():
                raise
            reply.stopped = str(error)
        finally:
            used = whole.usage_metadata
            reply.usage = self.purse.pay(*((used["input_tokens"], used["output_tokens"]) if used else (None, None)))
        reply.stopped = reply.stopped or _stopped_early(whole)
        if not reply.text.strip():
            raise ModelError(f"{self.name} wrote nothing" + (f": {reply.stopped}" if reply.stopped else ": ask again"))

    def _chunks(
        self, prompt: str, most: int, config: RunnableConfig | None, notice: Notice
    ) -> Iterator[AIMessageChunk]:
        """The chunks of the reply; asked for again, a few times, as long as nothing has come and the fault may pass."""
        limits: dict[str, Any] = {"max_tokens": most} if "max_tokens" in type(self.chat).model_fields else {}
        deadline = time.monotonic() + self.timeout
        for attempt in range(ATTEMPTS):
            came = False
            try:
                for chunk in self.chat.stream([HumanMessage(prompt)], config, **limits):
                    came = came or bool(chunk.text)
                    yield chunk
                    if time.monotonic() > deadline:
                        raise ModelError(self._too_slow)
                return
            except AssistantError:
                raise
            except Exception as error:
                pause = None if came or attempt + 1 == ATTEMPTS else self._pause(error, attempt)
                if pause is None or time.monotonic() + pause > deadline:
                    raise self._explained(error, attempt + 1) from error
                notice(f"{self.name} {_fault(error)}: trying again in {pause:g} s ({attempt + 2} of {ATTEMPTS})")
                time.sleep(pause)

    @property
    def _too_slow(self) -> str:
        return f"{self.name} did not finish within {self.timeout:g} s: try again, or give it longer with --timeout"

    def _pause(self, error: Exception, attempt: int) -> float | None:
        """Seconds to wait before asking again; None if that is of no use."""
        status = _status(error)
        if _is_timeout(error) or _is_out_of_money(error) or (status is not None and status not in PASSING):
            return None
        if status is None and not _is_connection(error):
            return None
        asked = _retry_after(error)
        if asked is not None and asked > LONGEST_PAUSE:
            return None
        return max(PAUSES[attempt], asked or 0.0)

    def _explained(self, error: Exception, attempts: int) -> ModelError:
        """The error as one line for the user."""
        status, said, where = _status(error), _said(error), _place(self.chat)
        tries = f" after {attempts} attempts" if attempts > 1 else ""
        if TOO_LONG.search(f"{getattr(error, 'code', '')} {getattr(error, 'body', '')} {said}") and status in (
            None,
            400,
            413,
            422,
            500,
        ):
            return ContextLengthError(f"the passages are too long for {self.name} ({said}): set --context")
        if _is_timeout(error):
            return ModelError(self._too_slow)
        if _is_out_of_money(error):
            return ModelError(f"{where} says that the account has no money left: see its billing page")
        if status == 401:
            return ModelError(f"{where} refused the key: check {_key_variable(self.name)}")
        if status == 403:
            return ModelError(f"{where} does not allow {self.name} with this key ({said})")
        if status == 404:
            return ModelError(f"{where} knows no model {self.name.rpartition(':')[2]!r}: check its name ({said})")
        if status == 429:
            asked = _retry_after(error)
            wait = f": it asks to wait {asked:g} s" if asked else ": wait a minute and ask again"
            return ModelError(f"{self.name} is asked too much{tries} (429){wait}")
        if status is not None and status >= 500:
            return ModelError(f"{self.name} {_fault(error)}{tries}: try again later")
        if status is not None:
            return ModelError(f"{where} refused the request ({status}: {said})")
        if _is_connection(error):
            return ModelError(
                f"the connection to {where} failed{tries} ({said}): is the server running, and the network there?"
            )
        return ModelError(f"{where} did not answer as a chat model does ({type(error).__name__}: {said})")


def _fault(error: Exception) -> str:
    status = _status(error)
    if status == 429:
        return "is asked too much (429)"
    return f"is not available ({status})" if status else "cannot be reached"


def _status(error: Exception) -> int | None:
    """The HTTP status of an error, however the provider's package keeps it."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "http_status", "status", "code"):
            value = getattr(holder, name, None)
            if isinstance(value, int) and 400 <= value < 600:
                return value
    return None


def _said(error: Exception) -> str:
    """What the error says, on one line and not too long."""
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    line = " ".join(str(message or error or type(error).__name__).split())
    return re.sub(r"\b(?:sk|key)-[\w*-]{6,}", "(key)", line)[:200]


def _is_timeout(error: Exception) -> bool:
    return "timeout" in type(error).__name__.lower() or _status(error) == 408


def _is_connection(error: Exception) -> bool:
    names = " ".join(kind.__name__ for kind in type(error).__mro__)
    return re.search(r"Connect|Protocol|ReadError|NetworkError|ConnectionError|IncompleteRead", names) is not None


def _is_out_of_money(error: Exception) -> bool:
    return (
        re.search(
            r"insufficient_quota|exceeded your current quota|credit balance", f"{getattr(error, 'code', '')} {error}"
        )
        is not None
    )


def _retry_after(error: Exception) -> float | None:
    """The seconds that the server asks to wait: it gives them, or a date."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _stopped_early(message: AIMessageChunk) -> str | None:
    """Why the model stopped before its end, as far as it says so."""
    if message.additional_kwargs.get("refusal"):
        return STOPPED["refusal"]
    facts = message.response_metadata
    reasons = (facts.get(name) for name in ("finish_reason", "stop_reason", "done_reason"))
    return next((STOPPED[reason] for reason in reasons if reason in STOPPED), None)


def _without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """The text without what some models write first, between <think> and </think>."""
    begun: str | None = ""
    for piece in pieces:
        if begun is None:
            yield piece
            continue
        begun += piece
        start = begun.lstrip()
        if start and not start.startswith(THINK) and not THINK.startswith(start):
            yield begun
            begun = None
        elif THOUGHT_ENDS in start:
            yield start.partition(THOUGHT_ENDS)[2].lstrip()
            begun = None
    if begun and not begun.lstrip().startswith(THINK):
        yield begun


def make_model(
    model: str | BaseChatModel,
    *,
    timeout: float = 120,
    context: int | None = None,
    max_cost: float | None = None,
    cache: Path | None = None,
) -> ChatModel:
    """A chat model by its name, or one that is there already.

    A name is what LangChain's `init_chat_model` takes ("openai:gpt-5-mini", "ollama:qwen3"), or "gguf:FILE".
    max_cost: dollars that all its replies may cost together. cache: folder for its replies.
    Raises ModelError, one line, for a model that cannot be used.
    """
    if isinstance(model, BaseChatModel):
        name, chat = _name(model), model
    elif model.startswith("gguf:"):
        name = model
        server = serve(Path(model.removeprefix("gguf:")), context)
        chat, context = (
            _init("openai:local", timeout, base_url=server.url, api_key=server.key, stream_usage=True),
            server.context,
        )
    else:
        name, chat = model, _init(model, timeout, **_openai_options(model))
    return ChatModel(
        name, chat, context or _known_context(chat), timeout, Purse(name, max_cost), Cache(cache) if cache else None
    )


def _init(name: str, timeout: float, **options: Any) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    options |= {"timeout": timeout, "max_retries": 0}
    if not name.rpartition(":")[2].startswith(REASONING):
        options["temperature"] = 0
    try:
        chat: BaseChatModel = init_chat_model(name, **options)
        return chat
    except ImportError as error:
        package = re.search(r"pip install ([\w\[\]-]+)", str(error))
        install = f"`pip install {package[1]}`" if package else f"its package ({_said(error)})"
        raise ModelError(f"the model {name} needs a package that is not there: install it with {install}") from error
    except ValueError as error:
        if "provider" in str(error):
            raise ModelError(
                f"no provider is known for the model {name!r}: name it with its provider, as openai:gpt-5-mini"
            ) from error
        raise ModelError(f"the model {name} cannot be used ({_said(error)}): check {_key_variable(name)}") from error
    except Exception as error:
        raise ModelError(f"the model {name} cannot be used ({_said(error)}): check {_key_variable(name)}") from error


def _openai_options(name: str) -> dict[str, Any]:
    """What OpenAI's client needs besides: usage in streams, and a key, which servers of one's own do not ask for."""
    if not (name.startswith("openai:") or (":" not in name and name.startswith(OPENAI))):
        return {}
    options: dict[str, Any] = {"stream_usage": True}
    if not os.environ.get("OPENAI_API_KEY"):
        if not os.environ.get("OPENAI_BASE_URL"):
            raise ModelError(f"{name} needs a key: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own")
        options["api_key"] = "none"
    return options


def _known_context(chat: BaseChatModel) -> int:
    profile = chat.profile or {}
    return int(profile.get("max_input_tokens") or DEFAULT_CONTEXT)


def _name(chat: BaseChatModel) -> str:
    """A name for a model that was handed over: its provider and what the provider calls it."""
    facts = chat._get_ls_params()
    model = facts.get("ls_model_name") or getattr(chat, "model_name", None) or getattr(chat, "model", None)
    provider = facts.get("ls_provider") or chat._llm_type
    return f"{provider}:{model}" if model else str(provider)


def _key_variable(name: str) -> str:
    provider = name.partition(":")[0] if ":" in name else "openai"
    return f"{provider.upper()}_API_KEY"


def _place(chat: BaseChatModel) -> str:
    """The server that is asked, without a password that may stand in its address; or the kind of model."""
    address = getattr(getattr(chat, "root_client", None), "base_url", None) or getattr(chat, "base_url", None)
    if not address:
        return str(chat._llm_type)
    parts = urlsplit(str(address))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")
