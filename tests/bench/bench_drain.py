"""How many events a second one drain carries to the local Cassandra, on one processor; the target is 5,000.

Prints one line of JSON; the processor time of both sides says more than the clock where others compute too.
`--profile` adds where the drain's time goes.
"""

import argparse
import cProfile
import json
import os
import pstats
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from local.cassandra import Cassandra
from local.stores import Postgres
from migrations import cql, runner

# The first 100,000 go while the JVM still compiles: 4,600 to 5,100 a second, then over 6,000.
EVENTS = 400_000
_FILL = """
INSERT INTO outbox (event_id, kind, meeting_id, user_id, participant_id, data, created_at)
SELECT gen_random_uuid(), 'participant.joined', md5('meeting' || n %% 5000)::uuid, gen_random_uuid(),
       gen_random_uuid(), '{"role": "participant", "muted": true}',
       now() - interval '1 hour' + n * interval '1 ms'
FROM generate_series(1, %s) AS n
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--events", type=int, default=EVENTS)
    asked = parser.parse_args()
    with (
        TemporaryDirectory() as folder,
        Postgres(Path(folder) / "postgres", durable=False) as postgres,
        Cassandra(Path(folder) / "cassandra", durable=False) as cassandra,
    ):
        runner.up(postgres.url())
        cql.up(cassandra.hosts)
        os.environ |= {
            "DATABASE_URL": postgres.url("convoke_app"),
            "CASSANDRA_HOSTS": cassandra.hosts,
            "AWS_REGION": "eu-central-1",
        }
        assert cassandra.pid
        _measure(postgres.url(), cassandra.pid, asked.events, profile=asked.profile)


def _busy(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _measure(owner_url: str, store_pid: int, events: int, *, profile: bool) -> None:
    from convoke.analytics.actions.drain_outbox import drain_outbox  # noqa: PLC0415 (after the environment)
    from convoke.backends import cassandra  # noqa: PLC0415

    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(processors)})  # this process alone; the servers keep all of them
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(_FILL, (events // 2,))
        drain_outbox(datetime.now(UTC), seconds=60)  # the JVM compiles what it will need
        owner.execute(_FILL, (events,))
        owner.execute("ANALYZE outbox")
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    began, used, store = time.perf_counter(), time.process_time(), _busy(store_pid)
    drained = drain_outbox(datetime.now(UTC), seconds=300)
    wall, busy = time.perf_counter() - began, time.process_time() - used
    store = _busy(store_pid) - store
    profiler.disable()
    cassandra.close()
    print(
        json.dumps(
            {
                "bench": "drain",
                "events": drained.carried,
                "seconds": round(wall, 2),
                "events_per_second": round(drained.carried / wall),
                "cpu_us_per_event": round(busy / max(1, drained.carried) * 1e6),
                "cassandra_cpu_us_per_event": round(store / max(1, drained.carried) * 1e6),
                "events_per_cpu_second": round(drained.carried / busy),
                "load_average": round(os.getloadavg()[0], 1),
                "target_events_per_second": 5000,
                "trouble": drained.trouble,
            }
        )
    )
    if profile:
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
