"""Moves packets between the port's peers and the forwarding plane: one owner of the sending SRTP sessions."""

import asyncio
import time
from typing import TYPE_CHECKING, cast

from pylibsrtp import Error as SrtpError

from media_node.forwarding.contract import ForwardingPlane
from media_node.transport.port import Port

if TYPE_CHECKING:
    from media_node.transport.peer import Peer

SEND_ERRORS = (OSError, SrtpError, ValueError)


class Forwarder:
    """Flushes the plane once per batch of datagrams, and whenever its deadline is due."""

    def __init__(self, port: Port, plane: ForwardingPlane) -> None:
        self.port = port
        self.plane = plane
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def open(self) -> None:
        self.port.after_batch = self.flush
        self.port.open()
        self._schedule()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self.port.close()

    def flush(self) -> None:
        """Protects and sends all that came out of the plane: one tight loop, two calls a packet."""
        outgoing = self.plane.drain()
        sendto, counters = self.port.socket.sendto, self.port.counters
        sent = 0
        for packet, peers in outgoing.rtp:
            for peer in cast("tuple[Peer, ...]", peers):
                try:
                    sendto(peer.protect(packet), peer.address)
                except SEND_ERRORS:
                    counters.send_failed += 1
                else:
                    sent += 1
        for packet, to in outgoing.rtcp:
            peer = cast("Peer", to)
            try:
                sendto(peer.protect_rtcp(packet), peer.address)
            except SEND_ERRORS:
                counters.send_failed += 1
            else:
                sent += 1
        counters.sent += sent
        if self.plane.deadline < self._due:
            self._schedule()

    def _schedule(self) -> None:
        """Arms the timer for the plane's deadline (the event loop's clock is `time.monotonic`)."""
        if self._timer:
            self._timer.cancel()
        self._due = self.plane.deadline
        self._timer = asyncio.get_running_loop().call_at(self._due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.plane.tick(time.monotonic())
        self._due = 0.0  # flush must not re-arm what is armed right below
        self.flush()
        self._schedule()
