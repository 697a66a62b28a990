"""The outbox: an event commits with the change that it tells of, and is carried to Cassandra later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from convoke.ids import new_id


def emit(
    conn: psycopg.Connection[Any],
    *,
    kind: str,
    meeting_id: str | None = None,
    user_id: str | None = None,
    participant_id: str | None = None,
    data: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Put an event (`meeting.created`, `participant.joined` …) into the outbox, in `conn`'s transaction."""
    conn.execute(
        """
        INSERT INTO outbox (event_id, kind, meeting_id, user_id, participant_id, data, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        (new_id(now), kind, meeting_id, user_id, participant_id, Jsonb(dict(data or {})), now),
    )
