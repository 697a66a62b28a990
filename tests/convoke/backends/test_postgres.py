"""Transactions: who asks, what they cost, and what becomes of a failed one."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.rows import DictRow

from convoke.backends import postgres
from convoke.backends.postgres import System, transaction
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Product
from tests.wire import Relay

CONTEXT = """
SELECT app_user_id()::text AS user_id, app_participant_id()::text AS participant_id,
       app_meeting_id()::text AS meeting_id, app_is_system() AS system, app_is_admin() AS admin,
       current_user::text AS role
"""
INSERT = "INSERT INTO outbox (event_id, kind, created_at) VALUES (%s, %s, now())"


def kinds(product: Product) -> list[str]:
    return [row["kind"] for row in product.rows("SELECT kind FROM outbox ORDER BY kind")]


def principal(**known: str) -> Principal:
    found = {"user_id": None, "participant_id": None, "meeting_id": None, "session_id": None, **known}
    return Principal(role="user", account_type="basic", **found)


@pytest.fixture(autouse=True)
def _empty(product: Product) -> None:
    product.owner.execute("TRUNCATE outbox")


def test_the_context_is_the_callers_and_ends_with_the_transaction(product: Product) -> None:
    user, participant, meeting = new_id(), new_id(), new_id()
    asked = principal(user_id=user, participant_id=participant, meeting_id=meeting)
    with transaction(asked) as conn:
        found = conn.execute(CONTEXT).fetchone()
    assert found == {
        "user_id": user,
        "participant_id": participant,
        "meeting_id": meeting,
        "system": False,
        "admin": False,
        "role": "convoke_app",
    }
    with transaction(System()) as conn:
        again = conn.execute(CONTEXT).fetchone()
    assert again is not None
    assert (again["user_id"], again["meeting_id"], again["system"]) == (None, None, True)


def insert_and_fail() -> None:
    with transaction(System()) as conn:
        conn.execute(INSERT, (new_id(), "lost"))
        raise LookupError


def insert_twice(identifier: str) -> None:
    with transaction(System()) as conn:
        conn.execute(INSERT, (identifier, "first"))
        conn.execute(INSERT, (identifier, "second"))


def swallow_an_error() -> None:
    with transaction(System()) as conn:
        conn.execute(INSERT, (new_id(), "lost"))
        try:
            conn.execute("SELECT 1 / 0").fetchone()
        except psycopg.errors.DivisionByZero:
            conn.execute(INSERT, (new_id(), "lost too"))


def divide(conn: psycopg.Connection[DictRow]) -> None:
    with conn.transaction():
        conn.execute(INSERT, (new_id(), "lost"))
        conn.execute("SELECT 1 / 0").fetchone()


def test_an_exception_leaves_nothing_behind(product: Product) -> None:
    with pytest.raises(LookupError):
        insert_and_fail()
    with transaction(System()) as conn:
        conn.execute(INSERT, (new_id(), "kept"))
    assert kinds(product) == ["kept"]


def test_an_error_that_nobody_fetched_comes_at_the_end(product: Product) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        insert_twice(new_id())
    assert kinds(product) == []


def test_a_swallowed_error_is_not_taken_for_a_commit(product: Product) -> None:
    with pytest.raises(psycopg.Error):
        swallow_an_error()
    assert kinds(product) == []


def test_a_savepoint_keeps_what_was_done_before_it(product: Product) -> None:
    with transaction(System()) as conn:
        conn.execute(INSERT, (new_id(), "kept"))
        with pytest.raises(psycopg.errors.DivisionByZero):
            divide(conn)
    assert kinds(product) == ["kept"]


def test_the_connection_serves_on_after_an_error(product: Product) -> None:
    def backend() -> int:
        with transaction(System()) as conn:
            return conn.info.backend_pid

    first = backend()
    with pytest.raises(psycopg.errors.DivisionByZero), transaction(System()) as conn:
        conn.execute("SELECT 1 / 0").fetchone()
    assert backend() == first


def test_transactions_in_threads_do_not_meet(product: Product) -> None:
    barrier = threading.Barrier(4)

    def mine(_: int) -> bool:
        user = new_id()
        with transaction(principal(user_id=user)) as conn:
            barrier.wait()
            found = conn.execute(CONTEXT).fetchone()
        return found is not None and found["user_id"] == user

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(mine, range(4)))


def test_reading_after_the_block_is_one_round_trip_and_writing_after_reading_two(round_trips: Relay) -> None:
    with transaction(System()):
        pass
    with round_trips.counted() as read:
        with transaction(System()) as conn:
            cursor = conn.execute("SELECT 7 AS seven")
        assert cursor.fetchall() == [{"seven": 7}]
    with round_trips.counted() as written, transaction(System()) as conn:
        conn.execute("SELECT 1").fetchone()
        for _ in range(5):
            conn.execute(INSERT, (new_id(), "x"))
    assert (read.trips, written.trips) == (1, 2)


def test_nothing_is_prepared_on_the_server(product: Product) -> None:
    # RDS Proxy pins a session that prepares a statement.
    for _ in range(10):
        with transaction(System()) as conn:
            found = conn.execute("SELECT count(*) AS prepared FROM pg_prepared_statements").fetchone()
        assert found == {"prepared": 0}


def test_a_statement_cannot_hang_for_ever(product: Product) -> None:
    """As the migrations have it: the databases of tests let their sessions take longer."""
    [role] = product.rows("SELECT rolconfig FROM pg_roles WHERE rolname = 'convoke_app'")
    limits = dict(setting.split("=", 1) for setting in role["rolconfig"])
    assert (limits["statement_timeout"], limits["lock_timeout"]) == ("10s", "5s")
    assert limits["idle_in_transaction_session_timeout"] == "15s"


def test_ping_tells_a_database_that_is_there(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    from convoke.settings import settings  # noqa: PLC0415

    postgres.ping(2)
    monkeypatch.setenv("DATABASE_URL", "postgresql://convoke_app@127.0.0.1:1/convoke")
    settings.cache_clear()
    with pytest.raises(psycopg.OperationalError):
        postgres.ping(2)
