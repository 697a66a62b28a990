"""Two who change the same notifications or wishes at the same moment: neither undoes or stops the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from convoke.backends.postgres import System, transaction
from convoke.identity.model import Principal
from convoke.notifications import actions
from convoke.notifications.actions import Pending
from convoke.notifications.model.notification import ReadAllRequest
from tests.conftest import Product
from tests.convoke.notifications.conftest import NOW, Reader, Tell
from tests.sockets import Sockets


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def holder(product: Product) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's transaction, which the test ends."""
    with psycopg.connect(product.database.owner_url, row_factory=dict_row) as conn:
        yield conn
        conn.rollback()


def wait_for_waiting(product: Product, count: int) -> None:
    """Until so many of the product's transactions wait for a lock."""
    while True:
        [row] = product.rows(
            "SELECT count(*) AS waiting FROM pg_stat_activity"
            " WHERE usename = 'convoke_app' AND datname = current_database() AND wait_event_type = 'Lock'"
        )
        if row["waiting"] >= count:
            return


def _unsubscribe(reader: Reader, kind: str) -> None:
    header = actions.unsubscribe_headers(reader.id, kind, NOW)["List-Unsubscribe"]
    token = header.removesuffix(">").partition("token=")[2]
    actions.unsubscribe(Principal(None, None, None, None, "guest", "basic", None, None, None), token, NOW)


def test_two_letters_ended_at_once_are_both_ended(
    ada: Reader, product: Product, threads: ThreadPoolExecutor, holder: psycopg.Connection[Any]
) -> None:
    holder.execute("SELECT 1 FROM users WHERE user_id = %s FOR UPDATE", (ada.id,))
    ending = [threads.submit(_unsubscribe, ada, kind) for kind in ("invitation", "meeting_changed")]
    wait_for_waiting(product, 2)
    holder.rollback()
    for each in ending:
        each.result()
    wanted = actions.read_preferences(ada.principal).channels
    assert {kind.value for kind, choice in wanted.items() if not choice.email} >= {
        "invitation",
        "meeting_changed",
    }


def test_reading_all_and_reading_a_chat_never_wait_for_each_other_in_a_circle(
    ada: Reader, tell: Tell, product: Product, threads: ThreadPoolExecutor, holder: psycopg.Connection[Any]
) -> None:
    for number in range(2):
        tell(ada, event_key=f"chat:{number}", subject="chat:one", now=NOW + timedelta(seconds=number))
    product.owner.execute(
        "INSERT INTO notifications (notification_id, user_id, event_key, type, title, in_app, expires_at,"
        " created_at, read_at) SELECT gen_random_uuid(), user_id, 'read:' || n, type, title, true,"
        " expires_at, created_at - n * interval '1 minute', created_at"
        " FROM notifications, generate_series(1, 5000) n WHERE event_key = 'chat:0'"
    )
    product.owner.execute("ANALYZE notifications")
    holder.execute("SELECT 1 FROM notifications WHERE event_key = 'chat:0' FOR UPDATE")
    doing: list[Future[object]] = []
    deeds: list[Callable[[], object]] = [
        lambda: _settle(ada),
        lambda: actions.mark_all_read(ada.principal, ReadAllRequest(), NOW + timedelta(hours=1)),
    ]
    for number, deed in enumerate(deeds, start=1):
        doing.append(threads.submit(deed))
        wait_for_waiting(product, number)
    holder.rollback()
    for each in doing:
        each.result()
    assert actions.count_unread(ada.principal).unread == 0


def test_two_told_at_one_moment_are_both_counted(ada: Reader, sockets: Sockets) -> None:
    with transaction(System()) as one:
        first = _notify(one, ada, "one")
        with transaction(System()) as other:
            second = _notify(other, ada, "other")
    for pending in (first, second):
        actions.dispatch(pending, NOW)
    assert [told["unread"] for told in ada.events(sockets, "notification.created")] == [2, 2]


def test_what_is_told_while_another_is_dealt_with_is_counted_by_both(
    ada: Reader, tell: Tell, sockets: Sockets
) -> None:
    tell(ada, event_key="before", subject="chat:one")
    with transaction(System()) as reading:
        settled = actions.settle(reading, user_ids=[ada.id], subject="chat:one", now=NOW)
        _at_the_server(reading)
        with transaction(System()) as telling:
            pending = _notify(telling, ada, "new")
    actions.dispatch(pending, NOW)
    actions.announce_settled(settled, NOW)
    assert ada.events(sockets, "notification.created")[-1]["unread"] == 1
    assert ada.events(sockets, "notification.read")[-1]["unread"] == 1


def _notify(conn: psycopg.Connection[DictRow], reader: Reader, key: str) -> Pending:
    """Done, and not committed yet."""
    pending = actions.notify(conn, user_ids=[reader.id], type="contact", title=key, event_key=key, now=NOW)
    _at_the_server(conn)
    return pending


def _at_the_server(conn: psycopg.Connection[DictRow]) -> None:
    """What was sent along the pipeline is done."""
    conn.execute("SELECT 1").fetchone()


def _settle(reader: Reader) -> None:
    with transaction(System()) as conn:
        actions.settle(conn, user_ids=[reader.id], subject="chat:one", now=NOW)
