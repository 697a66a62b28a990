"""The one UDP port of the process: every peer's STUN, DTLS and SRTP come and go through it (RFC 7983).

A source address belongs to a peer from the moment a binding success response goes out to it, that is after
MESSAGE-INTEGRITY: binding on the ufrag alone could be hijacked. Everything from other addresses is dropped
and counted, which also ends the race for the first ClientHello (OWASP ASVS 5 section 17.2).
"""

import asyncio
import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Protocol

from media_node.transport.ice import Address, local_ufrag

BUFFER_BYTES = 4 << 20
BATCH = 128  # datagrams a turn of the event loop: the control API and timers get their share under load
MAX_DATAGRAM = 2048
STUN_FAILURES_PER_SECOND = 20  # per source address: a peer's wrong guesses; an honest one has none or a few
MAX_TRACKED_SOURCES = 4096


class Receiver(Protocol):
    """A peer as the port sees it."""

    def check(self, datagram: bytes, ufrag: str, source: Address, now: float) -> bytes | None:
        """The binding success response, or None when the check is not authentic."""

    def validated(self, source: Address) -> Address | None:
        """`source` is now bound to this peer; returns an address to unbind in its place."""

    def receive_dtls(self, datagram: bytes) -> None: ...

    def receive_srtp(self, datagram: bytes, now: float) -> None: ...


@dataclass(slots=True)
class Counters:
    """Datagrams since start, by fate."""

    received: int = 0
    sent: int = 0
    send_failed: int = 0
    stun_answered: int = 0
    stun_unknown: int = 0
    stun_forged: int = 0
    stun_limited: int = 0
    unbound: int = 0
    malformed: int = 0


class FailureLimit:
    """Counts failed checks per source in whole seconds; the table is emptied each second and bounded."""

    def __init__(self) -> None:
        self._second = 0
        self._failures: dict[Address, int] = {}

    def exceeded(self, source: Address, now: float) -> bool:
        if int(now) != self._second:
            self._second = int(now)
            self._failures.clear()
        return self._failures.get(source, 0) >= STUN_FAILURES_PER_SECOND

    def failed(self, source: Address) -> None:
        if source in self._failures or len(self._failures) < MAX_TRACKED_SOURCES:
            self._failures[source] = self._failures.get(source, 0) + 1


class Port:
    """Demultiplexes and sends. Not thread-safe: it belongs to the event loop that opened it."""

    def __init__(self, bind: str, port: int) -> None:
        family = socket.AF_INET6 if ipaddress.ip_address(bind).version == 6 else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self.socket.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        self.socket.settimeout(0)
        self.socket.bind((bind, port))
        self.number: int = self.socket.getsockname()[1]
        self.counters = Counters()
        self._by_ufrag: dict[str, Receiver] = {}
        self._by_address: dict[Address, Receiver] = {}
        self._limit = FailureLimit()
        self.after_batch: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Starts reading on the running event loop."""
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._readable)

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):  # no running loop: nothing reads
            asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()

    def register(self, ufrag: str, receiver: Receiver) -> None:
        self._by_ufrag[ufrag] = receiver

    def forget_ufrag(self, ufrag: str) -> None:
        self._by_ufrag.pop(ufrag, None)

    def forget(self, receiver: Receiver) -> None:
        """Removes every ufrag and address of a peer that is gone."""
        for ufrag in [u for u, owner in self._by_ufrag.items() if owner is receiver]:
            del self._by_ufrag[ufrag]
        for address in [a for a, owner in self._by_address.items() if owner is receiver]:
            del self._by_address[address]

    def send(self, datagram: bytes, address: Address) -> None:
        """Sends or drops: a full socket buffer is packet loss, and the media protocols repair that."""
        try:
            self.socket.sendto(datagram, address)
        except OSError:
            self.counters.send_failed += 1
        else:
            self.counters.sent += 1

    def statistics(self) -> dict[str, int]:
        """Counters, bindings, and the receive buffer that the system granted (Linux reports it doubled)."""
        granted = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        bindings = {"addresses": len(self._by_address), "ufrags": len(self._by_ufrag)}
        return {**asdict(self.counters), **bindings, "receive_buffer": granted}

    def _readable(self) -> None:
        self._receive_batch()
        self.after_batch()

    def _receive_batch(self) -> None:
        receive, counters, owners = self.socket.recvfrom, self.counters, self._by_address
        clock = time.monotonic
        for _ in range(BATCH):
            try:
                datagram, source = receive(MAX_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier send
                continue
            counters.received += 1
            first = datagram[0] if datagram else 255
            if 128 <= first <= 191:
                owner = owners.get(source)
                if owner is None:
                    counters.unbound += 1
                else:
                    owner.receive_srtp(datagram, clock())
            elif first <= 3:
                self._receive_stun(datagram, source, clock())
            elif 20 <= first <= 63:
                self._receive_dtls(datagram, source)
            else:
                counters.malformed += 1

    def _receive_dtls(self, datagram: bytes, source: Address) -> None:
        owner = self._by_address.get(source)
        if owner is None:
            self.counters.unbound += 1
        else:
            owner.receive_dtls(datagram)

    def _receive_stun(self, datagram: bytes, source: Address, now: float) -> None:
        if self._limit.exceeded(source, now) and source not in self._by_address:
            self.counters.stun_limited += 1
            return
        ufrag = local_ufrag(datagram)
        if ufrag is None:
            self.counters.malformed += 1
            self._limit.failed(source)
            return
        owner = self._by_ufrag.get(ufrag)
        if owner is None:
            self.counters.stun_unknown += 1
            self._limit.failed(source)
            return
        response = owner.check(datagram, ufrag, source, now)
        if response is None:
            self.counters.stun_forged += 1
            self._limit.failed(source)
            return
        self._bind(source, owner)
        self.counters.stun_answered += 1
        self.send(response, source)

    def _bind(self, source: Address, owner: Receiver) -> None:
        previous = self._by_address.get(source)
        if previous is owner:
            return
        self._by_address[source] = owner
        displaced = owner.validated(source)
        if displaced is not None and self._by_address.get(displaced) is owner:
            del self._by_address[displaced]
