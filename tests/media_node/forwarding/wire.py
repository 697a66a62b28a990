"""What browsers send and see, for the forwarding tests: packets made and read, a source, a plane in use."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from media_node.forwarding import rtcp
from media_node.forwarding.contract import (
    AUDIO_LEVEL,
    DEPENDENCY_DESCRIPTOR,
    MID,
    RID,
    RRID,
    TRANSPORT_WIDE,
    Codec,
    PublishedMedia,
    Slot,
)
from media_node.forwarding.packet import extension, pack_elements, split
from media_node.forwarding.plane import Plane

IDS = {MID: 4, RID: 10, RRID: 11, TRANSPORT_WIDE: 5}
VP8 = Codec("VP8", 96, 97, 90000, rtcp_feedback=("ccm fir", "nack", "nack pli", "transport-cc"))
AV1 = Codec("AV1", 45, 46, 90000, rtcp_feedback=("ccm fir", "nack", "nack pli", "transport-cc"))
OPUS = Codec("opus", 109, None, 48000, 2, "minptime=10;useinbandfec=1", ("transport-cc",))
CAMERA = PublishedMedia("1", "video", "camera", VP8, IDS)
SIMULCAST = PublishedMedia("1", "video", "camera", VP8, IDS, ("q", "h", "f"))
MICROPHONE = PublishedMedia("0", "audio", "microphone", OPUS, IDS | {AUDIO_LEVEL: 1})
DESCRIBED = PublishedMedia("1", "video", "camera", AV1, IDS | {DEPENDENCY_DESCRIPTOR: 12})


def rtp(  # noqa: PLR0917 - in the order of the header
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    elements: Iterable[tuple[int, bytes]] = (),
    *,
    marker: bool = False,
    padding: int = 0,
    csrcs: tuple[int, ...] = (),
) -> bytes:
    body, two_byte = pack_elements(list(elements))
    first = 0x80 | (0x10 if body else 0) | (0x20 if padding else 0) | len(csrcs)
    head = struct.pack(
        "!BBHLL",
        first,
        marker << 7 | payload_type,
        sequence & 0xFFFF,
        timestamp & 0xFFFFFFFF,
        ssrc,
    )
    head += b"".join(struct.pack("!L", csrc) for csrc in csrcs)
    tail = bytes(padding - 1) + bytes((padding,)) if padding else b""
    return head + extension(body, two_byte=two_byte) + payload + tail


@dataclass(frozen=True)
class Seen:
    """A packet that came out, read."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    elements: dict[int, bytes]
    payload: bytes


def read(packet: bytes) -> Seen:
    parts = split(packet)
    assert parts is not None
    elements, start, stop = parts
    _, second, sequence, timestamp, ssrc = struct.unpack_from("!BBHLL", packet)
    values = {i: packet[a:b] for i, a, b in elements}
    return Seen(second & 127, second > 127, sequence, timestamp, ssrc, values, packet[start:stop])


def vp8(content: bytes, picture: int, *, start: bool, key: bool, tl0: int | None = None) -> bytes:
    """A VP8 payload with a 15-bit picture id, and TL0PICIDX unless it is None."""
    flags = 0x80 | (0x40 if tl0 is not None else 0)
    head = struct.pack("!BBH", 0x90 if start else 0x80, flags, 0x8000 | picture & 0x7FFF)
    if tl0 is not None:
        head += bytes((tl0 & 255,))
    return head + (b"\x10" if key else b"\x11") + content


def picture_of(payload: bytes) -> int:
    return (payload[2] << 8 | payload[3]) & 0x7FFF


