"""What goes wrong with a chat model, said in one line.

Foreign exceptions are known by what they carry (a status, a response, a body, a code), not by their class: no provider
is imported here, and the exceptions of one that nobody thought of are explained too.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from ..errors import ContextLengthError, ModelError

__all__ = ["Asked", "Fault", "explain", "harmless", "read_fault", "read_retry_after"]

# Statuses after which the same request may succeed; 409 is a lock that was not had in time.
PASSING = frozenset({408, 409, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
# What a fault is called where it has no status, as in the middle of a stream, and the status it would have.
STATUS_OF = {
    "overloaded": 529,
    "rate_limit": 429,
    "server_error": 500,
    "api_error": 500,
    "authentication_error": 401,
}
UNPAID = ("insufficient_quota", "insufficient_balance", "billing_hard_limit", "credit balance")
TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|contextwindowexceeded|exceeds? the (available )?context"
    r"|maximum (context|prompt) length|context (length|limit|window|size)|(prompt|input) is too long|too many tokens"
    r"|maximum number of tokens|input tokens exceed|reduce the length of the (messages|prompt)",
    re.IGNORECASE,
)
TIMEOUT = re.compile(r"timeout|timedout|deadlineexceeded", re.IGNORECASE)
CONNECTION = re.compile(
    r"Connect(ion)?|NetworkError|ProtocolError|ReadError|WriteError|IncompleteRead|gaierror"
)
# A body that a client has put into the text of its exception as it came.
MESSAGE = re.compile(r'"message":\s*"((?:[^"\\]|\\.)+)"')
LONGEST_TEXT = 200


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whom a request went to, in words for the user.

    name: the model as the user named it; model: its name at the provider.
    place: the server's address without a password, or the provider's name.
    key: the variables that hold the key, in words; empty where there is none.
    timeout: seconds that a reply may take. secrets: what must not be shown.
    """

    name: str
    model: str
    place: str
    key: str
    timeout: float
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What an exception of any provider says.

    status: that of HTTP, or what it would be; None where nothing tells.
    codes: the words for it that programs read, in one lower-case text.
    said: what the provider says to people about it, one line, maybe empty.
    retry_after: seconds that the server asks to wait; None where it does not ask.
    in_stream: whether it came as a part of the reply to a request that the server had accepted.
    """

    error: Exception
    status: int | None
    codes: str
    said: str
    retry_after: float | None
    in_stream: bool
    timeout: bool
    connection: bool

    @property
    def too_long(self) -> bool:
        """Whether the prompt was longer than the context."""
        refused = self.status in {None, 400, 413, 422, 500}
        return bool(TOO_LONG.search(self.codes) or (refused and TOO_LONG.search(self.said)))

    @property
    def unpaid(self) -> bool:
        """Whether the account has no money left, so that waiting does not help."""
        return self.status == 402 or any(
            word in f"{self.codes} {self.said.lower()}" for word in UNPAID
        )

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        if self.timeout or self.unpaid or self.too_long:
            return False
        return self.connection or self.status in PASSING

    @property
    def short(self) -> str:
        """What happened, as it goes on after the model's name."""
        if self.status == 429:
            return "is asked too much (429)"
        return f"is not available ({self.status})" if self.status else "cannot be reached"


def read_fault(error: Exception) -> Fault:
    """Find out what an exception of a provider says, or one that it was caused by."""
    chain = list(_chain(error))
    bodies = [body for one in chain for body in _bodies(one)]
    codes = " ".join(_words(chain, bodies)).lower()
    status = next(filter(None, map(_status, chain)), None)
    status = status or next((STATUS_OF[word] for word in STATUS_OF if word in codes), None)
    names = " ".join(kind.__name__ for one in chain for kind in type(one).__mro__)
    answered = [_attribute(_attribute(one, "response"), "status_code") for one in chain]
    connection = status is None and bool(CONNECTION.search(names))
    return Fault(
        error=error,
        status=status,
        codes=codes,
        said=_said(bodies, chain[-1] if connection else error),
        retry_after=next(
            (seconds for one in chain if (seconds := _retry_after(one)) is not None), None
        ),
        in_stream=not connection and PASSING.isdisjoint(answered),
        timeout=status is None and bool(TIMEOUT.search(names)),
        connection=connection,
    )


def explain(fault: Fault, asked: Asked, *, begun: bool = False) -> ModelError:
    """The fault as an error for the user. begun: a part of the reply had come."""
    kind = ContextLengthError if fault.too_long else ModelError
    return kind(harmless(_sentence(fault, asked, begun), asked.secrets))


