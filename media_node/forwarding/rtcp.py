"""RTCP as browsers and the node speak it, compound or reduced-size (RFC 5506), read without trust."""

import struct
from collections.abc import Iterable
from typing import NamedTuple

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
NACK, TRANSPORT_CC = 1, 15
PLI, FIR, APPLICATION = 1, 4, 15

_FEEDBACK = struct.Struct("!BBHLL")
_SENDER = struct.Struct("!BBHLQLLL")
_BLOCK = struct.Struct("!LLLLLL")
MAX_BLOCKS = 31


class Piece(NamedTuple):
    """One packet of a compound; `body` starts after its first word and is without padding."""

    kind: int
    fmt: int  # or the number of blocks
    body: bytes


class SenderReport(NamedTuple):
    ssrc: int
    ntp: int  # 32.32 fixed point
    timestamp: int
    packets: int
    octets: int


class ReportBlock(NamedTuple):
    """`fraction` in 1/256, `highest` extended, `delay` (since the last sender report) in 1/65536 s."""

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


def split_compound(data: bytes) -> tuple[list[Piece], bool]:
    """Its pieces up to the first one that is wrong, and whether all of it was right."""
    pieces: list[Piece] = []
    at, size = 0, len(data)
    while at + 4 <= size:
        end = at + 4 + 4 * (data[at + 2] << 8 | data[at + 3])
        first = data[at]
        if first >> 6 != 2 or end > size:
            return pieces, False
        stop = end
        if first & 0x20:
            stop -= data[end - 1]
            if stop < at + 4 or stop == end:
                return pieces, False
        pieces.append(Piece(data[at + 1], first & 31, data[at + 4 : stop]))
        at = end
    return pieces, at == size and size > 0


def sender_report(body: bytes) -> SenderReport | None:
    return SenderReport(*struct.unpack_from("!LQLLL", body)) if len(body) >= 24 else None


def report_blocks(piece: Piece) -> list[ReportBlock]:
    """The reception reports in a sender or receiver report; those that are cut off are left out."""
    start = 24 if piece.kind == SR else 4
    blocks = []
    for at in range(start, min(start + 24 * piece.fmt, len(piece.body) - 23), 24):
        ssrc, loss, highest, jitter, last, delay = _BLOCK.unpack_from(piece.body, at)
        lost = loss & 0xFFFFFF
        if lost & 0x800000:
            lost -= 0x1000000
        blocks.append(ReportBlock(ssrc, loss >> 24, lost, highest, jitter, last, delay))
    return blocks


def media_ssrc(body: bytes) -> int:
    """Whom a feedback packet is about; 0 when it is too short to say."""
    return int.from_bytes(body[4:8], "big") if len(body) >= 8 else 0


def nack_numbers(body: bytes) -> list[int]:
    """Sequence numbers asked for (RFC 4585 section 6.2.1)."""
    numbers = []
    for at in range(8, len(body) - 3, 4):
        first, mask = struct.unpack_from("!HH", body, at)
        numbers.append(first)
        while mask:
            bit = mask & -mask
            numbers.append((first + bit.bit_length()) & 0xFFFF)
            mask ^= bit
    return numbers


def fir_ssrcs(body: bytes) -> list[int]:
    return [int.from_bytes(body[at : at + 4], "big") for at in range(8, len(body) - 7, 8)]


def remb_bitrate(body: bytes) -> int | None:
    """bit/s of a receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03)."""
    if len(body) < 16 or body[8:12] != b"REMB":
        return None
    return ((body[13] & 3) << 16 | body[14] << 8 | body[15]) << (body[13] >> 2)


def pack_feedback(kind: int, fmt: int, sender: int, media: int, control: bytes = b"") -> bytes:
    return _FEEDBACK.pack(0x80 | fmt, kind, 2 + len(control) // 4, sender, media) + control


def pack_pli(sender: int, media: int) -> bytes:
    return pack_feedback(PSFB, PLI, sender, media)


def pack_fir(sender: int, media: int, number: int) -> bytes:
    return pack_feedback(PSFB, FIR, sender, 0, struct.pack("!LL", media, (number & 255) << 24))


def pack_nack(sender: int, media: int, numbers: Iterable[int]) -> bytes:
    """`numbers` in rising order (modulo 2^16); sixteen that follow one share its entry."""
    entries: list[list[int]] = []
    for number in numbers:
        step = (number - entries[-1][0]) & 0xFFFF if entries else 0
        if 0 < step <= 16:
            entries[-1][1] |= 1 << step - 1
        elif step or not entries:
            entries.append([number & 0xFFFF, 0])
    control = b"".join([struct.pack("!HH", first, mask) for first, mask in entries])
    return pack_feedback(RTPFB, NACK, sender, media, control)


def pack_sender_report(report: SenderReport) -> bytes:
    ssrc, ntp, timestamp, packets, octets = report
    return _SENDER.pack(
        0x80, SR, 6, ssrc, ntp, timestamp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF
    )


def pack_receiver_report(sender: int, blocks: list[ReportBlock]) -> bytes:
    """At most 31 blocks fit (RFC 3550 section 6.4.2)."""
    parts = [struct.pack("!BBHL", 0x80 | len(blocks), RR, 1 + 6 * len(blocks), sender)]
    for ssrc, fraction, lost, highest, jitter, last, delay in blocks:
        clamped = max(-0x800000, min(0x7FFFFF, lost)) & 0xFFFFFF
        parts.append(_BLOCK.pack(ssrc, fraction << 24 | clamped, highest, jitter, last, delay))
    return b"".join(parts)
