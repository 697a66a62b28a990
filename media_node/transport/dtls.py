"""DTLS of one connection: aiortc's transport as the server, fed by the port; certificates are checked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from pylibsrtp import Session

from media_node.transport import private

MAX_QUEUED_DATAGRAMS = 256  # SCTP's whole receive window in packets; more is a flood


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A certificate fingerprint as SDP writes it (RFC 8122): `sha-256`, `AB:CD:…`."""

    algorithm: str
    value: str


class Certificate:
    """The node's certificate: one per process, made at its start, valid 30 days."""

    def __init__(self) -> None:
        self.rtc = RTCCertificate.generateCertificate()
        first = self.rtc.getFingerprints()[0]
        self.fingerprint = Fingerprint(first.algorithm, first.value)


class _Pipe:
    """Stands where aiortc has its ICE transport: datagrams in by a queue, out by the port."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._out = send
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_QUEUED_DATAGRAMS)

    async def _recv(self) -> bytes:
        datagram = await self.queue.get()
        if datagram is None:
            raise ConnectionError
        return datagram

    async def _send(self, data: bytes) -> None:
        self._out(data)


class Dtls:
    """A DTLS association: starts when told, ends by `close()` or by the peer (then `ended` is called)."""

    def __init__(
        self, certificate: Certificate, send: Callable[[bytes], None], ended: Callable[[str], None]
    ) -> None:
        self._pipe = _Pipe(send)
        self._ended = ended
        self._closing = False
        self.dropped = 0
        self.transport: RTCDtlsTransport = private.dtls_server(self._pipe, certificate.rtc)

    @property
    def state(self) -> str:
        """new, connecting, connected, closed or failed."""
        return self.transport.state

    @property
    def profile(self) -> str | None:
        """OpenSSL's name of the SRTP profile once connected."""
        return private.srtp_profile(self.transport) if self.state == "connected" else None

    def receive(self, datagram: bytes) -> None:
        try:
            self._pipe.queue.put_nowait(datagram)
        except asyncio.QueueFull:
            self.dropped += 1

    async def accept(self, fingerprints: tuple[Fingerprint, ...]) -> tuple[Session, Session] | None:
        """Waits for the peer's handshake; its SRTP sessions (inbound, outbound), or None when it failed.

        A certificate that does not match every fingerprint of the SDP ends it (RFC 8827 section 6.5).
        """
        parameters = [RTCDtlsFingerprint(algorithm=f.algorithm, value=f.value) for f in fingerprints]
        await self.transport.start(RTCDtlsParameters(fingerprints=parameters))
        if self.state != "connected":
            return None
        private.watch_pump(self.transport, self._pump_ended)
        return private.srtp_sessions(self.transport)

    async def close(self) -> None:
        """Says close_notify if there is someone to say it to, and stops."""
        if not self._closing:
            self._closing = True
            await self.transport.stop()

    def _pump_ended(self, error: BaseException | None) -> None:
        if not self._closing:
            self._ended(f"dtls: {error!r}" if error else "dtls: closed by the peer")
