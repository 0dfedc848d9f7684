"""The chain that answers with a chat model, of LangChain runnables.

standalone question | passages | reply of the model | checked citations
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.documents import BaseDocumentCompressor
from langchain_core.runnables import Runnable, RunnableConfig, RunnableGenerator, RunnableLambda

from index.articles import Passage
from index.errors import QuestionError
from index.index import Index

from ..answer.answer import Answer
from ..answer.events import Event, Lifted, Restated, Words
from ..answer.parts import BROKE_OFF, REFUSAL, Status, Usage
from ..errors import ContextLengthError, ModelError
from ..llm.marks import Claim, ClaimReader
from ..llm.models import ChatModel, Reply
from ..llm.packing import Packed, pack
from ..llm.prompts import fill, prompts_hash
from ..query.parts import may_have_parts, read_parts
from ..retrieval.retriever import ArticleRetriever
from ..retrieval.search import EVERYTHING, Found, Scope
from .builder import AnswerBuilder, milliseconds_since
from .citing import Citer
from .second_look import MAX_VERDICT_TOKENS, lifts_written, prompt_for

__all__ = ["AnswerChain"]

# A reply may have an eighth of the model's context, within these bounds.
MIN_REPLY_TOKENS, MAX_REPLY_TOKENS = 256, 4096
# With less room for passages a question is refused.
MIN_PASSAGE_TOKENS = 100
# The best passages, shown with their neighbours if there is room.
EXTENDED_PASSAGES = 2

# The refusal of the prompt, also as small models write it.
REFUSES = re.compile(
    r"(?:the |these )?(?:given |provided )?(?:articles?|passages?|texts?|context|sources?) "
    r"do(?:es)?(?: not|n['’]t) "
    r"(?:say|mention|answer|provide|specify|state)"
    r"(?: (?:so|it|this|that|(?:the|this) (?:answer|question|information)))?",
    re.I,
)

PROMPTS = ("answer", "parts", "second_look", "standalone")


@dataclass(frozen=True)
class _Turn:
    """A question on its way to an answer."""

    question: str
    history: tuple[Answer, ...]
    standalone: str | None
    parts: tuple[str, ...]
    usage: Usage
    notices: list[str]
    scope: Scope = EVERYTHING
    k: int = 8
    found: Found | None = None
    search_ms: float = 0.0

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The search results."""
        return self.found.passages if self.found else ()

    @property
    def asked(self) -> str:
        """The question, or its standalone form."""
        return self.standalone or self.question


@dataclass(frozen=True)
class _Shown:
    """The passages that the model is shown for a turn."""

    turn: _Turn
    packed: Packed


