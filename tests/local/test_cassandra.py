"""The embedded Cassandra: real, alone on the loopback address, and still knowing after a restart."""

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from local import java
from local.cassandra import Cassandra
from local.process import CannotStart
from local.stack import Options, Stack
from tests.cassandra import connected
from tests.local.test_stack import ROOT

KEYSPACE = (
    "CREATE KEYSPACE kept WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "CREATE TABLE kept.notes (id int PRIMARY KEY, note text)",
    "INSERT INTO kept.notes (id, note) VALUES (1, 'still here')",
)


def ask(port: int, *statements: str) -> list[Any]:
    with connected(port) as session:
        return [row for statement in statements for row in session.execute(statement)]


def listens_on(pid: int) -> set[str]:
    """The addresses that sockets of a process listen on, as the kernel writes them."""
    inodes = {path.readlink().name for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                found.add(fields[1].split(":")[0])
    return found


def test_it_keeps_its_data_and_listens_on_loopback_alone(tmp_path: Path) -> None:
    with Cassandra(tmp_path) as first:
        ask(first.port, *KEYSPACE)
        assert first.pid
        assert listens_on(first.pid) <= {"0100007F", "0000000000000000FFFF00000100007F"}
        assert listens_on(first.pid)
    # Another object, other ports, the same folder; the end before was an orderly one, the next is not.
    with Cassandra(tmp_path, durable=False) as second:
        assert [row.note for row in ask(second.port, "SELECT note FROM kept.notes")] == ["still here"]


def test_without_maven_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStart, match="apt-get install maven"):
        java.jars()
    with pytest.raises(CannotStart, match="apt-get install maven"):
        Cassandra(tmp_path / "data").start()


async def test_the_stack_is_ready_before_its_cassandra_and_drains_into_it(tmp_path: Path) -> None:
    options = Options(durable=False, s3=False, web=False, schedules=False)
    stack = Stack(ROOT, tmp_path, options=options)
    await stack.start()
    try:
        assert not stack.analytics.done()
        form = {"email": "ada@example.org", "password": "correct horse", "display_name": "Ada"}
        request = urllib.request.Request(  # noqa: S310 - our own stack
            f"{stack.url}/v1/auth/register",
            json.dumps(form).encode(),
            {"Content-Type": "application/json"},
        )
        await asyncio.to_thread(lambda: urllib.request.urlopen(request).close())  # noqa: S310
        assert await stack.analytics
        await stack.fire("functions.jobs.drain_outbox")
        port = int(stack.parts.cassandra_hosts.rpartition(":")[2])
        rows = ask(port, "SELECT event_type FROM convoke.events_by_day")
        assert [row.event_type for row in rows] == ["user.registered"]
    finally:
        await stack.stop()
