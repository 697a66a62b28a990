"""Events in the outbox, and what of them can be seen in Cassandra."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cassandra.cluster import Cluster

from convoke.analytics.model.events import SHARDS
from convoke.backends.postgres import System, transaction
from convoke.events import emit
from convoke.ids import new_id
from tests.conftest import Product

Emit = Callable[..., list[UUID]]
NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


@pytest.fixture
def emitted(product: Product) -> Emit:
    """`emitted(100)`: so many events of one meeting, a millisecond apart; returns their ids."""
    product.owner.execute("TRUNCATE outbox, outbox_dead")

    def emit_many(
        count: int, *, meeting: str | None = None, data: dict[str, Any] | None = None
    ) -> list[UUID]:
        meeting = meeting or new_id()
        known = {row["event_id"] for row in product.rows("SELECT event_id FROM outbox")}
        with transaction(System()) as conn:
            for number in range(count):
                at = NOW + timedelta(milliseconds=number)
                told = data or {"number": number}
                emit(conn, kind="participant.joined", meeting_id=meeting, data=told, now=at)
        found = product.rows("SELECT event_id FROM outbox ORDER BY created_at")
        return [row["event_id"] for row in found if row["event_id"] not in known]

    return emit_many


def seen(port: int, ids: list[UUID], meeting: UUID) -> dict[str, list[UUID]]:
    """The events among `ids` as each table has them, every row listed."""
    cluster = Cluster(["127.0.0.1"], port=port, protocol_version=4, schema_metadata_enabled=False)
    try:
        session = cluster.connect("convoke")
        hour = NOW.replace(minute=0)
        queries: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
            "meeting_events": ("SELECT event_id FROM meeting_events WHERE meeting_id = %s", [(meeting,)]),
            "meeting_events_hourly": (
                "SELECT event_id FROM meeting_events_hourly WHERE meeting_id = %s AND hour_bucket = %s",
                [(meeting, hour)],
            ),
            "events_by_day": (
                "SELECT event_id FROM events_by_day WHERE day = %s AND shard = %s",
                [(NOW.date(), shard) for shard in range(SHARDS)],
            ),
        }
        wanted = set(ids)
        return {
            table: sorted(
                row.event_id for key in keys for row in session.execute(query, key) if row.event_id in wanted
            )
            for table, (query, keys) in queries.items()
        }
    finally:
        cluster.shutdown()


def everywhere_once(ids: list[UUID]) -> dict[str, list[UUID]]:
    return dict.fromkeys(("meeting_events", "meeting_events_hourly", "events_by_day"), sorted(ids))
