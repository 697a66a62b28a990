"""CQL of the three tables of events. Writing one again changes nothing: every column comes from the event."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
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


class _Row(NamedTuple):
    """A row of one event in one table."""

    event: Event
    size: int
    write: Write


def write(events: Sequence[Event], *, seconds: float) -> list[Outcome]:
    """What became of each event, in order; None: all its rows are confirmed.

    Thirty rows go in a request, those of one partition side by side: Cassandra takes them as one mutation.
    """
    outcomes: dict[UUID, Outcome] = {event.id: None for event in events}
    doubtful: list[_Row] = []
    for group, outcome in _sent(list(_groups(_rows(events))), seconds):
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
        if group and (size + row.size > BATCH_BYTES or len(group) == BATCH_LIMIT):
            yield group
            group, size = [], 0
        group.append(row)
        size += row.size
    if group:
        yield group


def _rows(events: Iterable[Event]) -> Iterator[_Row]:
    """Table by table, and in each one partition after the other."""
    from cassandra.query import UNSET_VALUE  # noqa: PLC0415 (25 ms, only where events are written)

    days = ((event, one) for event in events for one in (event, *event.stayed()))
    for event, one in sorted(days, key=lambda pair: (pair[1].day, pair[1].shard)):
        yield _Row(event, one.size, (INSERT_DAY_EVENT, _of_day(one, UNSET_VALUE)))
    told = sorted(
        ((event.meeting_id.int, event.hour, event) for event in events if event.meeting_id),
        key=lambda place: place[:2],
    )
    rows = [(event, event.size, hour, _of_meeting(event, UNSET_VALUE)) for _, hour, event in told]
    for event, size, _, values in rows:
        yield _Row(event, size, (INSERT_MEETING_EVENT, (event.meeting_id, *values)))
    for event, size, hour, values in rows:
        yield _Row(event, size, (INSERT_HOURLY_EVENT, (event.meeting_id, hour, *values)))


# What is not known is unset and not null: a null is a tombstone.
def _of_day(event: Event, unset: object) -> tuple[Any, ...]:
    ids = (event.meeting_id or unset, event.user_id or unset, event.participant_id or unset)
    by = (event.region, event.device_type, event.account_type, event.data)
    return event.day, event.shard, event.at, event.id, event.kind, *ids, *by


def _of_meeting(event: Event, unset: object) -> tuple[Any, ...]:
    who = (event.user_id or unset, event.participant_id or unset, event.user_name or unset)
    return event.at, event.id, event.kind, *who, event.data
