"""Loss, jitter and reordering on both ways, in virtual time and by seed: viewers get every packet."""

import heapq
from collections.abc import Callable
from itertools import count
from random import Random

import pytest

from media_node.forwarding import feedback, rtcp
from media_node.forwarding.cache import Cache
from media_node.forwarding.contract import TRANSPORT_WIDE
from media_node.forwarding.packet import Media, split
from tests.media_node.forwarding.wire import (
    CAMERA,
    IDS,
    SIMULCAST,
    House,
    Seen,
    Source,
    contents,
    read,
    steps,
)


class Network:
    """Events in virtual time between a publisher, the plane and its viewers."""

    def __init__(self, seed: int, sources: list[Source], *, loss: float, jitter: float) -> None:
        self.random, self.loss, self.jitter = Random(seed), loss, jitter
        self.house = House([sources[0].media])
        self.sources = {source.ssrc: source for source in sources}
        wide = count(65_000)
        for source in sources:
            source.wide = wide
        self.arrived_wide: set[int] = set()
        self.told_wide: set[int] = set()
        self.viewers: dict[object, Viewer] = {}
        self.downlink_broken = False
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, moment: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), event))

    def carry(self, deliver: Callable[[], None], *, lossless: bool = False) -> None:
        if lossless or self.random.random() >= self.loss:
            self.at(self.house.now + 0.01 + self.random.random() * self.jitter, deliver)

    def upload(self, packet: bytes) -> None:
        def arrive() -> None:
            parts = split(packet)
            assert parts is not None
            for ident, start, stop in parts[0]:
                if ident == IDS[TRANSPORT_WIDE]:
                    self.arrived_wide.add(int.from_bytes(packet[start:stop], "big"))
            self.house.plane.receive("P", packet, self.house.now)

        self.carry(arrive)

    def play(self, seconds: float, fps: int = 30) -> None:
        frames = round(seconds * fps)
        for frame in range(frames):
            self.at(self.house.now + frame / fps, self._frame)
        self.run(self.house.now + seconds + 1.5)

    def _frame(self) -> None:
        for source in self.sources.values():
            for packet in source.frame():
                self.upload(packet)

    def run(self, until: float) -> None:
        house = self.house
        while True:
            due = self._events[0][0] if self._events else until
            moment = max(house.now, min(due, house.plane.deadline, until))
            if moment >= until:
                break
            house.now = moment
            if house.plane.deadline <= moment:
                house.plane.tick(moment)
            else:
                heapq.heappop(self._events)[2]()
            self._spread()
        house.now = until

    def _spread(self) -> None:
        out = self.house.plane.drain()
        for packet, viewers in out.rtp:
            for name in viewers:
                viewer = self.viewers[name]
                if not self.downlink_broken:
                    self.carry(lambda v=viewer, p=packet: v.take(read(p)))  # type: ignore[misc]
        for packet, peer in out.rtcp:
            if peer == "P":
                for piece in rtcp.split_compound(packet)[0]:
                    self._tell_publisher(piece)

    def _tell_publisher(self, piece: rtcp.Piece) -> None:
        if (piece.kind, piece.fmt) == (rtcp.RTPFB, rtcp.TRANSPORT_CC):
            parsed = feedback.parse(piece.body)
            assert parsed is not None
            self.told_wide |= {number for number, moment in parsed[1].items() if moment is not None}
            return
        source = self.sources.get(rtcp.media_ssrc(piece.body))
        if source is None:
            return
        if (piece.kind, piece.fmt) == (rtcp.PSFB, rtcp.PLI):
            source.key_wanted = True
        if (piece.kind, piece.fmt) == (rtcp.RTPFB, rtcp.NACK):
            for number in rtcp.nack_numbers(piece.body):
                self.carry(lambda n=number, s=source: self.upload(s.repeat(n)))  # type: ignore[misc]


