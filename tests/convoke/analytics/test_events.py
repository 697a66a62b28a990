"""What a leave has to tell the days between."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from convoke.analytics.model.events import KEPT_DAYS, STAYED, Event, shard_of

LEFT = datetime(2026, 3, 5, 4, tzinfo=UTC)
MEETING = UUID(int=77)


def leave(joined_at: str, kind: str = "participant.left", **more: str) -> Event:
    return Event(
        id=UUID(int=5),
        kind=kind,
        at=LEFT,
        meeting_id=MEETING,
        user_id=UUID(int=1),
        participant_id=UUID(int=2),
        user_name="Ada",
        region="eu-central-1",
        device_type="desktop",
        account_type="pro",
        data={"joined_at": joined_at, "from": "joined"} | more,
    )


def days(event: Event) -> list[date]:
    return [one.day for one in event.stayed()]


@pytest.mark.parametrize("kind", ["participant.left", "participant.removed"])
def test_each_whole_day_between_is_told_at_its_midnight(kind: str) -> None:
    event = leave("2026-03-02T23:59:59.999999+00:00", kind)
    told = event.stayed()
    assert [one.at for one in told] == [datetime(2026, 3, day, tzinfo=UTC) for day in (3, 4)]
    for one in told:
        assert (one.kind, one.data, one.shard) == (STAYED, {}, shard_of(MEETING, event.id))
        assert (one.id, one.user_id, one.account_type) == (event.id, event.user_id, "pro")


@pytest.mark.parametrize(
    ("joined_at", "whole"),
    [
        ("2026-03-05T03:00:00+00:00", 0),
        ("2026-03-04T00:00:01+00:00", 0),
        ("2026-03-04T00:00:00+00:00", 0),  # it has that day's event of coming
        ("2026-03-03T23:59:59+00:00", 1),
        ("2026-03-04T01:00:00+02:00", 1),
        ("2026-03-03T23:00:00-02:00", 0),
        ("2026-03-01T12:00:00", 3),
        ("2026-03-06T12:00:00+00:00", 0),
        ("yesterday", 0),
        ("", 0),
    ],
)
def test_days_are_of_utc_and_wholly_inside(joined_at: str, whole: int) -> None:
    assert days(leave(joined_at)) == [LEFT.date() - timedelta(days=back) for back in range(whole, 0, -1)]


def test_what_is_no_end_of_a_stay_tells_nothing() -> None:
    long_ago = "2026-02-01T00:00:00+00:00"
    assert days(leave(long_ago, "participant.joined")) == []
    assert days(leave(long_ago, **{"from": "waiting"})) == []


def test_days_that_cannot_be_rolled_up_any_more_are_left_out() -> None:
    told = days(leave("2020-01-01T00:00:00+00:00"))
    assert (len(told), told[-1]) == (KEPT_DAYS, date(2026, 3, 4))
