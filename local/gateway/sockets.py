"""Open WebSocket connections: their clocks, their limits, what is sent to them and how they end."""

import asyncio
import base64
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

# How long a receiver may stay so slow that its socket takes nothing more, before it counts as gone.
SEND_SECONDS = 5.0


@dataclass(frozen=True)
class Limits:
    """API Gateway's quotas. Times in seconds, size in bytes.

    Its 32 KB limit a frame is not enforced: a browser cuts long messages into frames as it likes, and
    the reader below sees whole messages only.
    """

    idle: float = 600
    lifetime: float = 7200
    message: int = 128 * 1024
    ping: float = 30  # a peer that does not answer within half of it is gone: $disconnect follows
    outstanding: int = 100  # messages of one connection in functions at once; then it is read no further


class Connection:
    """One client. `id` looks like API Gateway's: base64 with its `=`, so callers must quote it."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.id = base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()
        self.socket = socket
        self.request = request
        self.connected_at = datetime.now(UTC)
        self.last_active = self.connected_at
        self.active = asyncio.Event()
        self.ended_by: tuple[int, str] | None = None

    def touch(self) -> None:
        self.last_active = datetime.now(UTC)
        self.active.set()

    async def send(self, text: str) -> bool:
        """Whether the client's socket took it; a client that takes nothing any more is cut off."""
        if self.socket.closed:
            return False
        try:
            await asyncio.wait_for(self.socket.send_str(text), SEND_SECONDS)
        except TimeoutError:
            self.drop()
            return False
        except (ConnectionError, RuntimeError):
            return False
        self.touch()
        return True

    async def close(self, code: int, reason: str) -> None:
        self.ended_by = self.ended_by or (code, reason)
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.socket.close(code=code, message=reason.encode())

    def drop(self) -> None:
        """Cuts the TCP connection without a word, as a lost network does."""
        transport = self.request.transport
        if transport is not None:
            transport.abort()

    async def messages(self, limits: Limits, receive: Callable[[str], Awaitable[None]]) -> tuple[int, str]:
        """Hands over every text until the connection ends; the close code and reason."""
        clocks = asyncio.create_task(self._watch(limits))
        try:
            async for message in self.socket:
                self.touch()
                if message.type is not WSMsgType.TEXT:
                    await self._refuse(message)
                    break
                await receive(message.data)
        finally:
            clocks.cancel()
        code = self.socket.close_code or WSCloseCode.ABNORMAL_CLOSURE
        return self.ended_by or (int(code), "" if code != WSCloseCode.ABNORMAL_CLOSURE else "Connection lost")

    async def _refuse(self, message: WSMessage) -> None:
        if message.type is WSMsgType.BINARY:
            await self.close(WSCloseCode.UNSUPPORTED_DATA, "Binary frames are not supported")

    async def _watch(self, limits: Limits) -> None:
        """Ends it after `idle` seconds without a message either way, or at the end of its lifetime."""
        # One clock for both: a time-out around `wait_for` is lost when a message arrives at that very moment
        # (Python 3.11's wait_for then answers and swallows the cancellation).
        ends = monotonic() + limits.lifetime
        while (left := ends - monotonic()) > 0:
            self.active.clear()
            try:
                await asyncio.wait_for(self.active.wait(), min(limits.idle, left))
            except TimeoutError:
                break
        await self.close(WSCloseCode.GOING_AWAY, "Going away")


class Sockets:
    """All open connections by id. Tests cut them here: `gateway.sockets.drop(connection_id)`."""

    def __init__(self) -> None:
        self._open: dict[str, Connection] = {}

    def __len__(self) -> int:
        return len(self._open)

    def ids(self) -> list[str]:
        """Open connections, oldest first."""
        return list(self._open)

    def get(self, connection_id: str) -> Connection | None:
        return self._open.get(connection_id)

    def add(self, connection: Connection) -> None:
        self._open[connection.id] = connection

    def remove(self, connection: Connection) -> None:
        self._open.pop(connection.id, None)

    def drop(self, connection_id: str) -> None:
        """Cuts this connection as a lost network does; the client gets no close frame."""
        self._open[connection_id].drop()

    def drop_all(self) -> None:
        for connection in list(self._open.values()):
            connection.drop()

    async def close_all(self) -> None:
        await asyncio.gather(*(c.close(WSCloseCode.GOING_AWAY, "Going away") for c in self._open.values()))
