"""One kept-open connection of the many that a thread serves at once: it never blocks.

Nothing is read of an answer but its status and its length.
"""

import re
import select
import selectors
import socket
import ssl
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\n(connection:[ \t]*close|transfer-encoding:)", re.IGNORECASE)
_MOST_HEADERS = 32 * 1024
# A frozen function, a NAT or a balancer loses what is idle for long without a word.
TRUSTED_IDLE_SECONDS = 20.0


class BrokenError(Exception):
    """The connection failed before there was an answer."""


@dataclass
class Connection:
    """A socket that does not block, and how far it is with what it sends and gets."""

    socket: socket.socket
    ready: bool = False
    sending: bytes = b""
    got: bytearray = field(default_factory=bytearray)
    idle_since: float = 0.0

    def start(self, request: bytes) -> None:
        self.sending = request
        self.got.clear()

    def advance(self) -> tuple[int, int | None]:
        """Go on as far as it goes: what to wait for (a selectors event), or a status. Raises BrokenError."""
        try:
            if not self.ready:
                self._connect()
            while self.sending:
                self.sending = self.sending[self.socket.send(self.sending) :]
            return self._receive()
        except ssl.SSLWantReadError:
            return selectors.EVENT_READ, None
        except ssl.SSLWantWriteError:
            return selectors.EVENT_WRITE, None
        except BlockingIOError:
            return (selectors.EVENT_WRITE if self.sending else selectors.EVENT_READ), None
        except (OSError, ValueError) as error:
            raise BrokenError from error

    def is_alive(self, now: float) -> bool:
        """An idle connection with something to read was closed by the server."""
        if now - self.idle_since > TRUSTED_IDLE_SECONDS:
            return False
        poller = select.poll()
        poller.register(self.socket, select.POLLIN | select.POLLERR | select.POLLHUP)
        return not poller.poll(0)

    def _connect(self) -> None:
        error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, "connect")
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket.do_handshake()
        self.ready = True

    def _receive(self) -> tuple[int, int | None]:
        while True:
            part = self.socket.recv(16 * 1024)
            if not part:
                raise BrokenError
            self.got += part
            end = self.got.find(b"\r\n\r\n")
            if end < 0:
                if len(self.got) > _MOST_HEADERS:
                    raise BrokenError
                continue
            status, length = int(self.got[9:12]), _LENGTH.search(self.got, 0, end + 2)
            if length is None or _CLOSES.search(self.got, 0, end + 2):
                # The end of this answer is not known without reading on: the connection is good for no other.
                self.ready = False
                return 0, status
            if len(self.got) >= end + 4 + int(length[1]):
                return 0, status
