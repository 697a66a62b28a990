"""RTP headers and extensions: what we write, we and aiortc read; what is broken is refused."""

from aiortc.rtp import RtpPacket, pack_header_extensions, unpack_header_extensions
from hypothesis import given
from hypothesis import strategies as st

from media_node.forwarding.packet import extension, pack_elements, split
from tests.media_node.forwarding.wire import read, rtp

small = st.lists(st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=16)), max_size=6)
large = st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=255)), max_size=5)


@given(elements=st.one_of(small, large), payload=st.binary(max_size=200), padding=st.integers(0, 255))
def test_a_packet_reads_as_it_was_written(
    elements: list[tuple[int, bytes]], payload: bytes, padding: int
) -> None:
    packet = rtp(96, 1, 2, 3, payload, elements, padding=padding, csrcs=(7, 8))
    parts = split(packet)
    assert parts is not None
    found, start, stop = parts
    assert [(i, packet[a:b]) for i, a, b in found] == elements
    assert packet[start:stop] == payload


@given(elements=st.one_of(small, large))
def test_extensions_are_those_that_aiortc_packs(elements: list[tuple[int, bytes]]) -> None:
    body, two_byte = pack_elements(elements)
    block = extension(body, two_byte=two_byte)
    profile, value = pack_header_extensions(elements)
    assert block[4:] == value
    if elements:
        assert int.from_bytes(block[:2], "big") == profile
        assert unpack_header_extensions(profile, block[4:]) == elements


@given(sequence=st.integers(0, 65535), timestamp=st.integers(0, 2**32 - 1), payload=st.binary(min_size=1))
def test_aiortc_reads_the_header(sequence: int, timestamp: int, payload: bytes) -> None:
    parsed = RtpPacket.parse(rtp(100, sequence, timestamp, 9, payload, [(1, b"a")], marker=True))
    assert (parsed.sequence_number, parsed.timestamp, parsed.ssrc) == (sequence, timestamp, 9)
    assert (parsed.payload_type, parsed.marker, parsed.payload) == (100, 1, payload)


@given(st.binary(max_size=80))
def test_garbage_never_raises_and_never_points_outside(data: bytes) -> None:
    parts = split(b"\x90" + data)
    if parts is not None:
        elements, start, stop = parts
        assert 12 <= start <= stop <= len(data) + 1
        assert all(a <= b <= start for _, a, b in elements)


def test_extension_longer_than_the_packet_is_refused() -> None:
    assert split(b"\x90\x60" + bytes(10) + b"\xbe\xde\xff\xff" + bytes(40)) is None


def test_more_padding_than_payload_is_refused() -> None:
    assert split(rtp(96, 1, 2, 3, b"abc")[:12].replace(b"\x80", b"\xa0", 1) + b"ab\x09") is None


def test_one_byte_elements_end_at_id_15_and_pass_over_padding() -> None:
    block = bytes((0x10, 1, 0, 0x20, 2, 0xF0, 9, 0))
    packet = b"\x90" + bytes(11) + b"\xbe\xde\x00\x02" + block + b"payload"
    assert read(packet).elements == {1: b"\x01", 2: b"\x02"}


def test_id_0_is_padding_whatever_its_length_says() -> None:
    packet = b"\x90" + bytes(11) + b"\xbe\xde\x00\x01" + bytes((0x03, 0x20, 2, 0)) + b"payload"
    assert read(packet).elements == {2: b"\x02"}


def test_an_element_cut_short_ends_the_list() -> None:
    packet = b"\x90" + bytes(11) + b"\xbe\xde\x00\x01" + bytes((0x10, 1, 0x2F, 1)) + b"payload"
    assert read(packet).elements == {1: b"\x01"}
    packet = b"\x90" + bytes(11) + b"\x10\x00\x00\x01" + bytes((1, 0, 2, 200)) + b"payload"
    assert read(packet).elements == {1: b""}
