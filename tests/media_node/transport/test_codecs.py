"""Only parameters that cannot break another's negotiation go through the node."""

import pytest

from media_node.forwarding.contract import Codec
from media_node.transport.codecs import choose_codec
from media_node.transport.sdp import OfferedCodec, OfferedMedia

H264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"


def chosen(kind: str, rtpmap: str, parameters: str) -> Codec | None:
    """What the node takes of an m-line that offers this one codec."""
    name, rate, *channels = rtpmap.split("/")
    codec = OfferedCodec(100, name, int(rate), int(channels[0]) if channels else None, parameters, None)
    return choose_codec(
        OfferedMedia(kind, "UDP/TLS/RTP/SAVPF", "0", "sendonly", (codec,), {}, (), ("100",), rejected=False)
    )


@pytest.mark.parametrize(
    ("kind", "rtpmap", "offered", "passed"),
    [
        ("audio", "opus/48000/2", "minptime=10;useinbandfec=1", "minptime=10;useinbandfec=1"),
        ("audio", "OPUS/48000/2", "stereo=1; x-secret=v", "stereo=1"),
        ("video", "VP8/90000", "", ""),
        ("video", "VP9/90000", "profile-id=2", "profile-id=2"),
        ("video", "AV1/90000", "level-idx=5;profile=0;tier=0", "level-idx=5;profile=0;tier=0"),
        ("video", "H264/90000", H264, H264),
    ],
)
def test_known_parameters_pass(kind: str, rtpmap: str, offered: str, passed: str) -> None:
    codec = chosen(kind, rtpmap, offered)
    assert codec
    assert codec.fmtp == passed


@pytest.mark.parametrize(
    ("kind", "rtpmap", "offered"),
    [
        ("audio", "opus/44100/2", ""),
        ("audio", "opus/48000", ""),
        ("audio", "opus/48000/2", "minptime=soon"),
        ("audio", "G722/8000", ""),
        ("audio", "VP8/90000", ""),
        ("video", "VP8/48000", ""),
        ("video", "VP9/90000", "profile-id=9"),
        ("video", "H264/90000", "packetization-mode=0;profile-level-id=42e01f"),
        ("video", "H264/90000", "packetization-mode=1"),
        ("video", "H264/90000", "packetization-mode=1;profile-level-id=zzzzzz"),
        ("video", "ulpfec/90000", ""),
    ],
)
def test_what_others_could_not_negotiate_is_not_chosen(kind: str, rtpmap: str, offered: str) -> None:
    assert chosen(kind, rtpmap, offered) is None
