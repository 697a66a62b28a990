"""Viewers see numbers that run on: over padding, loss, reordering, wraps, layer switches and pauses."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_node.forwarding import rtcp
from media_node.forwarding.contract import DEPENDENCY_DESCRIPTOR, MID, OUT_EXTENSIONS
from media_node.forwarding.layer import MAX_GAP
from tests.media_node.forwarding.wire import (
    CAMERA,
    DESCRIBED,
    IDS,
    MICROPHONE,
    SIMULCAST,
    House,
    Seen,
    Source,
    contents,
    picture_of,
    rtp,
    steps,
)


def gapless(seen: list[Seen]) -> bool:
    return set(steps([s.sequence for s in seen], 16)) <= {1}


def layers(**changes: int) -> dict[str, Source]:
    """Three simulcast layers whose numbers have nothing to do with one another."""
    random = Random(9)
    return {
        rid: Source(
            1000 * (1 + index),
            SIMULCAST,
            rid,
            sequence=changes.get("sequence", random.getrandbits(16)),
            timestamp=random.getrandbits(32),
            picture=random.getrandbits(15),
            tl0=random.getrandbits(8),
        )
        for index, rid in enumerate(("q", "h", "f"))
    }


def play(house: House, sources: list[Source], frames: int) -> None:
    """Frames of every layer, 33 ms apart; publishers answer key frame requests with the next frame."""
    for _ in range(frames):
        house.wait(0.02)
        asked = set(house.key_requests())
        for pieces in house.told.values():
            pieces[:] = [p for p in pieces if p.kind != rtcp.PSFB]
        for source in sources:
            source.key_wanted |= source.ssrc in asked
            house.push(source.frame(step=2970))


def test_padding_leaves_no_gap() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    for _ in range(5):
        house.push(source.frame())
        house.push([source.packet(b"", padding=200) for _ in range(7)])
    seen = house.seen("V")
    assert len(seen) == 15
    assert gapless(seen)
    assert house.plane.stats(house.now).counters["padding"] == 35


def test_late_packets_keep_their_place_around_padding() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    one, two, three = source.frame()
    pad = source.packet(b"", padding=99)
    four, five, six = source.frame()
    house.push([one, three, pad, four, six, two, five])
    seen = sorted(house.seen("V"), key=lambda s: s.sequence)
    assert gapless(seen)
    assert contents(seen[3:]) == [f"None/{frame}/{index}" for frame in (1, 2) for index in range(3)]


def test_padding_that_comes_too_late_to_vanish_goes_out_empty() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    pad = source.packet(b"", padding=99)
    house.push([*source.frame(), pad])
    seen = sorted(house.seen("V"), key=lambda s: s.sequence)
    assert gapless(seen)
    assert seen[3].payload == b""


@given(seed=st.integers(0, 10_000), start=st.integers(0, 65535))
def test_any_order_of_media_padding_and_repetition_gives_each_packet_once(seed: int, start: int) -> None:
    random, house, source = Random(seed), House([CAMERA]), Source(7, sequence=start)
    house.viewer("V")
    house.push(source.frame())
    packets = []
    for _ in range(60):
        packets += [source.packet(b"", padding=20)] if random.random() < 0.3 else source.frame()
    moved = sorted(range(len(packets)), key=lambda at: at + random.choice((0, 0, 0, 3, 9)))
    for at in moved:
        house.push([packets[at]] * (1 + (random.random() < 0.1)), after=0.0001)
    seen = sorted(house.seen("V"), key=lambda s: (s.sequence - house.seen("V")[0].sequence) & 0xFFFF)
    assert gapless(seen)
    assert [c for c in contents(seen) if c] == [
        f"None/{n}/{i}" for n in range(source.frames) for i in range(3)
    ]


def test_sequence_and_time_wrap() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7, sequence=65_000, timestamp=2**32 - 300_000)
    for _ in range(23_000):
        house.push(source.frame())
    seen = house.seen("V")
    assert len(seen) == 69_000
    assert gapless(seen)
    assert set(steps([s.timestamp for s in seen], 32)) == {0, 3000}


def test_who_joins_just_before_the_wrap_gets_low_numbers_of_his_own() -> None:
    house = House([CAMERA])
    slot = house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    while house.out["V"][-1].sequence < 0xFF20:
        house.push(source.frame())
    house.viewer("W")
    for _ in range(200):
        house.push(source.frame(key=source.frames % 50 == 0))
    assert gapless(house.seen("V"))
    seen = house.seen("W", slot.ssrc)
    assert seen[0].sequence < 0x8000
    assert gapless(seen)


def test_a_publisher_who_begins_anew_far_away_leaves_no_gap() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    source.sequence += 9000
    house.push(source.frame())
    source.sequence -= 20_000
    house.push(source.frame())
    seen = house.seen("V")
    assert gapless(seen)
    assert len(seen) == 7  # of each new start the first packet is only believed with its successor


def test_a_loss_stays_a_gap() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    source.sequence += MAX_GAP - 1
    house.push(source.frame())
    assert max(steps([s.sequence for s in house.seen("V")], 16)) == MAX_GAP


def test_the_best_layer_is_the_default_and_is_taken_up_when_it_comes() -> None:
    house = House([SIMULCAST])
    slot = house.viewer("V")
    sources = layers()
    play(house, [sources["q"]], 10)
    play(house, [sources["q"], sources["h"]], 10)
    play(house, list(sources.values()), 10)
    seen = house.seen("V", slot.ssrc)
    # The picture with which a layer comes is there in the lower layer first.
    assert [c[0] for c in contents(seen)] == ["q"] * 33 + ["h"] * 33 + ["f"] * 30
    check_continuity(seen)


def test_a_layer_that_stops_is_left_for_the_next_best() -> None:
    house = House([SIMULCAST])
    house.viewer("V")
    sources = layers()
    play(house, list(sources.values()), 10)
    play(house, [sources["q"], sources["h"]], 100)
    seen = house.seen("V")
    assert contents(seen)[-1][0] == "h"
    assert len([c for c in contents(seen) if c[0] == "h"]) > 100
    check_continuity(seen)


def test_a_wanted_layer_that_is_not_there_is_the_nearest_below() -> None:
    house = House([SIMULCAST])
    house.viewer("V")
    house.plane.select_layer("V", "camera", "h", house.now)
    sources = layers()
    play(house, [sources["q"], sources["f"]], 30)
    assert contents(house.seen("V"))[-1][0] == "q"
    play(house, list(sources.values()), 30)
    assert contents(house.seen("V"))[-1][0] == "h"
    check_continuity(house.seen("V"))


@pytest.mark.parametrize("sequence", [0, 65_530, 40_000])
def test_switching_by_hand_leaves_no_trace_in_the_numbers(sequence: int) -> None:
    house = House([SIMULCAST])
    slot, other = house.viewer("V"), house.viewer("W", "5")
    sources = layers(sequence=sequence)
    everyone = list(sources.values())
    play(house, everyone, 5)
    for rid in ("q", "f", "h", None, "q", "h", "f"):
        house.plane.select_layer("V", "camera", rid, house.now)
        play(house, everyone, 6)
        assert contents(house.seen("V"))[-1][0] == (rid or "f")
    seen = house.seen("V", slot.ssrc)
    assert len(seen) == len(house.seen("V"))
    check_continuity(seen)
    check_continuity(house.seen("W", other.ssrc))
    assert {c[0] for c in contents(house.seen("W"))[9:]} == {"f"}


def check_continuity(seen: list[Seen]) -> None:
    """Sequence without gaps; time, picture and TL0 rise together, at frame starts only."""
    assert gapless(seen)
    times = steps([s.timestamp for s in seen], 32)
    pictures = steps([picture_of(s.payload) for s in seen], 15)
    tl0s = steps([s.payload[4] for s in seen], 8)
    for before, time, picture, tl0 in zip(seen, times, pictures, tl0s, strict=False):
        expected = int(before.marker)
        assert (picture, tl0) == (expected, expected)
        assert 0 < time < 2 * 90_000 if before.marker else time == 0
    assert all(s.payload[5] == 0x10 for s in seen[:3])


def test_a_switch_uses_the_sender_reports_of_both_layers() -> None:
    house = House([SIMULCAST])
    house.viewer("V")
    sources = layers()
    both = [sources["q"], sources["h"]]
    play(house, both, 3)
    for source in both:  # one wall clock: both layers show the same picture now
        wall = 3_900_000_000 << 32
        house.push([rtcp.pack_sender_report(rtcp.SenderReport(source.ssrc, wall, source.timestamp, 1, 1))])
    house.plane.select_layer("V", "camera", "q", house.now)
    house.push(sources["h"].frame(step=2970, key=False))
    house.wait(0.4)
    sources["q"].timestamp += 2970
    house.push(sources["q"].frame(step=2970, key=True))
    assert steps([s.timestamp for s in house.seen("V")[-4:]], 32) == [2970, 0, 0]


def test_sender_reports_that_cannot_be_true_are_not_believed() -> None:
    house = House([SIMULCAST])
    house.viewer("V")
    sources = layers()
    both = [sources["q"], sources["h"]]
    play(house, both, 3)
    for wall, source in ((1 << 32, sources["q"]), (9999 << 32, sources["h"])):
        house.push([rtcp.pack_sender_report(rtcp.SenderReport(source.ssrc, wall, source.timestamp, 1, 1))])
    house.plane.select_layer("V", "camera", "q", house.now)
    play(house, both, 30)
    assert contents(house.seen("V"))[-1][0] == "q"
    assert all(0 <= step < 9000 for step in steps([s.timestamp for s in house.seen("V")], 32))


def test_packets_from_before_a_switch_that_come_after_it_stay_behind() -> None:
    house = House([SIMULCAST])
    slot = house.viewer("V")
    low, high = Source(10, SIMULCAST, "q"), Source(20, SIMULCAST, "f", sequence=40_000)
    house.push(low.frame())
    house.push(high.frame())
    house.plane.select_layer("V", "camera", "q", house.now)
    late = low.frame()
    house.push(low.frame(key=True))
    house.push(late)
    house.push(low.frame())
    seen = house.seen("V", slot.ssrc)
    assert gapless(seen)
    assert contents(seen)[-6:] == [f"q/{frame}/{index}" for frame in (2, 3) for index in range(3)]


def test_a_pause_is_immediate_and_its_end_runs_on() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    house.plane.pause("camera", house.now, paused=True)
    asked = len(house.key_requests())
    for _ in range(30):
        house.push(source.frame(), after=0.01)
    house.wait(1)
    assert len(house.seen("V")) == 3
    assert len(house.key_requests()) == asked
    house.plane.pause("camera", house.now, paused=False)
    house.plane.pause("camera", house.now, paused=False)
    house.collect()
    assert len(house.key_requests()) == asked + 1
    house.push(source.frame())
    assert len(house.seen("V")) == 3
    house.push(source.frame(key=True))
    seen = house.seen("V")
    assert contents(seen)[3:] == ["None/32/0", "None/32/1", "None/32/2"]
    assert gapless(seen)
    assert steps([s.timestamp for s in seen], 32)[2] == 32 * 3000


def test_a_packet_that_was_overtaken_by_padding_is_the_last_before_a_pause() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    one, two, three = source.frame()
    pad = source.packet(b"", padding=50)
    house.push([one, two, pad, three])
    for paused in (True, False):
        house.plane.pause("camera", house.now, paused=paused)
    house.push(source.frame(key=True))
    assert gapless(house.seen("V"))


def test_a_stream_published_paused_starts_when_it_is_lifted() -> None:
    house = House([replace(MICROPHONE, paused=True)])
    house.viewer("V", "8", "microphone")
    named = [(IDS[MID], b"0")]
    house.push([rtp(109, 1, 1, 5, b"a", named), rtp(109, 2, 2, 5, b"b", named)])
    assert house.seen("V") == []
    house.plane.pause("microphone", house.now, paused=False)
    house.push([rtp(109, 3, 3, 5, b"c", named)])
    assert [s.payload for s in house.seen("V")] == [b"c"]


def test_frame_numbers_of_dependency_descriptors_run_on_over_a_new_source() -> None:
    house = House([DESCRIBED])
    house.viewer("V")
    out = OUT_EXTENSIONS["video"][DEPENDENCY_DESCRIPTOR]
    for ssrc, first in ((7, 65_534), (9, 40_000)):
        for index in range(4):
            frame = (first + index & 0xFFFF).to_bytes(2, "big")
            descriptor = b"\xc0" + frame + (b"structure, long enough" if index == 0 else b"")
            payload = b"\x18key" if index == 0 else b"\x10rest"
            elements = [(IDS[MID], b"1"), (12, descriptor)]
            house.push([rtp(45, 500 + index, index * 3000, ssrc, payload, elements)], after=0.02)
    descriptors = [s.elements[out] for s in house.seen("V")]
    assert [int.from_bytes(d[1:3], "big") for d in descriptors] == [65_534, 65_535, *range(6)]
    assert [d[0] for d in descriptors] == [0xC0] * 8
    assert descriptors[4][3:] == b"structure, long enough"
