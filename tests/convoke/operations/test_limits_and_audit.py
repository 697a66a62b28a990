"""Rate limits and the audit log."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from convoke.backends.postgres import System, transaction
from convoke.errors import Problem
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.operations.actions import audit, limit, network_of
from tests.conftest import Product

NOW = datetime(2026, 11, 20, 12, 0, 20, tzinfo=UTC)


def test_the_window_is_a_minute_and_says_when_it_ends(product: Product) -> None:
    for _ in range(3):
        limit("ask", "ada", per_minute=3, now=NOW)
    with pytest.raises(Problem) as refused:
        limit("ask", "ada", per_minute=3, now=NOW)
    assert refused.value.status == 429
    assert refused.value.headers == {"retry-after": "40"}
    limit("ask", "ada", per_minute=3, now=NOW + timedelta(seconds=40))
    limit("ask", "eve", per_minute=3, now=NOW)
    limit("tell", "ada", per_minute=3, now=NOW)


def test_a_counter_goes_away_by_itself(product: Product) -> None:
    for _ in range(2):
        limit("ask", "ada", per_minute=3, now=NOW)
    key = f"ratelimit:ask:ada:{int(NOW.timestamp()) // 60 * 60}"
    assert product.redis.get(key) == "2"
    assert 0 < product.redis.ttl(key) <= 60


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nonsense", "unknown"),
        (None, "unknown"),
    ],
)
def test_an_ipv6_subscriber_is_one_however_many_addresses(ip: str | None, network: str) -> None:
    assert network_of(ip) == network


def write(who: Principal, context: Principal | System) -> None:
    with transaction(context) as conn:
        audit(
            conn,
            who,
            event_type="user",
            action="update",
            target_type="user",
            target_id="x",
            metadata={"a": 1},
            now=datetime.now(UTC),
        )


def person(user_id: str, ip: str = "192.0.2.7") -> Principal:
    return Principal(user_id, None, None, None, "user", "basic", None, ip, "Agent/1" * 100)


def test_a_strange_address_or_agent_does_not_keep_a_row_from_being_written(product: Product) -> None:
    ada = person(new_id(), ip="not an address")
    write(ada, ada)
    [row] = product.rows("SELECT * FROM audit_logs WHERE actor_user_id = %s", ada.user_id)
    assert row["ip_address"] is None
    assert len(row["user_agent"]) == 400


def test_nobody_can_write_in_anothers_name(product: Product) -> None:
    ada, eve = person(new_id()), person(new_id())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        write(ada, eve)


@pytest.mark.parametrize("statement", ["UPDATE audit_logs SET result = 'success'", "DELETE FROM audit_logs"])
def test_the_log_cannot_be_changed_by_the_application(statement: str, product: Product) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(System()) as conn:
        conn.execute(statement.encode())
