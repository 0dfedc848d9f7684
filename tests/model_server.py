"""A server for OpenAI's chat completions that follows a script of replies and faults."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

__all__ = ["ModelServer", "Request", "Step", "chunk"]


@dataclass(frozen=True)
class Step:
    """The response to one request.

    text: the reply. finish: the reason of its end. status, headers, body: a response that is not a
    reply. delay: seconds before it. cut: pieces before the connection breaks. stall: seconds to
    wait after the first piece. pause: seconds after each piece. raw: text of the stream in place
    of pieces; see `chunk`. no_choice: chunks without a choice.
    """

    text: str = ""
    finish: str = "stop"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    delay: float = 0.0
    cut: int | None = None
    stall: float = 0.0
    pause: float = 0.0
    raw: str | None = None
    no_choice: bool = False
    usage: tuple[int, int] | None = (100, 20)


@dataclass(frozen=True)
class Request:
    """A request of a client."""

    path: str
    headers: dict[str, str]
    json: dict[str, Any]

    @property
    def prompt(self) -> str:
        """The text of all messages."""
        return "\n".join(message["content"] for message in self.json["messages"])


Script = Sequence[Step | str | Callable[[Request], Step | str]]


class ModelServer:
    """Serves the steps in their order, and the last one for all further requests.

    requests: those so far. hung_up: set when a client closes a connection before the reply is out.
    """

    def __init__(self, *steps: Step | str | Callable[[Request], Step | str]) -> None:
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        self._steps: Script = steps or ("",)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def step_for(self, request: Request) -> Step:
        step = self._steps[min(len(self.requests), len(self._steps) - 1)]
        self.requests.append(request)
        if callable(step):
            step = step(request)
        return Step(text=step) if isinstance(step, str) else step

    def __enter__(self) -> ModelServer:
        threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            step = server.step_for(
                Request(
                    self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                    json.loads(content),
                )
            )
            time.sleep(step.delay)
            try:
                if step.body is not None or step.status != 200:
                    self._plain(step)
                else:
                    self._stream(step)
            except (BrokenPipeError, ConnectionResetError):
                server.hung_up.set()

        def _plain(self, step: Step) -> None:
            body = (step.body or "{}").encode()
            self.send_response(step.status)
            for name, value in {"Content-Type": "application/json", **step.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, step: Step) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            # A length that is never reached, so that the client can see the cut.
            self.send_header("Content-Length", "100000000") if step.cut is not None else None
            self.end_headers()
            for number, data in enumerate(_events(step)):
                if step.cut == number:
                    break
                self.wfile.write(data.encode())
                self.wfile.flush()
                time.sleep(step.pause + (step.stall if number == 1 else 0.0))
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _events(step: Step) -> Iterator[str]:
    if step.raw is not None:
        yield step.raw
        return
    yield _event(
        [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]
    )
    if step.no_choice:
        yield _event([])
    else:
        for start in range(0, len(step.text), 7):
            delta = {"content": step.text[start : start + 7]}
            yield _event([{"index": 0, "delta": delta, "finish_reason": None}])
        yield _event([{"index": 0, "delta": {}, "finish_reason": step.finish}])
    if step.usage:
        prompt, reply = step.usage
        yield _event(
            [],
            {"prompt_tokens": prompt, "completion_tokens": reply, "total_tokens": prompt + reply},
        )
    yield "data: [DONE]\n\n"


def _event(choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> str:
    chunk = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
    }
    return f"data: {json.dumps({**chunk, 'usage': usage})}\n\n"


def chunk(text: str, *, finish: str | None = None, usage: tuple[int, int] | None = None) -> str:
    """A piece of a stream, for `Step.raw`; some servers send a count of tokens with each."""
    counts = usage and {
        "prompt_tokens": usage[0],
        "completion_tokens": usage[1],
        "total_tokens": sum(usage),
    }
    return _event([{"index": 0, "delta": {"content": text}, "finish_reason": finish}], counts)
