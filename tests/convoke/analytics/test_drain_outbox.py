"""Events reach Cassandra once each, whoever carries them and whoever dies on the way."""

import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from convoke.analytics.actions.drain_outbox import Drained, drain_outbox
from convoke.analytics.model.events import LONGEST
from convoke.backends import cassandra as backend
from convoke.ids import new_id
from convoke.settings import settings
from local.cassandra import Cassandra
from tests.conftest import Product
from tests.convoke.analytics.conftest import NOW, Emit, drain_all, everywhere_once, seen, waiting

_DRAIN = """
import sys
from datetime import datetime
from convoke.analytics.actions.drain_outbox import drain_outbox
drain_outbox(datetime.fromisoformat(sys.argv[1]), seconds=120, batch=50)
"""
_DOOMED = "SELECT pid FROM pg_stat_activity WHERE application_name = 'doomed'"


@contextmanager
def _another_process() -> Iterator["subprocess.Popen[bytes]"]:
    """A drain that is killed at the end of the block."""
    environment = {**os.environ, "PGAPPNAME": "doomed", "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", _DRAIN, NOW.isoformat()], env=environment) as child:
        try:
            yield child
        finally:
            child.kill()


def test_every_event_is_in_every_table_once(analytics: Product, cassandra: Cassandra, emitted: Emit) -> None:
    meeting = uuid4()
    ids = emitted(250, meeting=str(meeting))
    drained = drain_outbox(NOW + timedelta(minutes=1), seconds=30, batch=100)
    assert drained == Drained(carried=250)
    assert waiting(analytics) == 0
    assert seen(cassandra.port, ids, meeting) == everywhere_once(ids)
    assert drain_outbox(NOW + timedelta(minutes=1), seconds=30) == Drained()


def test_events_without_a_meeting_are_in_their_day_alone(
    analytics: Product, cassandra: Cassandra, emitted: Emit
) -> None:
    event_id = uuid4()
    analytics.owner.execute(
        "INSERT INTO outbox (event_id, kind, created_at) VALUES (%s, 'user.registered', %s)", (event_id, NOW)
    )
    assert drain_outbox(NOW, seconds=30).carried == 1
    found = seen(cassandra.port, [event_id], uuid4())
    assert found == {"meeting_events": [], "meeting_events_hourly": [], "events_by_day": [event_id]}


def test_who_and_by_what_is_added_on_the_way(analytics: Product, emitted: Emit) -> None:
    """A guest with a phone and a basic user with a laptop."""
    user, meeting, guest, member = (UUID(new_id()) for _ in range(4))
    execute = analytics.owner.execute
    execute(
        "INSERT INTO users (user_id, email, password_hash, display_name, account_type, created_at, "
        "updated_at) VALUES (%s, %s, 'x', 'Ada', 'pro', now(), now())",
        (user, f"{user}@example.org"),
    )
    execute(
        "INSERT INTO meetings (meeting_id, code, meeting_type, title, created_at, updated_at) "
        "VALUES (%s, 'abc-defg-hij', 'instant', 'Tea', now(), now())",
        (meeting,),
    )
    for participant, name, agent, user_id in (
        (guest, "Gil", "Mozilla/5.0 (iPhone) Mobile", None),
        (member, "Ada", "Mozilla/5.0 (X11; Linux x86_64)", user),
    ):
        execute(
            "INSERT INTO meeting_participants (participant_id, meeting_id, user_id, display_name, status, "
            "user_agent, created_at, updated_at) VALUES (%s, %s, %s, %s, 'joined', %s, now(), now())",
            (participant, meeting, user_id, name, agent),
        )
        execute(
            "INSERT INTO outbox (event_id, kind, meeting_id, participant_id, data, created_at) "
            """VALUES (%s, 'participant.joined', %s, %s, '{"muted": true, "n": 3, "none": null}', %s)""",
            (uuid4(), meeting, participant, NOW),
        )
    assert drain_outbox(NOW, seconds=30).carried == 2
    day = backend.read(
        "SELECT participant_id, user_id, region, device_type, account_type FROM events_by_day "
        "WHERE day = ? AND shard = ?",
        (NOW.date(), meeting.int % 64),
    )
    assert sorted(tuple(row) for row in day if row.participant_id in (guest, member)) == sorted(
        [
            (guest, None, settings().region, "mobile", "guest"),
            (member, user, settings().region, "desktop", "pro"),
        ]
    )
    told = backend.read("SELECT user_name, event_data FROM meeting_events WHERE meeting_id = ?", (meeting,))
    assert sorted((row.user_name, dict(row.event_data)) for row in told) == [
        ("Ada", {"muted": "true", "n": "3"}),
        ("Gil", {"muted": "true", "n": "3"}),
    ]


