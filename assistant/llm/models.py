"""Chat models: how one is asked and counted, in one form for all providers."""

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
from index.errors import AssistantError
from index.text.tokens import count_tokens, vocabulary_of

from ..errors import ModelError
from .faults import Asked, Fault, explain, read_fault
from .local_model import serve
from .prices import Purse
from .providers import LOCAL, asked, limited, make_chat, make_local, name_of, speaks_openai
from .reply import Facts, Reply, without_thoughts

__all__ = ["ChatModel", "Reply", "make_model"]

logger = logging.getLogger(__name__)

# No answer is so long; a model that does not stop is stopped.
LONGEST_REPLY = 16_000
DEFAULT_CONTEXT = 8192
# Models whose tokens are counted as they are. Not those that others serve under OpenAI's protocol.
OPENAI = re.compile(r"(?:openai:|azure_openai:)?(?P<model>(?:ft:)?(?:gpt-|o\d|chatgpt).*)")
# Tokens of another vocabulary against those of cl100k for plain words; measured 1.12 at most on English news.
SAFETY = 1.3
# What another vocabulary may spell byte by byte: other scripts, digits, runs of one mark or space.
SPELLED = re.compile(r"[^\x00-\x7f]|[0-9]|(\W)(?=\1)")


@dataclass(frozen=True)
class ChatModel:
    """A chat model as the chain uses it.

    context: tokens that prompt and reply may have together. timeout: seconds that a reply may take; it is looked at
    after each piece, so that a server which falls silent in the middle of a reply may take twice as long.
    version: tells a model file from another one under the same name.
    """

    name: str
    chat: BaseChatModel
    context: int
    timeout: float
    purse: Purse
    cache: Cache | None = None
    version: str = ""

    def count_tokens(self, text: str) -> int:
        """Tokens of a text: as OpenAI counts them for its models, else an estimate that is rather too high.

        It takes 1.3 tokens of cl100k for one, and a token for each byte of what other vocabularies may have to spell:
        on texts in twelve languages, numbers and addresses never less than the vocabularies of SmolLM2 and Qwen2.5.
        """
        of_openai = OPENAI.match(self.name)
        if of_openai:
            return count_tokens([text], vocabulary_of(of_openai["model"]))[0]
        spelled = sum(len(match[0].encode("utf-8", "replace")) for match in SPELLED.finditer(text))
        return int(count_tokens([SPELLED.sub(" ", text)])[0] * SAFETY) + spelled

    def write(
        self, prompt: str, reply: Reply, *, max_tokens: int, config: RunnableConfig | None = None
    ) -> Iterator[str]:
        """Yield the text as the model writes it; `reply` is complete after the last piece.

        Raises ModelError if nothing came. A fault after the first words ends the reply, and
        `reply.stopped` names it.
        """
        key = digest("reply", self.name, self._made_by, str(max_tokens), prompt)
        known = self.cache.get([key]).get(key) if self.cache else None
        if known is not None:
            logger.info("a reply of %s is in the cache", self.name)
            reply.text = known.decode()
            yield reply.text
            return
        yield from self._written(prompt, reply, max_tokens, config)
        if self.cache and not reply.stopped:
            self.cache.put({key: reply.text.encode()})

    @property
    def _made_by(self) -> str:
        """All that a reply depends on besides the prompt: the model's settings, and its server or its file."""
        return f"{self.version or self._asked.place} {sorted(self.chat.asdict().items())}"

    @property
    def _asked(self) -> Asked:
        return asked(self.chat, self.name, self.timeout)

    def _written(
        self, prompt: str, reply: Reply, max_tokens: int, config: RunnableConfig | None
    ) -> Iterator[str]:
        tokens, begun = self.count_tokens(prompt), time.perf_counter()
        facts = Facts(total=speaks_openai(self.chat))
        bill = self.purse.buy(tokens, max_tokens)
        logger.info(
            "sending about %d tokens to %s for %s, which may write %d",
            tokens,
            self._asked.place,
            self.name,
            bill.most,
        )
        try:
            with contextlib.closing(self._chunks(prompt, bill.most, config)) as chunks:
                for piece in without_thoughts(facts.texts(chunks)):
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
            reply.usage = bill.pay(facts.used, begun=facts.begun)
            logger.info(
                "%s read %s tokens and wrote %s in %.2f s: %s",
                self.name,
                *(facts.used or ("unknown",) * 2),
                time.perf_counter() - begun,
                facts.reason or "no reason for its end",
            )
        reply.stopped = reply.stopped or facts.stopped or self._broken(facts)
        if not reply.text.strip():
            raise ModelError(
                f"{self.name} wrote nothing"
                + (f": {reply.stopped}" if reply.stopped else ": ask again")
            )

    def _broken(self, facts: Facts) -> str | None:
        """OpenAI's protocol gives every reply a reason for its end: one without was cut off, unseen by the client."""
        if facts.reason or not facts.total:
            return None
        return f"the connection to {self._asked.place} was cut in the middle of the reply"

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
                        accepted, begun = True, begun or bool(chunk.text)
                        yield chunk
                        if time.monotonic() > deadline:
                            raise TimeoutError
                return
            except AssistantError:
                raise
            except Exception as error:
                fault = read_fault(error)
                broke_off = fault.passing and (accepted or fault.in_stream)
                if broke_off and not (begun or sent_again):
                    sent_again = True
                    logger.info(
                        "%s %s before the first word: sending again", self.name, fault.short
                    )
                elif not self._forgo_temperature(fault):
                    raise explain(fault, self._asked, begun=begun) from error

    def _stream(
        self, prompt: str, max_tokens: int, config: RunnableConfig | None
    ) -> Generator[AIMessage, None, None]:
        """The chunks of one request. Closing the generator closes the connection."""
        stream: Any = limited(self.chat, max_tokens).stream([HumanMessage(prompt)], config)
        with contextlib.closing(stream):
            yield from stream

    def _forgo_temperature(self, fault: Fault) -> bool:
        """Ask without a temperature from now on, if that was refused: not every model that takes none is known."""
        if fault.status not in {400, 422} or "temperature" not in fault.said.lower():
            return False
        if getattr(self.chat, "temperature", None) is None:
            return False
        self.chat.temperature = None  # type: ignore[attr-defined]
        return True


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
    version = ""
    if isinstance(model, BaseChatModel):
        name, chat = name_of(model), model
    elif model.startswith(LOCAL):
        name, server = model, serve(Path(model.removeprefix(LOCAL)), context)
        chat = make_local(url=server.url, key=server.key, timeout=timeout)
        context, version = server.context, server.version
    else:
        name = model.strip()
        chat = make_chat(name, timeout=timeout, context=context or DEFAULT_CONTEXT)
    return ChatModel(
        name=name,
        chat=chat,
        context=context or _known_context(chat),
        timeout=timeout,
        purse=Purse(name, max_cost),
        cache=Cache(cache) if cache else None,
        version=version,
    )


def _known_context(chat: BaseChatModel) -> int:
    """What the model was told to take in, or is known to take in, or else what most do."""
    told = getattr(chat, "num_ctx", None)
    return int(told or (chat.profile or {}).get("max_input_tokens") or DEFAULT_CONTEXT)
