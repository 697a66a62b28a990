"""Where key frames start, and what subscribers are told of a codec."""

import pytest

from media_node.forwarding.codecs import inspector, outgoing
from media_node.forwarding.contract import OUT_CODECS, Codec
from tests.media_node.forwarding.wire import OPUS, VP8, vp8


@pytest.mark.parametrize(
    ("name", "payload", "expected"),
    [
        ("VP8", vp8(b"x", 5, start=True, key=True, tl0=1), (True, 2, 4)),
        ("VP8", vp8(b"x", 5, start=False, key=True, tl0=1), (False, 2, 4)),
        ("VP8", vp8(b"x", 5, start=True, key=False), (False, 2, 0)),
        ("VP8", b"\x10\x10", (True, 0, 0)),
        ("VP8", b"\x90\xf0\x05\x09\x20\x10", (True, 2, 3)),  # 7-bit picture id, TL0PICIDX, temporal layer
        ("VP8", b"\x11\x10", (False, 0, 0)),  # another partition
        ("VP9", b"\x88\x81\x00", (True, 1, 0)),
        ("VP9", b"\xc8\x81\x00", (False, 1, 0)),  # predicted
        ("VP9", b"\xa8\x81\x00\x00\x07", (True, 1, 4)),
        ("VP9", b"\xa8\x81\x00\x02\x07", (False, 1, 4)),  # upper spatial layer of a key picture
        ("VP9", b"\xa0\x81\x00\x00\x07", (False, 1, 4)),  # not the beginning
        ("VP9", b"\xb8\x81\x00\x00\x07", (True, 1, 0)),  # flexible mode has no TL0PICIDX
        ("H264", b"\x67abc", (True, 0, 0)),
        ("H264", b"\x65abc", (True, 0, 0)),
        ("H264", b"\x61abc", (False, 0, 0)),
        ("H264", b"\x78\x00\x10\x67", (True, 0, 0)),
        ("H264", b"\x78\x00\x10\x61", (False, 0, 0)),
        ("H264", b"\x7c\x85", (True, 0, 0)),
        ("H264", b"\x7c\x05", (False, 0, 0)),
        ("AV1", b"\x18\x0a", (True, 0, 0)),
        ("AV1", b"\x10\x0a", (False, 0, 0)),
        ("AV1", b"\x98\x0a", (False, 0, 0)),
        ("opus", b"\x00", (True, 0, 0)),
    ],
)
def test_inspection(name: str, payload: bytes, expected: tuple[bool, int, int]) -> None:
    assert inspector(name)(payload) == expected


@pytest.mark.parametrize(
    ("name", "fmtp", "payload_type"),
    [
        ("VP8", "", 96),
        ("VP9", "profile-id=0", 98),
        ("VP9", "", 98),
        ("VP9", "profile-id=2", 104),
        ("H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42C029", 100),
        ("H264", "packetization-mode=1;profile-level-id=42001f", 114),
        ("H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", 100),
        ("H264", "packetization-mode=1;profile-level-id=4d001f", 106),
        ("H264", "profile-level-id=640c1f;packetization-mode=1", 108),
        ("AV1", "level-idx=5;profile=0;tier=0", 102),
        ("av1", "", 102),
    ],
)
def test_payload_types_towards_subscribers_are_fixed(name: str, fmtp: str, payload_type: int) -> None:
    codec = outgoing(Codec(name, 45, None, 90000, fmtp=fmtp))
    assert (codec.payload_type, codec.rtx_payload_type) == (payload_type, payload_type + 1)


def test_one_payload_type_has_one_set_of_parameters() -> None:
    every = [
        *OUT_CODECS.values(),
        *((n + 1, "rtx") for (name, _), (n, _) in OUT_CODECS.items() if name != "opus"),
    ]
    assert len({payload_type for payload_type, _ in every}) == len(every)
    one = outgoing(Codec("opus", 109, None, 48000, 2, "maxplaybackrate=48000;useinbandfec=1"))
    two = outgoing(Codec("opus", 111, None, 48000, 2, "minptime=10;useinbandfec=1", ("transport-cc",)))
    assert one == two
    assert outgoing(Codec("opus", 111, None, 48000, 2, "stereo=1")).payload_type == 112


def test_audio_has_no_retransmission() -> None:
    codec = outgoing(OPUS)
    assert (codec.payload_type, codec.rtx_payload_type, codec.rtcp_feedback) == (111, None, ())
    assert outgoing(VP8).rtcp_feedback == ("ccm fir", "nack", "nack pli")


def test_an_unknown_codec_is_refused() -> None:
    with pytest.raises(KeyError):
        outgoing(Codec("H261", 31, None, 90000))
