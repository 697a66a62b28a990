"""Which packets reach whom: by MID, RID and SSRC in, by slot out; with the node's ids and payload types."""

from dataclasses import replace

import pytest

from media_node.forwarding import rtcp
from media_node.forwarding.contract import (
    AUDIO_LEVEL,
    DEPENDENCY_DESCRIPTOR,
    MID,
    OUT_EXTENSIONS,
    RID,
    PublishedMedia,
)
from tests.media_node.forwarding.wire import (
    CAMERA,
    DESCRIBED,
    IDS,
    MICROPHONE,
    OPUS,
    SIMULCAST,
    House,
    Source,
    contents,
    picture_of,
    rtp,
    steps,
)


def audio(sequence: int, *, level: int = 30, named: bool = True) -> bytes:
    elements = [(1, bytes((0x80 | level,)))] + ([(IDS[MID], b"0")] if named else [])
    return rtp(109, sequence, 960 * sequence, 5, f"a{sequence}".encode(), elements)


def test_a_source_named_once_is_known_by_its_ssrc() -> None:
    house = House([MICROPHONE, CAMERA])
    slot = house.viewer("V", "8", "microphone")
    house.push([audio(1), audio(2, named=False), audio(3, named=False)])
    seen = house.seen("V", slot.ssrc)
    assert [s.payload for s in seen] == [b"a1", b"a2", b"a3"]
    assert {s.payload_type for s in seen} == {slot.codec.payload_type} == {111}
    assert steps([s.sequence for s in seen], 16) == [1, 1]
    assert steps([s.timestamp for s in seen], 32) == [960, 960]


def test_extensions_get_the_ids_of_the_node_and_private_ones_stay_behind() -> None:
    house = House([MICROPHONE])
    house.viewer("V", "8", "microphone", confirmed=False)
    house.push([rtp(109, 1, 2, 5, b"x", [(IDS[MID], b"0"), (1, b"\x9e"), (5, b"\0\1"), (9, b"secret")])])
    out = OUT_EXTENSIONS["audio"]
    assert house.seen("V")[0].elements == {out[MID]: b"8", out[AUDIO_LEVEL]: b"\x9e"}


def test_without_mid_a_payload_type_of_one_stream_only_is_enough() -> None:
    house = House([MICROPHONE, CAMERA])
    house.viewer("V", "8", "microphone")
    house.push([audio(1, named=False)])
    assert len(house.seen("V")) == 1
    other = PublishedMedia("2", "audio", "screen_audio", OPUS, IDS)
    house = House([MICROPHONE, other])
    house.viewer("V", "8", "microphone")
    house.push([audio(1, named=False)])
    assert house.seen("V") == []
    assert house.plane.stats(house.now).counters["unrouted"] == 1


def test_unknown_mids_rids_and_payload_types_go_nowhere() -> None:
    house = House([SIMULCAST])
    house.viewer("V")
    names = [[(IDS[MID], b"7")], [(IDS[MID], b"1"), (IDS[RID], b"x")], [(IDS[MID], b"1")]]
    house.push([rtp(96, 1, 2, 40 + n, b"\x10\x10", elements) for n, elements in enumerate(names)])
    house.push([rtp(99, 1, 2, 50, b"\x10\x10", [(IDS[MID], b"1"), (IDS[RID], b"q")])])
    assert house.seen("V") == []
    assert house.plane.stats(house.now).counters["unrouted"] == 4
    assert house.plane._publishers["P"].sources == {}


def test_viewers_share_one_built_packet() -> None:
    house = House([CAMERA])
    slots = [house.viewer(f"V{n}", str(n)) for n in range(4)]
    source = Source(7)
    for _ in range(20):
        house.push(source.frame())
    house.raw.clear()
    house.push(source.frame())
    assert [viewers for _, viewers in house.raw] == [("V0", "V1", "V2", "V3")] * 3
    assert len({slot.ssrc for slot in slots}) == 1


def test_mid_is_on_every_packet_until_the_subscriber_answered_and_once_a_second_after() -> None:
    house = House([CAMERA])
    house.viewer("V", "xyz", confirmed=False)
    source = Source(7)
    for _ in range(20):
        house.push(source.frame())
    assert all(s.elements[1] == b"xyz" for s in house.seen("V"))
    house.plane.confirm_slots("V", ["xyz", "unknown"])
    for _ in range(90):
        house.push(source.frame(), after=0.01)
    tagged = [1 in s.elements for s in house.seen("V")[60:]]
    assert all(tagged[:20])
    assert 1 <= sum(tagged[30:]) <= 4


