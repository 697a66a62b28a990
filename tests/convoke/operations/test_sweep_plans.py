"""Jobs of every minute read what they are to do, and nothing of what stays, however much of that there is."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from convoke.backends.postgres import System, transaction
from convoke.files import store as files
from convoke.meetings.store import occurrences
from convoke.notifications.store import notifications
from tests.conftest import Product

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEPT = 5_000
HANDFUL = 10


class Explained:
    """A connection that asks for the plans of what it is given, and does it too."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self.plans: list[dict[str, Any]] = []

    def execute(self, query: str, values: Any = None) -> "Explained":
        told = self._conn.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}".encode(), values).fetchall()
        plan = told[0]["QUERY PLAN"]
        self.plans.append((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
        return self

    def fetchall(self) -> list[Any]:
        return []


def rows_read(plan: dict[str, Any]) -> int:
    """Of tables, whatever became of them then."""
    own = 0
    if plan["Node Type"].endswith("Scan"):
        each = sum(int(plan.get(name, 0)) for name in ("Actual Rows", "Rows Removed by Filter"))
        own = each * int(plan["Actual Loops"])
    return own + sum(rows_read(part) for part in plan.get("Plans", ()))


def looked_at(deed: Callable[[Any], object]) -> int:
    with transaction(System()) as conn:
        explained = Explained(conn)
        deed(explained)
    return sum(rows_read(plan) for plan in explained.plans)


@pytest.fixture
def crowd(product: Product) -> Product:
    """So many people."""
    product.owner.execute("TRUNCATE users CASCADE")
    product.owner.execute(
        "INSERT INTO users (user_id, email, display_name, created_at, updated_at)"
        " SELECT gen_random_uuid(), n || '@example.org', 'Ada', %(now)s, %(now)s"
        " FROM generate_series(1, %(kept)s) n",
        {"now": NOW, "kept": KEPT},
    )
    return product


def test_what_nobody_has_read_yet_is_not_looked_through_for_what_goes(crowd: Product) -> None:
    crowd.owner.execute(
        "INSERT INTO notifications (notification_id, user_id, event_key, type, title, in_app, expires_at,"
        " created_at) SELECT gen_random_uuid(), user_id, 'k', 'system', 'T', true, %(then)s, %(then)s"
        " FROM users",
        {"then": NOW - 100 * DAY},
    )
    crowd.owner.execute("ANALYZE notifications")
    times = {"read_before": NOW - 30 * DAY, "told_before": NOW - 365 * DAY}
    assert looked_at(lambda conn: notifications.remove_old(conn, **times, limit=100)) < HANDFUL


def test_pictures_of_people_are_not_looked_through_for_files_that_nobody_uses(crowd: Product) -> None:
    crowd.owner.execute(
        "INSERT INTO files (file_id, owner_id, purpose, name, size, content_type, kind, status, created_at,"
        " is_avatar) SELECT user_id, user_id, 'avatar', 'a.png', 1, 'image/png', 'image', 'ready', %s, true"
        " FROM users",
        (NOW - 10 * DAY,),
    )
    crowd.owner.execute("UPDATE users SET avatar_file_id = user_id")
    crowd.owner.execute("ANALYZE files")
    assert looked_at(lambda conn: files.mark_orphans(conn, NOW - DAY, NOW, 100)) < HANDFUL


def test_meetings_that_nobody_came_to_are_not_looked_through_for_those_that_come_again(
    crowd: Product,
) -> None:
    crowd.owner.execute(
        "INSERT INTO meetings (meeting_id, host_user_id, code, title, meeting_type, status,"
        " scheduled_start_time, scheduled_end_time, created_at, updated_at)"
        " SELECT user_id, user_id, 'abc-defg-hij', 'T', 'scheduled', 'scheduled', %(then)s,"
        " %(then)s + interval '1 hour', %(then)s, %(then)s FROM users",
        {"then": NOW - 10 * DAY},
    )
    crowd.owner.execute("ANALYZE meetings")
    assert looked_at(lambda conn: occurrences.passed(conn, before=NOW, limit=100)) < HANDFUL