class AnswerChain(Runnable[str | Mapping[str, Any], Answer]):
    """From a question to an `Answer`; callbacks and tracing see each step.

    The input is the question, or a mapping with `question` and optionally `history` (earlier
    answers), `scope` (assistant.retrieval.search.Scope) and `k` (the number of passages).
    `stream` yields events (assistant.answer.events), the answer last.
    """

    def __init__(
        self,
        index: Index,
        model: ChatModel,
        *,
        k: int = 8,
        reranker: BaseDocumentCompressor | None = None,
        show_unsupported: bool = False,
        show_uncertain: bool = True,
        second_look: bool = True,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        """Answer with `model` from the `k` best passages of `index`.

        reranker, show_unsupported, show_uncertain, second_look, notice: see `Assistant`.
        """
        self.index = index
        self.model = model
        self._k = k
        self._reranker = reranker
        self._show_unsupported = show_unsupported
        self._show_uncertain = show_uncertain
        self._second_look = second_look
        self._notice = notice or (lambda text: None)
        self._steps: Runnable[Any, Any] = (
            RunnableLambda(self._understand, name="question")
            | RunnableLambda(self._retrieve, name="passages")
            | RunnableGenerator[Any, Any](self._write, name="reply")  # type: ignore[arg-type]
            | RunnableGenerator[Any, Any](self._cite, name="citations")  # type: ignore[arg-type]
        )

    def invoke(
        self, input: str | Mapping[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Answer:
        """The answer."""
        *_, answer = self.stream(input, config)
        assert isinstance(answer, Answer)
        return answer

    def stream(  # type: ignore[override]
        self, input: str | Mapping[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Event]:
        """The events of the answer, the answer last."""
        yield from self._steps.stream(input, config)

    # The question

    def _understand(self, input: str | Mapping[str, Any], config: RunnableConfig) -> _Turn:
        given: Mapping[str, Any] = {"question": input} if isinstance(input, str) else input
        turn = _Turn(
            question=str(given["question"]),
            history=tuple(given.get("history", ())),
            standalone=None,
            parts=(),
            usage=Usage(),
            notices=[],
            scope=given.get("scope", EVERYTHING),
            k=given.get("k", self._k),
        )
        # Refuse a question that is too long before it costs anything.
        self._room(turn)
        # At most one call beside the one that answers.
        if turn.history:
            prompt = fill(
                "standalone", history=self._transcript(turn.history), question=turn.question
            )
            text, usage = self._reply_text(prompt, config)
            return replace(turn, standalone=" ".join(text.split()) or None, usage=usage)
        if turn.scope.infer and may_have_parts(turn.question):
            try:
                text, usage = self._reply_text(fill("parts", question=turn.question), config)
                return replace(turn, parts=read_parts(text, turn.question), usage=usage)
            except ModelError as error:
                self._tell(turn, f"the parts of the question were read by rule: {error}")
        return turn

    def _reply_text(
        self, prompt: str, config: RunnableConfig, max_tokens: int | None = None
    ) -> tuple[str, Usage]:
        *_, reply = self._reply(prompt, config, max_tokens=max_tokens)
        assert isinstance(reply, Reply)
        return reply.text, reply.usage

    def _transcript(self, history: Sequence[Answer]) -> str:
        """The last turns that fit in a quarter of the context, oldest first."""
        lines: list[str] = []
        for answer in reversed(history):
            more = [f"Q: {answer.standalone or answer.question}", f"A: {answer.text}", *lines]
            if self.model.count_tokens("\n".join(more)) > self.model.context // 4:
                break
            lines = more
        return "\n".join(lines)

    # The passages

    def _retrieve(self, turn: _Turn, config: RunnableConfig) -> _Turn:
        begun = time.perf_counter()
        found: list[Found] = []
        retriever = ArticleRetriever(
            index=self.index,
            k=turn.k,
            scope=turn.scope,
            parts=turn.parts,
            reranker=self._reranker,
            found=found.append,
        )
        retriever.invoke(turn.asked, config)
        return replace(turn, found=found[-1], search_ms=milliseconds_since(begun))

    # The reply

    def _write(
        self, turns: Iterator[_Turn], config: RunnableConfig
    ) -> Iterator[_Shown | str | Reply]:
        for turn in turns:
            packed = pack(
                turn.passages, self._room(turn), self.model.count_tokens, also=self._around(turn)
            )
            try:
                yield from self._written(turn, packed, config)
            except ContextLengthError:
                self._tell(
                    turn,
                    f"the passages were too long for {self.model.name}: "
                    "asked again with half of them",
                )
                half = self.model.count_tokens(str(packed)) // 2
                yield from self._written(
                    turn, pack(turn.passages, half, self.model.count_tokens), config
                )

    def _around(self, turn: _Turn) -> list[Passage]:
        """The neighbours of the best passages, which may complete a sentence or name "it"."""
        around = {}
        for passage in turn.passages[:EXTENDED_PASSAGES]:
            for neighbour in self.index.store.neighbours(passage):
                around[neighbour.id] = neighbour
        return list(around.values())

    def _room(self, turn: _Turn) -> int:
        """The tokens left for passages; raises QuestionError where there are too few."""
        rest = self.model.count_tokens(self._prompt(turn, Packed(())))
        # Chat formats add up to 64 tokens to a prompt.
        room = self.model.context - self._reply_limit - 64 - rest
        if room < MIN_PASSAGE_TOKENS:
            raise QuestionError(
                f"the question leaves no room for passages in the {self.model.context} tokens of "
                f"{self.model.name}: shorten it, or give the model's true size with --context"
            )
        return room

    @property
    def _reply_limit(self) -> int:
        return min(max(self.model.context // 8, MIN_REPLY_TOKENS), MAX_REPLY_TOKENS)

    def _prompt(self, turn: _Turn, packed: Packed) -> str:
        return fill("answer", question=turn.asked, passages=str(packed), refusal=REFUSAL)

    def _written(
        self, turn: _Turn, packed: Packed, config: RunnableConfig
    ) -> Iterator[_Shown | str | Reply]:
        if packed.left_out:
            self._tell(
                turn,
                f"{len(packed.left_out)} of {len(turn.passages)} passages did not fit "
                "and were left out",
            )
        yield _Shown(turn, packed)
        yield from self._reply(self._prompt(turn, packed), config)

    def _reply(
        self, prompt: str, config: RunnableConfig, *, max_tokens: int | None = None
    ) -> Iterator[str | Reply]:
        """The text of the model piece by piece, and then the reply as a whole."""
        reply = Reply()
        limit = min(max_tokens or self._reply_limit, self._reply_limit)
        yield from self.model.write(prompt, reply, max_tokens=limit, config=config)
        yield reply

    def _tell(self, turn: _Turn, text: str) -> None:
        turn.notices.append(text)
        self._notice(text)

    # The citations

    def _cite(
        self, pieces: Iterator[_Shown | str | Reply], config: RunnableConfig
    ) -> Iterator[Event]:
        for piece in pieces:
            if isinstance(piece, _Shown):
                turn, reader = piece.turn, ClaimReader()
                citer = self._citer(turn, piece.packed)
                if turn.standalone:
                    yield Restated(turn.standalone)
            elif isinstance(piece, str):
                yield from _settled(reader.feed(piece), citer)
                yield Words(reader.pending)
            else:
                yield from self._finished(turn, citer, reader.close(), piece, config)

    def _citer(self, turn: _Turn, packed: Packed) -> Citer:
        builder = AnswerBuilder(
            turn.question,
            turn.scope,
            self.index,
            found=turn.found,
            standalone=turn.standalone,
            search_ms=turn.search_ms,
        )
        return Citer(
            builder,
            packed.blocks,
            show_unsupported=self._show_unsupported,
            show_uncertain=self._show_uncertain,
        )

    def _finished(
        self, turn: _Turn, citer: Citer, last: list[Claim], reply: Reply, config: RunnableConfig
    ) -> Iterator[Event]:
        """The last sentences of a reply, a second look at the doubtful ones, and the answer."""
        if reply.stopped and last:
            citer.break_off(last.pop())
        yield from _settled(last, citer)
        usage = turn.usage + reply.usage
        if reply.stopped:
            self._tell(turn, f"{BROKE_OFF}: {reply.stopped}")
        elif self._second_look and citer.doubtful:
            usage += yield from self._look_again(turn, citer, config)
        status = Status.PARTIAL if reply.stopped or citer.lacking else Status.ANSWERED
        yield from citer.builder.quote()
        yield citer.builder.answer(
            status,
            notices=turn.notices,
            model=self.model.name,
            prompts=prompts_hash(PROMPTS),
            usage=usage,
        )

    def _look_again(
        self, turn: _Turn, citer: Citer, config: RunnableConfig
    ) -> Generator[Event, None, Usage]:
        """Ask the model which unverified sentences a quote supports; returns what that used."""
        try:
            text, usage = self._reply_text(prompt_for(citer.doubtful), config, MAX_VERDICT_TOKENS)
        except ModelError as error:
            self._tell(turn, f"there was no second look at what is not verified: {error}")
            return Usage()
        lifted = 0
        for lift in lifts_written(text, citer.doubtful):
            settled = citer.lift(lift.doubtful, lift.window)
            if settled:
                lifted += 1
                yield Lifted(settled.sentence, settled.citations)
        if lifted:
            sentences = "1 sentence was" if lifted == 1 else f"{lifted} sentences were"
            self._tell(turn, f"{sentences} verified on a second look, by {self.model.name}")
        return usage


def _settled(claims: Iterable[Claim], citer: Citer) -> Iterator[Event]:
    for claim in claims:
        if not _refuses(claim):
            yield citer.settle(claim)


def _refuses(claim: Claim) -> bool:
    """Whether the sentence is the refusal of the prompt, exactly or nearly."""
    text = claim.text.strip(" \"'“”.*_")
    return REFUSES.fullmatch(text) is not None