def test_key_frames_carry_the_mid() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    for _ in range(10):
        house.push(source.frame())
    house.push(source.frame(key=True))
    assert [1 in s.elements for s in house.seen("V")[-6:]] == [False] * 3 + [True] * 3


def test_a_long_dependency_descriptor_takes_the_two_byte_form_with_its_mid() -> None:
    house = House([DESCRIBED])
    slot = house.viewer("V", "3", confirmed=False)
    descriptor = b"\xc0\x00\x07" + bytes(range(60))
    elements = [(IDS[MID], b"1"), (12, descriptor)]
    house.push(
        [rtp(45, 1, 2, 9, b"\x18key", elements), rtp(45, 2, 2, 9, b"\x80rest", [(12, b"\x00\x00\x07")])]
    )
    first, second = house.seen("V")
    assert first.elements == {1: b"3", slot.extensions[DEPENDENCY_DESCRIPTOR]: descriptor}
    assert second.elements == {1: b"3", slot.extensions[DEPENDENCY_DESCRIPTOR]: b"\x00\x00\x07"}
    assert house.raw[0][0][12:14] == b"\x10\x00"
    assert house.raw[1][0][12:14] == b"\xbe\xde"


def test_contributing_sources_and_padding_are_taken_off() -> None:
    house = House([MICROPHONE])
    house.viewer("V", "8", "microphone")
    house.push([rtp(109, 1, 2, 5, b"sound", [(IDS[MID], b"0")], padding=9, csrcs=(1, 2))])
    assert house.seen("V")[0].payload == b"sound"
    assert house.raw[0][0][0] & 0x2F == 0


def test_a_stream_that_comes_back_gets_another_ssrc_on_the_same_connection() -> None:
    house = House([CAMERA])
    first = house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    house.plane.remove_slot("V", "3")
    house.plane.remove_slot("V", "3")
    count = len(house.seen("V"))
    house.push(source.frame())
    assert len(house.seen("V")) == count
    second = house.plane.add_slot("V", "3", "camera", house.now)
    assert second.ssrc != first.ssrc
    assert second.rtx_ssrc != first.rtx_ssrc
    house.push(source.frame(key=True))
    assert contents(house.seen("V", second.ssrc)) == ["None/2/0", "None/2/1", "None/2/2"]


def test_nothing_is_sent_before_the_subscriber_is_open() -> None:
    house = House([CAMERA])
    house.plane.add_subscriber("V")
    house.plane.add_slot("V", "3", "camera", house.now)
    source = Source(7)
    house.push(source.frame())
    assert house.seen("V") == []
    house.plane.open_subscriber("V", house.now)
    house.plane.open_subscriber("V", house.now)
    house.wait(0.6)
    assert house.key_requests() == [7]
    house.push(source.frame(key=True))
    assert len(house.seen("V")) == 3


def test_a_publisher_who_leaves_takes_slots_and_sources_along() -> None:
    house = House([CAMERA, MICROPHONE])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    house.plane.remove_peer("P")
    house.plane.remove_peer("P")
    house.push(source.frame())
    assert len(house.seen("V")) == 3
    assert house.plane.stats(house.now).slots == []
    with pytest.raises(KeyError):
        house.plane.add_slot("V", "4", "camera", house.now)
    house.plane.remove_peer("V")
    house.wait(3)


def test_a_publisher_who_is_added_again_starts_over() -> None:
    house = House([CAMERA])
    house.viewer("V")
    house.push(Source(7).frame())
    house.plane.add_publisher("P", "room", [replace(CAMERA, stream_id="again")])
    slot = house.plane.add_slot("V", "3", "again", house.now)
    house.push(Source(7).frame())
    assert len(house.seen("V", slot.ssrc)) == 3
    assert [s.stream_id for s in house.plane.stats(house.now).streams] == ["again"]


def test_a_new_ssrc_on_the_same_mid_goes_on_under_the_same_numbers() -> None:
    house = House([CAMERA])
    slot = house.viewer("V")
    for source in (Source(7), Source(90, sequence=60_000, timestamp=4_000_000_000, picture=9000, tl0=3)):
        for _ in range(3):
            house.push(source.frame(), after=0.01)
    seen = house.seen("V", slot.ssrc)
    assert len(seen) == 18
    assert steps([s.sequence for s in seen], 16) == [1] * 17
    assert all(0 <= step < 9000 for step in steps([s.timestamp for s in seen], 32))
    assert set(steps([picture_of(s.payload) for s in seen], 15)) == {0, 1}
    assert len(house.plane._publishers["P"].sources) == 1


