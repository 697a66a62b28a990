"""A day of a million events, rolled up from a real Cassandra: JSON lines.

    python -m tests.bench.bench_rollup [--events 1000000]

Each day is rolled up in a process of its own, as the function would: its time and its peak memory. A day of a
tenth of the events goes first, so that one sees whether memory grows with the day. Target: ≤ 60 s.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from convoke.analytics.actions.roll_up_usage import roll_up_day
from convoke.analytics.model.events import shard_of
from convoke.analytics.model.usage import Metric
from convoke.analytics.store import events, usage
from convoke.backends import cassandra
from convoke.backends.cassandra import Write
from local.cassandra import Cassandra
from local.stores import Postgres
from migrations import cql, runner

PEOPLE = 5
MESSAGES = 6
PER_MEETING = PEOPLE * (2 + MESSAGES)
REGIONS = ("eu-central-1", "us-east-1", "ap-southeast-2")
DEVICES = ("desktop", "mobile", "tablet")
ACCOUNTS = ("basic", "pro", "enterprise")
DAYS = (date(2030, 3, 1), date(2030, 3, 2))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--day", type=date.fromisoformat, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.day:
        _roll(chosen.day)
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres(Path(folder) / "postgres", durable=False) as postgres,
        Cassandra(Path(folder) / "cassandra") as store,
    ):
        runner.up(postgres.url())
        cql.up(store.hosts)
        os.environ |= {
            "DATABASE_URL": postgres.url("convoke_app"),
            "CASSANDRA_HOSTS": store.hosts,
            "AWS_REGION": "eu-central-1",
        }
        for day, count in zip(DAYS, (chosen.events // 10, chosen.events), strict=True):
            meetings = _fill(day, count)
            for run in ("first", "again"):
                command = [sys.executable, "-m", "tests.bench.bench_rollup", "--day", str(day)]
                measured = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
                print(
                    json.dumps({"bench": "rollup", "run": run, **measured, "target_seconds": 60}), flush=True
                )
            total = next(n for key, _, n in usage.of_day(day, Metric.MEETINGS) if key == "total")
            assert total == meetings, (total, meetings)
        cassandra.close()


def _roll(day: date) -> None:
    """In a process of its own: what it takes there is what it takes."""
    began, cpu = time.perf_counter(), time.process_time()
    rolled = roll_up_day(day, datetime.now(UTC) + timedelta(days=3650))
    print(
        json.dumps(
            {
                "events": rolled.events,
                "rows_written": rolled.changes,
                "seconds": round(time.perf_counter() - began, 1),
                "cpu_seconds": round(time.process_time() - cpu, 1),
                "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    )
    cassandra.close()


def _fill(day: date, count: int) -> int:
    """Writes the day's events; → how many meetings they make."""
    meetings = count // PER_MEETING
    block: list[list[Write]] = []
    for number in range(meetings):
        rows = list(_meeting(day, Random(number)))
        block += [rows[start : start + 30] for start in range(0, len(rows), 30)]
        if len(block) >= 200:
            _write(block)
            block = []
    _write(block)
    return meetings


def _write(block: list[list[Write]]) -> None:
    failed = [outcome for outcome in cassandra.write_all(block, seconds=60) if outcome is not None]
    assert not failed, failed[0]


def _meeting(day: date, random: Random) -> Iterator[Write]:
    """Five people of 20,000 for half an hour, each of whom writes six messages."""
    meeting = UUID(int=random.getrandbits(128))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    start = midnight + timedelta(seconds=random.randrange(80_000))
    region = random.choice(REGIONS)
    for _ in range(PEOPLE):
        user, who = UUID(int=random.randrange(20_000)), UUID(int=random.getrandbits(128))
        device, account = random.choice(DEVICES), random.choice(ACCOUNTS)
        joined = start + timedelta(seconds=random.randrange(120))
        happened = [
            (joined, "participant.joined", {"role": "participant"}),
            *(
                (joined + timedelta(seconds=60 + 50 * n), "message.sent", {"length": "20"})
                for n in range(MESSAGES)
            ),
            (start + timedelta(seconds=1800), "participant.left", {"reason": "voluntary", "from": "joined"}),
        ]
        for at, kind, data in happened:
            event_id = UUID(int=random.getrandbits(128))
            values = (day, shard_of(meeting, event_id), at, event_id, kind, meeting, user, who)
            yield events.INSERT_DAY_EVENT, (*values, region, device, account, data)


if __name__ == "__main__":
    main()
