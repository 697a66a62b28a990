"""SQL of stays that began before a day and that Cassandra cannot tell of yet: they go on, or end later."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.analytics.model.events import LEAVING, SHARDS, STAYED, midnight
from convoke.analytics.model.usage import UNKNOWN, DayEvent, device_type


def through(conn: psycopg.Connection[DictRow], day: date, shard: int, region: str) -> Iterator[DayEvent]:
    """Who came to a meeting before `day` and is in now, or left after it by an event still in the outbox.

    Once Cassandra has such a leave, it has it at each day between too. Ask here before there: then whoever
    leaves meanwhile is seen twice at worst, which counts once.
    """
    rows: Any = conn.execute(
        """
        SELECT s.meeting_id, s.participant_id, coalesce(s.user_id, p.user_id) AS user_id, p.user_agent,
               CASE WHEN u.user_id IS NOT NULL THEN u.account_type
                    WHEN p.participant_id IS NOT NULL THEN 'guest' END AS account_type
        FROM (
            SELECT meeting_id, participant_id, user_id FROM meeting_participants
            WHERE status = 'joined' AND joined_at < %(midnight)s
              AND get_byte(uuid_send(meeting_id), 15) %% %(shards)s = %(shard)s
            UNION ALL
            SELECT meeting_id, participant_id, user_id FROM outbox
            WHERE created_at >= %(next)s AND kind = ANY (%(leaving)s) AND data->>'from' = 'joined'
              AND (data->>'joined_at')::timestamptz < %(midnight)s
              AND get_byte(uuid_send(meeting_id), 15) %% %(shards)s = %(shard)s) s
        LEFT JOIN meeting_participants p ON p.participant_id = s.participant_id
        LEFT JOIN users u ON u.user_id = coalesce(s.user_id, p.user_id)
        WHERE NOT EXISTS (SELECT FROM calls c WHERE c.call_id = s.meeting_id)
        """,
        {
            "midnight": midnight(day),
            "next": midnight(day + timedelta(days=1)),
            "leaving": list(LEAVING),
            "shards": SHARDS,
            "shard": shard,
        },
    )
    for row in rows.fetchall():
        yield DayEvent(
            at=midnight(day),
            kind=STAYED,
            meeting_id=row["meeting_id"],
            user_id=row["user_id"],
            participant_id=row["participant_id"],
            region=region,
            device_type=device_type(row["user_agent"]),
            account_type=row["account_type"] or UNKNOWN,
            data={},
        )
