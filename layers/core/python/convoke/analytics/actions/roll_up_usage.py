"""Adds up days into daily_usage_stats, as often as anybody likes: the numbers are those of the events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from convoke.analytics.model.events import SHARDS
from convoke.analytics.model.rollup import DayCount, days_to_roll, in_minutes
from convoke.analytics.model.usage import DayEvent, Dimension, Metric
from convoke.analytics.store import days as day_store
from convoke.analytics.store import stays as stay_store
from convoke.analytics.store import usage
from convoke.analytics.store.spill import Spill
from convoke.backends.postgres import System, transaction
from convoke.settings import settings

Change = tuple[Metric, str, str, int | None]


@dataclass(frozen=True, slots=True)
class Rolled:
    """What one day took: events read, rows written or taken away."""

    day: date
    events: int
    changes: int


def roll_up(now: datetime, *, days: int) -> list[Rolled]:
    """Today and the days before it; `days` 2 each hour, 3 each day, so that late events are counted."""
    return [roll_up_day(day, now) for day in days_to_roll(now, days=days)]


def roll_up_day(day: date, now: datetime) -> Rolled:
    """Count the day anew from its events, and write what differs from the stored numbers.

    Nothing is emptied meanwhile: whoever reads sees the old number or the new one. Events that come in during
    the run are counted by the next.
    """
    with TemporaryDirectory() as folder, Spill(Path(folder)) as spill:
        count = DayCount(day, now, spill.add)
        events = sum(count.add_shard(_happened(day, shard)) for shard in range(SHARDS))
        stored = _stored(day, spill)
        written = 0

        def counted(changes: Iterator[Change]) -> Iterator[Change]:
            nonlocal written
            for change in changes:
                written += 1
                yield change

        usage.change(day, counted(_shared_changes(count, stored)))
        usage.change(day, counted(_user_changes(spill)))
    return Rolled(day, events, written)


def _happened(day: date, shard: int) -> Iterator[DayEvent]:
    """Who was in throughout, and the day's events: in time order, and one shard's at a time."""
    with transaction(System()) as conn:
        stays = list(stay_store.through(conn, day, shard, settings().region))
    yield from stays
    yield from day_store.events(day, shard)


def _stored(day: date, spill: Spill) -> dict[tuple[Metric, str, str], int]:
    """What the day has by now; users' numbers go to the spill, for there may be very many."""
    found: dict[tuple[Metric, str, str], int] = {}
    for metric in Metric:
        for dimension, value, number in usage.of_day(day, metric):
            if dimension == Dimension.USER.value:
                spill.note(UUID(value), metric, number)
            else:
                found[metric, dimension, value] = number
    return found


def _shared_changes(count: DayCount, stored: dict[tuple[Metric, str, str], int]) -> Iterator[Change]:
    sums = {(metric, key.value, value): number for (metric, key, value), number in count.sums().items()}
    for row in sums.keys() | stored.keys():
        if sums.get(row) != stored.get(row):
            yield *row, sums.get(row)


def _user_changes(spill: Spill) -> Iterator[Change]:
    for part in spill.parts():
        for (user, metric), (total, stored) in part.items():
            number = in_minutes(metric, total) or None
            if number != stored:
                yield metric, Dimension.USER.value, str(user), number
