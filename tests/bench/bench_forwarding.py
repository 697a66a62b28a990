"""Egress packets per second of the Python forwarding plane on one pinned core, as JSON lines.

    python -m tests.bench.bench_forwarding [--seconds 2] [--fan-out 5 20 50]

One publisher's 1,000-byte VP8 packets go to N subscribers. `plane`: forwarding alone; `plane+protect`:
with AES-128-GCM by pylibsrtp, as transport does it; `plane+protect+sendto`: out of one UDP socket on loopback
to sinks that read, in another process. `floor`: protect and sendto of ready packets. `one numbering each`:
the worst case, where each viewer has picked its layer by hand and shares nothing.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import select
import socket
import struct
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

from pylibsrtp import Policy, Session

from media_node.forwarding.contract import MID, TRANSPORT_WIDE, VIDEO_ORIENTATION, Codec, PublishedMedia
from media_node.forwarding.plane import Plane

SIZE = 1000
BATCH = 16  # packets between two drains, as a busy socket gives them


class Viewer:
    """A subscriber as transport has it: bound methods at hand, so that sending looks nothing up."""

    __slots__ = ("address", "protect")

    def __init__(self, address: tuple[str, int]) -> None:
        policy = Policy(
            key=os.urandom(28),
            ssrc_type=Policy.SSRC_ANY_OUTBOUND,
            srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
        )
        policy.allow_repeat_tx = True
        policy.window_size = 1024
        self.protect = Session(policy).protect
        self.address = address


def sink(pipe: Connection, core: int, count: int) -> None:
    """Sockets that receive and forget, in a process of their own."""
    os.sched_setaffinity(0, {core})
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    pipe.send([one.getsockname() for one in sockets])
    poll = select.epoll()
    poll.register(pipe.fileno(), select.EPOLLIN)
    by_number = {one.fileno(): one for one in sockets}
    for one in sockets:
        one.setblocking(False)
        poll.register(one.fileno(), select.EPOLLIN)
    buffer = bytearray(2048)
    while True:
        for number, _ in poll.poll():
            if number == pipe.fileno():
                return
            with contextlib.suppress(BlockingIOError):
                while True:
                    by_number[number].recv_into(buffer)


def packets() -> Iterator[bytes]:
    """A publisher's packets: key frame first, two-packet frames, MID and transport-wide numbers on each."""
    payload = os.urandom(SIZE - 40)
    sequence, number = 60000, 0
    while True:
        start, key = number % 2 == 0, number == 0
        descriptor = struct.pack(
            "!BBHB", 0x90 if start else 0x80, 0xC0, 0x8000 | number // 2 & 0x7FFF, number // 2 & 255
        )
        extension = struct.pack("!BcBHBB", 0x10, b"1", 0x31, number & 0xFFFF, 0x40, 0) + b"\0"
        header = struct.pack(
            "!BBHLLHH",
            0x90,
            0x60 | (0 if start else 0x80),
            sequence & 0xFFFF,
            3000 * (number // 2),
            77,
            0xBEDE,
            2,
        )
        yield header + extension + descriptor + (b"\0" if key else b"\1") + payload
        sequence += 1
        number += 1


def plane_with(viewers: list[Viewer], *, apart: bool) -> Plane:
    plane = Plane(random.Random(1))
    codec = Codec("VP8", 96, 97, 90000, rtcp_feedback=("nack", "nack pli", "transport-cc"))
    ids = {MID: 1, TRANSPORT_WIDE: 3, VIDEO_ORIENTATION: 4}
    plane.add_publisher("publisher", "room", [PublishedMedia("1", "video", "camera", codec, ids)])
    for viewer in viewers:
        plane.add_subscriber(viewer)
        plane.open_subscriber(viewer, 0.0)
        plane.add_slot(viewer, "7", "camera", 0.0)
        plane.confirm_slots(viewer, ["7"])
    source = packets()
    plane.receive("publisher", next(source), 0.0)
    if apart:
        for viewer in viewers:
            plane.select_layer(viewer, "camera", "h", 0.0)
    for _ in range(64):
        plane.receive("publisher", next(source), 0.0)
    plane.drain()
    return plane


def send(rtp: list[tuple[bytes, tuple[Viewer, ...]]], out: socket.socket | None) -> None:
    """Transport's send path, flat: a call per packet more would be 2 % of it."""
    if out is None:
        for packet, viewers in rtp:
            for viewer in viewers:
                viewer.protect(packet)
        return
    sendto = out.sendto
    for packet, viewers in rtp:
        for viewer in viewers:
            sendto(viewer.protect(packet), viewer.address)


def run(
    plane: Plane, source: Iterator[bytes], seconds: float, *, protect: bool, out: socket.socket | None
) -> float:
    """Egress packets/s of process time: what else runs on the machine does not count."""
    for _ in range(65):
        next(source)
    ready = [next(source) for _ in range(200_000)]
    sent = at = 0
    now = 1.0
    began = time.process_time()
    until = began + seconds
    while time.process_time() < until and at + BATCH <= len(ready):
        for packet in ready[at : at + BATCH]:
            plane.receive("publisher", packet, now)
        at += BATCH
        now += 0.01
        if now >= plane.deadline:
            plane.tick(now)
        rtp, _ = plane.drain()
        sent += sum(len(viewers) for _, viewers in rtp)
        if protect:
            send(rtp, out)
    return sent / (time.process_time() - began)


def floor(viewers: list[Viewer], seconds: float, out: socket.socket) -> float:
    source = packets()
    ready = [next(source) for _ in range(30_000)]
    sendto = out.sendto
    sent = 0
    began = time.process_time()
    for packet in ready:
        for viewer in viewers:
            sendto(viewer.protect(packet), viewer.address)
        sent += len(viewers)
        if time.process_time() - began > seconds:
            break
    return sent / (time.process_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--fan-out", type=int, nargs="+", default=[5, 20, 50])
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    ours, theirs = multiprocessing.Pipe()
    other = multiprocessing.get_context("fork").Process(
        target=sink, args=(theirs, cores[-1], max(options.fan_out)), daemon=True
    )
    other.start()
    addresses = ours.recv()
    os.sched_setaffinity(0, {cores[0]})
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)

    def report(what: str, fan_out: int, rate: float) -> None:
        row = {"bench": "forwarding", "what": what, "fan_out": fan_out, "egress_packets_per_s": round(rate)}
        print(json.dumps({**row, "us_per_packet": round(1e6 / rate, 2)}), flush=True)

    for fan_out in options.fan_out:

        def fresh(n: int = fan_out) -> list[Viewer]:
            return [Viewer(address) for address in addresses[:n]]

        for apart in (False, True):
            label = ", one numbering each" if apart else ""
            for what, protect, to in (
                ("plane", False, None),
                ("plane+protect", True, None),
                ("plane+protect+sendto", True, out),
            ):
                rate = run(
                    plane_with(fresh(), apart=apart), packets(), options.seconds, protect=protect, out=to
                )
                report(what + label, fan_out, rate)
        report("floor: protect+sendto", fan_out, floor(fresh(), options.seconds, out))
    ours.send(None)
    other.join(5)


if __name__ == "__main__":
    main()
