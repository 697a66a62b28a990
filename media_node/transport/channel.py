"""The data channel for media signalling: negotiated, stream 0, JSON text (`docs/protocol/media.md`)."""

from collections.abc import Callable

from aiortc import RTCDataChannel, RTCDataChannelParameters, RTCDtlsTransport, RTCSctpCapabilities
from aiortc.exceptions import InvalidStateError

from media_node.transport.private import SignalAssociation

SCTP_PORT = 5000
MAX_MESSAGE_BYTES = 96 * 1024  # an SDP of 64 KiB, escaped as JSON
MAX_BUFFERED_BYTES = 1 << 20  # a client that reads nothing is not waited for


class SignalChannel:
    """Text both ways. `received` gets each message, `opened` is called once."""

    def __init__(
        self, dtls: RTCDtlsTransport, *, received: Callable[[str], None], opened: Callable[[], None]
    ) -> None:
        self._sctp = SignalAssociation(dtls, port=SCTP_PORT, max_message=MAX_MESSAGE_BYTES)
        parameters = RTCDataChannelParameters(label="signal", negotiated=True, id=0)
        self._channel = RTCDataChannel(self._sctp, parameters)
        self._channel.on("message", received)
        self._channel.on("open", opened)

    async def start(self) -> None:
        """Begins the association; the DTLS transport must be connected."""
        await self._sctp.start(RTCSctpCapabilities(maxMessageSize=MAX_MESSAGE_BYTES), SCTP_PORT)

    @property
    def is_open(self) -> bool:
        return self._channel.readyState == "open"

    @property
    def round_trip_seconds(self) -> float | None:
        return self._sctp.round_trip_seconds

    def on_oversized(self, callback: Callable[[], None]) -> None:
        """`callback` is called when the peer sent a message over MAX_MESSAGE_BYTES (it is dropped)."""
        self._sctp.oversized = callback

    def send(self, text: str) -> bool:
        """Queues a message; False when the channel is not open or its reader is too far behind."""
        if self._channel.bufferedAmount > MAX_BUFFERED_BYTES:
            return False
        try:
            self._channel.send(text)
        except (InvalidStateError, ValueError):
            return False
        return True

    def close(self) -> None:
        self._sctp.drop()
