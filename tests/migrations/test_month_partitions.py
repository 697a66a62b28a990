"""make_month_partitions: months ahead of tables by time and by UUIDv7, made by a role that owns no table."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from convoke.backends.postgres import System, transaction
from convoke.identity.model import Principal
from convoke.ids import lowest_id_at, new_id
from convoke.operations.actions import audit
from tests.conftest import Product


def make(table: str, starting: date, months: int) -> int:
    with transaction(System()) as conn:
        cursor = conn.execute(
            "SELECT make_month_partitions(%s::regclass, %s, %s) AS made", (table, starting, months)
        )
    made: int = cursor.fetchall()[0]["made"]
    return made


def test_a_month_is_made_once(product: Product) -> None:
    assert make("audit_logs", date(2040, 11, 30), 3) == 3
    assert make("audit_logs", date(2040, 11, 1), 4) == 1
    names = product.rows(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relname LIKE 'audit\\_logs\\_y204%%'"
        " AND relkind = 'r' ORDER BY 1"
    )
    assert [row["name"][-8:] for row in names] == ["y2040m11", "y2040m12", "y2041m01", "y2041m02"]


def test_of_many_at_once_each_month_is_made_once(product: Product) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: make("audit_logs", date(2050, 1, 1), 6), range(4))) == 6


def test_rows_fall_into_their_month_to_the_millisecond(product: Product) -> None:
    make("meetings", date(2044, 2, 1), 2)
    start = datetime(2044, 3, 1, tzinfo=UTC)
    expected = {
        new_id(start - timedelta(milliseconds=1)): "meetings_y2044m02",
        lowest_id_at(start): "meetings_y2044m03",
        new_id(start): "meetings_y2044m03",
    }
    bounds = {
        row["name"]: row["bounds"]
        for row in product.rows(
            "SELECT oid::regclass::text AS name, pg_get_expr(relpartbound, oid) AS bounds FROM pg_class"
            " WHERE relname LIKE 'meetings\\_y2044%%' AND relkind = 'r'"
        )
    }
    for identifier, name in expected.items():
        lower, upper = [part.split("'")[1] for part in bounds[name].split(" TO ")]
        assert lower <= identifier < upper


def test_a_partition_made_later_is_as_closed_as_the_first(product: Product) -> None:
    make("audit_logs", date(2060, 1, 1), 1)
    [table] = product.rows(
        "SELECT relrowsecurity, relforcerowsecurity, relacl::text FROM pg_class"
        " WHERE relname = 'audit_logs_y2060m01'"
    )
    assert (table["relrowsecurity"], table["relforcerowsecurity"]) == (True, True)
    assert "convoke_app" not in (table["relacl"] or "")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(System()) as conn:
        conn.execute("SELECT * FROM audit_logs_y2060m01").fetchall()


@pytest.mark.parametrize("table", ["users", "pg_class", "messages"])
def test_no_other_table_can_be_touched_by_it(table: str, product: Product) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="not partitioned by range"):
        make(table, date(2040, 1, 1), 1)


@pytest.mark.parametrize("months", [0, -1, 121])
def test_the_number_of_months_has_bounds(months: int, product: Product) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="months must be"):
        make("audit_logs", date(2040, 1, 1), months)


def test_it_gives_up_soon_where_a_long_transaction_stands_in_its_way(product: Product) -> None:
    with transaction(System()) as conn:
        conn.execute("SELECT count(*) FROM audit_logs").fetchone()
        # Meanwhile whoever comes after waits behind it: two seconds at most, and nothing is lost.
        with pytest.raises(psycopg.errors.LockNotAvailable):
            make("audit_logs", date(2070, 1, 1), 1)
    assert make("audit_logs", date(2070, 1, 1), 1) == 1


def test_a_row_of_a_month_that_nobody_made_is_kept(product: Product) -> None:
    far = datetime(2099, 1, 1, tzinfo=UTC)
    with transaction(System()) as conn:
        emit_audit(conn, far)
    [row] = product.rows("SELECT tableoid::regclass::text AS name FROM audit_logs WHERE created_at = %s", far)
    assert row["name"] == "audit_logs_default"
    product.owner.execute("DELETE FROM audit_logs_default")


def emit_audit(conn: psycopg.Connection[Any], now: datetime) -> None:
    audit(
        conn,
        Principal(None, None, None, None, "system", "basic"),
        event_type="user",
        action="update",
        target_type="user",
        target_id="x",
        now=now,
    )
