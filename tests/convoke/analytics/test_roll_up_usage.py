"""Rolling up days of a real Cassandra: the same numbers every time, also when events come late."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from convoke.analytics.actions.roll_up_usage import roll_up_day
from convoke.analytics.model.events import shard_of
from convoke.analytics.model.usage import Metric
from convoke.analytics.store import events, usage
from convoke.backends import cassandra
from convoke.backends.cassandra import Unavailable
from functions.jobs import roll_up_usage as job
from tests.conftest import Product

Stats = dict[tuple[str, str, str], int]
Happen = Callable[..., UUID]
_days = iter(date(2031, 1, 1) + timedelta(days=number) for number in range(1000))


@pytest.fixture
def day(analytics: Product) -> date:
    """A day of this test's own: tests share the tables."""
    return next(_days)


@pytest.fixture
def happen(day: date) -> Happen:
    """`happen("10:00", "participant.joined", meeting, who, user, …)` → its id; in the table at once."""

    def insert(
        clock: str,
        kind: str,
        meeting: UUID,
        who: UUID | None = None,
        user: UUID | None = None,
        *,
        event_id: UUID | None = None,
        device: str = "desktop",
        **data: str,
    ) -> UUID:
        hour, minute = clock.split(":")
        at = datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=UTC)
        found = event_id or uuid4()
        values = (day, shard_of(meeting, found), at, found, kind, meeting, user, who, "eu-central-1", device)
        cassandra.write(events.INSERT_DAY_EVENT, (*values, "basic" if user else "guest", data))
        return found

    return insert


def stored(day: date) -> Stats:
    return {
        (metric.value, key, value): number
        for metric in Metric
        for key, value, number in usage.of_day(day, metric)
    }


def after(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=2)


def hour_of_two(happen: Happen) -> tuple[UUID, UUID, UUID]:
    meeting, ada, user, guest = uuid4(), uuid4(), uuid4(), uuid4()
    happen("10:00", "participant.joined", meeting, ada, user)
    happen("10:15", "participant.joined", meeting, guest, device="mobile")
    happen("10:20", "message.sent", meeting, ada, user)
    happen("10:45", "participant.left", meeting, guest, device="mobile")
    happen("11:00", "participant.left", meeting, ada, user)
    happen("11:00", "meeting.ended", meeting)
    return meeting, user, guest


def test_a_constructed_day_has_the_right_numbers(day: date, happen: Happen) -> None:
    _, user, _ = hour_of_two(happen)
    rolled = roll_up_day(day, after(day))
    found = stored(day)
    assert (rolled.day, rolled.events) == (day, 6)
    assert rolled.changes == len(found)
    total = {name: number for (name, key, _), number in found.items() if key == "total"}
    assert total == {
        "total_meetings": 1,
        "total_participants": 2,
        "meeting_duration_minutes": 60,
        "participant_minutes": 90,
        "messages": 1,
        "peak_concurrent": 2,
    }
    assert found["participant_minutes", "device_type", "mobile"] == 30
    assert found["participant_minutes", "device_type", "desktop"] == 60
    assert found["total_meetings", "region", "eu-central-1"] == 1
    assert found["messages", "account_type", "basic"] == 1
    assert found["participant_minutes", "user_id", str(user)] == 60
    assert {value for _, key, value in found if key == "user_id"} == {str(user)}


def test_a_second_rollup_changes_nothing_and_writes_nothing(day: date, happen: Happen) -> None:
    hour_of_two(happen)
    roll_up_day(day, after(day))
    before = stored(day)
    assert roll_up_day(day, after(day) + timedelta(days=20)).changes == 0
    assert stored(day) == before


def test_an_event_written_twice_counts_once(day: date, happen: Happen) -> None:
    meeting, who = uuid4(), uuid4()
    once = happen("10:00", "message.sent", meeting, who)
    happen("10:00", "message.sent", meeting, who, event_id=once)
    roll_up_day(day, after(day))
    assert stored(day)["messages", "total", "all"] == 1


def test_late_events_are_picked_up(day: date, happen: Happen) -> None:
    meeting, who, user = uuid4(), uuid4(), uuid4()
    happen("11:00", "participant.left", meeting, who, user, joined_at=f"{day}T10:00:00+00:00")
    roll_up_day(day, after(day))
    assert stored(day) == {}
    happen("10:00", "participant.joined", meeting, who, user)
    roll_up_day(day, after(day))
    assert stored(day)["participant_minutes", "user_id", str(user)] == 60


def test_what_no_event_speaks_for_any_more_vanishes(day: date, happen: Happen) -> None:
    hour_of_two(happen)
    stranger = str(uuid4())
    rows = [("messages", "user_id", stranger), ("messages", "region", "mars-1"), ("calls", "total", "all")]
    for row in rows:
        cassandra.write(usage.UPSERT, (day, *row, 7))
    roll_up_day(day, after(day))
    found = stored(day)
    assert not set(rows) & found.keys()
    assert found["messages", "total", "all"] == 1


def test_a_number_that_somebody_changed_is_put_right(day: date, happen: Happen) -> None:
    _, user, _ = hour_of_two(happen)
    roll_up_day(day, after(day))
    right = stored(day)
    cassandra.write(usage.UPSERT, (day, "messages", "user_id", str(user), 1_000_000))
    assert roll_up_day(day, after(day)).changes == 1
    assert stored(day) == right


def test_the_schedule_rolls_up_as_many_days_as_it_says(
    analytics: Product, stop_clock: Callable[..., None]
) -> None:
    now = datetime.now(UTC)
    stop_clock(now, "roll_up_usage")
    today = now.date()
    assert list(job.handler({"days": 3}, None)) == [str(today - timedelta(days=back)) for back in (2, 1, 0)]
    assert len(job.handler({"version": "0", "detail-type": "Scheduled Event"}, None)) == 2


@pytest.mark.parametrize("days", [0, 41, -1, "2", True, 1.5, None])
def test_a_schedule_that_says_nonsense_fails_at_once(analytics: Product, days: object) -> None:
    with pytest.raises(ValueError, match="days must be"):
        job.handler({"days": days}, None)


def test_without_a_cassandra_the_rollup_fails_and_says_why(product: Product) -> None:
    with pytest.raises(Unavailable, match="CASSANDRA_HOSTS"):
        roll_up_day(date(2031, 1, 1), datetime.now(UTC))
