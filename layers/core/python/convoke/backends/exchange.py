"""Many small HTTP requests to one server at once, from one thread over a few keep-alive connections.

A message to a chat of 1,000 is 1,000 posts, and a client library in threads costs several times what a post
takes here: nothing is read of an answer but its status and length (tests/bench/bench_push.py).
"""

import errno
import heapq
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from convoke.backends.keep_alive import BrokenError, Connection

_RESOLVED_SECONDS = 60.0
Address = tuple[socket.AddressFamily, Any]


@dataclass(frozen=True)
class Patience:
    """Seconds: to connect, to get an answer, and for all of it together."""

    connect: float
    read: float
    budget: float


@dataclass
class _Flight:
    """A request under way: the how-manieth of the round, and until when it may take."""

    connection: Connection
    place: int
    attempt: int
    deadline: float


class Exchange:
    """Connections to one origin (`https://host:port`), `most` of them at once, kept open between uses."""

    def __init__(self, origin: str, *, most: int) -> None:
        parts = urlsplit(origin)
        self.most = most
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._addresses: list[Address] = []
        self._resolved_at = 0.0
        self._idle: list[Connection] = []
        self._lock = threading.Lock()

    def ask(
        self,
        requests: Sequence[Callable[[], bytes]],
        patience: Patience,
        again: Callable[[int | None, int], float | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> list[int | None]:
        """The status of each request in the end; None where nobody answered in time, or it was not begun.

        `requests` make their bytes when it is their turn, since signatures age. `again(status, attempt)`
        says in how many seconds to try once more (None: not at all); its status is None where the connection
        failed. An answer that does not come in time is not asked for again: it may have been carried out.
        """
        return _Round(self, requests, patience, again, clock).run()

    def take(self) -> Connection:
        """An idle connection that is still there, or a new one. Raises BrokenError."""
        while True:
            with self._lock:
                found = self._idle.pop() if self._idle else None
            if found is None:
                return self._open()
            if found.is_alive(time.monotonic()):
                return found
            found.socket.close()

    def give_back(self, connection: Connection) -> None:
        with self._lock:
            if connection.ready and len(self._idle) < self.most:
                connection.idle_since = time.monotonic()
                self._idle.append(connection)
                return
        connection.socket.close()

    def close(self) -> None:
        with self._lock:
            while self._idle:
                self._idle.pop().socket.close()

    def __del__(self) -> None:
        # One per process, which ends without a word; tests make many.
        for connection in self.__dict__.get("_idle", ()):
            connection.socket.close()

    def _open(self) -> Connection:
        family, address = self._next_address()
        made = socket.socket(family, socket.SOCK_STREAM)
        made.settimeout(0)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if made.connect_ex(address) not in (0, errno.EINPROGRESS):
            made.close()
            raise BrokenError
        if self._tls is None:
            return Connection(made)
        return Connection(
            self._tls.wrap_socket(made, server_hostname=self._host, do_handshake_on_connect=False)
        )

    def _next_address(self) -> Address:
        """One after the other, so that a new attempt goes to another machine where there are several."""
        with self._lock:
            now = time.monotonic()
            if not self._addresses or now - self._resolved_at > _RESOLVED_SECONDS:
                try:
                    found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                except OSError as error:
                    raise BrokenError from error
                self._addresses = [(each[0], each[4]) for each in found]
                self._resolved_at = now
            self._addresses.append(self._addresses.pop(0))
            return self._addresses[-1]


class _Round:
    """One call of `Exchange.ask`."""

    def __init__(
        self,
        exchange: Exchange,
        requests: Sequence[Callable[[], bytes]],
        patience: Patience,
        again: Callable[[int | None, int], float | None],
        clock: Callable[[], float],
    ) -> None:
        self._exchange = exchange
        self._requests = requests
        self._patience = patience
        self._again = again
        self._clock = clock
        self._until = clock() + patience.budget
        self._statuses: list[int | None] = [None] * len(requests)
        # When each is due, which one, and how often it was tried before.
        self._due = [(0.0, place, 0) for place in range(len(requests))]
        self._flying: dict[int, _Flight] = {}
        self._selector = selectors.DefaultSelector()

    def run(self) -> list[int | None]:
        with self._selector:
            while self._flying or self._due:
                self._begin()
                self._wait()
                self._give_up_late()
        return self._statuses

    def _begin(self) -> None:
        """Put as many on their way as are due and may fly; after the budget none."""
        now = self._clock()
        if now > self._until:
            self._due.clear()
        while self._due and self._due[0][0] <= now and len(self._flying) < self._exchange.most:
            _, place, attempt = heapq.heappop(self._due)
            try:
                connection = self._exchange.take()
            except BrokenError:
                self._ended(place, attempt, None)
                continue
            connection.start(self._requests[place]())
            flight = _Flight(connection, place, attempt, now + self._patience.connect)
            self._flying[connection.socket.fileno()] = flight
            self._selector.register(connection.socket, selectors.EVENT_WRITE, flight)
            if connection.ready:
                flight.deadline = now + self._patience.read
                self._advance(flight)

    def _wait(self) -> None:
        now = self._clock()
        ends = [flight.deadline for flight in self._flying.values()]
        if self._due and len(self._flying) < self._exchange.most:
            ends.append(min(self._due[0][0], self._until))
        if not ends:
            return
        for key, _ in self._selector.select(max(0.0, min(ends) - now) + 0.001):
            self._advance(key.data)

    def _advance(self, flight: _Flight) -> None:
        connected = flight.connection.ready
        try:
            event, status = flight.connection.advance()
        except BrokenError:
            self._land(flight, None, keep=False)
            return
        if event == 0:
            self._land(flight, status, keep=True)
            return
        if flight.connection.ready and not connected:
            flight.deadline = self._clock() + self._patience.read
        if self._selector.get_key(flight.connection.socket).events != event:
            self._selector.modify(flight.connection.socket, event, flight)

    def _give_up_late(self) -> None:
        now = self._clock()
        for flight in [each for each in self._flying.values() if each.deadline < now]:
            if flight.connection.ready:
                self._part(flight, keep=False)
            else:
                self._land(flight, None, keep=False)

    def _land(self, flight: _Flight, status: int | None, *, keep: bool) -> None:
        self._part(flight, keep=keep)
        self._ended(flight.place, flight.attempt, status)

    def _part(self, flight: _Flight, *, keep: bool) -> None:
        self._selector.unregister(flight.connection.socket)
        del self._flying[flight.connection.socket.fileno()]
        if keep:
            self._exchange.give_back(flight.connection)
        else:
            flight.connection.socket.close()

    def _ended(self, place: int, attempt: int, status: int | None) -> None:
        self._statuses[place] = status
        wait = self._again(status, attempt)
        if wait is not None:
            heapq.heappush(self._due, (self._clock() + wait, place, attempt + 1))
