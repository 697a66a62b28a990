"""SQL of the media registry: what was known of nodes and controllers, for operators and for a lost Redis."""

from datetime import datetime
from typing import Any

import psycopg

from convoke.media.model import NodeReport

Row = dict[str, Any]


def save_node(conn: psycopg.Connection[Row], report: NodeReport, now: datetime) -> None:
    conn.execute(
        """
        INSERT INTO media_nodes (node_id, region, control_url, media_address, media_port, version, codecs,
            status, health, max_streams, current_streams, max_bitrate_mbps, current_bitrate_mbps,
            last_heartbeat_at, created_at, updated_at)
        VALUES (%(node_id)s, %(region)s, %(control_url)s, %(media_address)s, %(media_port)s, %(version)s,
            %(codecs)s, %(status)s, %(health)s, %(max_streams)s, %(current_streams)s, %(max_bitrate_mbps)s,
            %(current_bitrate_mbps)s, %(now)s, %(now)s, %(now)s)
        ON CONFLICT (node_id) DO UPDATE SET region = excluded.region, control_url = excluded.control_url,
            media_address = excluded.media_address, media_port = excluded.media_port,
            version = excluded.version, codecs = excluded.codecs, status = excluded.status,
            health = excluded.health, max_streams = excluded.max_streams,
            current_streams = excluded.current_streams, max_bitrate_mbps = excluded.max_bitrate_mbps,
            current_bitrate_mbps = excluded.current_bitrate_mbps,
            last_heartbeat_at = excluded.last_heartbeat_at, updated_at = excluded.updated_at
        WHERE media_nodes.last_heartbeat_at <= excluded.last_heartbeat_at
        """,
        {**report.model_dump(mode="json", exclude={"rooms", "streams"}), "now": now},
    )


def mark_gone(conn: psycopg.Connection[Row], node_id: str, now: datetime) -> None:
    conn.execute(
        """
        UPDATE media_nodes SET status = 'gone', health = 'unhealthy', current_streams = 0,
            current_bitrate_mbps = 0, updated_at = %(now)s
        WHERE node_id = %(node_id)s
        """,
        {"node_id": node_id, "now": now},
    )


def nodes_seen_since(conn: psycopg.Connection[Row], instant: datetime) -> list[Row]:
    """Nodes that did not say goodbye and gave a sign of life since `instant`."""
    return conn.execute(
        """
        SELECT node_id, region, control_url, media_address, media_port, version, codecs, status, health,
            max_streams, current_streams, max_bitrate_mbps, current_bitrate_mbps::float8, last_heartbeat_at
        FROM media_nodes WHERE status <> 'gone' AND last_heartbeat_at >= %s ORDER BY node_id
        """,
        (instant,),
    ).fetchall()


def save_controller(conn: psycopg.Connection[Row], row: Row, now: datetime) -> None:
    conn.execute(
        """
        INSERT INTO meeting_controllers (controller_id, region, endpoint, max_meetings, current_meetings,
            max_participants, current_participants, health, version, last_heartbeat_at, created_at,
            updated_at)
        VALUES (%(controller_id)s, %(region)s, %(endpoint)s, %(max_meetings)s, %(current_meetings)s,
            %(max_participants)s, %(current_participants)s, %(health)s, %(version)s, %(now)s, %(now)s,
            %(now)s)
        ON CONFLICT (controller_id) DO UPDATE SET region = excluded.region, endpoint = excluded.endpoint,
            max_meetings = excluded.max_meetings, current_meetings = excluded.current_meetings,
            max_participants = excluded.max_participants, health = excluded.health,
            current_participants = excluded.current_participants, version = excluded.version,
            last_heartbeat_at = excluded.last_heartbeat_at, updated_at = excluded.updated_at
        """,
        {**row, "now": now},
    )


def controllers(conn: psycopg.Connection[Row]) -> list[Row]:
    return conn.execute(
        """
        SELECT controller_id, region, endpoint, max_meetings, current_meetings, max_participants,
            current_participants, health, version, last_heartbeat_at
        FROM meeting_controllers ORDER BY controller_id
        """
    ).fetchall()
