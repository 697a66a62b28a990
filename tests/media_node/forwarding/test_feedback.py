"""Transport-wide feedback says exactly what arrived and when."""

import struct
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from media_node.forwarding import feedback, rtcp


def parsed(packet: bytes) -> tuple[int, dict[int, float | None]]:
    (piece,), whole = rtcp.split_compound(packet)
    assert whole
    assert (piece.kind, piece.fmt) == (rtcp.RTPFB, rtcp.TRANSPORT_CC)
    result = feedback.parse(piece.body)
    assert result is not None
    return result


def test_a_packet_worked_out_by_hand() -> None:
    recorder = feedback.Recorder()
    recorder.record(10, 6.400)  # reference 100 * 64 ms
    recorder.record(11, 6.401)
    recorder.record(13, 6.500)
    (packet,) = recorder.build(1, 2)
    vector = 0xC000 | 1 << 12 | 1 << 10 | 0 << 8 | 2 << 6
    expected = struct.pack("!BBHLLHHL", 0xAF, 205, 6, 1, 2, 10, 4, 100 << 8) + struct.pack(
        "!HBBh", vector, 0, 4, 396
    )
    assert packet == expected + b"\x00\x02"
    assert not recorder.pending
    assert recorder.build(1, 2) == []


@given(
    start=st.integers(0, 65535),
    kept=st.lists(st.booleans(), min_size=1, max_size=1500),
    gap=st.floats(0.0, 0.02),
    seed=st.integers(0, 99),
)
def test_every_arrival_is_told_within_half_a_millisecond(
    start: int, kept: list[bool], gap: float, seed: int
) -> None:
    random, recorder = Random(seed), feedback.Recorder()
    now, sent = 1000.0, {}
    for offset, keep in enumerate(kept):
        now += random.random() * gap
        if keep:
            sent[start + offset & 0xFFFF] = now
            recorder.record(start + offset & 0xFFFF, now)
    told: dict[int, float] = {}
    for count, packet in enumerate(recorder.build(1, 2)):
        assert len(packet) < 1200
        number, arrivals = parsed(packet)
        assert number == count & 255
        told |= {n: t for n, t in arrivals.items() if t is not None}
    assert told.keys() == sent.keys()
    assert all(abs(told[n] - sent[n]) < 0.0005 for n in sent)


def test_a_pause_too_long_for_a_delta_begins_a_new_packet() -> None:
    recorder = feedback.Recorder()
    recorder.record(65535, 50.0)
    recorder.record(0, 70.0)
    told = [parsed(packet)[1] for packet in recorder.build(1, 2)]
    assert told == [{65535: 50.0}, {0: 70.0}]


def test_a_late_packet_is_told_after_all() -> None:
    recorder = feedback.Recorder()
    for number, moment in ((1, 10.0), (3, 10.01)):
        recorder.record(number, moment)
    recorder.build(1, 2)
    recorder.record(2, 10.02)
    recorder.record(4, 10.03)
    (packet,) = recorder.build(1, 2)
    told = {n for n, t in parsed(packet)[1].items() if t is not None}
    assert told == {2, 3, 4}


def test_far_jumps_stay_small() -> None:
    recorder = feedback.Recorder()
    random = Random(3)
    for step in range(3000):
        recorder.record(random.randrange(65536), step / 1000)
        if step % 100 == 0:
            assert sum(map(len, recorder.build(1, 2))) < 50_000


@given(st.binary(max_size=200))
def test_garbage_is_no_feedback(data: bytes) -> None:
    feedback.parse(data)
