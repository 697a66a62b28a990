"""Looking back at one meeting, for its host and admins: what happened, and how media fared."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from statistics import fmean
from typing import Any
from uuid import UUID

from convoke.analytics.actions.outage import told
from convoke.analytics.actions.side_by_side import side_by_side
from convoke.analytics.model.findings import findings, rating, thinned
from convoke.analytics.model.looks import (
    MeetingQuality,
    ParticipantQuality,
    QualityPoint,
    Timeline,
    TimelineItem,
)
from convoke.analytics.model.measures import REPORT_SECONDS
from convoke.analytics.model.words import is_told, sentence
from convoke.analytics.store import quality, timeline
from convoke.backends.cassandra import aware
from convoke.cursors import invalid_cursor
from convoke.errors import not_found
from convoke.identity.model import Principal
from convoke.meetings import actions as meetings
from convoke.meetings.actions.read_record import Attendance, MeetingRecord

MAX_POINTS = 360
"""Of one participant's chart: an hour of reports as they are, a day as means of four minutes."""


def read_timeline(principal: Principal, reference: str, *, cursor: str | None, limit: int) -> Timeline:
    """`limit` events of a meeting before `cursor`, newest first."""
    record = meetings.read_record(principal, reference)
    names = {person.participant_id: person.display_name for person in record.people}
    items: list[TimelineItem] = []
    with told():
        for row in timeline.events(UUID(record.meeting_id), before=_place(cursor)):
            item = _item(row, names)
            if item is None:
                continue
            if len(items) == limit:
                return Timeline(
                    meeting_id=record.meeting_id,
                    title=record.title,
                    items=items,
                    next_cursor=f"{round(items[-1].at.timestamp() * 1000)}.{items[-1].id}",
                )
            items.append(item)
    return Timeline(meeting_id=record.meeting_id, title=record.title, items=items, next_cursor=None)


def read_quality(
    principal: Principal, reference: str, *, cursor: str | None, limit: int, zone: tzinfo = UTC
) -> MeetingQuality:
    """How media fared for each participant, in words and means. `zone`: whose clock the words go by."""
    record = meetings.read_record(principal, reference)
    people = record.people
    if cursor is not None:
        people = [person for person in people if _cursor_of(person) > cursor]
    page = people[:limit]
    with told():
        items = side_by_side(lambda person: _quality(record, person, zone), page)
    return _told_quality(record, items, _cursor_of(page[-1]) if len(people) > limit else None)


def read_participant_quality(
    principal: Principal, reference: str, participant_id: str, *, zone: tzinfo = UTC, raw: bool = False
) -> MeetingQuality:
    """The same for one participant, with the points of their charts; `raw`: each report, not thinned out."""
    record = meetings.read_record(principal, reference)
    person = next((p for p in record.people if p.participant_id == participant_id), None)
    if person is None:
        raise not_found()
    with told():
        points = _points(record, person)
    shown, step = (points, REPORT_SECONDS) if raw else thinned(points, at_most=MAX_POINTS)
    item = _summary(person, points, zone)
    return _told_quality(record, [item.model_copy(update={"points": shown, "point_seconds": step})], None)


def combined(rows: Iterable[tuple[datetime, str, Mapping[str, Any]]]) -> list[QualityPoint]:
    """Reports, newest first, as points in time order: the client's and the node's of one moment are one.

    A client sees what it receives, its node what it receives from the client: the larger loss of the two is
    the true one, since each misses what got lost before the other counted.
    """
    moments: dict[datetime, dict[str, Mapping[str, Any]]] = {}
    for at, source, values in rows:
        moments.setdefault(at, {})[source] = values
    return [_point(at, moments[at]) for at in sorted(moments)]


def _point(at: datetime, sides: Mapping[str, Mapping[str, Any]]) -> QualityPoint:
    client, node = sides.get("client", {}), sides.get("node", {})

    def worst(name: str) -> Any:
        return max((v for side in (client, node) if (v := side.get(name)) is not None), default=None)

    def first(*names: str) -> Any:
        values = (side.get(name) for side in (client, node) for name in names)
        return next((value for value in values if value is not None), None)

    return QualityPoint(
        at=at,
        uplink_bitrate=first("uplink_bitrate"),
        uplink_packet_loss=_rounded(worst("uplink_packet_loss")),
        uplink_jitter=_rounded(worst("uplink_jitter")),
        downlink_bitrate=first("downlink_bitrate"),
        downlink_packet_loss=_rounded(worst("downlink_packet_loss")),
        downlink_jitter=_rounded(worst("downlink_jitter")),
        round_trip=first("audio_rtt", "video_rtt"),
        video_frame_rate=_rounded(first("video_frame_rate")),
        video_resolution=first("video_resolution"),
        bandwidth_available=first("bandwidth_available"),
        network_type=first("network_type"),
        cpu_usage=_rounded(first("cpu_usage")),
        memory_usage=first("memory_usage"),
    )


def _rounded(value: float | None) -> float | None:
    """Cassandra's float has seven digits; 3.1 comes back as 3.0999999046325684."""
    return None if value is None else round(value, 2)


def _points(record: MeetingRecord, person: Attendance) -> list[QualityPoint]:
    return combined(quality.of_participant(UUID(record.meeting_id), UUID(person.participant_id)))


def _quality(record: MeetingRecord, person: Attendance, zone: tzinfo) -> ParticipantQuality:
    return _summary(person, _points(record, person), zone)


def _summary(person: Attendance, points: list[QualityPoint], zone: tzinfo) -> ParticipantQuality:
    found = findings(points, zone)
    trip = _mean(point.round_trip for point in points)
    return ParticipantQuality(
        participant_id=person.participant_id,
        display_name=person.display_name,
        joined_at=person.joined_at,
        left_at=person.left_at,
        reports=len(points),
        rating=rating(points, found),
        uplink_packet_loss=_mean(point.uplink_packet_loss for point in points),
        downlink_packet_loss=_mean(point.downlink_packet_loss for point in points),
        round_trip=None if trip is None else round(trip),
        network_type=next((point.network_type for point in reversed(points) if point.network_type), None),
        findings=found,
    )


def _mean(values: Iterable[float | None]) -> float | None:
    measured = [value for value in values if value is not None]
    return round(fmean(measured), 2) if measured else None


def _told_quality(
    record: MeetingRecord, items: list[ParticipantQuality], next_cursor: str | None
) -> MeetingQuality:
    return MeetingQuality(
        meeting_id=record.meeting_id,
        title=record.title,
        started_at=record.started_at,
        ended_at=record.ended_at,
        items=items,
        next_cursor=next_cursor,
    )


def _item(row: Any, names: Mapping[str, str]) -> TimelineItem | None:
    at, event_id, kind, user_id, participant_id, name, data = row
    data = data or {}
    if not is_told(kind, data):
        return None
    # As they were called then, or else as they are called now.
    known = name or names.get(str(participant_id))
    return TimelineItem(
        id=str(event_id),
        at=aware(at),
        type=kind,
        participant_id=str(participant_id) if participant_id else None,
        user_id=str(user_id) if user_id else None,
        name=known,
        words=sentence(kind, known, data),
        data=dict(data),
    )


def _cursor_of(person: Attendance) -> str:
    return f"{person.joined_at.astimezone(UTC).isoformat(timespec='microseconds')}.{person.participant_id}"


def _place(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    milliseconds, _, event_id = cursor.partition(".")
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC), UUID(event_id)
    except (ValueError, OverflowError, OSError):
        raise invalid_cursor() from None