def test_a_publisher_cannot_make_the_node_remember_ssrcs_without_end() -> None:
    house = House([SIMULCAST])
    house.viewer("V")
    for ssrc in range(500):
        named = [(IDS[MID], b"1"), (IDS[RID], b"h")]
        house.push([rtp(96, 1, 2, ssrc * 2, b"\x10\x10x", named)])
        house.push([Source(ssrc * 2, SIMULCAST, "h", sent={1: (2, b"x", False)}).repeat(1)])
    plane = house.plane
    assert len(plane._publishers["P"].sources) == 2
    assert len(plane._outlet.wanting) <= 1
    assert len(plane._streams["camera"].layers) == 1


def test_ids_and_payload_types_may_change_with_a_new_answer() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    moved = replace(CAMERA, codec=replace(CAMERA.codec, payload_type=120, rtx_payload_type=121))
    house.plane.update_media("P", [moved])
    source.media = moved
    house.push(source.frame())
    seen = house.seen("V")
    assert len(seen) == 6
    assert {s.payload_type for s in seen} == {96}


def test_another_codec_on_the_same_line_is_another_stream_with_the_same_sources() -> None:
    house = House([CAMERA, MICROPHONE])
    house.viewer("V")
    source = Source(7, name_until=3)
    house.push(source.frame())
    vp9 = replace(CAMERA.codec, name="VP9", payload_type=98, rtx_payload_type=99)
    house.plane.update_media("P", [replace(CAMERA, stream_id="other", codec=vp9)])
    assert house.plane.stats(house.now).slots == []
    slot = house.plane.add_slot("V", "4", "other", house.now)
    house.push([rtp(98, source.sequence + 1, 9, 7, b"\x88\x81\x00key")])
    assert [s.payload_type for s in house.seen("V", slot.ssrc)] == [98]
    for stream_id in ("camera", "microphone"):
        with pytest.raises(KeyError):
            house.plane.add_slot("V", "5", stream_id, house.now)


def test_a_new_answer_carries_the_pause_along() -> None:
    house = House([CAMERA])
    house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    house.plane.update_media("P", [replace(CAMERA, paused=True)])
    house.push(source.frame(key=True))
    assert len(house.seen("V")) == 3
    house.plane.update_media("P", [CAMERA])
    house.push(source.frame(key=True))
    assert len(house.seen("V")) == 6


def test_stats_count_what_went_through() -> None:
    house = House([SIMULCAST])
    house.viewer("V")
    house.viewer("W")
    sources = [Source(ssrc, SIMULCAST, rid) for ssrc, rid in ((10, "q"), (20, "f"))]
    for _ in range(40):
        for source in sources:
            house.push(source.frame(), after=0.005)
        house.wait(0.01)
    stats = house.plane.stats(house.now)
    (stream,) = stats.streams
    assert (stream.stream_id, stream.codec, stream.subscribers, stream.paused) == ("camera", "VP8", 2, False)
    assert stream.packets == 240
    assert stream.key_frames == 2
    assert stream.layers == ("q", "f")
    assert stream.bitrate > 10_000
    assert {slot.rid for slot in stats.slots} == {"f"}
    assert stats.counters["packets_in"] == 240
    assert (
        stats.counters["packets_out"] == sum(slot.packets for slot in stats.slots) == len(house.seen("V")) * 2
    )
    house.plane.remove_peer("V")
    assert house.plane.stats(house.now).counters["packets_out"] == stats.counters["packets_out"]


def test_sender_reports_are_translated() -> None:
    house = House([CAMERA])
    slot = house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    house.viewer("W", "9")
    house.push(source.frame(key=True))
    report = rtcp.SenderReport(7, 0x1234_5678_9ABC_DEF0, source.timestamp, 900, 90_000)
    house.push([rtcp.pack_sender_report(report) + rtcp.pack_pli(1, 2)])
    for viewer, packets in (("V", 6), ("W", 3)):
        (piece,) = house.told[viewer]
        told = rtcp.sender_report(piece.body)
        seen = house.seen(viewer)
        octets = sum(len(s.payload) for s in seen)
        assert told == rtcp.SenderReport(slot.ssrc, report.ntp, seen[-1].timestamp, packets, octets)
