"""Telling: each reader once for an event, at once to open pages, whoever's transaction it is in."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from convoke.backends import queues
from convoke.backends.postgres import System, transaction
from convoke.ids import new_id
from convoke.notifications import actions
from convoke.notifications.actions.notify import IDS_IN_A_MESSAGE, TOLD_AT_ONCE
from convoke.settings import settings
from tests.conftest import Product
from tests.convoke.notifications.conftest import NOW, NewReader, Reader, Tell, Waiting
from tests.push_service import Device
from tests.sockets import Sockets
from tests.wire import Relay


def _rows(product: Product, reader: Reader) -> list[dict[str, Any]]:
    return product.rows("SELECT * FROM notifications WHERE user_id = %s ORDER BY created_at", reader.id)


def test_an_open_page_hears_at_once_with_the_count(ada: Reader, tell: Tell, sockets: Sockets) -> None:
    about = {"data": {"user_id": "u"}, "action_url": "/contacts", "subject": "contact:u"}
    tell(ada, title="One", event_key="e-1", **about)
    tell(ada, title="Two", event_key="e-2")
    first, second = ada.events(sockets, "notification.created")
    assert (first["unread"], second["unread"]) == (1, 2)
    told = first["notification"]
    assert (told["type"], told["title"], told["message"]) == ("contact", "One", "")
    assert {name: told[name] for name in about} == about
    assert told["read_at"] is None


def test_every_device_hears_and_nobody_else(
    new_reader: NewReader, tell: Tell, sockets: Sockets, product: Product
) -> None:
    ada, bob, eve = (new_reader(name) for name in ("Ada", "Bob", "Eve"))
    other = ada.open_device("Ada's phone")
    tell(ada, bob)
    for connection in (ada.connection, other, bob.connection):
        assert [frame["event"] for frame in sockets.frames[connection]] == ["notification.created"]
    assert sockets.frames[eve.connection] == []


def test_told_twice_it_is_told_once(ada: Reader, tell: Tell, sockets: Sockets, product: Product) -> None:
    tell(ada, title="First", event_key="e-1")
    tell(ada, title="Again", event_key="e-1")
    tell(ada, ada, title="And again", event_key="e-1")
    assert [row["title"] for row in _rows(product, ada)] == ["First"]
    assert len(ada.events(sockets, "notification.created")) == 1


def test_twenty_at_once_tell_once(
    new_reader: NewReader, tell: Tell, sockets: Sockets, product: Product
) -> None:
    readers = [new_reader(f"R{number}") for number in range(4)]

    def say(number: int) -> None:
        tell(*(readers if number % 2 else readers[::-1]), event_key="e-1")

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(say, range(20)))
    for reader in readers:
        assert len(_rows(product, reader)) == 1
        assert len(reader.events(sockets, "notification.created")) == 1


def test_one_event_is_told_to_each_of_several(new_reader: NewReader, tell: Tell, product: Product) -> None:
    ada, bob = new_reader("Ada"), new_reader("Bob")
    tell(ada, event_key="e-1")
    tell(ada, bob, event_key="e-1")
    assert [len(_rows(product, reader)) for reader in (ada, bob)] == [1, 1]


def test_it_commits_with_what_happened_or_not_at_all(ada: Reader, product: Product) -> None:
    def fail_after_telling() -> None:
        with transaction(ada.principal) as conn:
            actions.notify(conn, user_ids=[ada.id], type="system", title="x", event_key="e", now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_telling()
    assert _rows(product, ada) == []


def test_one_person_tells_another_and_speaks_for_nobody_afterwards(
    new_reader: NewReader, product: Product
) -> None:
    ada, bob = new_reader("Ada"), new_reader("Bob")
    with transaction(ada.principal) as conn:
        pending = actions.notify(conn, user_ids=[bob.id], type="contact", title="Hi", event_key="e", now=NOW)
        role = conn.execute("SELECT current_setting('app.role') AS role")
        seen = conn.execute("SELECT * FROM notifications")
    assert actions.dispatch(pending, NOW) == 1
    assert role.fetchone() == {"role": "user"}
    assert seen.fetchall() == []
    assert len(_rows(product, bob)) == 1


def test_telling_costs_no_round_trip_of_its_own(ada: Reader, round_trips: Relay) -> None:
    def act(key: str) -> None:
        with transaction(ada.principal) as conn:
            actions.notify(conn, user_ids=[ada.id], type="contact", title="Hi", event_key=key, now=NOW)
            actions.settle(conn, user_ids=[ada.id], subject="chat:x", now=NOW)

    act("connects")
    with round_trips.counted() as counted:
        act("is counted")
    assert counted.trips == 1


def test_who_is_gone_suspended_or_never_was_is_left_out(
    new_reader: NewReader, tell: Tell, product: Product
) -> None:
    ada, bob = new_reader("Ada"), new_reader("Bob")
    product.owner.execute("UPDATE users SET status = 'suspended' WHERE user_id = %s", (bob.id,))
    with transaction(System()) as conn:
        pending = actions.notify(
            conn, user_ids=[ada.id, bob.id, new_id()], type="contact", title="x", event_key="e", now=NOW
        )
    assert actions.dispatch(pending, NOW) == 1
    assert _rows(product, bob) == []


def test_a_person_reads_and_marks_the_own_and_writes_none(
    new_reader: NewReader, tell: Tell, product: Product
) -> None:
    ada, eve = new_reader("Ada"), new_reader("Eve")
    tell(ada, event_key="hers", type="system")
    tell(eve, event_key="mine")
    with transaction(eve.principal) as conn:
        seen = conn.execute("SELECT event_key FROM notifications")
        marked = conn.execute("UPDATE notifications SET read_at = now() RETURNING event_key")
        removed = conn.execute("DELETE FROM notifications RETURNING event_key")
        owed = conn.execute("SELECT * FROM notification_deliveries")
    assert seen.fetchall() == marked.fetchall() == [{"event_key": "mine"}]
    assert removed.fetchall() == owed.fetchall() == []
    statements = (
        "UPDATE notifications SET user_id = %(ada)s",
        """INSERT INTO notifications (notification_id, user_id, event_key, type, title, in_app, expires_at,
               created_at) VALUES (gen_random_uuid(), %(eve)s, 'x', 'system', 'x', true, now(), now())""",
        """INSERT INTO push_subscriptions (subscription_id, user_id, endpoint, p256dh, auth, created_at,
               renewed_at) VALUES (gen_random_uuid(), %(ada)s, 'https://x', 'x', 'x', now(), now())""",
    )
    for statement in statements:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(eve.principal) as conn:
            conn.execute(statement.encode(), {"ada": ada.id, "eve": eve.id})


def test_nobody_to_tell_is_no_query(product: Product) -> None:
    with transaction(System()) as conn:
        pending = actions.notify(conn, user_ids=[], type="contact", title="x", event_key="e", now=NOW)
        settled = actions.settle(conn, user_ids=[], subject="x", now=NOW)
    assert actions.dispatch(pending, NOW) == 0
    actions.announce_settled(settled, NOW)


def test_wishes_decide_what_is_in_the_list_and_what_goes_out(
    new_reader: NewReader, tell: Tell, product: Product, sockets: Sockets
) -> None:
    ada, bob = new_reader("Ada"), new_reader("Bob")
    ada.wish("contact", in_app=False, email=True)
    bob.wish("contact", in_app=False)
    tell(ada, bob)
    assert [row["in_app"] for row in _rows(product, ada)] == [False]
    assert ada.events(sockets, "notification.created") == []
    assert ada.owed(product) == [("email", "pending")]
    # Nothing at all is wanted: nothing is kept.
    assert _rows(product, bob) == []


def test_a_caller_narrows_the_ways_and_never_widens_them(ada: Reader, tell: Tell, product: Product) -> None:
    tell(ada, type="invitation", event_key="a", channels={"in_app", "push"})
    assert ada.owed(product) == []
    tell(ada, type="incoming_call", event_key="b", channels={"in_app", "email"})
    assert [row["type"] for row in _rows(product, ada)] == ["invitation"]
    tell(ada, type="invitation", event_key="c", channels=["email"])
    assert ada.owed(product) == [("email", "pending")]


def test_a_deployment_that_writes_no_letters_owes_none(
    ada: Reader, tell: Tell, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAIL_FROM")
    settings.cache_clear()
    tell(ada, type="system")
    assert ada.owed(product) == []


def test_a_crowd_is_told_by_the_job(
    new_reader: NewReader, tell: Tell, sockets: Sockets, waiting: Waiting
) -> None:
    crowd = [new_reader(f"R{number}") for number in range(TOLD_AT_ONCE + 1)]
    tell(*crowd)
    assert not any(reader.events(sockets, "notification.created") for reader in crowd)
    waiting.work_off(NOW)
    assert all(len(reader.events(sockets, "notification.created")) == 1 for reader in crowd)
    assert crowd[0].events(sockets, "notification.created")[0]["unread"] == 1


def test_ten_thousand_at_once_are_told_by_one_request(
    product: Product, tell: Tell, waiting: Waiting, sockets: Sockets
) -> None:
    made = product.rows(
        "INSERT INTO users (user_id, email, display_name, created_at, updated_at)"
        " SELECT gen_random_uuid(), 'crowd-' || n || '@example.org', 'One', now(), now()"
        " FROM generate_series(1, 10000) n RETURNING user_id::text AS id"
    )
    with transaction(System()) as conn:
        ids = [row["id"] for row in made]
        pending = actions.notify(conn, user_ids=ids, type="system", title="x", event_key="e", now=NOW)
    assert actions.dispatch(pending, NOW) == 10_000
    assert waiting.visible() == 10_000 / IDS_IN_A_MESSAGE


def test_a_queue_that_is_away_stops_nobody(
    ada: Reader, tell: Tell, sockets: Sockets, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OSError("no queue")

    monkeypatch.setattr(queues, "send_all", away)
    tell(ada, type="system")
    assert len(ada.events(sockets, "notification.created")) == 1
    assert ada.owed(product) == [("email", "pending")]


def test_what_is_dealt_with_is_read_on_every_device(
    new_reader: NewReader, tell: Tell, sockets: Sockets, product: Product
) -> None:
    ada, bob = new_reader("Ada"), new_reader("Bob")
    tell(ada, bob, subject="call:1", event_key="a")
    tell(ada, subject="call:2", event_key="b")
    with transaction(bob.principal) as conn:
        settled = actions.settle(conn, user_ids=[ada.id, bob.id], subject="call:1", now=NOW)
    actions.announce_settled(settled, NOW)
    [told] = ada.events(sockets, "notification.read")
    ids = {row["event_key"]: str(row["notification_id"]) for row in _rows(product, ada)}
    assert told == {"ids": [ids["a"]], "unread": 1}
    assert bob.events(sockets, "notification.read")[0]["unread"] == 0
    with transaction(System()) as conn:
        settled = actions.settle(conn, user_ids=[ada.id], subject="call:1", now=NOW)
    actions.announce_settled(settled, NOW)
    assert len(ada.events(sockets, "notification.read")) == 1


def test_what_only_a_device_shows_is_settled_there_too(ada: Reader, tell: Tell, sockets: Sockets) -> None:
    ada.wish("incoming_call", push=True)
    ada.subscribe(Device("https://fcm.googleapis.com/fcm/send/x"))
    tell(ada, type="incoming_call", subject="call:1")
    with transaction(System()) as conn:
        settled = actions.settle(conn, user_ids=[ada.id], subject="call:1", now=NOW)
    actions.announce_settled(settled, NOW)
    [told] = ada.events(sockets, "notification.read")
    assert (len(told["ids"]), told["unread"]) == (1, 0)


def test_data_that_is_no_small_thing_is_a_mistake_of_the_caller(ada: Reader, tell: Tell) -> None:
    with pytest.raises(ValueError, match="4096"):
        tell(ada, data={"text": "x" * 5000})


def test_titles_of_others_reach_the_list_as_text(ada: Reader, tell: Tell, sockets: Sockets) -> None:
    tell(ada, title="<img src=x onerror=alert(1)>", message="<script>", now=NOW + timedelta(seconds=1))
    [event] = ada.events(sockets, "notification.created")
    assert json.dumps(event).count("<script>") == 1
