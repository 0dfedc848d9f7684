"""One chat model of any provider: it is asked, its reply is read and paid for."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig

from index.articles import digest
from index.embedding.cache import Cache
from index.text.tokens import count_tokens, vocabulary_of

from ..errors import ModelError
from .faults import Fault, FaultKind, Target, explain, read_fault
from .local_model import serve
from .prices import Purse
from .providers import (
    LOCAL,
    make_chat,
    make_local,
    name_of,
    speaks_openai,
    target_of,
    with_reply_limit,
)
from .reply import Reply, ReplyMetadata, without_thoughts

__all__ = ["ChatModel", "Reply", "make_model"]

logger = logging.getLogger(__name__)

# A model that does not stop is stopped.
MAX_REPLY_CHARS = 16_000
# Where nothing says how much a model can take in.
DEFAULT_CONTEXT_TOKENS = 8192
# Models whose tokens are counted exactly, if it is OpenAI that serves them.
OPENAI_MODEL = re.compile(r"(?:openai:|azure_openai:)?(?P<model>(?:ft:)?(?:gpt-|o\d|chatgpt).*)")
# Tokens of another vocabulary for one of cl100k: measured 1.12 at most on English news.
SAFETY_FACTOR = 1.3
# Characters that another vocabulary may spell byte by byte: other scripts, digits, runs of a mark.
SPELLED = re.compile(r"[^\x00-\x7f]|[0-9]|(\W)(?=\1)")


@dataclass(frozen=True)
class ChatModel:
    """A chat model as the chain uses it.

    context: tokens of prompt and reply together. timeout: seconds that a reply may take; it is
    looked at after each piece, so that a server which falls silent in the middle of a reply may
    take twice as long. version: tells a model file from another one under the same name.
    """

    name: str
    chat: BaseChatModel
    context: int
    timeout: float
    purse: Purse
    cache: Cache | None = None
    version: str = ""

    def count_tokens(self, text: str) -> int:
        """Tokens of a text: exact for OpenAI's models, else an estimate that is rather too high.

        The estimate is 1.3 times the tokens of cl100k, and one for each byte that another
        vocabulary may have to spell. On texts in twelve languages, numbers and addresses it was
        never below the vocabularies of SmolLM2 and Qwen2.5.
        """
        of_openai = OPENAI_MODEL.match(self.name)
        if of_openai:
            return count_tokens([text], vocabulary_of(of_openai["model"]))[0]
        spelled = "".join(match[0] for match in SPELLED.finditer(text))
        plain = count_tokens([SPELLED.sub(" ", text)])[0]
        return int(plain * SAFETY_FACTOR) + len(spelled.encode("utf-8", "replace"))

    def write(
        self, prompt: str, reply: Reply, *, max_tokens: int, config: RunnableConfig | None = None
    ) -> Iterator[str]:
        """Yield the text as the model writes it; `reply` is complete after the last piece.

        Raises ModelError if nothing came. A fault after the first words ends the reply, and
        `reply.stopped` names it.
        """
        # A reply depends on the prompt, the model's settings, and its server or its file.
        source = f"{self.version or self._target.place} {sorted(self.chat.asdict().items())}"
        key = digest("reply", self.name, source, str(max_tokens), prompt)
        known = self.cache.get([key]).get(key) if self.cache else None
        if known is not None:
            logger.info("a reply of %s is in the cache", self.name)
            reply.text = known.decode()
            yield reply.text
            return
        yield from self._pay_for(prompt, reply, max_tokens, config)
        if not reply.text.strip():
            reason = reply.stopped or "ask again"
            raise ModelError(f"{self.name} wrote nothing: {reason}")
        if self.cache and not reply.stopped:
            self.cache.put({key: reply.text.encode()})

    @property
    def _target(self) -> Target:
        return target_of(self.chat, self.name, self.timeout)

    def _pay_for(
        self, prompt: str, reply: Reply, max_tokens: int, config: RunnableConfig | None
    ) -> Iterator[str]:
        """Ask the model, and pay for what it read and wrote, also if the reply breaks off."""
        tokens, started = self.count_tokens(prompt), time.perf_counter()
        bill = self.purse.buy(tokens, max_tokens)
        logger.info(
            "sending about %d tokens to %s for %s, which may write %d",
            tokens,
            self._target.place,
            self.name,
            bill.max_tokens,
        )
        metadata = ReplyMetadata(cumulative=speaks_openai(self.chat))
        try:
            yield from self._read(prompt, reply, bill.max_tokens, config, metadata)
        finally:
            reply.usage = bill.pay(metadata.tokens, begun=metadata.begun)
            logger.info(
                "%s read and wrote %s tokens in %.2f s: %s",
                self.name,
                " and ".join(map(str, metadata.tokens or ["an unknown number of"])),
                time.perf_counter() - started,
                reply.stopped or metadata.reason or "it gave no reason for the end",
            )

    def _read(
        self,
        prompt: str,
        reply: Reply,
        max_tokens: int,
        config: RunnableConfig | None,
        metadata: ReplyMetadata,
    ) -> Iterator[str]:
        """Read the reply to its end, and note why it ended before, if it did."""
        try:
            with contextlib.closing(self._chunks(prompt, max_tokens, config)) as chunks:
                for piece in without_thoughts(metadata.texts(chunks)):
                    reply.text += piece
                    yield piece
                    if len(reply.text) > MAX_REPLY_CHARS:
                        reply.stopped = f"it was longer than {MAX_REPLY_CHARS} characters"
                        return
        except ModelError as error:
            if not reply.text.strip():
                raise
            reply.stopped = str(error)
            return
        reply.stopped = metadata.stopped
        # In OpenAI's protocol a reply without a reason was cut off, and the client does not see it.
        if speaks_openai(self.chat) and not (metadata.reason or reply.stopped):
            place = self._target.place
            reply.stopped = f"the connection to {place} was cut in the middle of the reply"

    def _chunks(
        self, prompt: str, max_tokens: int, config: RunnableConfig | None
    ) -> Generator[AIMessage, None, None]:
        """The chunks of the reply.

        The clients of the providers send a request again where it is refused for a while or does
        not get through. None of them does what is left to do here: send it once more where the
        reply breaks off before its first word, send it without a temperature where the model takes
        none, and limit the time of the whole reply.
        """
        deadline = time.monotonic() + self.timeout
        accepted = begun = sent_again = False
        while True:
            try:
                with contextlib.closing(self._stream(prompt, max_tokens, config)) as chunks:
                    for chunk in chunks:
                        accepted = True
                        begun |= bool(chunk.text)
                        yield chunk
                        if time.monotonic() > deadline:
                            raise TimeoutError
                return
            except Exception as error:
                fault = read_fault(error)
                broke_off = fault.passing and (accepted or fault.in_stream)
                if broke_off and not (begun or sent_again):
                    sent_again = True
                    logger.info("%s broke off before its first word: sending again", self.name)
                elif not self._forgo_temperature(fault):
                    raise explain(fault, self._target, begun=begun) from error

    def _stream(
        self, prompt: str, max_tokens: int, config: RunnableConfig | None
    ) -> Generator[AIMessage, None, None]:
        """The chunks of one request. Closing the generator closes the connection."""
        stream: Any = with_reply_limit(self.chat, max_tokens).stream([HumanMessage(prompt)], config)
        with contextlib.closing(stream):
            yield from stream

    def _forgo_temperature(self, fault: Fault) -> bool:
        """Ask without a temperature from now on if the fault says that the model takes none.

        LangChain does not know all such models.
        """
        has_temperature = getattr(self.chat, "temperature", None) is not None
        if (
            fault.kind is FaultKind.REFUSED
            and "temperature" in fault.message.lower()
            and has_temperature
        ):
            self.chat.temperature = None  # type: ignore[attr-defined]
            return True
        return False


def make_model(
    model: str | BaseChatModel,
    *,
    timeout: float = 120,
    context: int | None = None,
    max_cost: float | None = None,
    cache: Path | None = None,
) -> ChatModel:
    """A chat model by its name, or one that exists already.

    A name is one for LangChain's `init_chat_model` ("openai:gpt-5-mini", "ollama:qwen3"), or
    "gguf:FILE". context, timeout: as `ChatModel` has them. max_cost: dollars that all replies may
    cost together. cache: folder for replies. Raises ModelError for a model that cannot be used.
    """
    tokens, version = context or DEFAULT_CONTEXT_TOKENS, ""
    if isinstance(model, BaseChatModel):
        name, chat = name_of(model), model
    elif model.startswith(LOCAL):
        server = serve(Path(model.removeprefix(LOCAL)), tokens)
        name, chat = model, make_local(url=server.url, key=server.key, timeout=timeout)
        context, version = server.context, server.version
    else:
        name = model.strip()
        chat = make_chat(name, timeout=timeout, context=tokens)
    return ChatModel(
        name=name,
        chat=chat,
        context=context or _context_of(chat),
        timeout=timeout,
        purse=Purse(name, max_cost),
        cache=Cache(cache) if cache else None,
        version=version,
    )


def _context_of(chat: BaseChatModel) -> int:
    """The tokens that the model was set to take in, or is known to take in, or most models do."""
    own = getattr(chat, "num_ctx", None)
    known = (chat.profile or {}).get("max_input_tokens")
    return int(next(filter(None, (own, known, DEFAULT_CONTEXT_TOKENS))))