def test_two_drains_at_once_share_the_work(analytics: Product, cassandra: Cassandra, emitted: Emit) -> None:
    meeting = uuid4()
    ids = emitted(1000, meeting=str(meeting))
    done: list[Drained] = []
    drains = [
        threading.Thread(
            target=lambda: done.append(drain_outbox(NOW + timedelta(hours=1), seconds=30, batch=50))
        )
        for _ in range(2)
    ]
    for drain in drains:
        drain.start()
    for drain in drains:
        drain.join()
    assert sum(drained.carried for drained in done) == 1000
    assert seen(cassandra.port, ids, meeting) == everywhere_once(ids)


def test_a_drain_killed_before_it_could_mark_them_leaves_them_to_the_next(
    analytics: Product, cassandra: Cassandra, emitted: Emit
) -> None:
    meeting = uuid4()
    ids = emitted(40, meeting=str(meeting))
    analytics.owner.execute(
        "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN OLD; END $$"
    )
    analytics.owner.execute(
        "CREATE TRIGGER hold BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION hold()"
    )
    try:
        with psycopg.connect(analytics.database.owner_url) as holder:
            holder.execute("SELECT pg_advisory_lock(42)")
            with _another_process():
                _until(analytics, _DOOMED + " AND wait_event = 'advisory'", there=True)
                # Written and not marked: now it dies, and its connection with it.
                assert seen(cassandra.port, ids, meeting) == everywhere_once(ids)
            [session] = analytics.rows(_DOOMED)
            analytics.rows("SELECT pg_terminate_backend(%s)", session["pid"])
            _until(analytics, _DOOMED, there=False)
    finally:
        analytics.owner.execute("DROP TRIGGER hold ON outbox")
        analytics.owner.execute("DROP FUNCTION hold()")
    assert waiting(analytics) == 40
    assert drain_outbox(NOW + timedelta(hours=1), seconds=30).carried == 40
    assert seen(cassandra.port, ids, meeting) == everywhere_once(ids)


def test_killed_anywhere_it_loses_none_and_counts_none_twice(
    analytics: Product, cassandra: Cassandra, emitted: Emit
) -> None:
    meeting, chance = uuid4(), random.Random(4)
    ids = emitted(3000, meeting=str(meeting))
    before = waiting(analytics)
    for _ in range(4):
        with _another_process() as child:
            while waiting(analytics) == before and child.poll() is None:
                pass
            # Somewhere in the next batches: a moment that nothing announces.
            time.sleep(chance.uniform(0, 0.05))
        before = waiting(analytics)
    _until(analytics, _DOOMED, there=False)
    drain_all(analytics, NOW + timedelta(hours=1))
    assert seen(cassandra.port, ids, meeting) == everywhere_once(ids)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"text": "x" * (LONGEST + 1)}, "more than the 1000000 of a row"),
        # Short enough in characters, too long in bytes: the server's own refusal.
        ({"text": "😀" * 400_000}, "too large|exceed|size"),
    ],
    ids=["refused here", "refused by Cassandra"],
)
def test_what_cannot_be_written_is_put_aside_with_its_reason(
    analytics: Product, cassandra: Cassandra, emitted: Emit, data: dict[str, str], reason: str
) -> None:
    meeting = uuid4()
    [bad] = emitted(1, meeting=str(meeting), data=data)
    good = emitted(30, meeting=str(meeting))
    drained = drain_outbox(NOW + timedelta(minutes=1), seconds=30)
    assert (drained.carried, drained.dead) == (30, 1)
    assert waiting(analytics) == 0
    [dead] = analytics.rows("SELECT * FROM outbox_dead")
    assert dead["event_id"] == bad
    assert dead["data"] == data
    assert re.search(reason, dead["reason"]), dead["reason"]
    assert seen(cassandra.port, good, meeting) == everywhere_once(good)


def test_the_lag_is_the_age_of_the_oldest_that_waits(analytics: Product, emitted: Emit) -> None:
    emitted(1)
    later = NOW + timedelta(minutes=3)
    analytics.owner.execute("UPDATE outbox SET next_attempt_at = %s", (later + timedelta(seconds=1),))
    drained = drain_outbox(later, seconds=5)
    assert drained.carried == 0
    assert 180 <= drained.lag_seconds < 190
    assert drain_outbox(later + timedelta(seconds=2), seconds=5) == Drained(carried=1)


def test_without_a_cassandra_events_wait(product: Product, emitted: Emit) -> None:
    emitted(3)
    drained = drain_outbox(NOW + timedelta(minutes=2), seconds=5)
    assert drained.trouble == "CASSANDRA_HOSTS is not set"
    assert drained.lag_seconds >= 119
    assert waiting(product) == 3


def _until(product: Product, query: str, *, there: bool) -> None:
    deadline = time.monotonic() + 120
    while bool(product.rows(query)) is not there:
        assert time.monotonic() < deadline, "PostgreSQL did not come to where it should be"
        time.sleep(0.02)
