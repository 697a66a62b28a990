"""What happens to a participant goes into the outbox, in the transaction that makes it happen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.events import emit


def record(
    conn: psycopg.Connection[DictRow], kind: str, row: Mapping[str, Any], now: datetime, **data: Any
) -> None:
    """An event about the participant of `row` (store.participants.COLUMNS)."""
    emit(
        conn,
        kind=kind,
        meeting_id=row["meeting_id"],
        user_id=row["user_id"],
        participant_id=row["id"],
        data=data,
        now=now,
    )
