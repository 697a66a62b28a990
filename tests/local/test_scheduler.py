"""Schedules fire at the instants EventBridge would, with its event."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.assembly import Schedule
from local.runtime_api import Outcome
from local.scheduler import Scheduler, next_time

START = datetime(2026, 11, 20, 10, 7, 30, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", "2026-11-20 10:08:30"),
        ("rate(5 minutes)", "2026-11-20 10:12:30"),
        ("rate(1 day)", "2026-11-21 10:07:30"),
        ("cron(0 * * * ? *)", "2026-11-20 11:00:00"),
        ("cron(5 3 * * ? *)", "2026-11-21 03:05:00"),
        ("cron(0/15 * * * ? *)", "2026-11-20 10:15:00"),
        ("cron(0 8-9,18 ? * MON-FRI *)", "2026-11-20 18:00:00"),
        ("cron(0 8 ? * SUN *)", "2026-11-22 08:00:00"),
        ("cron(0 0 1 * ? *)", "2026-12-01 00:00:00"),
        ("cron(30 6 29 FEB ? *)", "2028-02-29 06:30:00"),
        ("cron(0 12 ? * 2 2027)", "2027-01-04 12:00:00"),
    ],
)
def test_next_instant_of_an_expression(expression: str, expected: str) -> None:
    assert next_time(expression, START) == datetime.fromisoformat(f"{expected}+00:00")


@pytest.mark.parametrize(
    "expression", ["rate(1 fortnight)", "cron(* * * *)", "at noon", "cron(0 0 31 2 ? *)"]
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"schedule|instant"):
        next_time(expression, START)


class Clock:
    """Stands still; `sleep` moves it, and blocks for good once `until` is reached."""

    def __init__(self, until: timedelta) -> None:
        self.now = START
        self._end = START + until
        self.over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if self.now + timedelta(seconds=seconds) > self._end:
            self.over.set()
            await asyncio.Event().wait()
        self.now += timedelta(seconds=seconds)


async def test_rate_fires_with_eventbridges_event_each_time() -> None:
    clock = Clock(timedelta(minutes=3, seconds=30))
    fired: list[tuple[str, Any]] = []

    async def invoke(function: str, event: Any) -> Outcome:
        fired.append((function, event))
        return Outcome(b"null")

    schedules = [Schedule("Sweep", "rate(1 minute)", "sweeper")]
    scheduler = Scheduler(schedules, invoke, now=lambda: clock.now, sleep=clock.sleep)
    scheduler.start()
    await clock.over.wait()
    await scheduler.stop()
    assert [function for function, _ in fired] == ["sweeper"] * 3
    event = fired[0][1]
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    assert [it["time"] for _, it in fired] == [
        "2026-11-20T10:08:30Z",
        "2026-11-20T10:09:30Z",
        "2026-11-20T10:10:30Z",
    ]
    assert event["resources"][0].endswith(":rule/Sweep")
    assert len({it["id"] for _, it in fired}) == 3


async def test_failing_function_is_fired_again_and_a_given_event_is_sent_as_it_is() -> None:
    clock = Clock(timedelta(hours=2, minutes=30))
    fired: list[Any] = []

    async def invoke(_: str, event: Any) -> Outcome:
        fired.append(event)
        if len(fired) == 1:
            raise RuntimeError("throttled")
        return Outcome.failed("ValueError", "no good")

    schedules = [Schedule("Roll", "rate(1 hour)", "roller", {"day": "today"})]
    scheduler = Scheduler(schedules, invoke, now=lambda: clock.now, sleep=clock.sleep)
    scheduler.start()
    await clock.over.wait()
    await scheduler.stop()
    assert fired == [{"day": "today"}, {"day": "today"}]


async def test_instants_missed_while_the_function_ran_are_not_made_up_for() -> None:
    clock = Clock(timedelta(minutes=8))
    starts: list[datetime] = []

    async def invoke(_: str, __: Any) -> Outcome:
        starts.append(clock.now)
        if len(starts) == 1:
            clock.now += timedelta(minutes=5)
        return Outcome(b"null")

    scheduler = Scheduler(
        [Schedule("S", "rate(1 minute)", "f")], invoke, now=lambda: clock.now, sleep=clock.sleep
    )
    scheduler.start()
    await clock.over.wait()
    await scheduler.stop()
    assert [(at - START).total_seconds() / 60 for at in starts] == [1, 7, 8]


async def test_fire_now_waits_for_the_outcome() -> None:
    async def invoke(_: str, event: Any) -> Outcome:
        return Outcome(b'"done"')

    scheduler = Scheduler([Schedule("S", "rate(1 day)", "f"), Schedule("T", "rate(1 day)", "g")], invoke)
    assert [outcome.value() for outcome in await scheduler.fire("f")] == ["done"]
