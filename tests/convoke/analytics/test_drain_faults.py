"""Cassandra stopped, hung, slow, killed, and without disk: meetings go on and no event is lost."""

import itertools
import os
import resource
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from convoke.analytics.actions import drain_outbox as draining
from convoke.analytics.actions.drain_outbox import Drained, drain_outbox
from convoke.analytics.store import outbox
from convoke.backends import cassandra as backend
from local.cassandra import Cassandra
from local.process import answers
from migrations import cql
from tests import read_only
from tests.conftest import Person, Product, forget_everything
from tests.convoke.analytics.conftest import NOW, Emit, drain_all, everywhere_once, seen, waiting
from tests.gateway import Answer
from tests.slow import SlowRelay

Meet = Callable[[], None]
Refusing = Callable[[Cassandra], AbstractContextManager[None]]
pytestmark = pytest.mark.timeout(600)  # a server is started, killed and started again in most of them
LATER = NOW + timedelta(hours=1)
OUTAGE = timedelta(seconds=30)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cassandra]:
    """A Cassandra that may be hurt."""
    with Cassandra(tmp_path_factory.mktemp("own")) as store:
        cql.up(store.hosts)
        yield store


def _patience(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """How long a server that hangs or is gone is waited for."""
    for limit in ("CONNECT_TIMEOUT_SECONDS", "REQUEST_TIMEOUT_SECONDS"):
        monkeypatch.setattr(backend, limit, seconds)
    monkeypatch.setattr(draining, "WRITE_SECONDS", seconds)


@pytest.fixture
def hurt(product: Product, own: Cassandra, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    monkeypatch.setenv("CASSANDRA_HOSTS", own.hosts)
    _patience(monkeypatch, 5.0)
    forget_everything()
    yield product
    if own.pid is None:
        own.start()


@pytest.fixture
def meet(call: Callable[..., Answer], sign_up: Callable[..., Person]) -> Meet:
    """A meeting from its beginning to its end, with a guest."""
    hosts = itertools.cycle([sign_up("Ada") for _ in range(3)])  # a person may make so many meetings a minute

    def from_start_to_end() -> None:
        host = next(hosts)
        created = call("POST", "/v1/meetings", {"title": "Tea"}, token=host.access_token)
        assert created.status == 201
        path = f"/v1/meetings/{created.body['id']}"
        assert call("POST", f"{path}/join", {"display_name": "Gil"}).status == 200
        assert call("POST", f"{path}/end", token=host.access_token).status == 200

    return from_start_to_end


def test_what_waits_while_cassandra_is_down_arrives_once_it_is_up(
    hurt: Product, own: Cassandra, emitted: Emit
) -> None:
    meeting = uuid4()
    emitted(1)
    drain_all(hurt, LATER)  # connected, and now the ground is taken away
    own.stop()
    ids = emitted(500, meeting=str(meeting))
    drained = drain_outbox(LATER, seconds=20)
    assert drained.carried == 0
    assert drained.trouble
    assert drained.lag_seconds > 3500
    assert waiting(hurt) == 500
    # A store that is away is not the events' fault: nothing was held against them.
    assert hurt.rows("SELECT 1 FROM outbox WHERE attempts > 0 OR next_attempt_at IS NOT NULL") == []
    own.start()
    assert drain_all(hurt, LATER) == 500
    assert seen(own.port, ids, meeting) == everywhere_once(ids)


def test_meetings_go_on_through_an_outage_and_its_backlog_drains(
    hurt: Product, own: Cassandra, meet: Meet, emitted: Emit
) -> None:
    own.kill()
    drains: list[Drained] = []
    began, made = datetime.now(UTC), 0
    while datetime.now(UTC) - began < OUTAGE:
        meet()
        made += 1
        drains.append(drain_outbox(datetime.now(UTC), seconds=1))
        time.sleep(0.3)
    assert all(drained.trouble and not drained.carried for drained in drains)
    assert drains[-1].lag_seconds >= OUTAGE.total_seconds() - 5
    events = hurt.rows("SELECT event_id, meeting_id, created_at FROM outbox WHERE meeting_id IS NOT NULL")
    assert len({event["meeting_id"] for event in events}) == made
    own.start()
    drain_all(hurt, datetime.now(UTC))
    assert drain_outbox(datetime.now(UTC), seconds=30) == Drained()
    for meeting in {event["meeting_id"] for event in events}:
        rows = backend.read("SELECT event_id FROM meeting_events WHERE meeting_id = ?", (meeting,))
        wanted = sorted(event["event_id"] for event in events if event["meeting_id"] == meeting)
        assert sorted(row.event_id for row in rows) == wanted


def test_a_cassandra_that_hangs_is_trouble_and_costs_no_event(
    hurt: Product, own: Cassandra, emitted: Emit, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = uuid4()
    emitted(1)
    drain_all(hurt, LATER)
    ids = emitted(300, meeting=str(meeting))
    assert own.pid
    os.kill(own.pid, signal.SIGSTOP)
    try:
        drained = drain_outbox(LATER, seconds=3)
        assert drained.carried == 0
        assert drained.trouble
        assert waiting(hurt) == 300
    finally:
        os.kill(own.pid, signal.SIGCONT)
    forget_everything()
    assert drain_all(hurt, LATER) == 300
    assert seen(own.port, ids, meeting) == everywhere_once(ids)


def test_a_slow_cassandra_is_asked_many_things_at_once(
    hurt: Product, own: Cassandra, emitted: Emit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer comes 0.2 s late: one after the other, a hundred would take longer than a batch may."""
    meeting = uuid4()
    ids = emitted(1000, meeting=str(meeting))
    _patience(monkeypatch, 15.0)
    with SlowRelay(("127.0.0.1", own.port), delay=0.2) as relay:
        monkeypatch.setenv("CASSANDRA_HOSTS", f"127.0.0.1:{relay.port}")
        forget_everything()
        assert drain_outbox(LATER, seconds=120) == Drained(carried=1000)
        forget_everything()
    assert seen(own.port, ids, meeting) == everywhere_once(ids)


def test_what_was_confirmed_is_there_after_kill_9(
    hurt: Product, own: Cassandra, emitted: Emit, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = uuid4()
    ids = emitted(2000, meeting=str(meeting))
    batches = itertools.count(1)
    forget = outbox.forget

    def forget_and_kill(conn: outbox.Conn, confirmed: Sequence[UUID]) -> None:
        """In the very moment in which the server has confirmed the fifth batch."""
        if next(batches) == 5:
            own.kill()
        forget(conn, confirmed)

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "forget", forget_and_kill)
        assert drain_outbox(LATER, seconds=120, batch=100).trouble
    gone = {row["event_id"] for row in hurt.rows("SELECT event_id FROM outbox")}
    confirmed = [event_id for event_id in ids if event_id not in gone]
    assert 0 < len(confirmed) <= 500
    own.start()
    found = seen(own.port, confirmed, meeting)
    assert found == everywhere_once(confirmed)
    drain_all(hurt, LATER)
    assert seen(own.port, ids, meeting) == everywhere_once(ids)


@contextmanager
def _no_growth(own: Cassandra) -> Iterator[None]:
    """The process may no longer make any file longer, as on a disk that is full."""
    assert own.pid
    before = resource.prlimit(own.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(own.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield


@contextmanager
def _read_only(own: Cassandra) -> Iterator[None]:
    """The process finds its folder on a mount that is read-only, until the end."""
    assert own.pid
    read_only.make_read_only(own.data_dir, own.pid)
    yield
    read_only.make_writable(own.data_dir, own.pid)


@pytest.fixture(params=["full", "read-only"])
def refusing_disk(
    request: pytest.FixtureRequest, hurt: Product, own: Cassandra, tmp_path: Path
) -> Iterator[Refusing]:
    how = _no_growth
    if request.param == "read-only" and (trouble := read_only.trouble()):
        warnings.warn(f"no read-only mount here ({trouble}): growth is refused instead", stacklevel=1)
    elif request.param == "read-only":
        own.kill()
        with read_only.own_mounts(tmp_path):
            own.start()
        how = _read_only
    yield how
    own.kill()


# A machine without namespaces is told of in the summary, and is no failure.
@pytest.mark.filterwarnings("default:no read-only mount here")
def test_a_disk_that_takes_no_more_costs_no_event(
    hurt: Product, own: Cassandra, refusing_disk: Refusing, meet: Meet, emitted: Emit
) -> None:
    meeting = uuid4()
    drain_all(hurt, LATER)
    ids = emitted(12, meeting=str(meeting), data={"x": "y" * 900_000})
    with refusing_disk(own):
        # A server whose disk refuses serves no more. One just up only says "overloaded" to so large rows.
        for hour in itertools.count(1):
            drained = drain_outbox(LATER + timedelta(hours=hour), seconds=60, batch=4)
            if not waiting(hurt) or not answers("127.0.0.1", own.port):
                break
        assert drained.trouble
        left = {row["event_id"] for row in hurt.rows("SELECT event_id FROM outbox")}
        assert left, "the disk never refused"
        assert hurt.rows("SELECT 1 FROM outbox_dead") == []
        meet()
    own.kill()
    own.start()
    confirmed = [event_id for event_id in ids if event_id not in left]
    assert seen(own.port, confirmed, meeting) == everywhere_once(confirmed)
    drain_all(hurt, LATER + timedelta(days=30), batch=4)
    assert seen(own.port, ids, meeting) == everywhere_once(ids)