def _sentence(fault: Fault, asked: Asked, begun: bool) -> str:
    name, place = asked.name, asked.place
    if fault.too_long:
        return f"the passages are too long for {name} ({fault.said}): give its true size with --context"
    if fault.unpaid:
        return f"{place} says that the account has no money left: see its billing page, or name another model"
    if fault.status:
        return _refusal(fault, fault.status, asked)
    if fault.timeout:
        return f"{name} did not finish within {asked.timeout:g} s: try again, or give it longer with --timeout"
    if fault.connection and begun:
        return f"the connection to {place} was cut in the middle of the reply ({fault.said}): ask again"
    if fault.connection:
        return f"the connection to {place} failed ({fault.said}): is the server running, and the network there?"
    what = (
        f"{type(fault.error).__name__}: {fault.said}" if fault.said else type(fault.error).__name__
    )
    if isinstance(fault.error, ValueError | TypeError | LookupError | AttributeError):
        return f"{place} did not answer as a chat model does ({what}): check its address"
    return f"{name} failed ({what}): ask again, or name another model"


def _refusal(fault: Fault, status: int, asked: Asked) -> str:
    """The line for a status. What comes with 401 and 403 is not shown: some servers repeat the key there."""
    name, place = asked.name, asked.place
    reason = f" ({fault.said})" if fault.said else ""
    if status == 401:
        return f"{place} refused the key: check {asked.key or 'it'}"
    if status == 403:
        return f"{place} does not allow {name} with this key: check {asked.key or 'it'} and what its account may use"
    if status == 404:
        return f"{place} knows no model {asked.model!r}: check its name{reason}"
    if status in PASSING:
        return f"{name} {fault.short}{reason}: {_when(fault)}"
    return f"{place} refused the request ({': '.join(filter(None, [str(status), fault.said]))}): name another model"


def _when(fault: Fault) -> str:
    if fault.retry_after:
        return f"it asks to wait {fault.retry_after:.0f} s"
    return "wait a minute and ask again" if fault.status == 429 else "try again later"


def harmless(text: str, secrets: Sequence[str] = ()) -> str:
    """The text on one line, without any of the secrets or a password in an address."""
    for secret in secrets:
        text = text.replace(secret, "(key)")
    return " ".join(re.sub(r"//[^/@\s]+@", "//", text).split())


def _said(bodies: Sequence[Mapping[str, Any]], error: BaseException) -> str:
    """What was said to people, its first line, shortened; nothing of a web page."""
    text = next(
        (body["message"] for body in bodies if isinstance(body.get("message"), str)), str(error)
    )
    quoted = MESSAGE.search(text)
    lines = (quoted[1] if quoted else text).strip().splitlines()
    return "" if not lines or lines[0].startswith("<") else lines[0][:LONGEST_TEXT].rstrip(" .:")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, then those that it was caused by."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__


def _attribute(thing: object, name: str) -> Any:
    """An attribute; None where there is none, also where a client raises an error of its own for that."""
    with contextlib.suppress(Exception):
        return getattr(thing, name)
    return None


def _status(error: BaseException) -> int | None:
    response = _attribute(error, "response")
    places = [_attribute(error, name) for name in ("status_code", "http_status", "code")]
    places.append(_attribute(response, "status_code"))
    if isinstance(response, Mapping):
        places.append(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    for value in places:
        with contextlib.suppress(TypeError, ValueError):
            if 400 <= int(value) < 600:
                return int(value)
    return None


def _bodies(error: BaseException) -> Iterator[Mapping[str, Any]]:
    """What the provider sent about an error: a mapping, or one with such a mapping under `error`, that one first."""
    for name in ("body", "details", "response"):
        body = _attribute(error, name)
        if isinstance(body, Mapping):
            yield from (
                inner for key in ("error", "Error") if isinstance(inner := body.get(key), Mapping)
            )
            yield body


def _words(chain: Sequence[BaseException], bodies: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in chain:
        yield from (str(_attribute(one, name) or "") for name in ("code", "type"))
    for body in bodies:
        yield from (str(body.get(name) or "") for name in ("code", "type", "status", "Code"))


def _retry_after(error: BaseException) -> float | None:
    headers = _attribute(_attribute(error, "response"), "headers")
    return read_retry_after(headers) if isinstance(headers, Mapping) else None


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait, which it gives as a number or as a date."""
    lower = {name.lower(): value for name, value in headers.items()}
    value = lower.get("retry-after", "")
    with contextlib.suppress(ValueError):
        seconds = float(value)
        return max(seconds, 0.0) if seconds < float("inf") else None
    with contextlib.suppress(ValueError):
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    return None
