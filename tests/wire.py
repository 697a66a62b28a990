"""A TCP relay before PostgreSQL that counts round trips: how often the client speaks after the server did.

Pipelined statements travel together and count once, which is what they cost on a network.
"""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

# "Send what you have": libpq asks for it along with statements, and on a busy machine sends it after their
# answers have come. Nobody waits for anything then.
_FLUSH = b"H\0\0\0\4"


@dataclass
class Counted:
    """Filled when the `with` block ends."""

    trips: int = 0


@dataclass(eq=False)
class _Side:
    """One end of a relayed connection."""

    socket: socket.socket
    is_client: bool
    peer: "_Side | None" = None
    spoke_last: bool = False


@dataclass
class Relay:
    """Listens on 127.0.0.1:`port` and relays to `target`."""

    target: tuple[str, int]
    port: int = 0
    _trips: int = 0
    _sides: set[_Side] = field(default_factory=set)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._relay, name="relay")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wake.send(b"x")
        self._thread.join()
        for open_socket in (self._wake, self._woken, self._listener, *(side.socket for side in self._sides)):
            open_socket.close()

    @contextlib.contextmanager
    def counted(self) -> Iterator[Counted]:
        """Count what happens in the block. Connect before it, or the log-in's round trips count too."""
        counted, before = Counted(), self._trips
        yield counted
        counted.trips = self._trips - before

    def _relay(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._woken:
                        return
                    if key.fileobj is self._listener:
                        self._accept(selector)
                    elif key.data in self._sides:
                        self._pass_on(selector, key.data)

    def _accept(self, selector: selectors.BaseSelector) -> None:
        client = _Side(self._listener.accept()[0], is_client=True)
        server = _Side(socket.create_connection(self.target), is_client=False, peer=client)
        client.peer = server
        for side in (client, server):
            side.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sides.add(side)
            selector.register(side.socket, selectors.EVENT_READ, side)

    def _pass_on(self, selector: selectors.BaseSelector, side: _Side) -> None:
        peer = side.peer
        assert peer is not None
        data = b""
        with contextlib.suppress(ConnectionError):
            data = side.socket.recv(65536)
        if data:
            if data != _FLUSH:
                self._trips += side.is_client and not side.spoke_last
                side.spoke_last, peer.spoke_last = True, False
            with contextlib.suppress(ConnectionError):
                peer.socket.sendall(data)
            return
        for end in (side, peer):
            selector.unregister(end.socket)
            self._sides.discard(end)
            end.socket.close()
