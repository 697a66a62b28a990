"""The audit log's SQL."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb


def insert_audit(conn: psycopg.Connection[Any], row: Mapping[str, Any], now: datetime) -> None:
    conn.execute(
        """
        INSERT INTO audit_logs (audit_id, event_type, action, actor_type, actor_user_id, actor_participant_id,
            target_type, target_id, result, ip_address, user_agent, metadata, created_at)
        VALUES (%(audit_id)s, %(event_type)s, %(action)s, %(actor_type)s, %(actor_user_id)s,
            %(actor_participant_id)s, %(target_type)s, %(target_id)s, %(result)s, %(ip)s, %(user_agent)s,
            %(metadata)s, %(created_at)s)
        """,
        {**row, "metadata": Jsonb(dict(row["metadata"])), "created_at": now},
    )


def make_month_partitions(conn: psycopg.Connection[Any], table: str, starting: date, months: int) -> int:
    row = conn.execute(
        "SELECT make_month_partitions(%s::regclass, %s, %s) AS made", (table, starting, months)
    )
    made: int = row.fetchone()["made"]  # type: ignore[index]
    return made
