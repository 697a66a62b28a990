"""Transport-wide feedback to publishers (draft-holmer-rmcat-transport-wide-cc-extensions-01).

Chromium's estimate reaches 1.4 Mbit/s within a second with ten a second, and creeps from 300 kbit/s without.
Only packets that the node keeps may be recorded: an acknowledged packet is never sent again.
"""

import struct

from media_node.forwarding.rtcp import RTPFB, TRANSPORT_CC

INTERVAL = 0.1
_UNIT = 250e-6  # of a receive delta
_UNITS_PER_REFERENCE = 256  # 64 ms
_REMEMBER = 512  # packets before the newest that may still come late and be told of
MAX_STATUSES = 400  # in one packet: keeps it under 1,000 bytes even when every delta takes two
MISSING, SMALL, LARGE = 0, 1, 2


class Recorder:
    """What arrived from one publisher, by unwrapped transport-wide sequence number."""

    __slots__ = ("_arrivals", "_count", "_last", "_start")

    def __init__(self) -> None:
        self._arrivals: dict[int, int] = {}
        self._last = -1
        self._start = 0
        self._count = 0

    def record(self, sequence: int, now: float) -> None:
        last = self._last
        if last < 0:
            self._start = self._last = number = sequence + 0x10000
        else:
            number = last + ((sequence - last + 0x8000 & 0xFFFF) - 0x8000)
            if number > last:
                self._last = number
                if number - self._start > 8192:  # the publisher began anew
                    self._start = number
            elif number < self._start:
                if number < last - _REMEMBER:
                    return
                self._start = number  # late: told of once more, with those after it, as libwebrtc does
        self._arrivals[number] = int(now / _UNIT)

    def build(self, sender: int, media: int) -> list[bytes]:
        """Feedback packets for everything recorded since the last call."""
        packets = []
        arrivals, last = self._arrivals, self._last
        while self._start <= last:
            if self._start not in arrivals and not any(n in arrivals for n in range(self._start, last + 1)):
                break
            packet, self._start = _pack(arrivals, self._start, last, self._count, sender, media)
            self._count = self._count + 1 & 0xFF
            packets.append(packet)
        if len(arrivals) > 2 * _REMEMBER:
            oldest = last - _REMEMBER
            self._arrivals = {n: t for n, t in arrivals.items() if n >= oldest}
        return packets

    @property
    def pending(self) -> bool:
        return self._start <= self._last


def _pack(  # noqa: PLR0917 - one caller, one row of numbers
    arrivals: dict[int, int], start: int, last: int, count: int, sender: int, media: int
) -> tuple[bytes, int]:
    """One packet from `start` on, and where the next one starts (a delta may not fit)."""
    first = next(n for n in range(start, last + 1) if n in arrivals)
    reference = arrivals[first] // _UNITS_PER_REFERENCE
    previous = reference * _UNITS_PER_REFERENCE
    symbols: list[int] = []
    deltas: list[bytes] = []
    number = start
    while number <= last and len(symbols) < max(MAX_STATUSES, first - start + 1):
        arrival = arrivals.get(number)
        if arrival is None:
            symbols.append(MISSING)
        else:
            delta = arrival - previous
            if 0 <= delta < 256:
                symbols.append(SMALL)
                deltas.append(bytes((delta,)))
            elif -0x8000 <= delta < 0x8000:
                symbols.append(LARGE)
                deltas.append(struct.pack("!h", delta))
            else:
                break
            previous = arrival
        number += 1
    body = struct.pack(
        "!LLHHL", sender, media, start & 0xFFFF, len(symbols), (reference & 0xFFFFFF) << 8 | count
    )
    body += _chunks(symbols) + b"".join(deltas)
    padding = -len(body) % 4
    if padding:
        body += bytes(padding - 1) + bytes((padding,))
    head = struct.pack("!BBH", 0x80 | TRANSPORT_CC | (0x20 if padding else 0), RTPFB, len(body) // 4)
    return head + body, number


def _chunks(symbols: list[int]) -> bytes:
    """Run-length chunks for runs of seven and more, two-bit vectors of seven symbols for the rest."""
    out = bytearray()
    at, size = 0, len(symbols)
    while at < size:
        symbol = symbols[at]
        run = 1
        while at + run < size and run < 0x1FFF and symbols[at + run] == symbol:
            run += 1
        if run >= 7 or at + run == size:
            out += (symbol << 13 | run).to_bytes(2, "big")
            at += run
            continue
        vector = 0xC000
        for position, value in enumerate(symbols[at : at + 7]):
            vector |= value << 12 - 2 * position
        out += vector.to_bytes(2, "big")
        at += 7
    return bytes(out)


def parse(body: bytes) -> tuple[int, dict[int, float | None]] | None:
    """Feedback count, and seconds of arrival by sequence number (None: missing); `body` after the first word.

    For subscribers that answer transport-wide numbers, and to check what `Recorder` makes.
    """
    if len(body) < 16:
        return None
    base, size, reference = struct.unpack_from("!HHL", body, 8)
    symbols: list[int] = []
    at = 16
    while len(symbols) < size:
        if at + 2 > len(body):
            return None
        chunk = body[at] << 8 | body[at + 1]
        at += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk & 0x4000:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    moment = (reference >> 8) * _UNITS_PER_REFERENCE
    arrivals: dict[int, float | None] = {}
    for offset, symbol in enumerate(symbols[:size]):
        number = base + offset & 0xFFFF
        if symbol not in (SMALL, LARGE):
            arrivals[number] = None
            continue
        if at + symbol > len(body):
            return None
        moment += int.from_bytes(body[at : at + symbol], "big", signed=symbol == LARGE)
        at += symbol
        arrivals[number] = moment * _UNIT
    return reference & 0xFF, arrivals
