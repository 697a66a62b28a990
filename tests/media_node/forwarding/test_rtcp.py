"""RTCP packed here is read by aiortc and the other way round; broken compounds lose only what is broken."""

from aiortc import rtp as other
from hypothesis import given
from hypothesis import strategies as st

from media_node.forwarding import rtcp

u8, u32 = st.integers(0, 255), st.integers(0, 2**32 - 1)
blocks = st.builds(rtcp.ReportBlock, u32, u8, st.integers(-(2**23), 2**23 - 1), u32, u32, u32, u32)


def only(data: bytes) -> rtcp.Piece:
    pieces, whole = rtcp.split_compound(data)
    assert whole
    assert len(pieces) == 1
    return pieces[0]


@given(u32, st.lists(blocks, max_size=31))
def test_receiver_reports(sender: int, given_blocks: list[rtcp.ReportBlock]) -> None:
    packed = rtcp.pack_receiver_report(sender, given_blocks)
    assert rtcp.report_blocks(only(packed)) == given_blocks
    theirs = [other.RtcpReceiverInfo(*block) for block in given_blocks]
    assert packed == bytes(other.RtcpRrPacket(ssrc=sender, reports=theirs))


@given(u32, st.integers(0, 2**64 - 1), u32, u32, u32)
def test_sender_reports(ssrc: int, ntp: int, timestamp: int, packets: int, octets: int) -> None:
    report = rtcp.SenderReport(ssrc, ntp, timestamp, packets, octets)
    packed = rtcp.pack_sender_report(report)
    info = other.RtcpSenderInfo(ntp, timestamp, packets, octets)
    assert packed == bytes(other.RtcpSrPacket(ssrc=ssrc, sender_info=info))
    assert rtcp.sender_report(only(packed).body) == report


@given(u32, u32, st.sets(st.integers(0, 65535), min_size=1, max_size=40))
def test_nacks(sender: int, media: int, numbers: set[int]) -> None:
    packed = rtcp.pack_nack(sender, media, sorted(numbers))
    assert set(rtcp.nack_numbers(only(packed).body)) == numbers
    (parsed,) = other.RtcpPacket.parse(packed)
    assert isinstance(parsed, other.RtcpRtpfbPacket)
    assert set(parsed.lost) == numbers
    theirs = bytes(other.RtcpRtpfbPacket(fmt=1, ssrc=sender, media_ssrc=media, lost=sorted(numbers)))
    assert set(rtcp.nack_numbers(only(theirs).body)) == numbers


def test_a_nack_over_the_wrap_is_one_entry() -> None:
    packed = rtcp.pack_nack(1, 2, [65534, 65535, 0, 5])
    assert len(packed) == 16
    assert rtcp.nack_numbers(only(packed).body) == [65534, 65535, 0, 5]


@given(u32, u32)
def test_picture_loss(sender: int, media: int) -> None:
    packed = rtcp.pack_pli(sender, media)
    assert packed == bytes(other.RtcpPsfbPacket(fmt=1, ssrc=sender, media_ssrc=media))
    assert rtcp.media_ssrc(only(packed).body) == media
    assert rtcp.fir_ssrcs(only(rtcp.pack_fir(sender, media, 300)).body) == [media]


@given(st.integers(0, 2**40), st.lists(u32, max_size=3))
def test_remb(bitrate: int, ssrcs: list[int]) -> None:
    control = other.pack_remb_fci(bitrate, ssrcs)
    packed = bytes(other.RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=control))
    assert rtcp.remb_bitrate(only(packed).body) == other.unpack_remb_fci(control)[0]


@given(st.lists(st.binary(max_size=60)), st.binary(max_size=30))
def test_a_broken_end_keeps_what_came_before(more: list[bytes], tail: bytes) -> None:
    good = rtcp.pack_pli(1, 2) + rtcp.pack_nack(1, 2, [5])
    pieces, _ = rtcp.split_compound(good + tail)
    assert pieces[:2] == rtcp.split_compound(good)[0]
    for data in more:
        for piece in rtcp.split_compound(data)[0]:
            rtcp.report_blocks(piece)
            rtcp.nack_numbers(piece.body)
            rtcp.fir_ssrcs(piece.body)
            rtcp.remb_bitrate(piece.body)
            rtcp.sender_report(piece.body)


def test_a_truncated_compound_is_known_as_such() -> None:
    data = rtcp.pack_pli(1, 2) + rtcp.pack_pli(1, 3)[:-2]
    pieces, whole = rtcp.split_compound(data)
    assert (len(pieces), whole) == (1, False)
    assert rtcp.split_compound(b"") == ([], False)


def test_report_blocks_that_are_announced_but_missing_are_not_made_up() -> None:
    packed = bytearray(rtcp.pack_receiver_report(1, [rtcp.ReportBlock(9, 0, 0, 0, 0, 0, 0)]))
    packed[0] |= 31
    assert len(rtcp.report_blocks(only(bytes(packed)))) == 1
