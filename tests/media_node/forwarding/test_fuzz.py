"""Whatever comes in from the network: counted and forgotten, never an exception, and media goes on."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from media_node.forwarding import rtcp
from media_node.forwarding.contract import PublishedMedia
from tests.media_node.forwarding.wire import (
    CAMERA,
    DESCRIBED,
    MICROPHONE,
    SIMULCAST,
    House,
    Source,
    contents,
    rtp,
)

values = st.lists(st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=20)), max_size=4)
plausible = st.builds(
    rtp,
    st.sampled_from([45, 46, 96, 97, 109]),
    st.integers(0, 65535),
    st.integers(0, 2**32 - 1),
    st.sampled_from([7, 8, 9]),
    st.binary(max_size=20),
    st.one_of(
        values, st.just([(4, b"1")]), st.just([(4, b"1"), (10, b"f")]), st.just([(4, b"1"), (11, b"f")])
    ),
)
reports = st.builds(
    lambda kind, fmt, body: bytes((0x80 | fmt, kind)) + (len(body) // 4).to_bytes(2, "big") + body,
    st.sampled_from([200, 201, 205, 206]),
    st.integers(0, 31),
    st.binary(max_size=64).map(lambda b: b[: len(b) & ~3]),
)


@settings(max_examples=200)
@given(
    media=st.sampled_from([CAMERA, SIMULCAST, DESCRIBED, MICROPHONE]),
    packets=st.lists(
        st.tuples(st.sampled_from(["P", "V", "?"]), st.one_of(plausible, reports, st.binary(max_size=60)))
    ),
    flips=st.lists(st.integers(0, 10_000), max_size=20),
)
def test_nothing_raises(media: PublishedMedia, packets: list[tuple[str, bytes]], flips: list[int]) -> None:
    house = House([media])
    house.viewer("V", "3", media.stream_id)
    for at, (peer, packet) in enumerate(packets):
        data = bytearray(packet)
        for flip in flips:
            if data and flip % 7 == at % 7:
                data[flip % len(data)] ^= 1 << flip % 8
        house.push([bytes(data)], peer=peer, after=0.01)
        house.wait(0.02)
    house.plane.stats(house.now)
    house.plane.speakers("room", house.now)


def test_media_goes_on_through_garbage_from_both_sides() -> None:
    random, house, source = Random(4), House([CAMERA]), Source(7)
    house.viewer("V")
    for _ in range(300):
        house.push(source.frame())
        house.push([random.randbytes(random.randrange(1, 100))], peer=random.choice(["P", "V", "?"]))
    assert len(contents(house.seen("V"))) == 900
    counters = house.plane.stats(house.now).counters
    assert counters["malformed"] + counters["unrouted"] > 100


def test_every_truncation_of_a_compound_and_of_a_packet_is_survived() -> None:
    house, source = House([CAMERA]), Source(7)
    slot = house.viewer("V")
    house.push(source.frame())
    compound = (
        rtcp.pack_sender_report(rtcp.SenderReport(7, 1, 2, 3, 4))
        + rtcp.pack_receiver_report(1, [rtcp.ReportBlock(slot.ssrc, 64, 0, 0, 0, 0, 0)])
        + rtcp.pack_nack(1, slot.ssrc, [1, 2, 3])
        + rtcp.pack_fir(1, slot.ssrc, 1)
    )
    packet = source.frame()[0]
    for data, peer in ((compound, "V"), (compound, "P"), (packet, "P")):
        for end in range(len(data)):
            house.push([data[:end]], peer=peer)
    assert house.plane.stats(house.now).slots[0].fraction_lost == 0.25
    house.push(source.frame())
