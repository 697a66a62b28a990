"""One connection of a participant: ICE-lite, DTLS, SRTP on the shared port; a subscriber's signal channel."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from pylibsrtp import Error as SrtpError
from pylibsrtp import Session

from media_node.transport.channel import SignalChannel
from media_node.transport.describe import Endpoint
from media_node.transport.dtls import Certificate, Dtls, Fingerprint
from media_node.transport.forwarder import Forwarder
from media_node.transport.ice import Address, Credentials, IceLite

CONNECT_SECONDS = 30.0
UNKNOWN_ADDRESS: Address = ("0.0.0.0", 0)  # noqa: S104 -- never sent to: nothing leaves before ICE selects


@dataclass(frozen=True, slots=True)
class Place:
    """What all peers of the process share: the socket and plane, the certificate, the advertised address."""

    forwarder: Forwarder
    certificate: Certificate
    address: str


@dataclass(slots=True)
class Events:
    """What a peer tells its owner; each is called from the event loop."""

    connected: Callable[[], None]
    ended: Callable[[str], None]
    message: Callable[[str], None] | None = None
    opened: Callable[[], None] = lambda: None
    oversized: Callable[[], None] = lambda: None


def _not_yet(_: bytes) -> bytes:
    raise ValueError("no keys yet")


class Peer:
    """`protect`, `protect_rtcp` and `address` are plain attributes: the send loop reads them per packet."""

    def __init__(self, place: Place, fingerprints: tuple[Fingerprint, ...], events: Events) -> None:
        now = time.monotonic()
        self._place = place
        self._port = place.forwarder.port
        self._plane = place.forwarder.plane
        self._events = events
        self._fingerprints = fingerprints
        self._ice = IceLite(now)
        self._dtls = Dtls(place.certificate, self._send, self._end)
        self.protect: Callable[[bytes], bytes] = _not_yet
        self.protect_rtcp: Callable[[bytes], bytes] = _not_yet
        self._unprotect: Callable[[bytes], bytes] | None = None
        self._unprotect_rtcp: Callable[[bytes], bytes] = _not_yet
        self.address = UNKNOWN_ADDRESS
        self.created = now
        self.connected_after: float | None = None
        self.srtp_errors = 0
        self.packets_in = 0
        self.closed = False
        self.channel: SignalChannel | None = None
        if events.message is not None:
            self.channel = SignalChannel(self._dtls.transport, received=events.message, opened=events.opened)
            self.channel.on_oversized(events.oversized)
        self._port.register(self._ice.credentials.ufrag, self)
        self._handshake: asyncio.Task[None] | None = None

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(
            self._place.address, self._port.number, self._ice.credentials, self._place.certificate.fingerprint
        )

    @property
    def connected(self) -> bool:
        return self._unprotect is not None and not self.closed

    def check(self, datagram: bytes, ufrag: str, source: Address, now: float) -> bytes | None:
        response = self._ice.respond(datagram, ufrag, source, now)
        if response is not None:
            self.address = self._ice.selected or UNKNOWN_ADDRESS
            if self._handshake is None:
                self._handshake = asyncio.create_task(self._connect())
        return response

    def validated(self, source: Address) -> Address | None:
        return self._ice.validated(source)

    def receive_dtls(self, datagram: bytes) -> None:
        self._dtls.receive(datagram)

    def receive_srtp(self, datagram: bytes, now: float) -> None:
        unprotect = self._unprotect
        if unprotect is None or len(datagram) < 12:
            self.srtp_errors += 1
            return
        try:
            # RFC 5761 section 4: RTCP packet types are 192..223.
            packet = self._unprotect_rtcp(datagram) if 192 <= datagram[1] <= 223 else unprotect(datagram)
        except (SrtpError, ValueError):
            self.srtp_errors += 1
            return
        self.packets_in += 1
        self._plane.receive(self, packet, now)

    def restart_ice(self) -> None:
        """New ICE credentials on the same DTLS association; media goes on over the old pair meanwhile."""
        old: Credentials = self._ice.credentials
        previous = self._ice.previous
        if previous is not None:
            self._port.forget_ufrag(previous.ufrag)
        new = self._ice.restart(time.monotonic())
        self._port.register(new.ufrag, self)
        self._port.register(old.ufrag, self)

    def expired(self, now: float) -> bool:
        """No consent for 30 s, or not connected 30 s after the offer."""
        return self._ice.expired(now) or (not self.connected and now - self.created > CONNECT_SECONDS)

    def send(self, text: str) -> bool:
        """Sends a signalling message; False when there is no open channel."""
        return self.channel is not None and self.channel.send(text)

    def close(self) -> "asyncio.Task[None] | None":
        """Lets go of the port and the plane; returns the task that says goodbye to the other side."""
        if self.closed:
            return None
        self.closed = True
        self._unprotect = None
        self._port.forget(self)
        self._plane.remove_peer(self)
        if self._handshake:
            self._handshake.cancel()
        return asyncio.create_task(self._goodbye())

    def statistics(self, now: float) -> dict[str, object]:
        """For operators and tests: times in ms."""
        round_trip = self.channel.round_trip_seconds if self.channel else None
        return {
            "state": "closed" if self.closed else self._dtls.state,
            "srtp_profile": self._dtls.profile,
            "address": "{}:{}".format(*self.address[:2]) if self._ice.selected else None,
            "addresses": ["{}:{}".format(*address[:2]) for address in self._ice.addresses],
            "connected_ms": round(self.connected_after * 1e3, 1) if self.connected_after else None,
            "stun_checks": self._ice.checks,
            "stun_age_ms": round((now - self._ice.last_check) * 1e3),
            "round_trip_ms": round(round_trip * 1e3, 2) if round_trip is not None else None,
            "packets_in": self.packets_in,
            "srtp_errors": self.srtp_errors,
            "channel_open": self.channel is not None and self.channel.is_open,
        }

    async def _connect(self) -> None:
        try:
            sessions = await self._dtls.accept(self._fingerprints)
            if sessions is None:
                self._end("dtls: the handshake failed or the certificate is another one than the offer's")
            else:
                await self._open(*sessions)
        except ConnectionError:  # the other side went away in the middle of it
            self._end("dtls: closed by the peer")

    async def _open(self, inbound: Session, outbound: Session) -> None:
        self.protect, self.protect_rtcp = outbound.protect, outbound.protect_rtcp
        self._unprotect, self._unprotect_rtcp = inbound.unprotect, inbound.unprotect_rtcp
        self.connected_after = time.monotonic() - self.created
        if self.channel:
            await self.channel.start()
        self._events.connected()

    async def _goodbye(self) -> None:
        if self.channel:
            self.channel.close()
        await self._dtls.close()

    def _send(self, datagram: bytes) -> None:
        if self._ice.selected is not None:
            self._port.send(datagram, self._ice.selected)

    def _end(self, reason: str) -> None:
        if not self.closed:
            self._events.ended(reason)
