"""What is measured of a participant's media, every ten seconds, by the client and by its node."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

REPORT_SECONDS = 10
"""Each participant has one report of its client and one of its node in this time."""


@dataclass(frozen=True, slots=True)
class Measures:
    """One report's numbers, those that were there and could be true. The columns of call_quality_metrics.

    Bit/s, loss in percent, jitter and round trips in ms, cpu in percent, memory in MB. `audio_*`, `video_*`
    and `uplink_*` are what the participant sends, `downlink_*` what comes to them.
    """

    audio_bitrate: int | None = None
    audio_packet_loss: float | None = None
    audio_jitter: float | None = None
    audio_rtt: int | None = None
    video_bitrate: int | None = None
    video_packet_loss: float | None = None
    video_frame_rate: float | None = None
    video_resolution: str | None = None
    video_rtt: int | None = None
    uplink_bitrate: int | None = None
    uplink_packet_loss: float | None = None
    uplink_jitter: float | None = None
    downlink_bitrate: int | None = None
    downlink_packet_loss: float | None = None
    downlink_jitter: float | None = None
    network_type: str | None = None
    bandwidth_available: int | None = None
    cpu_usage: float | None = None
    memory_usage: int | None = None


Source = Literal["client", "node"]


@dataclass(frozen=True, slots=True)
class QualitySample:
    """What one side said of a participant at a moment of the node's clock."""

    meeting_id: UUID
    participant_id: UUID
    at: datetime
    source: Source
    measures: Measures


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Payload bytes that a node has sent to a participant since it was last told of them."""

    meeting_id: UUID
    participant_id: UUID
    octets: int
