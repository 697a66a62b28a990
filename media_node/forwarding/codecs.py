"""What the node must know of a codec without decoding: where key frames start, which numbers run on.

RFC 7741 (VP8), RFC 9628 (VP9), RFC 6184 (H264), the AV1 RTP payload format with its dependency descriptor.
"""

from collections.abc import Callable
from dataclasses import replace

from media_node.forwarding.contract import OUT_CODECS, Codec

# → does a key frame start here, offset of the picture id, offset of TL0PICIDX (0: there is none)
Inspector = Callable[[bytes], tuple[bool, int, int]]
_NOTHING = (False, 0, 0)


def inspect_vp8(payload: bytes) -> tuple[bool, int, int]:
    first = payload[0]
    at = 1
    picture = tl0 = 0
    if first & 0x80:
        extra = payload[1]
        at = 2
        if extra & 0x80:
            picture = 2
            at = 4 if payload[2] & 0x80 else 3
        if extra & 0x40:
            tl0 = at
            at += 1
        if extra & 0x30:
            at += 1
    # Start of partition 0, and the P bit of the VP8 payload header is clear.
    return first & 0x17 == 0x10 and not payload[at] & 1, picture, tl0


def inspect_vp9(payload: bytes) -> tuple[bool, int, int]:
    first = payload[0]
    at = 1
    picture = tl0 = layer = 0
    if first & 0x80:
        picture = 1
        at = 3 if payload[1] & 0x80 else 2
    if first & 0x20:
        layer = payload[at] >> 1 & 7
        if not first & 0x10:
            tl0 = at + 1
    # Begins a frame, not predicted from another picture; upper spatial layers of a key picture look the same.
    return first & 0x48 == 0x08 and layer == 0, picture, tl0


def inspect_h264(payload: bytes) -> tuple[bool, int, int]:
    kind = payload[0] & 31
    if kind == 24:  # STAP-A: Chromium packs SPS, PPS and what follows
        kind = payload[3] & 31
    elif kind == 28:  # FU-A: only its start
        kind = payload[1] & 31 if payload[1] & 0x80 else 0
    return kind in (5, 7), 0, 0


def inspect_av1(payload: bytes) -> tuple[bool, int, int]:
    return payload[0] & 0x88 == 0x08, 0, 0  # N, a new coded video sequence; Z, not a continued unit


def inspect_any(payload: bytes) -> tuple[bool, int, int]:
    """Audio: every packet stands for itself."""
    return True, 0, 0


_INSPECTORS: dict[str, Inspector] = {
    "vp8": inspect_vp8,
    "vp9": inspect_vp9,
    "h264": inspect_h264,
    "av1": inspect_av1,
}


def inspector(name: str) -> Inspector:
    """The codec's inspector; too short a payload raises IndexError in it: no key frame."""
    return _INSPECTORS.get(name.lower(), inspect_any)


def parameters(fmtp: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in fmtp.split(";"))
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs if name.strip()}


def _profile(name: str, given: dict[str, str]) -> str:
    if name == "H264":
        profile = given.get("profile-level-id", "42e01f")
        # Baseline without constraint_set1 may hold what constrained decoders cannot read (RFC 6184, 8.1).
        plain = profile[:2] == "42" and profile[2:3] in "0123"
        return "4200" if plain else profile[:2]
    if name == "opus":
        return "stereo" if "1" in (given.get("stereo"), given.get("sprop-stereo")) else ""
    return given.get("profile-id", "")


def outgoing(codec: Codec) -> Codec:
    """The codec towards subscribers: the node's payload types and parameters, feedback that it answers."""
    name = next((n for n, _ in OUT_CODECS if n.lower() == codec.name.lower()), None)
    if name is None:
        raise KeyError(codec.name)
    profile = _profile(name, parameters(codec.fmtp))
    payload_type, fmtp = OUT_CODECS.get((name, profile)) or OUT_CODECS[name, ""]
    video = name != "opus"
    return replace(
        codec,
        name=name,
        payload_type=payload_type,
        rtx_payload_type=payload_type + 1 if video else None,
        fmtp=fmtp,
        rtcp_feedback=("ccm fir", "nack", "nack pli") if video else (),
    )