class Viewer:
    """A receiver that asks for what is missing 20 ms after the gap, then every 60 ms, as browsers do."""

    def __init__(self, network: Network, name: str, mid: str) -> None:
        self.network, self.name = network, name
        self.slot = network.house.viewer(name, mid)
        self.packets: dict[int, Seen] = {}
        self.highest: int | None = None
        self.repaired = 0
        self.missing: dict[int, int] = {}
        network.viewers[name] = self

    def take(self, seen: Seen) -> None:
        if seen.ssrc == self.slot.rtx_ssrc:
            original = int.from_bytes(seen.payload[:2], "big")
            assert seen.payload_type == self.slot.codec.rtx_payload_type
            seen = Seen(0, seen.marker, original, seen.timestamp, 0, seen.elements, seen.payload[2:])
            self.repaired += 1
        highest = seen.sequence if self.highest is None else self.highest
        number = highest + ((seen.sequence - highest + 0x8000 & 0xFFFF) - 0x8000)
        if self.highest is None:
            self.highest = number
        for absent in range(self.highest + 1, number):
            self.missing[absent] = 0
            self._later(absent, 0.02)
        self.highest = max(self.highest, number)
        self.missing.pop(number, None)
        assert number not in self.packets or self.packets[number].payload == seen.payload
        self.packets[number] = seen

    def _later(self, number: int, delay: float) -> None:
        self.network.at(self.network.house.now + delay, lambda: self._ask(number))

    def _ask(self, number: int) -> None:
        tries = self.missing.get(number)
        if tries is None or tries > 12:
            return
        self.missing[number] = tries + 1
        packet = rtcp.pack_nack(1, self.slot.ssrc, [number & 0xFFFF])
        house = self.network.house
        self.network.carry(lambda: house.plane.receive(self.name, packet, house.now))
        self._later(number, 0.06)

    def in_order(self) -> list[Seen]:
        return [self.packets[number] for number in sorted(self.packets)]


@pytest.mark.parametrize("seed", range(6))
def test_loss_and_jitter_on_both_ways_are_repaired(seed: int) -> None:
    source = Source(7, sequence=65_300)
    network = Network(seed, [source], loss=0.05, jitter=0.025)
    viewers = [Viewer(network, f"V{n}", str(n)) for n in range(3)]
    network.play(10)
    sent = {f"None/{frame}/{index}" for frame in range(source.frames) for index in range(3)}
    for viewer in viewers:
        seen = viewer.in_order()
        got = contents(seen)
        assert len(got) == len(set(got))
        missing = sent - set(got)
        assert len(missing) <= 3 + len(sent) // 300  # the first packets of all; a packet lost six times over
        assert viewer.repaired > 20
        assert all(step >= 0 for step in steps([s.timestamp for s in seen], 32))
    counters = network.house.plane.stats(network.house.now).counters
    assert counters["nacks_sent"] > 20
    assert counters["retransmitted"] > 60


def test_what_only_came_late_is_not_asked_for_twice() -> None:
    source = Source(7)
    network = Network(1, [source], loss=0.0, jitter=0.008)
    viewer = Viewer(network, "V", "3")
    network.play(5)
    counters = network.house.plane.stats(network.house.now).counters
    assert counters.get("nacks_sent", 0) == 0
    assert len(set(contents(viewer.in_order()))) == source.frames * 3


def test_feedback_tells_of_exactly_what_arrived() -> None:
    source = Source(7)
    network = Network(3, [source], loss=0.1, jitter=0.03)
    Viewer(network, "V", "3")
    network.play(10)
    assert network.told_wide == network.arrived_wide
    assert len(network.told_wide) > 800


def test_feedback_is_silent_about_packets_that_were_not_kept() -> None:
    house = House([CAMERA])
    source = Source(7, name_until=0, wide=count(1))
    source.packets = 5
    stranger = source.frame()
    house.plane.update_media("P", [SIMULCAST])
    house.push(stranger)
    house.wait(0.3)
    assert house.told.get("P") is None


