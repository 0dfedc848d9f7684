"""What goes wrong with a chat model, in one line for the user.

An exception is read by what it carries (a status, a response, a body, a code), not by its class: no
provider is imported here, and an exception of a provider that nobody thought of is explained too.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any

from ..errors import ContextLengthError, ModelError

__all__ = [
    "Fault",
    "FaultKind",
    "Target",
    "explain",
    "one_safe_line",
    "read_fault",
    "read_retry_after",
]

# Statuses after which the same request may succeed; 409 is a lock that was not had in time.
PASSING = frozenset({408, 409, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
# In the middle of a stream a fault has no status, but a code. These are the statuses that fit.
STATUS_OF_CODE = {
    "overloaded": 529,
    "rate_limit": 429,
    "server_error": 500,
    "api_error": 500,
    "authentication_error": 401,
}
UNPAID = re.compile("insufficient_quota|insufficient_balance|billing_hard_limit|credit balance")
TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|contextwindowexceeded"
    r"|exceeds? the (available )?context|maximum (context|prompt) length"
    r"|context (length|limit|window|size)|(prompt|input) is too long|too many tokens"
    r"|maximum number of tokens|input tokens exceed|reduce the length of the (messages|prompt)",
    re.IGNORECASE,
)
TIMEOUT = re.compile(r"timeout|timedout|deadlineexceeded", re.IGNORECASE)
CONNECTION = re.compile(
    r"Connect(ion)?|NetworkError|ProtocolError|ReadError|WriteError|IncompleteRead|gaierror"
)
# Some clients put the body of a response into the text of their exception.
MESSAGE_IN_TEXT = re.compile(r'"message":\s*"((?:[^"\\]|\\.)+)"')
# The status is told anyway.
ERROR_CODE = re.compile(r"Error code: \d+(?: - )?")
MAX_MESSAGE_CHARS = 200


@dataclass(frozen=True, kw_only=True)
class Target:
    """The receiver of a request, in words for the user.

    name: the model as the user named it; model: its name at the provider.
    place: the server's address without a password, or the provider's name.
    key: the variables that hold the key, in words; empty if there is none.
    timeout: seconds that a reply may take. secrets: texts that must not be shown.
    """

    name: str
    model: str
    place: str
    key: str
    timeout: float
    secrets: tuple[str, ...] = ()


class FaultKind(Enum):
    """The kinds of fault, each with advice of its own for the user."""

    TOO_LONG = auto()
    UNPAID = auto()
    BUSY = auto()
    REFUSED = auto()
    TIMEOUT = auto()
    CONNECTION = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What an exception of any provider says.

    status: of HTTP, or the one that fits; None if nothing tells.
    message: the provider's sentence for people, one line; may be empty.
    retry_after: seconds that the server asks to wait; None if it does not ask.
    in_stream: the server had accepted the request, and the fault was a part of its reply.
    """

    error: Exception
    kind: FaultKind
    status: int | None
    message: str
    retry_after: float | None
    in_stream: bool

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.kind in (FaultKind.BUSY, FaultKind.CONNECTION)


def read_fault(error: Exception) -> Fault:
    """Read what an exception of a provider says, or one that it was caused by."""
    chain = _causes(error)
    facts = _collect_facts(chain)
    codes = " ".join(map(str, facts["code"] + facts["type"] + facts["status"] + facts["Code"]))
    status = _first_status(
        facts["status_code"] + facts["http_status"] + facts["code"] + facts["HTTPStatusCode"],
        codes.lower(),
    )
    names = " ".join(kind.__name__ for one in chain for kind in type(one).__mro__)
    # The text of the last cause says why there is no connection.
    speaker = chain[-1] if status is None and CONNECTION.search(names) else error
    message = _shorten(str([*facts["message"], speaker][0]))
    kind = _fault_kind(status, codes.lower(), message, names)
    return Fault(
        error=error,
        kind=kind,
        status=status,
        message=message,
        retry_after=[*facts["retry_after"], None][0],
        in_stream=kind is not FaultKind.CONNECTION and PASSING.isdisjoint(facts["response_status"]),
    )


def _fault_kind(status: int | None, codes: str, message: str, names: str) -> FaultKind:
    # "Too many tokens" with status 429 means those of a minute.
    sentences = [codes, message] if status in {None, 400, 413, 422, 500} else [codes]
    if TOO_LONG.search("\n".join(sentences)):
        return FaultKind.TOO_LONG
    if status == 402 or UNPAID.search(f"{codes} {message.lower()}"):
        return FaultKind.UNPAID
    if status:
        return FaultKind.BUSY if status in PASSING else FaultKind.REFUSED
    if TIMEOUT.search(names):
        return FaultKind.TIMEOUT
    return FaultKind.CONNECTION if CONNECTION.search(names) else FaultKind.UNKNOWN


def explain(fault: Fault, target: Target, *, begun: bool = False) -> ModelError:
    """The fault as an error for the user. begun: a part of the reply had come."""
    error = ContextLengthError if fault.kind is FaultKind.TOO_LONG else ModelError
    return error(one_safe_line(_sentence(fault, target, begun), target.secrets))


