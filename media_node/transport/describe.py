"""Writes the node's descriptions: answers to publish offers and offers of subscribe connections.

All m-lines share one transport (BUNDLE). On a subscribe connection the data m-line comes first, so that
the BUNDLE tag never changes when streams come and go.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from media_node.forwarding.contract import IN_EXTENSIONS, Codec, Slot
from media_node.transport.channel import MAX_MESSAGE_BYTES, SCTP_PORT
from media_node.transport.dtls import Fingerprint
from media_node.transport.ice import Credentials
from media_node.transport.sdp import OfferedMedia

DATA_MID = "d"
HOST_PRIORITY = 126 << 24 | 65535 << 8 | 255  # RFC 8445 section 5.1.2.1, component 1


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and as whom the node answers: what every m-line says of its transport."""

    address: str
    port: int
    credentials: Credentials
    fingerprint: Fingerprint

    def lines(self, setup: str) -> list[str]:
        return [
            f"a=ice-ufrag:{self.credentials.ufrag}",
            f"a=ice-pwd:{self.credentials.password}",
            f"a=fingerprint:{self.fingerprint.algorithm} {self.fingerprint.value}",
            f"a=setup:{setup}",
        ]

    def candidate(self) -> list[str]:
        return [
            f"a=candidate:1 1 udp {HOST_PRIORITY} {self.address} {self.port} typ host",
            "a=end-of-candidates",
        ]


@dataclass(frozen=True, slots=True)
class AnsweredMedia:
    """What the node does with one m-line of a publish offer; without a codec it is rejected or inactive."""

    offered: OfferedMedia
    codec: Codec | None
    receive: bool

    @property
    def extensions(self) -> dict[str, int]:
        """URI → the publisher's id, of the header extensions the node takes."""
        wanted = IN_EXTENSIONS.get(self.offered.kind, frozenset())
        return {uri: number for uri, number in self.offered.extensions.items() if uri in wanted}


@dataclass(slots=True)
class Line:
    """One m-line of a subscribe connection. It outlives its stream and is reused.

    `slot` is the last one it had; `active` whether it is sent now. A rejected line is never reused.
    """

    mid: str
    slot: Slot
    participant_id: str
    active: bool = True
    rejected: bool = False


def publish_answer(
    endpoint: Endpoint, answered: Iterable[AnsweredMedia], *, session: int, version: int
) -> str:
    """The answer to a publish offer: recvonly, one codec an m-line, DTLS server."""
    answered = list(answered)
    lines = _head(session, version, [a.offered.mid for a in answered if a.codec])
    transport = endpoint.candidate()
    for media in answered:
        if media.codec is None:
            lines += _rejected(media.offered)
            continue
        lines += [
            f"m={media.offered.kind} 9 UDP/TLS/RTP/SAVPF {_formats(media.codec)}",
            "c=IN IP4 0.0.0.0",
            *endpoint.lines("passive"),
            *transport,
            f"a=mid:{media.offered.mid}",
            "a=recvonly" if media.receive else "a=inactive",
            "a=rtcp-mux",
            "a=rtcp-rsize",
            *_codec(media.codec),
            *_extensions(media.extensions),
        ]
        transport = []
        if media.offered.rids and media.receive:
            lines += [f"a=rid:{rid} recv" for rid in media.offered.rids]
            lines.append("a=simulcast:recv " + ";".join(media.offered.rids))
    return _text(lines)


def subscribe_offer(endpoint: Endpoint, media: Iterable[Line], *, session: int, version: int) -> str:
    """The offer of a subscribe connection: the data line, then every line it ever had."""
    media = list(media)
    lines = _head(session, version, [DATA_MID, *(line.mid for line in media if not line.rejected)])
    lines += [
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        *endpoint.lines("actpass"),
        *endpoint.candidate(),
        f"a=mid:{DATA_MID}",
        f"a=sctp-port:{SCTP_PORT}",
        f"a=max-message-size:{MAX_MESSAGE_BYTES}",
    ]
    for line in media:
        lines += _subscribe_line(endpoint, line)
    return _text(lines)


def _subscribe_line(endpoint: Endpoint, line: Line) -> list[str]:
    slot = line.slot
    lines = [
        f"m={slot.kind} {0 if line.rejected else 9} UDP/TLS/RTP/SAVPF {_formats(slot.codec)}",
        "c=IN IP4 0.0.0.0",
        *([] if line.rejected else endpoint.lines("actpass")),
        f"a=mid:{line.mid}",
        "a=sendonly" if line.active and not line.rejected else "a=inactive",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        *_codec(slot.codec),
        *_extensions(slot.extensions),
    ]
    if line.active and not line.rejected:
        lines.append(f"a=msid:{line.participant_id} {slot.stream_id}")
        ssrcs = [slot.ssrc]
        if slot.rtx_ssrc is not None:
            ssrcs.append(slot.rtx_ssrc)
            lines.append(f"a=ssrc-group:FID {slot.ssrc} {slot.rtx_ssrc}")
        # One cname for all streams of a participant: the browser keeps lips and voice together by it.
        lines += [f"a=ssrc:{ssrc} cname:{line.participant_id}" for ssrc in ssrcs]
    return lines


def _head(session: int, version: int, mids: list[str]) -> list[str]:
    return [
        "v=0",
        f"o=- {session} {version} IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE " + " ".join(mids),
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS *",
    ]


def _rejected(media: OfferedMedia) -> list[str]:
    formats = " ".join(media.formats) or "0"
    lines = [f"m={media.kind} 0 {media.protocol} {formats}", "c=IN IP4 0.0.0.0", "a=inactive"]
    return [*lines, f"a=mid:{media.mid}"] if media.mid else lines


def _formats(codec: Codec) -> str:
    rtx = "" if codec.rtx_payload_type is None else f" {codec.rtx_payload_type}"
    return f"{codec.payload_type}{rtx}"


def _codec(codec: Codec) -> list[str]:
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    lines = [f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_rate}{channels}"]
    if codec.fmtp:
        lines.append(f"a=fmtp:{codec.payload_type} {codec.fmtp}")
    lines += [f"a=rtcp-fb:{codec.payload_type} {feedback}" for feedback in codec.rtcp_feedback]
    if codec.rtx_payload_type is not None:
        lines += [
            f"a=rtpmap:{codec.rtx_payload_type} rtx/{codec.clock_rate}",
            f"a=fmtp:{codec.rtx_payload_type} apt={codec.payload_type}",
        ]
    return lines


def _extensions(extensions: Mapping[str, int]) -> list[str]:
    return [f"a=extmap:{number} {uri}" for uri, number in extensions.items()]


def _text(lines: list[str]) -> str:
    return "\r\n".join(lines) + "\r\n"