@dataclass
class Source:
    """One SSRC of a publisher: VP8 frames of `per_frame` packets; keeps them for retransmission."""

    ssrc: int
    media: PublishedMedia = CAMERA
    rid: str | None = None
    sequence: int = 100
    timestamp: int = 50_000
    picture: int = 7
    tl0: int = 200
    per_frame: int = 3
    frames: int = 0
    key_wanted: bool = True
    name_until: int = 10  # MID and RID on this many packets, as browsers do until they are acknowledged
    sent: dict[int, tuple[int, bytes, bool]] = field(default_factory=dict)
    rtx_sequence: int = 9000
    packets: int = 0
    wide: Iterator[int] | None = None  # transport-wide numbers, shared by all sources of a publisher

    def tags(self, *, repair: bool = False) -> list[tuple[int, bytes]]:
        elements = []
        if self.packets <= self.name_until or repair:
            elements.append((IDS[MID], self.media.mid.encode()))
            if self.rid is not None:
                elements.append((IDS[RRID] if repair else IDS[RID], self.rid.encode()))
        if self.wide is not None:
            elements.append((IDS[TRANSPORT_WIDE], struct.pack("!H", next(self.wide) & 0xFFFF)))
        return elements

    def frame(self, *, key: bool | None = None, step: int = 3000) -> list[bytes]:
        is_key = self.key_wanted if key is None else key
        self.key_wanted = False
        self.picture += 1
        self.tl0 += 1
        self.timestamp += step
        out = []
        for index in range(self.per_frame):
            content = f"{self.rid}/{self.frames}/{index}".encode()
            body = vp8(content, self.picture, start=index == 0, key=is_key, tl0=self.tl0)
            out.append(self.packet(body, marker=index == self.per_frame - 1))
        self.frames += 1
        return out

    def packet(self, payload: bytes, *, marker: bool = False, padding: int = 0) -> bytes:
        self.sequence = self.sequence + 1 & 0xFFFF
        self.packets += 1
        self.sent[self.sequence] = (self.timestamp, payload, marker)
        codec = self.media.codec
        return rtp(
            codec.payload_type,
            self.sequence,
            self.timestamp,
            self.ssrc,
            payload,
            self.tags(),
            marker=marker,
            padding=padding,
        )

    def repeat(self, sequence: int) -> bytes:
        timestamp, payload, marker = self.sent[sequence]
        self.rtx_sequence = self.rtx_sequence + 1 & 0xFFFF
        codec = self.media.codec
        assert codec.rtx_payload_type is not None
        return rtp(
            codec.rtx_payload_type,
            self.rtx_sequence,
            timestamp,
            self.ssrc + 1,
            struct.pack("!H", sequence) + payload,
            self.tags(repair=True),
            marker=marker,
        )


@dataclass
class House:
    """A plane with one publisher `P`; what came out is kept by viewer."""

    media: list[PublishedMedia]
    now: float = 100.0
    plane: Plane = field(default_factory=lambda: Plane(Random(5)))
    out: dict[object, list[Seen]] = field(default_factory=dict)
    told: dict[object, list[rtcp.Piece]] = field(default_factory=dict)
    raw: list[tuple[bytes, tuple[object, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plane.add_publisher("P", "room", self.media)

    def viewer(self, name: str, mid: str = "3", stream_id: str = "camera", *, confirmed: bool = True) -> Slot:
        self.plane.add_subscriber(name)
        self.plane.open_subscriber(name, self.now)
        slot = self.plane.add_slot(name, mid, stream_id, self.now)
        if confirmed:
            self.plane.confirm_slots(name, [mid])
        return slot

    def push(self, packets: Iterable[bytes], peer: object = "P", after: float = 0.001) -> None:
        for packet in packets:
            self.now += after
            self.plane.receive(peer, packet, self.now)
            self.collect()

    def wait(self, seconds: float) -> None:
        """Let time pass, with a tick whenever one is due."""
        until = self.now + seconds
        while self.plane.deadline < until:
            self.now = max(self.now, self.plane.deadline)
            self.plane.tick(self.now)
            self.collect()
        self.now = until

    def collect(self) -> None:
        out = self.plane.drain()
        self.raw += out.rtp
        for packet, viewers in out.rtp:
            for viewer in viewers:
                self.out.setdefault(viewer, []).append(read(packet))
        for packet, peer in out.rtcp:
            pieces, whole = rtcp.split_compound(packet)
            assert whole
            self.told.setdefault(peer, []).extend(pieces)

    def key_requests(self, peer: object = "P") -> list[int]:
        pieces = self.told.get(peer, [])
        return [rtcp.media_ssrc(p.body) for p in pieces if p.kind == rtcp.PSFB and p.fmt == rtcp.PLI]

    def nacked(self, peer: object = "P") -> list[int]:
        pieces = self.told.get(peer, [])
        lists = [rtcp.nack_numbers(p.body) for p in pieces if p.kind == rtcp.RTPFB and p.fmt == rtcp.NACK]
        return [number for numbers in lists for number in numbers]

    def seen(self, viewer: object, ssrc: int | None = None) -> list[Seen]:
        return [s for s in self.out.get(viewer, []) if ssrc is None or s.ssrc == ssrc]


def contents(seen: Iterable[Seen]) -> list[str]:
    """What the VP8 payloads of `Source` say."""
    return [s.payload[6:].decode() for s in seen]


def steps(numbers: list[int], bits: int) -> list[int]:
    """Differences modulo 2^bits, signed."""
    half, whole = 1 << bits - 1, 1 << bits
    return [((b - a + half) % whole) - half for a, b in pairwise(numbers)]