def _sentence(fault: Fault, target: Target, begun: bool) -> str:
    name, place, message = target.name, target.place, fault.message
    match fault.kind:
        case FaultKind.TOO_LONG:
            return (
                f"the passages are too long for {name} ({message}): "
                "give its context size with --context"
            )
        case FaultKind.UNPAID:
            return f"the account at {place} has no credit left: add some, or name another model"
        case FaultKind.BUSY:
            return _busy(fault, name)
        case FaultKind.REFUSED:
            return _refusal(fault, target)
        case FaultKind.TIMEOUT:
            return (
                f"{name} did not finish within {target.timeout:g} s: "
                "try again, or allow more time with --timeout"
            )
        case FaultKind.CONNECTION if begun:
            return (
                f"the connection to {place} was cut in the middle of the reply ({message}): "
                "ask again"
            )
        case FaultKind.CONNECTION:
            return (
                f"the connection to {place} failed ({message}): "
                "check that the server is running and the network works"
            )
    cause = type(fault.error).__name__ + (f": {message}" if message else "")
    if isinstance(fault.error, ValueError | TypeError | LookupError | AttributeError):
        return f"{place} did not answer as a chat model does ({cause}): check its address"
    return f"{name} failed ({cause}): ask again, or name another model"


def _busy(fault: Fault, name: str) -> str:
    """The line for a status that may pass."""
    state, advice = "is not available", "try again later"
    if fault.status == 429:
        state, advice = "has reached its rate limit", "wait a minute and ask again"
    if fault.retry_after:
        advice = f"wait {fault.retry_after:.0f} s, as it asks, and ask again"
    return f"{name} {state} ({_status_and_message(fault)}): {advice}"


def _refusal(fault: Fault, target: Target) -> str:
    """The line for a status. A message with 401 or 403 is left out: some servers repeat the key."""
    name, place, key = target.name, target.place, target.key or "the key"
    match fault.status:
        case 401:
            return f"{place} refused the key: check {key}"
        case 403:
            return f"{place} does not allow {name} with this key: check {key} and its account"
        case 404:
            reason = _status_and_message(fault)
            return f"{place} has no model {target.model!r} ({reason}): check its name"
    return f"{place} refused the request ({_status_and_message(fault)}): name another model"


def _status_and_message(fault: Fault) -> str:
    return f"{fault.status}: {fault.message}" if fault.message else str(fault.status)


def one_safe_line(text: str, secrets: Sequence[str] = ()) -> str:
    """The text on one line, without any of the secrets and without a password in an address."""
    for secret in secrets:
        text = text.replace(secret, "(key)")
    return " ".join(re.sub(r"//[^/@\s]+@", "//", text).split())


def _shorten(text: str) -> str:
    """The first line of a message, shortened; nothing of a web page."""
    quoted = MESSAGE_IN_TEXT.search(text)
    text = quoted[1] if quoted else ERROR_CODE.sub("", text)
    line, _, _ = text.strip().partition("\n")
    return "" if line.startswith("<") else line[:MAX_MESSAGE_CHARS].rstrip(" .:")


def _causes(error: BaseException) -> list[BaseException]:
    """The exception, then those that caused it."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain


def _collect_facts(chain: Iterable[BaseException]) -> dict[str, list[Any]]:
    """What the exceptions carry, by the names that it has there."""
    facts = defaultdict(list)
    for error in chain:
        for name, value in _facts(error):
            if value is not None:
                facts[name].append(value)
    return facts


def _facts(error: BaseException) -> Iterator[tuple[str, Any]]:
    response = _attribute(error, "response")
    for name in ("status_code", "http_status", "code", "type"):
        yield name, _attribute(error, name)
    yield "status_code", _attribute(response, "status_code")
    yield "response_status", _attribute(response, "status_code")
    yield "retry_after", read_retry_after(_as_mapping(_attribute(response, "headers")))
    for whole in (_attribute(error, "body"), _attribute(error, "details"), response):
        body = _as_mapping(whole)
        # The last part is botocore's.
        for part in (body.get("error"), body.get("Error"), body, body.get("ResponseMetadata")):
            yield from _as_mapping(part).items()


def _as_mapping(value: object) -> Mapping[str, Any]:
    """The value, or an empty mapping in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def _first_status(values: Iterable[Any], codes: str) -> int | None:
    """The first of the values that is a status of HTTP, else the one that fits a code."""
    for value in values:
        with contextlib.suppress(TypeError, ValueError):
            if 400 <= int(value) < 600:
                return int(value)
    return next((status for code, status in STATUS_OF_CODE.items() if code in codes), None)


def _attribute(thing: object, name: str) -> Any:
    """An attribute; None if it cannot be had: some clients raise errors of their own for that."""
    with contextlib.suppress(Exception):
        return getattr(thing, name)
    return None


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait, given as a number or as a date."""
    lower = {name.lower(): value for name, value in headers.items()}
    value = lower.get("retry-after", "")
    with contextlib.suppress(ValueError):
        seconds = float(value)
        return max(seconds, 0.0) if seconds < float("inf") else None
    with contextlib.suppress(ValueError):
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    return None
