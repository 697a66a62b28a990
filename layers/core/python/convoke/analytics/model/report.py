"""What a client says of its own media, cleaned: field by field, nothing that cannot be true goes on."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from convoke.analytics.model.measures import Measures

# The largest value that can be: beyond it a number is dropped, not cut, for a cut one looks measured.
_HIGHEST_BITRATE = 1_000_000_000
_LIMITS: Mapping[str, float] = {
    "audio_bitrate": _HIGHEST_BITRATE,
    "audio_packet_loss": 100,
    "audio_jitter": 60_000,
    "audio_rtt": 60_000,
    "video_bitrate": _HIGHEST_BITRATE,
    "video_packet_loss": 100,
    "video_frame_rate": 1000,
    "video_rtt": 60_000,
    "uplink_bitrate": _HIGHEST_BITRATE,
    "uplink_packet_loss": 100,
    "uplink_jitter": 60_000,
    "downlink_bitrate": _HIGHEST_BITRATE,
    "downlink_packet_loss": 100,
    "downlink_jitter": 60_000,
    "bandwidth_available": _HIGHEST_BITRATE,
    "cpu_usage": 100,
    "memory_usage": 1_000_000,
}
_WHOLE = frozenset(
    name for name in _LIMITS if name.endswith(("_bitrate", "_rtt", "_available")) or name == "memory_usage"
)
_RESOLUTION = re.compile(r"[1-9][0-9]{0,4}x[1-9][0-9]{0,4}")
NETWORK_TYPES = frozenset({"wifi", "ethernet", "cellular", "bluetooth", "vpn", "wimax", "other"})


def clean(said: Mapping[str, Any]) -> Measures:
    """The measures of a report. NaN, negative, enormous, of another type or unknown: as if not said."""
    values: dict[str, Any] = {}
    for name, limit in _LIMITS.items():
        value = said.get(name)
        # bool is an int in Python, and no measurement.
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        # Compared before it is converted: an integer of a thousand digits is no float.
        if not 0 <= value <= limit or not isfinite(value):
            continue
        values[name] = round(value) if name in _WHOLE else round(float(value), 3)
    resolution = said.get("video_resolution")
    if isinstance(resolution, str) and _RESOLUTION.fullmatch(resolution):
        values["video_resolution"] = resolution
    network = said.get("network_type")
    if isinstance(network, str) and network in NETWORK_TYPES:
        values["network_type"] = network
    return Measures(**values)