@pytest.mark.parametrize("seed", range(3))
def test_layer_switches_under_loss_stay_whole(seed: int) -> None:
    sources = [
        Source(1000 * (n + 1), SIMULCAST, rid, sequence=30_000 * n, picture=9999 * n, tl0=100 * n)
        for n, rid in enumerate("qhf")
    ]
    network = Network(seed, sources, loss=0.03, jitter=0.02)
    viewer = Viewer(network, "V", "3")
    network.play(2)
    for rid in ("q", "f", "h"):
        network.house.plane.select_layer("V", "camera", rid, network.house.now)
        network.play(2)
    numbers = sorted(viewer.packets)
    assert len(numbers) >= (numbers[-1] - numbers[0] + 1) * 0.99
    assert all(step >= 0 for step in steps([s.timestamp for s in viewer.in_order()], 32))
    assert contents(viewer.in_order())[-1][0] == "h"


def test_old_packets_from_before_a_switch_are_repeated_under_their_old_numbers() -> None:
    house = House([SIMULCAST])
    slot = house.viewer("V")
    low, high = Source(10, SIMULCAST, "q", sequence=9), Source(20, SIMULCAST, "f", sequence=40_000)
    house.push(low.frame())
    house.push(high.frame())
    before = {s.sequence: s for s in house.seen("V", slot.ssrc)}
    assert {c[0] for c in contents(before.values())} == {"q", "f"}
    house.push(low.frame() + low.frame())
    house.push([rtcp.pack_nack(1, slot.ssrc, sorted(before))], peer="V")
    assert slot.rtx_ssrc is not None
    repeated = house.seen("V", slot.rtx_ssrc)
    assert {int.from_bytes(s.payload[:2], "big"): s.payload[2:] for s in repeated} == {
        number: s.payload for number, s in before.items()
    }
    assert steps([s.sequence for s in repeated], 16) == [1] * 5


def test_a_nack_for_what_is_no_longer_there_asks_for_a_key_frame() -> None:
    house = House([CAMERA])
    slot = house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    first = house.seen("V")[0].sequence
    for _ in range(450):
        house.push(source.frame(), after=0.01)
    house.told.clear()
    house.push([rtcp.pack_nack(1, slot.ssrc, [first])], peer="V")
    assert house.key_requests() == [7]
    assert house.plane.stats(house.now).counters["cache_misses"] == 1
    assert slot.rtx_ssrc is not None
    assert house.seen("V", slot.rtx_ssrc) == []


def test_a_number_that_was_used_again_is_not_answered_with_another_packet() -> None:
    house = House([CAMERA])
    slot = house.viewer("V")
    source = Source(7)
    for _ in range(400):
        house.push(source.frame(), after=0.0005)
    first = house.seen("V")[0].sequence
    house.push([rtcp.pack_nack(1, slot.ssrc, [first, first + 1199 & 0xFFFF])], peer="V")
    assert slot.rtx_ssrc is not None
    (repeated,) = house.seen("V", slot.rtx_ssrc)
    assert repeated.payload[2:] == house.seen("V", slot.ssrc)[1199].payload


def test_packets_are_kept_for_a_second() -> None:
    cache = Cache()
    for number in range(2000, 3000):
        media = Media(number, 0, 0, b"", b"", two_byte=False)
        media.arrived = number / 100
        cache.put(media)
    assert [n for n in range(1900, 3100) if cache.get(n) is not None] == list(range(2900, 3000))


def test_a_nack_for_what_the_publisher_is_asked_for_just_waits() -> None:
    house = House([CAMERA])
    slot = house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    house.wait(1)
    one, two, three = source.frame()
    house.push([one, three])
    house.told.clear()
    house.push([rtcp.pack_nack(1, slot.ssrc, [house.seen("V")[-1].sequence - 1 & 0xFFFF])], peer="V")
    assert house.key_requests() == []
    house.push([two])
    assert len(house.seen("V")) == 6


