"""What is counted, by what, and the shapes in which it is told."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Metric(StrEnum):
    """What `daily_usage_stats` counts; minutes are whole, rounded from the seconds of the whole day."""

    MEETINGS = "total_meetings"
    PARTICIPANTS = "total_participants"
    MEETING_MINUTES = "meeting_duration_minutes"
    PARTICIPANT_MINUTES = "participant_minutes"
    MESSAGES = "messages"
    CALLS = "calls"
    MATCHES = "matches"
    RECORDINGS = "recordings"
    PEAK = "peak_concurrent"
    BYTES = "bytes_forwarded"


class Dimension(StrEnum):
    """By what it is counted. `total` has the one value `all`."""

    TOTAL = "total"
    REGION = "region"
    DEVICE = "device_type"
    ACCOUNT = "account_type"
    USER = "user_id"


ALL = "all"
UNKNOWN = "unknown"
UNITS: dict[Metric, Literal["count", "minutes", "bytes"]] = {
    metric: "minutes" if metric.value.endswith("minutes") else "bytes" if metric is Metric.BYTES else "count"
    for metric in Metric
}


@dataclass(frozen=True, slots=True)
class DayEvent:
    """One row of `events_by_day`, as far as counting needs it."""

    at: datetime
    kind: str
    meeting_id: UUID | None
    user_id: UUID | None
    participant_id: UUID | None
    region: str
    device_type: str
    account_type: str
    data: dict[str, str]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class UsagePoint(_Shape):
    date: date
    value: int


class UsageSeries(_Shape):
    """One value of the dimension; `label` is for people (a user's name), null where `value` says it all."""

    value: str
    label: str | None
    total: int = Field(description="Sum over the days; for peak_concurrent the highest of them")
    points: list[UsagePoint]


class Usage(_Shape):
    """One metric, a point for each day of the range, the largest series first."""

    metric: Metric
    dimension: Dimension
    unit: Literal["count", "minutes", "bytes"]
    first: date
    last: date
    series: list[UsageSeries]
    others: int = Field(description="How many further values the dimension has in this range")


def device_type(user_agent: str | None) -> str:
    """desktop, mobile, tablet, bot or unknown: by the words that browsers put there for this purpose."""
    agent = (user_agent or "").lower()
    if not agent:
        return UNKNOWN
    if "bot" in agent or "spider" in agent:
        return "bot"
    if "ipad" in agent or "tablet" in agent or ("android" in agent and "mobile" not in agent):
        return "tablet"
    if "mobile" in agent or "iphone" in agent:
        return "mobile"
    if any(word in agent for word in ("windows", "macintosh", "linux", "cros")):
        return "desktop"
    return UNKNOWN
