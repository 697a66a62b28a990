"""CQL of the three tables of events. Writing one again changes nothing: every column comes from the event."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from convoke.analytics.model.events import Event
from convoke.backends import cassandra
from convoke.backends.cassandra import BATCH_LIMIT, Refused, Unavailable, Write

INSERT_MEETING_EVENT = (
    "INSERT INTO meeting_events (meeting_id, event_time, event_id, event_type, user_id, participant_id, "
    "user_name, event_data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_HOURLY_EVENT = (
    "INSERT INTO meeting_events_hourly (meeting_id, hour_bucket, event_time, event_id, event_type, user_id, "
    "participant_id, user_name, event_data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_DAY_EVENT = (
    "INSERT INTO events_by_day (day, shard, event_time, event_id, event_type, meeting_id, user_id, "
    "participant_id, region, device_type, account_type, event_data) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# Cassandra's own default refuses a batch above 50 KiB.
BATCH_BYTES = 40_000

Outcome = Refused | Unavailable | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of one event in one table; `place` is equal for rows of the same partition."""

    place: tuple[str, int]
    event: Event
    write: Write


def write(events: Sequence[Event], *, seconds: float) -> list[Outcome]:
    """What became of each event, in order; None: all its rows are confirmed.

    Thirty rows go in a request, those of one partition side by side: Cassandra takes them as one mutation.
    """
    rows = sorted((row for event in events for row in _rows(event)), key=lambda row: row.place)
    outcomes: dict[UUID, Outcome] = {event.id: None for event in events}
    doubtful: list[_Row] = []
    for group, outcome in _sent(list(_groups(rows)), seconds):
        if isinstance(outcome, Refused):
            doubtful += group
        elif outcome:
            outcomes |= {row.event.id: outcome for row in group}
    # A batch is refused for one of its rows, or for its size: ask again one by one.
    for (row,), outcome in _sent([[row] for row in doubtful], seconds):
        if outcome and not isinstance(outcomes[row.event.id], Refused):
            outcomes[row.event.id] = outcome
    return [outcomes[event.id] for event in events]


def _sent(groups: list[list[_Row]], seconds: float) -> Iterator[tuple[list[_Row], Outcome]]:
    writes = [[row.write for row in group] for group in groups]
    return zip(groups, cassandra.write_all(writes, seconds=seconds), strict=True)


def _groups(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    group: list[_Row] = []
    size = 0
    for row in rows:
        if group and (size + row.event.size > BATCH_BYTES or len(group) == BATCH_LIMIT):
            yield group
            group, size = [], 0
        group.append(row)
        size += row.event.size
    if group:
        yield group


def _rows(event: Event) -> list[_Row]:
    from cassandra.query import UNSET_VALUE  # noqa: PLC0415 (25 ms, only where events are written)

    # Unset and not null: a null is a tombstone.
    meeting = event.meeting_id or UNSET_VALUE
    user = event.user_id or UNSET_VALUE
    participant = event.participant_id or UNSET_VALUE
    name = event.user_name or UNSET_VALUE
    day = (
        *(event.day, event.shard, event.at, event.id, event.kind, meeting, user, participant),
        *(event.region, event.device_type, event.account_type, event.data),
    )
    rows = [_Row(("day", event.shard), event, (INSERT_DAY_EVENT, day))]
    if event.meeting_id:
        place = event.meeting_id.int
        told = (event.at, event.id, event.kind, user, participant, name, event.data)
        rows.append(_Row(("meeting", place), event, (INSERT_MEETING_EVENT, (meeting, *told))))
        hourly = (INSERT_HOURLY_EVENT, (meeting, event.hour, *told))
        rows.append(_Row(("hour", place), event, hourly))
    return rows