def test_gaps_are_asked_for_with_patience_and_then_given_up_for_a_key_frame() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    house.wait(2)
    house.told.clear()
    lost = source.frame()
    house.push(source.frame(), after=0.0001)
    numbers = [(source.sequence - 5 + n) & 0xFFFF for n in range(3)]
    house.wait(0.005)
    assert house.nacked() == []
    house.wait(0.02)
    assert house.nacked() == numbers
    for _ in range(20):
        house.push(source.frame())
        house.wait(0.1)
    assert house.nacked() == numbers * 5
    assert house.key_requests()
    house.push(lost)
    assert len(house.seen("V")) == 3 + 21 * 3
    assert house.plane.stats(house.now).streams[0].lost == 3


def test_probes_of_the_publisher_go_nowhere() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    house.push([source.repeat(source.sequence), source.repeat(source.sequence - 1)])
    assert len(house.seen("V")) == 3
    assert house.plane.stats(house.now).counters["probes"] == 2


def test_repetitions_are_no_amplifier() -> None:
    house = House([CAMERA])
    slot = house.viewer("V")
    source = Source(7)
    for _ in range(100):
        house.push(source.frame(), after=0.001)
    numbers = sorted(s.sequence for s in house.seen("V", slot.ssrc))
    for _ in range(50):
        house.push([rtcp.pack_nack(1, slot.ssrc, numbers)], peer="V", after=0.002)
    assert slot.rtx_ssrc is not None
    assert len(house.seen("V", slot.rtx_ssrc)) <= 330


def test_receiver_reports_tell_loss_jitter_and_the_last_sender_report() -> None:
    house = House([CAMERA])
    source = Source(7, sequence=65_530)
    house.wait(1.5)
    kept = [packet for _ in range(20) for packet in source.frame()]
    del kept[10:25]
    house.push(kept, after=0.0005)
    house.push([rtcp.pack_sender_report(rtcp.SenderReport(7, 0xAAAA_BBBB_CCCC_DDDD, 1, 2, 3))])
    house.wait(1.0)
    reports = [b for p in house.told["P"] if p.kind == rtcp.RR for b in rtcp.report_blocks(p)]
    (block,) = reports[:1]
    assert (block.ssrc, block.lost, block.fraction) == (7, 15, 15 * 256 // 60)
    assert block.highest == 0x10000 + source.sequence
    assert block.last_report == 0xBBBB_CCCC
    assert 0 < block.delay < 65536 * 1.1
    assert block.jitter > 0


def test_what_was_brought_by_retransmission_still_counts_as_lost_to_the_estimate() -> None:
    house = House([CAMERA])
    source = Source(7)
    house.wait(1.5)
    one, _, three = source.frame()
    house.push([one, three, source.repeat(source.sequence - 1 & 0xFFFF)])
    house.wait(1.0)
    (block,) = [b for p in house.told["P"] if p.kind == rtcp.RR for b in rtcp.report_blocks(p)]
    assert (block.lost, block.fraction) == (1, 256 // 3)
    assert house.plane.stats(house.now).streams[0].lost == 0


def test_remb_and_loss_of_subscribers_are_kept_for_statistics() -> None:
    house = House([CAMERA])
    slot = house.viewer("V")
    remb = rtcp.pack_feedback(rtcp.PSFB, 15, 1, 0, b"REMB\x01" + bytes((5 << 2 | 1, 0, 7, 0, 0, 0, 1)))
    block = rtcp.ReportBlock(slot.ssrc, 128, 3, 4, 5, 6, 7)
    house.push([rtcp.pack_receiver_report(1, [block]) + remb], peer="V")
    stats = house.plane.stats(house.now)
    assert stats.remb == {"V": (1 << 16 | 7) << 5}
    assert stats.slots[0].fraction_lost == 0.5
