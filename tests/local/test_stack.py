"""The whole stack on this machine: from CDK's templates to an answered request, and again the next time."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import psycopg
import pytest

from local.demo import PEOPLE, make_accounts
from local.outside import Outside
from local.process import CannotStart
from local.settled import Settled
from local.stack import Options, Stack
from local.stores import Postgres, Valkey, start_all, stop_all
from local.threaded import RunningStack, running

ROOT = Path(__file__).resolve().parents[2]
QUICK = Options(durable=False, s3=False, cassandra=False, web=False, schedules=False)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with running(Stack(ROOT, tmp_path_factory.mktemp("stack"), options=QUICK)) as handle:
        yield handle


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_routes_of_the_template_reach_their_functions(started: RunningStack) -> None:
    assert (await get(f"{started.stack.url}/healthz"))[0] == 200
    assert (await get(f"{started.stack.url}/v1/me"))[0] == 401
    assert (await get(f"{started.stack.url}/v1/nothing"))[0] == 404
    assert len(started.stack.worker_pids("functions.rest.operations")) == 1


async def test_demo_accounts_are_made_once(started: RunningStack) -> None:
    secret = Settled(started.stack.data_dir).secret
    first = await make_accounts(started.stack.url, secret)
    assert await make_accounts(started.stack.url, secret) == first
    with psycopg.connect(started.stack.database_url) as owner:
        found = owner.execute("select count(*) from users").fetchone()
    assert found == (len(PEOPLE),)


async def test_function_process_that_is_killed_is_replaced(started: RunningStack) -> None:
    await get(f"{started.stack.url}/healthz")
    before = started.stack.worker_pids("functions.rest.operations")
    workers = list(started.stack.function("functions.rest.operations").workers)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    for worker in workers:
        assert worker.child is not None
        assert await worker.child.ended() == -signal.SIGKILL
    assert (await get(f"{started.stack.url}/healthz"))[0] == 200
    assert not set(before) & set(started.stack.worker_pids("functions.rest.operations"))


async def test_socket_without_a_ticket_is_refused_by_the_product(started: RunningStack) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{started.stack.url}/socket", origin=started.stack.url)
    assert refused.value.status == 401


def test_media_node_that_is_killed_is_replaced_by_a_new_one(started: RunningStack) -> None:
    node = started.stack.nodes[0]
    before, pid = node.node_id, node.pid
    started.call(node.kill)
    started.run(node.replaced(before))
    assert node.node_id != before
    assert node.pid not in (None, pid)


def test_connection_strings_are_written_down_for_their_owner_alone(started: RunningStack) -> None:
    path = started.stack.data_dir / "env"
    lines = dict(line.split("=", 1) for line in path.read_text().splitlines())
    assert lines["DATABASE_URL"] == started.stack.database_url
    assert lines["REDIS_URL"] == started.stack.redis_url
    assert {"CASSANDRA_HOSTS", "S3_ENDPOINT", "AWS_ENDPOINT_URL"} <= set(lines)
    assert path.stat().st_mode & 0o077 == 0


async def test_second_stack_on_the_same_data_is_told_so(started: RunningStack) -> None:
    second = Stack(ROOT, started.stack.data_dir, options=QUICK)
    with pytest.raises(CannotStart, match=f"another stack \\(process {os.getpid()}\\) already runs"):
        await second.start()


async def test_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        stack = Stack(ROOT, tmp_path, port=port, nodes=0, options=QUICK)
        with pytest.raises(CannotStart, match=f"port {port} is in use"):
            await stack.start()
    assert os.listdir(tmp_path) == ["lock"]  # noqa: PTH208


async def test_stores_of_the_callers_are_used_and_keep_the_data(tmp_path: Path) -> None:
    stores = Postgres(tmp_path / "postgres", durable=False), Valkey(tmp_path / "valkey", durable=False)
    start_all(stores)
    outside = Outside.read({"DATABASE_URL": stores[0].url(), "REDIS_URL": stores[1].url})
    try:
        for _ in range(2):
            stack = Stack(ROOT, tmp_path / "data", nodes=0, options=QUICK, outside=outside)
            await stack.start()
            assert stack.database_url == stores[0].url()
            accounts = await make_accounts(stack.url, Settled(stack.data_dir).secret)
            await stack.stop()
        with psycopg.connect(stores[0].url()) as owner:
            emails = owner.execute("select email from users order by email").fetchall()
        assert [row[0] for row in emails] == sorted(account.email for account in accounts)
    finally:
        stop_all(stores)


async def test_store_that_does_not_answer_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    outside = Outside.read({"REDIS_URL": "redis://127.0.0.1:1"})
    stack = Stack(ROOT, tmp_path, nodes=0, options=QUICK, outside=outside)
    with pytest.raises(CannotStart, match="REDIS_URL does not answer"):
        await stack.start()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(stack.database_url, connect_timeout=2)
