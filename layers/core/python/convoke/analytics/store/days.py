"""CQL that reads `events_by_day`: a day's events shard by shard, for the rollup."""

from collections.abc import Iterator
from datetime import UTC, date

from convoke.analytics.model.usage import UNKNOWN, DayEvent
from convoke.backends import cassandra

SELECT = (
    "SELECT event_time, event_type, meeting_id, user_id, participant_id, region, device_type, account_type, "
    "event_data FROM events_by_day WHERE day = ? AND shard = ?"
)


def events(day: date, shard: int) -> Iterator[DayEvent]:
    """In time order, as they are read: a shard of any size in constant memory."""
    for at, kind, meeting, user, participant, region, device, account, data in cassandra.read(
        SELECT, (day, shard), fetch_size=5000
    ):
        yield DayEvent(
            at=at.replace(tzinfo=UTC),
            kind=kind,
            meeting_id=meeting,
            user_id=user,
            participant_id=participant,
            region=region or UNKNOWN,
            device_type=device or UNKNOWN,
            account_type=account or UNKNOWN,
            data=data or {},
        )
