"""The one door to private names of aiortc 1.16. `PRIVATE_NAMES` lists them; a test fails when one is gone.

aioice is used by its public STUN module only. PyAV comes along with aiortc (its `rtp` module imports it):
18 MB and 30 ms once per process; no decoder, encoder, `RTCRtpReceiver` or `MediaRelay` is ever made.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

from aiortc import RTCCertificate, RTCDtlsTransport, RTCSctpTransport
from aiortc import rtcdtlstransport as aiortc_dtls
from aiortc import rtcsctptransport as aiortc_sctp
from pylibsrtp import Session

PRIVATE_NAMES: tuple[tuple[type, str], ...] = (
    (RTCDtlsTransport, "_set_role"),
    (RTCDtlsTransport, "_recv_next"),
    (RTCSctpTransport, "_receive"),
    (RTCSctpTransport, "_receive_data_chunk"),
    (RTCSctpTransport, "_send_chunk"),
    (RTCSctpTransport, "_set_state"),
)
PRIVATE_DTLS_ATTRIBUTES = ("_srtp_profiles", "_ssl", "_rx_srtp", "_tx_srtp", "_task", "_data_receiver")
PRIVATE_SCTP_ATTRIBUTES = ("_advertised_rwnd", "_inbound_streams", "_srtt", "_data_channels")

# The DTLS server's order wins. GCM first: from C a protect costs 0.3 µs with it and 1.0 µs with SHA1_80.
SRTP_PROFILES = [
    profile
    for profile in (
        aiortc_dtls.SRTP_AEAD_AES_128_GCM,
        aiortc_dtls.SRTP_AEAD_AES_256_GCM,
        aiortc_dtls.SRTP_AES128_CM_SHA1_80,
    )
    if profile in aiortc_dtls.SRTP_PROFILES
]


class DatagramPipe(Protocol):
    """What aiortc's DTLS transport uses of the `RTCIceTransport` that it asks for."""

    role: str

    async def _recv(self) -> bytes: ...

    async def _send(self, data: bytes) -> None: ...


def dtls_server(pipe: DatagramPipe, certificate: RTCCertificate) -> RTCDtlsTransport:
    """A DTLS transport over `pipe` that waits for a ClientHello and prefers the GCM profiles."""
    transport = RTCDtlsTransport(cast("Any", pipe), [certificate])
    transport._set_role("server")
    transport._srtp_profiles = SRTP_PROFILES
    return transport


def watch_pump(transport: RTCDtlsTransport, ended: Callable[[BaseException | None], None]) -> None:
    """Calls `ended` when the association's reading task is over, with what it died of, if anything."""

    def done(task: "asyncio.Future[None]") -> None:
        ended(None if task.cancelled() else task.exception())

    if transport._task is not None:
        transport._task.add_done_callback(done)


def srtp_sessions(transport: RTCDtlsTransport) -> tuple[Session, Session]:
    """(inbound, outbound) libsrtp sessions of a connected transport. Separate sessions: one owner each."""
    return transport._rx_srtp, transport._tx_srtp


def srtp_profile(transport: RTCDtlsTransport) -> str:
    """OpenSSL's name of the negotiated profile, e.g. `SRTP_AEAD_AES_128_GCM`."""
    connection: Any = transport._ssl
    return str(connection.get_selected_srtp_profile().decode())


class SignalAssociation(RTCSctpTransport):
    """SCTP that carries stream 0's text messages and nothing else.

    aiortc opens any channel a peer asks for, keeps fragments without a limit and asserts on duplicate opens:
    an authenticated peer could fill the memory. Here everything but text on stream 0 ends at the door.
    """

    def __init__(self, transport: RTCDtlsTransport, *, port: int, max_message: int) -> None:
        super().__init__(transport, port)
        self._max_message = max_message
        self.oversized: Callable[[], None] = lambda: None

    async def _receive_data_chunk(self, chunk: aiortc_sctp.DataChunk) -> None:
        if chunk.stream_id != 0:
            return
        await super()._receive_data_chunk(chunk)
        stream = self._inbound_streams.get(0)
        if stream and sum(len(part.user_data) for part in stream.reassembly) > self._max_message:
            stream.reassembly.clear()
            self.oversized()

    async def _receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        if pp_id == aiortc_sctp.WEBRTC_STRING and len(data) <= self._max_message:
            await super()._receive(stream_id, pp_id, data)
        elif len(data) > self._max_message:
            self.oversized()

    async def _send_chunk(self, chunk: aiortc_sctp.Chunk) -> None:
        # Retransmission timers outlive the DTLS association by one turn of the loop.
        if self.transport.state == "connected":
            await super()._send_chunk(chunk)

    @property
    def round_trip_seconds(self) -> float | None:
        """SCTP's smoothed round trip: the only one an ICE-lite agent gets to measure by itself."""
        return self._srtt

    def drop(self) -> None:
        """Cancels timers and closes channels without a word to the peer (its transport is gone already)."""
        self._set_state(self.State.CLOSED)
