"""Which codecs the node forwards, and which of their parameters it passes on to subscribers.

What a publisher offers becomes part of the offers to everyone else: a value no browser accepts would break
their negotiation, so only known parameters with plausible values go through.
"""

import re

from media_node.forwarding.contract import Codec
from media_node.transport.sdp import OfferedCodec, OfferedMedia

VIDEO_CODECS = ("VP8", "VP9", "H264", "AV1")
CODECS = ("opus", *VIDEO_CODECS)
PUBLISH_FEEDBACK = {"audio": ("transport-cc",), "video": ("transport-cc", "ccm fir", "nack", "nack pli")}

_FLAG = re.compile("[01]")
_NUMBER = re.compile("[0-9]{1,6}")
_PARAMETERS = {
    "opus": {
        "minptime": _NUMBER,
        "maxptime": _NUMBER,
        "useinbandfec": _FLAG,
        "usedtx": _FLAG,
        "stereo": _FLAG,
        "sprop-stereo": _FLAG,
        "cbr": _FLAG,
        "maxplaybackrate": _NUMBER,
        "maxaveragebitrate": _NUMBER,
    },
    "VP8": {"max-fr": _NUMBER, "max-fs": _NUMBER},
    "VP9": {"profile-id": re.compile("[0-3]"), "max-fr": _NUMBER, "max-fs": _NUMBER},
    # Single NAL unit mode (packetization-mode=0) cannot carry what browsers encode at 720p.
    "H264": {
        "level-asymmetry-allowed": _FLAG,
        "packetization-mode": re.compile("1"),
        # Baseline, main and high with their constraint flags; levels 1 to 6.2.
        "profile-level-id": re.compile(
            "(?:42|4d|64)[0-9a-f]{2}(?:0[a-d]|1[456ef]|20|2[89a]|3[2-4c-e])", re.IGNORECASE
        ),
    },
    "AV1": {"level-idx": _NUMBER, "profile": re.compile("[0-2]"), "tier": _FLAG},
}
_NEEDED = {"H264": {"packetization-mode", "profile-level-id"}}
_FORM = {"opus": (48000, 2)}
_VIDEO_FORM = (90000, None)


def choose_codec(media: OfferedMedia) -> Codec | None:
    """The first codec of the offer that the node forwards: the publisher's preference decides."""
    wanted = ("opus",) if media.kind == "audio" else VIDEO_CODECS
    for offered in media.codecs:
        name = next((known for known in wanted if known.lower() == offered.name.lower()), None)
        if name is None or (offered.clock_rate, offered.channels) != _FORM.get(name, _VIDEO_FORM):
            continue
        parameters = passed_parameters(name, offered)
        if parameters is not None:
            return Codec(
                name=name,
                payload_type=offered.payload_type,
                rtx_payload_type=offered.rtx_payload_type,
                clock_rate=offered.clock_rate,
                channels=offered.channels or 1,
                fmtp=parameters,
                rtcp_feedback=PUBLISH_FEEDBACK[media.kind],
            )
    return None


def passed_parameters(name: str, offered: OfferedCodec) -> str | None:
    """The format parameters that go on to subscribers; None when one of them rules the codec out."""
    known = _PARAMETERS[name]
    passed: dict[str, str] = {}
    for part in offered.parameters.split(";"):
        key, _, value = part.strip().partition("=")
        if key in known:
            if not known[key].fullmatch(value):
                return None
            passed[key] = value
    if not _NEEDED.get(name, set()) <= passed.keys():
        return None
    return ";".join(f"{key}={value}" for key, value in passed.items())
