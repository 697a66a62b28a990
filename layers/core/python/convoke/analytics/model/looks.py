"""Looking back at one meeting: its events and how media fared, as told to its host."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from convoke.analytics.model.measures import REPORT_SECONDS


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class TimelineItem(_Shape):
    """One event of a meeting; `words` is the sentence for people."""

    id: str
    at: datetime
    type: str
    participant_id: str | None
    user_id: str | None
    name: str | None
    words: str
    data: dict[str, str]


class Timeline(_Shape):
    """Newest first."""

    meeting_id: str
    title: str
    items: list[TimelineItem]
    next_cursor: str | None


class QualityPoint(_Shape):
    """What was measured around `at`: means over the point's seconds, losses and jitter their worst."""

    at: datetime
    uplink_bitrate: int | None = None
    uplink_packet_loss: float | None = None
    uplink_jitter: float | None = None
    downlink_bitrate: int | None = None
    downlink_packet_loss: float | None = None
    downlink_jitter: float | None = None
    round_trip: int | None = None
    video_frame_rate: float | None = None
    video_resolution: str | None = None
    bandwidth_available: int | None = None
    network_type: str | None = None
    cpu_usage: float | None = None
    memory_usage: int | None = None


class Finding(_Shape):
    """Something that went wrong for a while, with the words for it."""

    kind: Literal["loss", "jitter", "round_trip", "frame_rate", "bandwidth", "cpu", "silence"]
    severity: Literal["fair", "poor"]
    direction: Literal["uplink", "downlink"] | None
    first: datetime
    last: datetime
    worst: float | None
    words: str


class ParticipantQuality(_Shape):
    participant_id: str
    display_name: str
    joined_at: datetime | None
    left_at: datetime | None
    reports: int
    rating: Literal["good", "fair", "poor", "unknown"]
    uplink_packet_loss: float | None = Field(description="Mean, percent")
    downlink_packet_loss: float | None = Field(description="Mean, percent")
    round_trip: int | None = Field(description="Mean, ms")
    network_type: str | None
    findings: list[Finding]
    point_seconds: int = REPORT_SECONDS
    points: list[QualityPoint] = Field(default_factory=list, description="Only for one `participant`")


class MeetingQuality(_Shape):
    """In order of arrival."""

    meeting_id: str
    title: str
    started_at: datetime | None
    ended_at: datetime | None
    items: list[ParticipantQuality]
    next_cursor: str | None
