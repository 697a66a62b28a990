"""What a client says of itself goes on field by field, and only where it can be true."""

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convoke.analytics.model.measures import Measures
from convoke.analytics.model.report import clean

GOOD: dict[str, Any] = {
    "audio_bitrate": 32_000,
    "audio_packet_loss": 0.5,
    "audio_jitter": 4.25,
    "audio_rtt": 31,
    "video_bitrate": 1_200_000,
    "video_packet_loss": 1.25,
    "video_frame_rate": 29.97,
    "video_resolution": "1280x720",
    "video_rtt": 33,
    "uplink_bitrate": 1_232_000,
    "uplink_packet_loss": 1.0,
    "uplink_jitter": 4.25,
    "downlink_bitrate": 2_000_000,
    "downlink_packet_loss": 0.0,
    "downlink_jitter": 2.0,
    "network_type": "wifi",
    "bandwidth_available": 3_500_000,
    "cpu_usage": 60.0,
    "memory_usage": 120,
}


def test_a_good_report_arrives_whole() -> None:
    assert clean(GOOD) == Measures(**GOOD)


@pytest.mark.parametrize(
    "bad",
    [
        math.nan,
        math.inf,
        -math.inf,
        -1,
        -0.001,
        10**12,
        10**4000,
        1e308,
        "1",
        True,
        None,
        [1],
        {"value": 1},
        2**63,
    ],
)
@pytest.mark.parametrize("name", [name for name in GOOD if isinstance(GOOD[name], int | float)])
def test_a_number_that_cannot_be_is_dropped_and_the_others_stay(name: str, bad: Any) -> None:
    cleaned = clean({**GOOD, name: bad})
    assert getattr(cleaned, name) is None
    assert cleaned == Measures(**{key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize("bad", ["", "0x720", "1280X720", "1280x720\n", "x" * 9000, 1280, "=1x1", "999999x1"])
def test_a_resolution_that_is_none_is_dropped(bad: Any) -> None:
    assert clean({"video_resolution": bad}) == Measures()


def test_a_network_of_no_known_type_is_dropped() -> None:
    assert clean({"network_type": "=cmd|' /C calc'!A0"}) == Measures()


def test_missing_and_foreign_fields_do_no_harm() -> None:
    said = {"participant_id": "somebody else", "metric_time": "1999-01-01", "audio_rtt": 20}
    assert clean(said) == Measures(audio_rtt=20)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


# How long a machine that does much else takes to think of an example says nothing about reports.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from([*GOOD, "other"]), json_values))
def test_whatever_is_said_what_remains_fits_the_columns(said: dict[str, Any]) -> None:
    cleaned = clean(json.loads(json.dumps(said)))
    for name in Measures.__dataclass_fields__:
        value = getattr(cleaned, name)
        if isinstance(value, int | float):
            assert math.isfinite(value)
            assert 0 <= value <= 2**31 - 1
