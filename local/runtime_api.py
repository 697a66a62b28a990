"""The Lambda Runtime API for one worker: `awslambdaric` asks it for events and posts the answers.

Hand-written HTTP/1.1, since head and body of an answer must leave in one send: two writes cost 44 ms (Nagle).
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from time import time
from typing import Any
from uuid import uuid4

RESPONSE_LIMIT = 6 * 1024 * 1024  # bytes, the quota of a synchronous invocation
_PREFIX = "/2018-06-01/runtime/"


@dataclass
class Outcome:
    """What an invocation came to. `error` is Lambda's error type, None when the handler returned."""

    payload: bytes
    error: str | None = None

    @classmethod
    def failed(cls, kind: str, message: str) -> "Outcome":
        return cls(json.dumps({"errorType": kind, "errorMessage": message}).encode(), kind)

    def value(self) -> Any:
        """The handler's answer as JSON; ValueError when it is none."""
        return json.loads(self.payload or b"null")


@dataclass
class Invocation:
    """One event on its way through one worker."""

    event: bytes
    arn: str
    seconds: float  # from the moment it is handed over
    request_id: str = field(default_factory=lambda: str(uuid4()))
    outcome: "asyncio.Future[Outcome]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def settle(self, outcome: Outcome) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class RuntimeApi:
    """One worker's side of the API: hands it `assign`ed invocations, settles them with what it posts.

    `idle` is called when the worker can be given another one: it has answered, or asks for its first.
    """

    def __init__(self, idle: Callable[[], None]) -> None:
        self._idle = idle
        self._waiting: _Connection | None = None
        self._assigned: Invocation | None = None
        self._handed = False
        self.ready = asyncio.Event()  # set once the handler is imported: the first `next`
        self.init_error: Outcome | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    @property
    def untouched(self) -> bool:
        """Whether the worker has not seen the event it was assigned."""
        return self._assigned is not None and not self._handed

    @property
    def current(self) -> Invocation | None:
        return self._assigned

    async def listen(self) -> str:
        """Opens its own listener on 127.0.0.1 and returns `host:port` for AWS_LAMBDA_RUNTIME_API."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def close(self) -> None:
        if self._server:
            self._server.close()
        for connection in list(self._connections):
            connection.close()

    def assign(self, invocation: Invocation) -> None:
        self._assigned, self._handed = invocation, False
        self._hand_over()

    def request(
        self, connection: "_Connection", method: str, path: str, head: dict[str, str], body: bytes
    ) -> None:
        """Answers one request of the worker."""
        parts = path.removeprefix(_PREFIX).split("/")
        match (method, *parts):
            case ("GET", "invocation", "next"):
                self._next(connection)
            case ("POST", "invocation", request_id, "response"):
                self._posted(connection, request_id, _bounded(body))
            case ("POST", "invocation", request_id, "error"):
                kind = head.get("lambda-runtime-function-error-type") or _error_type(body)
                self._posted(connection, request_id, Outcome(body, kind))
            case ("POST", "init", "error"):
                self.init_error = Outcome(
                    body, head.get("lambda-runtime-function-error-type", "Runtime.InitError")
                )
                self.ready.set()
                connection.answer(202, {}, b'{"status":"OK"}')
            case _:
                connection.answer(404, {}, b'{"errorMessage":"unknown path","errorType":"InvalidPath"}')

    def came(self, connection: "_Connection") -> None:
        self._connections.add(connection)

    def gone(self, connection: "_Connection") -> None:
        self._connections.discard(connection)
        if self._waiting is connection:
            self._waiting = None

    def _next(self, connection: "_Connection") -> None:
        self._waiting = connection
        if not self.ready.is_set():
            self.ready.set()
            if self._assigned is None:
                self._idle()
        self._hand_over()

    def _hand_over(self) -> None:
        invocation, connection = self._assigned, self._waiting
        if invocation is None or connection is None or self._handed:
            return
        self._waiting, self._handed = None, True
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time() + invocation.seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Content-Type": "application/json",
        }
        connection.answer(200, headers, invocation.event)

    def _posted(self, connection: "_Connection", request_id: str, outcome: Outcome) -> None:
        invocation = self._assigned
        if invocation is None or invocation.request_id != request_id or not self._handed:
            connection.answer(400, {}, b'{"errorMessage":"unknown request","errorType":"InvalidRequestID"}')
            return
        too_large = outcome.error == "Function.ResponseSizeTooLarge"
        connection.answer(413 if too_large else 202, {}, b'{"status":"OK"}')
        invocation.settle(outcome)
        self._assigned = None
        if not too_large:  # the runtime client gives up on a 413: its process ends
            self._idle()


class _Connection(asyncio.Protocol):
    """HTTP/1.1 for one client that sends one request at a time (libcurl or http.client)."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._buffer = bytearray()
        self._told_to_continue = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker: a TCP server
        self._transport = transport  # asyncio sets TCP_NODELAY on every TCP transport
        self._api.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._api.gone(self)

    def close(self) -> None:
        if self._transport:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        line, *rest = self._buffer[:end].decode("latin-1").split("\r\n")
        head = {
            name.strip().lower(): value.strip() for name, _, value in (text.partition(":") for text in rest)
        }
        if (
            head.get("expect", "").lower() == "100-continue"
            and not self._told_to_continue
            and self._transport
        ):
            self._told_to_continue = True
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body, used = _body(memoryview(self._buffer)[end + 4 :], head)
        if body is None:
            return
        del self._buffer[: end + 4 + used]
        self._told_to_continue = False
        method, path, _ = line.split(" ", 2)
        self._api.request(self, method, path, head, body)

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        lines = [f"HTTP/1.1 {status} Answer", *(f"{k}: {v}" for k, v in headers.items())]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1")
        self._transport.write(head + body)


def _body(data: memoryview, head: dict[str, str]) -> tuple[bytes | None, int]:
    """The body and how many bytes it took, (None, 0) while it is incomplete."""
    if head.get("transfer-encoding", "").lower() != "chunked":
        length = int(head.get("content-length", "0"))
        return (bytes(data[:length]), length) if len(data) >= length else (None, 0)
    body, position, raw = bytearray(), 0, bytes(data)
    while (end := raw.find(b"\r\n", position)) >= 0:
        size = int(raw[position:end].split(b";")[0], 16)
        if len(raw) < end + 2 + size + 2:
            break
        body += raw[end + 2 : end + 2 + size]
        position = end + 2 + size + 2
        if size == 0:
            return bytes(body), position
    return None, 0


def _bounded(body: bytes) -> Outcome:
    if len(body) <= RESPONSE_LIMIT:
        return Outcome(body)
    text = f"Response payload size ({len(body)} bytes) exceeded the maximum of {RESPONSE_LIMIT} bytes."
    return Outcome.failed("Function.ResponseSizeTooLarge", text)


def _error_type(body: bytes) -> str:
    with contextlib.suppress(ValueError, AttributeError):
        return str(json.loads(body).get("errorType") or "Unhandled")
    return "Unhandled"
