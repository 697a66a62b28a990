"""CQL that reads `meeting_events`: what happened in one meeting, newest first."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from convoke.backends import cassandra

SELECT = (
    "SELECT event_time, event_id, event_type, user_id, participant_id, user_name, event_data "
    "FROM meeting_events WHERE meeting_id = ?"
)
# Keyspaces knows no tuples, (event_time, event_id) < (?, ?): the rest of the moment, then what was before.
SELECT_SAME_TIME = (
    "SELECT event_time, event_id, event_type, user_id, participant_id, user_name, event_data "
    "FROM meeting_events WHERE meeting_id = ? AND event_time = ? AND event_id < ?"
)
SELECT_BEFORE = (
    "SELECT event_time, event_id, event_type, user_id, participant_id, user_name, event_data "
    "FROM meeting_events WHERE meeting_id = ? AND event_time < ?"
)
FETCH = 200


def events(meeting_id: UUID, *, before: tuple[datetime, UUID] | None) -> Iterator[Any]:
    """Rows as they are read; the caller takes as many as it wants."""
    if before is None:
        return cassandra.read(SELECT, (meeting_id,), fetch_size=FETCH)
    at, event_id = before
    return chain(
        cassandra.read(SELECT_SAME_TIME, (meeting_id, at, event_id), fetch_size=FETCH),
        cassandra.read(SELECT_BEFORE, (meeting_id, at), fetch_size=FETCH),
    )
