"""CQL that reads `meeting_events`: what happened in one meeting, newest first."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from convoke.backends import cassandra

SELECT = (
    "SELECT event_time, event_id, event_type, user_id, participant_id, user_name, event_data "
    "FROM meeting_events WHERE meeting_id = ?"
)
SELECT_BEFORE = SELECT + " AND (event_time, event_id) < (?, ?)"


def events(meeting_id: UUID, *, before: tuple[datetime, UUID] | None) -> Iterator[Any]:
    """Rows as they are read; the caller takes as many as it wants."""
    if before is None:
        return cassandra.read(SELECT, (meeting_id,), fetch_size=200)
    return cassandra.read(SELECT_BEFORE, (meeting_id, *before), fetch_size=200)
