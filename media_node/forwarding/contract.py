"""The whole contract between transport/control and the forwarding plane: packets and `now` in, packets out.

A native plane takes over behind `ForwardingPlane` without a change outside this folder. Times are seconds of
any monotonic clock. A peer is one connection, either publishing or subscribing, by whatever hashable key the
caller chose (its own connection object saves the caller a look-up per packet).
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
RRID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
VIDEO_ORIENTATION = "urn:3gpp:video-orientation"
CONTENT_TYPE = "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type"
DEPENDENCY_DESCRIPTOR = (
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
)
TRANSPORT_WIDE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
# What a publish answer accepts, and the ids a subscribe offer gives: one meaning in the whole bundle.
IN_EXTENSIONS: Mapping[str, frozenset[str]] = {
    "audio": frozenset({MID, RID, RRID, AUDIO_LEVEL, TRANSPORT_WIDE}),
    "video": frozenset(
        {MID, RID, RRID, VIDEO_ORIENTATION, CONTENT_TYPE, DEPENDENCY_DESCRIPTOR, TRANSPORT_WIDE}
    ),
}
OUT_EXTENSIONS: Mapping[str, Mapping[str, int]] = {
    "audio": {MID: 1, AUDIO_LEVEL: 2},
    "video": {MID: 1, DEPENDENCY_DESCRIPTOR: 3, VIDEO_ORIENTATION: 4, CONTENT_TYPE: 5},
}
# Towards subscribers: codec and profile → payload type (RTX is one above) and parameters. Chromium refuses a
# bundle in which one payload type stands for two sets of parameters, so publishers' own do not go through.
H264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id="
OUT_CODECS: Mapping[tuple[str, str], tuple[int, str]] = {
    ("VP8", ""): (96, ""),
    ("VP9", ""): (98, "profile-id=0"),
    ("VP9", "2"): (104, "profile-id=2"),
    ("H264", ""): (100, H264 + "42e01f"),
    ("H264", "4200"): (114, H264 + "42001f"),
    ("H264", "4d"): (106, H264 + "4d001f"),
    ("H264", "64"): (108, H264 + "64001f"),
    ("AV1", ""): (102, "level-idx=5;profile=0;tier=0"),
    ("opus", ""): (111, "minptime=10;useinbandfec=1"),
    ("opus", "stereo"): (112, "minptime=10;sprop-stereo=1;stereo=1;useinbandfec=1"),
}
Kind = Literal["audio", "video"]
Peer = Any  # hashable; not a type variable, which would run through every class of the plane


@dataclass(frozen=True, slots=True)
class Codec:
    """One codec of one side. `name` as in SDP (opus, VP8, VP9, H264, AV1); `fmtp` without payload type."""

    name: str
    payload_type: int
    rtx_payload_type: int | None
    clock_rate: int
    channels: int = 1
    fmtp: str = ""
    rtcp_feedback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedMedia:
    """One m-line of a publish connection, as answered: one codec. `rids` lowest quality first. `voice`: its
    level counts for the active speaker. `extensions` are the answered ones, uri → the publisher's id."""

    mid: str
    kind: Kind
    stream_id: str
    codec: Codec
    extensions: Mapping[str, int]
    rids: tuple[str, ...] = ()
    paused: bool = False
    voice: bool = True


@dataclass(frozen=True, slots=True)
class Slot:
    """One sendonly m-line of a subscribe connection: all that its SDP needs (`rtx_ssrc`: FID group)."""

    mid: str
    stream_id: str
    kind: Kind
    ssrc: int
    rtx_ssrc: int | None
    codec: Codec
    extensions: Mapping[str, int]


class Outgoing(NamedTuple):
    """`rtp`: each packet goes unchanged to every peer of its tuple; `rtcp`: to one peer.

    A shared packet is built once: subscribers that see the same SSRC and numbers differ in their keys only.
    """

    rtp: list[tuple[bytes, tuple[Peer, ...]]]
    rtcp: list[tuple[bytes, Peer]]


class Speakers(NamedTuple):
    """`levels`: (stream_id, 0..127, 127 loudest) of those heard, loudest first; `active` has the floor."""

    levels: tuple[tuple[str, int], ...]
    active: str | None


@dataclass(frozen=True, slots=True)
class StreamStats:
    stream_id: str
    room: Hashable
    codec: str
    bitrate: int  # bit/s, over the last whole second, all layers
    packets: int
    lost: int  # never arrived, not even by RTX
    key_frames: int
    key_requests: int
    subscribers: int
    paused: bool
    layers: tuple[str, ...]  # rids seen sending within the last second
    jitter: float = 0.0  # s, of the worst layer (RFC 3550 A.8)


@dataclass(frozen=True, slots=True)
class SlotStats:
    subscriber: Peer
    mid: str
    stream_id: str
    rid: str | None
    packets: int
    retransmitted: int
    fraction_lost: float  # of the last receiver report, 0..1
    octets: int = 0  # of payload, without retransmissions
    jitter: float = 0.0  # s, as the last receiver report says


@dataclass(frozen=True, slots=True)
class PlaneStats:
    streams: list[StreamStats]
    slots: list[SlotStats]
    remb: dict[Peer, int]  # bit/s a subscriber last said it can take
    # packets_in, packets_out (without retransmitted), bytes_in, bytes_out (payloads), malformed, unrouted, …
    counters: dict[str, int] = field(default_factory=dict)


class ForwardingPlane(Protocol):
    """One per node process. Removing what is gone does nothing; an unknown stream or peer is a KeyError."""

    @property
    def deadline(self) -> float: ...  # when `tick` is due; `receive` may bring it nearer
    def add_publisher(self, peer: Peer, room: Hashable, media: Iterable[PublishedMedia]) -> None: ...
    # After an ICE restart: all m-lines anew. A stream id that is no longer there takes its slots along.
    def update_media(self, peer: Peer, media: Iterable[PublishedMedia]) -> None: ...
    def add_subscriber(self, peer: Peer) -> None: ...
    def open_subscriber(self, peer: Peer, now: float) -> None: ...  # keys known: packets come out from now on
    def add_slot(self, subscriber: Peer, mid: str, stream_id: str, now: float) -> Slot: ...
    # The subscriber answered the offer with these slots; until then each of their packets carries its MID.
    def confirm_slots(self, subscriber: Peer, mids: Iterable[str]) -> None: ...
    def remove_slot(self, subscriber: Peer, mid: str) -> None: ...
    def remove_peer(self, peer: Peer) -> None: ...  # a publisher's slots go too
    def pause(self, stream_id: str, now: float, *, paused: bool) -> None: ...
    def select_layer(self, subscriber: Peer, stream_id: str, rid: str | None, now: float) -> None: ...
    def receive(self, peer: Peer, packet: bytes, now: float) -> None: ...  # RTP or RTCP (RFC 5761), decrypted
    def tick(self, now: float) -> float: ...  # → the next deadline
    def drain(self) -> Outgoing: ...  # what came out since the last call; the lists are the caller's
    def speakers(self, room: Hashable, now: float) -> Speakers: ...
    def stats(self, now: float) -> PlaneStats: ...
