"""Key frame requests: soon enough for who joins or lost something, never a storm for the publisher."""

from dataclasses import replace

from media_node.forwarding import rtcp
from media_node.forwarding.contract import MID
from tests.media_node.forwarding.wire import CAMERA, IDS, SIMULCAST, House, Source, contents, rtp


def ask(house: House, viewer: str, ssrc: int) -> None:
    house.push([rtcp.pack_pli(1, ssrc)], peer=viewer)


def test_a_viewer_sees_nothing_before_a_key_frame() -> None:
    house = House([CAMERA])
    source = Source(7)
    house.push(source.frame())
    house.viewer("V")
    house.collect()
    house.push(source.frame())
    assert house.seen("V") == []
    house.wait(0.2)
    assert house.key_requests() == [7]
    source.key_wanted = True
    house.push(source.frame())
    assert contents(house.seen("V")) == ["None/2/0", "None/2/1", "None/2/2"]


def test_a_key_frame_whose_start_was_lost_opens_when_it_is_repeated() -> None:
    house = House([CAMERA])
    source = Source(7)
    house.push(source.frame())
    house.viewer("V")
    rest = source.frame(key=True)[1:]
    house.push(rest)
    assert house.seen("V") == []
    house.push([source.repeat(source.sequence - 2)])
    assert contents(house.seen("V")) == ["None/1/0"]
    house.push(source.frame())
    assert len(house.seen("V")) == 4


def test_requests_are_one_per_half_second_and_source() -> None:
    house = House([CAMERA])
    slots = {f"V{n}": house.viewer(f"V{n}", str(n)) for n in range(20)}
    source = Source(7)
    house.push(source.frame())
    house.wait(1)
    house.told.clear()
    for _ in range(40):  # four seconds, each viewer ten times a second
        for viewer, slot in slots.items():
            ask(house, viewer, slot.ssrc)
        source.key_wanted = bool(house.key_requests())
        house.push(source.frame())
        house.wait(0.078)
    assert 6 <= len(house.key_requests()) <= 9


def test_one_viewer_is_heard_twice_a_second() -> None:
    house = House([CAMERA])
    slot = house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    house.wait(2)
    house.told.clear()
    ask(house, "V", slot.ssrc)
    assert house.key_requests() == [7]
    house.push(source.frame(key=True))
    ask(house, "V", slot.ssrc)
    house.wait(0.45)
    assert house.key_requests() == [7]
    house.wait(0.1)
    ask(house, "V", slot.ssrc)
    assert house.key_requests() == [7, 7]


def test_what_one_viewer_asks_again_within_half_a_second_is_not_kept() -> None:
    house = House([CAMERA])
    first, second = house.viewer("V"), house.viewer("W", "4")
    source = Source(7)
    house.push(source.frame())
    house.wait(2)
    house.told.clear()
    ask(house, "W", second.ssrc)
    house.push(source.frame(key=True))
    house.wait(0.3)
    ask(house, "V", first.ssrc)  # too early for the source: kept
    house.wait(0.3)
    assert house.key_requests() == [7, 7]
    house.push(source.frame(key=True))
    ask(house, "V", first.ssrc)  # too early for this viewer: dropped
    house.wait(1)
    assert house.key_requests() == [7, 7]


def test_a_request_that_came_too_early_is_kept() -> None:
    house = House([CAMERA])
    first, second = house.viewer("V"), house.viewer("W", "4")
    source = Source(7)
    house.push(source.frame())
    house.wait(2)
    house.told.clear()
    ask(house, "V", first.ssrc)
    house.push(source.frame(key=True))
    ask(house, "W", second.ssrc)
    assert house.key_requests() == [7]
    house.wait(0.6)
    assert house.key_requests() == [7, 7]


def test_an_unanswered_request_is_repeated_ever_more_slowly_and_not_to_the_dead() -> None:
    house = House([CAMERA])
    source = Source(7)
    house.push(source.frame())
    house.viewer("V")
    for _ in range(100):
        house.push(source.frame(), after=0.01)
        house.wait(0.07)
    assert 4 <= len(house.key_requests()) <= 6
    house.wait(2)
    asked = len(house.key_requests())
    house.wait(20)
    assert len(house.key_requests()) == asked


def test_who_comes_while_nobody_answered_is_not_kept_waiting() -> None:
    house = House([CAMERA])
    source = Source(7)
    house.push(source.frame())
    house.viewer("V")
    for _ in range(80):
        house.push(source.frame(), after=0.01)
        house.wait(0.07)
    house.wait(0.6)
    asked = len(house.key_requests())
    house.viewer("W", "4")
    house.collect()
    assert len(house.key_requests()) == asked + 1


def test_a_layer_that_gives_no_key_frame_is_asked_ever_more_slowly_too() -> None:
    house = House([SIMULCAST])
    house.viewer("V")
    low, high = Source(10, SIMULCAST, "q"), Source(20, SIMULCAST, "f", key_wanted=False)
    for _ in range(120):
        house.push(low.frame() + high.frame())
        house.wait(0.06)
    assert 3 <= house.key_requests().count(20) <= 6
    assert contents(house.seen("V"))[-1][0] == "q"


def test_full_intra_requests_are_understood_and_strangers_are_not() -> None:
    house = House([CAMERA])
    slot = house.viewer("V")
    source = Source(7)
    house.push(source.frame())
    house.wait(2)
    house.told.clear()
    house.push([rtcp.pack_fir(1, 12345, 1), rtcp.pack_pli(1, 7)], peer="V")
    house.push([rtcp.pack_pli(1, slot.ssrc)], peer="stranger")
    assert house.key_requests() == []
    house.push([rtcp.pack_fir(1, slot.ssrc, 1)], peer="V")
    assert house.key_requests() == [7]


def test_a_publisher_without_pli_gets_fir() -> None:
    house = House([replace(CAMERA, codec=replace(CAMERA.codec, rtcp_feedback=("ccm fir",)))])
    house.push([rtp(96, 1, 2, 7, b"\x11\x11", [(IDS[MID], b"1")])])
    house.viewer("V")
    house.wait(1)
    pieces = [p for p in house.told["P"] if p.kind == rtcp.PSFB]
    assert pieces
    assert all(p.fmt == rtcp.FIR and rtcp.fir_ssrcs(p.body) == [7] for p in pieces)
