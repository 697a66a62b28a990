"""A client of the node without a browser, of aiortc's parts, made to be hostile or to be many."""

import asyncio
import json
import secrets
import socket
from typing import Any

from aioice import stun
from aiortc import (
    RTCCertificate,
    RTCDataChannel,
    RTCDataChannelParameters,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCSctpCapabilities,
    RTCSctpTransport,
)

CHECK_SECONDS = 2.5
TYPES = ("microphone", "camera", "screen", "screen_audio")
AUDIO = [
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 minptime=10;useinbandfec=1",
]
VIDEO = [
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
    "a=rtpmap:96 VP8/90000",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
]


def attribute(sdp: str, name: str) -> str:
    """The first value of an attribute."""
    return next(line[len(name) + 3 :] for line in sdp.splitlines() if line.startswith(f"a={name}:"))


def publish_offer(certificate: RTCCertificate, **replaced: str) -> str:
    """The four m-lines every client offers; `replaced` gives another ufrag, password or fingerprint."""
    fingerprint = certificate.getFingerprints()[0]
    values = {
        "ufrag": secrets.token_hex(4),
        "password": secrets.token_hex(12),
        "fingerprint": f"{fingerprint.algorithm} {fingerprint.value}",
        **replaced,
    }
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1 2 3"]
    for mid, media in enumerate((AUDIO, VIDEO, VIDEO, AUDIO)):
        lines += [
            media[0],
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{values['ufrag']}",
            f"a=ice-pwd:{values['password']}",
            f"a=fingerprint:{values['fingerprint']}",
            "a=setup:actpass",
            f"a=mid:{mid}",
            "a=sendonly",
            "a=rtcp-mux",
            "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
            *media[1:],
        ]
    return "\r\n".join(lines) + "\r\n"


def binding_request(ufrag: str, password: str, *, nominate: bool = True) -> stun.Message:
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{ufrag}:peer"
    request.attributes["PRIORITY"] = 1
    request.attributes["ICE-CONTROLLING"] = 1
    if nominate:
        request.attributes["USE-CANDIDATE"] = None
    request.add_message_integrity(password.encode())
    return request


class Connection(asyncio.DatagramProtocol):
    """One connection to the node: the controlling ICE side, and the pipe under aiortc's DTLS client."""

    role = "controlling"

    def __init__(self, sdp: str, certificate: RTCCertificate) -> None:
        self.sdp = sdp
        self.answers: asyncio.Queue[stun.Message] = asyncio.Queue()
        self.datagrams: asyncio.Queue[bytes] = asyncio.Queue()
        self.dtls = RTCDtlsTransport(self, [certificate])  # type: ignore[arg-type]
        self.dtls._set_role("client")
        self.channel: RTCDataChannel | None = None
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self._checks: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """A socket of its own on the loopback."""
        _, _, _, _, address, port = attribute(self.sdp, "candidate").split()[:6]
        self.node = (address, int(port))
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0), family=socket.AF_INET
        )

    async def check(self) -> stun.Message:
        """A connectivity check that nominates; the node's response."""
        request = binding_request(attribute(self.sdp, "ice-ufrag"), attribute(self.sdp, "ice-pwd"))
        self.transport.sendto(bytes(request), self.node)
        async with asyncio.timeout(60):  # wait_for of Python 3.11 may swallow a cancellation
            return await self.answers.get()

    async def connect(self) -> None:
        """ICE and DTLS; checks go on until `close`."""
        await self.open()
        await self.check()
        self._checks = asyncio.create_task(self._keep_checking())
        algorithm, value = attribute(self.sdp, "fingerprint").split()
        await self.dtls.start(RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value)]))
        if self.dtls.state != "connected":
            raise ConnectionError(self.dtls.state)

    async def open_channel(self) -> None:
        """SCTP and the signal channel; messages go to `messages`."""
        self.sctp = RTCSctpTransport(self.dtls)
        self.channel = RTCDataChannel(
            self.sctp, RTCDataChannelParameters(label="signal", negotiated=True, id=0)
        )
        opened = asyncio.Event()
        self.channel.on("open", opened.set)
        self.channel.on("message", self._receive)
        await self.sctp.start(RTCSctpCapabilities(maxMessageSize=1 << 20), 5000)
        await opened.wait()
        self.send({"op": "answer", "sdp": self.sdp})

    def send(self, message: object) -> None:
        assert self.channel
        self.channel.send(message if isinstance(message, str) else json.dumps(message))

    async def told(self, op: str) -> Any:
        """The next message of this kind; others are passed over."""
        async with asyncio.timeout(60):
            while True:
                message = await self.messages.get()
                if message["op"] == op:
                    return message

    def _receive(self, text: str) -> None:
        """Accepts every offer: of an answer the node reads only which m-lines it rejects."""
        message = json.loads(text)
        if message["op"] == "offer":
            self.send({"op": "answer", "sdp": message["sdp"]})
        self.messages.put_nowait(message)

    async def close(self) -> None:
        if self._checks:
            self._checks.cancel()
            await asyncio.gather(self._checks, return_exceptions=True)
        if self.channel:
            await self.sctp.stop()
        await self.dtls.stop()
        self.transport.close()

    def datagram_received(self, data: bytes, _: tuple[str | Any, int]) -> None:
        if data[0] < 4:
            self.answers.put_nowait(stun.parse_message(data))
        else:
            self.datagrams.put_nowait(data)

    async def _recv(self) -> bytes:
        return await self.datagrams.get()

    async def _send(self, data: bytes) -> None:
        self.transport.sendto(data, self.node)

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self.check()


class WireClient:
    """Both connections of a participant, sharing one certificate."""

    def __init__(self) -> None:
        self.certificate = RTCCertificate.generateCertificate()

    def request(self, **replaced: str) -> dict[str, Any]:
        """The body of the PUT that begins a session."""
        streams = [{"mid": str(mid), "type": name, "active": mid < 2} for mid, name in enumerate(TYPES)]
        return {"publish": {"sdp": publish_offer(self.certificate, **replaced), "streams": streams}}

    async def connect(self, session: dict[str, Any], *, channel: bool = True) -> None:
        self.publish = Connection(session["publish"]["sdp"], self.certificate)
        self.subscribe = Connection(session["subscribe"]["sdp"], self.certificate)
        await asyncio.gather(self.publish.connect(), self.subscribe.connect())
        if channel:
            await self.subscribe.open_channel()

    async def close(self) -> None:
        await asyncio.gather(self.publish.close(), self.subscribe.close())
