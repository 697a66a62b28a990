"""Events in the outbox, and what of them can be seen in Cassandra."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from convoke.analytics.actions import drain_outbox as draining
from convoke.analytics.actions.drain_outbox import drain_outbox
from convoke.analytics.model.events import SHARDS
from convoke.backends.postgres import System, transaction
from convoke.events import emit
from convoke.ids import new_id
from tests.cassandra import connected
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


@pytest.fixture(autouse=True)
def _a_batch_may_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in PATIENCE: a busy machine is not a Cassandra in trouble."""
    monkeypatch.setattr(draining, "WRITE_SECONDS", 60.0)


def waiting(product: Product) -> int:
    """How many events are in the outbox."""
    [row] = product.rows("SELECT count(*) AS n FROM outbox")
    return int(row["n"])


def drain_all(product: Product, now: datetime, *, batch: int = 1000) -> int:
    """Run after run, hour after hour, until nothing waits: a server just up refuses some. How many went."""
    carried = 0
    for hour in range(24):
        carried += drain_outbox(now + timedelta(hours=hour), seconds=120, batch=batch).carried
        if not waiting(product):
            return carried
    raise AssertionError(f"{waiting(product)} events still wait")


def seen(port: int, ids: list[UUID], meeting: UUID) -> dict[str, list[UUID]]:
    """The events among `ids` as each table has them, every row listed."""
    with connected(port, "convoke") as session:
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


def everywhere_once(ids: list[UUID]) -> dict[str, list[UUID]]:
    return dict.fromkeys(("meeting_events", "meeting_events_hourly", "events_by_day"), sorted(ids))
