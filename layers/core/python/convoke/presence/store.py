"""What PostgreSQL keeps of presence: when a person was last seen."""

from collections.abc import Mapping
from datetime import datetime

import psycopg
from psycopg.rows import DictRow


def save_last_seen(conn: psycopg.Connection[DictRow], seen: Mapping[str, datetime]) -> None:
    """Only ever moves forward. Rows are locked in order: two who save many do not wait for each other."""
    conn.execute(
        """
        WITH seen AS (
            SELECT u.user_id, s.at FROM unnest(%s::uuid[], %s::timestamptz[]) AS s (user_id, at)
            JOIN users u ON u.user_id = s.user_id AND (u.last_seen_at IS NULL OR u.last_seen_at < s.at)
            ORDER BY u.user_id FOR NO KEY UPDATE OF u
        )
        UPDATE users u SET last_seen_at = seen.at FROM seen WHERE u.user_id = seen.user_id
        """,
        (sorted(seen), [seen[user_id] for user_id in sorted(seen)]),
    )
