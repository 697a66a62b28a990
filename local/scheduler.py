"""EventBridge's schedules: rate(…) and cron(…) fire their functions with the event EventBridge sends."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from local.assembly import Schedule
from local.runtime_api import Outcome
from local.template import ACCOUNT, REGION

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_log = logging.getLogger(__name__)

Invoke = Callable[[str, Any], Awaitable[Outcome]]


def next_time(expression: str, after: datetime) -> datetime:
    """The first instant after `after` (UTC) that the expression names; ValueError when it is none.

    A rate counts from `after`. In cron, the day fields know numbers, names, lists, ranges and steps
    (not L, W and #, which no schedule here uses).
    """
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate:
        return after + timedelta(seconds=int(rate[1]) * _UNITS[rate[2]])
    cron = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression)
    if cron is None:
        raise ValueError(f"no schedule expression: {expression}")
    return _next_cron(cron.groups(), after)


def _next_cron(fields: tuple[str, ...], after: datetime) -> datetime:
    minutes, hours = _field(fields[0], 0, 59), _field(fields[1], 0, 23)
    days, months = _field(fields[2], 1, 31), _field(fields[3], 1, 12, _MONTHS, first=1)
    weekdays, years = _field(fields[4], 1, 7, _DAYS, first=1), _field(fields[5], 1970, 2199)
    day = after.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(366 * 5):
        weekday = day.isoweekday() % 7 + 1  # EventBridge: 1 is Sunday
        if day.year in years and day.month in months and day.day in days and weekday in weekdays:
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    at = day.replace(hour=hour, minute=minute)
                    if at > after:
                        return at
        day += timedelta(days=1)
    raise ValueError(f"cron({' '.join(fields)}) names no instant within five years")


def _field(text: str, low: int, high: int, names: Iterable[str] = (), *, first: int = 0) -> set[int]:
    for number, name in enumerate(names, first):
        text = text.upper().replace(name, str(number))
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        start, _, end = ("", "", "") if span in ("*", "?") else span.partition("-")
        begin = int(start) if start else low
        until = int(end) if end else high if step or not start else begin
        found.update(range(begin, until + 1, int(step or 1)))
    return found & set(range(low, high + 1))


class Scheduler:
    """Fires `schedules` by `invoke(function, event)`. Clock and sleep are given, so tests have their own."""

    def __init__(
        self,
        schedules: Iterable[Schedule],
        invoke: Invoke,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.schedules = list(schedules)
        self._invoke = invoke
        self._now = now
        self._sleep = sleep
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(schedule)) for schedule in self.schedules]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def fire(self, function: str) -> list[Outcome]:
        """Fires every schedule of this function at once, whatever the time, and waits for the outcomes."""
        return [await self._fire(s, self._now()) for s in self.schedules if s.function == function]

    async def _run(self, schedule: Schedule) -> None:
        due = self._now()
        while True:
            due = next_time(schedule.expression, due)
            while (left := (due - self._now()).total_seconds()) > 0:
                await self._sleep(left)
            await self._fire(schedule, due)
            due = max(due, self._now())  # what was missed, asleep or busy, is not made up for

    async def _fire(self, schedule: Schedule, at: datetime) -> Outcome:
        event = schedule.event if schedule.event is not None else scheduled_event(schedule, at)
        try:
            outcome = await self._invoke(schedule.function, event)
        except Exception as error:  # throttled: the next instant comes all the same
            _log.exception("schedule %s could not call %s", schedule.name, schedule.function)
            return Outcome.failed(type(error).__name__, str(error))
        if outcome.error:
            _log.error("schedule %s: %s", schedule.name, outcome.payload.decode(errors="replace")[:500])
        return outcome


def scheduled_event(schedule: Schedule, at: datetime) -> dict[str, Any]:
    """EventBridge's event for a rule with a schedule."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{schedule.name}"],
        "detail": {},
    }
