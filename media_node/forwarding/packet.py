"""RTP headers and their extensions (RFC 3550 section 5.1, RFC 8285): split, and put together again."""

import struct

HEAD = struct.Struct("!BBHLL")
PADDING = tuple(bytes(n) for n in (0, 3, 2, 1))  # by length modulo 4
ONE_BYTE, TWO_BYTE = 0xBEDE, 0x1000
# The extension header by its length in words: 0.02 µs to look up where packing it takes 0.06.
_HEADERS = tuple(
    tuple(struct.pack("!HH", profile, words) for words in range(128)) for profile in (ONE_BYTE, TWO_BYTE)
)
Element = tuple[int, int, int]  # id, start and end of its value in the packet


def split(packet: bytes) -> tuple[list[Element], int, int] | None:
    """Extension elements, start and end of the payload without padding; None: this is no RTP packet."""
    size = len(packet)
    if size < 12 or packet[0] >> 6 != 2:
        return None
    first = packet[0]
    start = 12 + 4 * (first & 15)
    elements: list[Element] = []
    if first & 0x10:
        if start + 4 > size:
            return None
        profile = packet[start] << 8 | packet[start + 1]
        end = start + 4 + 4 * (packet[start + 2] << 8 | packet[start + 3])
        if end > size:
            return None
        if profile == ONE_BYTE:
            _split_one_byte(packet, start + 4, end, elements)
        elif profile & 0xFFF0 == TWO_BYTE:
            _split_two_byte(packet, start + 4, end, elements)
        start = end
    if first & 0x20 and size > start:
        if not 0 < packet[-1] <= size - start:
            return None
        size -= packet[-1]
    return (elements, start, size) if start <= size else None


def _split_one_byte(packet: bytes, at: int, end: int, elements: list[Element]) -> None:
    while at < end:
        byte = packet[at]
        at += 1
        if byte < 16:  # id 0 is padding, whatever its length says
            continue
        stop = at + (byte & 15) + 1
        if byte >= 0xF0 or stop > end:  # id 15 ends it (RFC 8285 section 4.2); so does a value cut short
            return
        elements.append((byte >> 4, at, stop))
        at = stop


def _split_two_byte(packet: bytes, at: int, end: int, elements: list[Element]) -> None:
    while at < end:
        ident = packet[at]
        at += 1
        if ident == 0:
            continue
        if at >= end:
            return
        stop = at + 1 + packet[at]
        if stop > end:
            return
        elements.append((ident, at + 1, stop))
        at = stop


def pack_elements(values: list[tuple[int, bytes]]) -> tuple[bytes, bool]:
    """Elements in a row, and whether in the two-byte form (a value is empty or over 16 bytes)."""
    for ident, value in values:
        if not 0 < len(value) < 17 or ident > 14:
            return b"".join([bytes((i, len(v))) + v for i, v in values]), True
    return b"".join([bytes((i << 4 | len(v) - 1,)) + v for i, v in values]), False


def extension(elements: bytes, *, two_byte: bool) -> bytes:
    """The whole extension block, padded to a word; nothing for nothing."""
    if not elements:
        return b""
    size = len(elements)
    return _HEADERS[two_byte][size + 3 >> 2] + elements + PADDING[size & 3]


class Media:
    """One packet of a layer, taken apart once for all its viewers and for the cache.

    `number` counts the layer's packets without those that were dropped on purpose. `picture_at`, `tl0_at`
    are offsets in the payload, `frame_at` in the elements; 0 and -1 where there is none.
    """

    __slots__ = (
        "arrived",
        "elements",
        "first",
        "frame_at",
        "key",
        "mark",
        "number",
        "payload",
        "picture_at",
        "tail",
        "timestamp",
        "tl0_at",
        "two_byte",
    )

    def __init__(
        self, number: int, mark: int, timestamp: int, elements: bytes, payload: bytes, *, two_byte: bool
    ) -> None:
        self.number = number
        self.mark = mark  # second byte of the header towards subscribers: marker and payload type
        self.timestamp = timestamp
        self.elements = elements
        self.two_byte = two_byte
        self.payload = payload
        self.first = 0x90 if elements else 0x80
        self.tail = extension(elements, two_byte=two_byte) + payload
        self.key = False
        self.picture_at = self.tl0_at = 0
        self.frame_at = -1
        self.arrived = 0.0
