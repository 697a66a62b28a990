"""A node's life: it enters the registry, drains on SIGTERM and leaves."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import redis

from tests.media_node.node_process import NodeProcess
from tests.media_node.wire_client import WireClient

PATH = "/rooms/room/participants/ada"


@asynccontextmanager
async def connected(node: NodeProcess, path: str = PATH) -> AsyncIterator[tuple[WireClient, str]]:
    """A client in a session, and the session's id."""
    client = WireClient()
    answer = await asyncio.to_thread(node.call, "PUT", path, client.request())
    assert answer.status == 200, answer
    await client.connect(answer.body)
    try:
        yield client, answer.body["session_id"]
    finally:
        await client.close()


async def test_sigterm_tells_clients_and_waits_until_they_are_gone(node_environment: dict[str, str]) -> None:
    with NodeProcess(node_environment) as node:
        async with connected(node) as (client, _):
            node.terminate()
            await client.subscribe.told("drain")
            client.subscribe.send({"op": "ping", "t": 1})
            await client.subscribe.told("pong")
            refused = await asyncio.to_thread(node.call, "PUT", PATH, WireClient().request())
            assert (refused.status, refused.body["type"]) == (503, "/problems/draining")
            assert node.call("GET", "/healthz").body == {"status": "draining"}
        assert await asyncio.to_thread(node.process.wait, 120) == 0
        assert node.event("stopped")


async def test_a_drain_ends_when_its_time_is_over(node_environment: dict[str, str]) -> None:
    with NodeProcess({**node_environment, "DRAIN_SECONDS": "0.2"}) as node:
        async with connected(node) as (client, _):
            assert node.call("POST", "/drain").status == 202
            await client.subscribe.told("drain")
            assert await asyncio.to_thread(node.process.wait, 120) == 0


async def test_a_second_signal_ends_it_at_once(node_environment: dict[str, str]) -> None:
    with NodeProcess(node_environment) as node:
        async with connected(node) as (client, _):
            node.terminate()
            await client.subscribe.told("drain")
            node.terminate()
            assert await asyncio.to_thread(node.process.wait, 120) == 0


async def test_who_says_goodbye_is_gone_at_once(node: NodeProcess) -> None:
    async with connected(node) as (_, session):
        pass
    ended = await asyncio.to_thread(node.event, "session ended", session=session)
    assert ended["reason"] == "dtls: closed by the peer"
    assert node.statistics()["rooms"] == {}


def test_the_registry_knows_a_node_from_its_start_until_it_leaves(node_environment: dict[str, str]) -> None:
    with (
        redis.Redis.from_url(node_environment["REDIS_URL"], decode_responses=True) as registry,
        NodeProcess({**node_environment, "NODE_ID": "node-registered"}) as node,
    ):
        known = _await_key(registry, node)
        assert node.control_url in str(registry.hgetall(known))
        node.terminate()
        assert node.process.wait(120) == 0
        assert not registry.exists(known)


async def test_people_of_a_room_that_moved_are_sent_after_it(
    node_environment: dict[str, str], node: NodeProcess
) -> None:
    async with connected(node, "/rooms/moved/participants/ada") as (client, _):
        with redis.Redis.from_url(node_environment["REDIS_URL"]) as registry:
            registry.set("meeting:{moved}:node", "another-node", ex=60)
        await client.subscribe.told("drain")
        assert node.call("GET", "/healthz").body == {"status": "serving"}


async def test_media_goes_on_while_the_registry_is_away(node_environment: dict[str, str]) -> None:
    away = {"REDIS_URL": "redis://127.0.0.1:9/0", "DATABASE_URL": "postgresql://127.0.0.1:9/none"}
    with NodeProcess({**node_environment, **away}) as node:
        async with connected(node) as (client, _):
            await asyncio.to_thread(node.event, "heartbeat failed")
            client.subscribe.send({"op": "ping", "t": 1})
            await client.subscribe.told("pong")
        node.terminate()
        assert await asyncio.to_thread(node.process.wait, 120) == 0


def _await_key(registry: "redis.Redis", node: NodeProcess) -> str:
    while True:
        found = [k for k in registry.scan_iter("*node-registered*") if registry.type(k) == "hash"]
        if found:
            return str(found[0])
        assert node.call("GET", "/healthz").status == 200


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MEDIA_ADDRESS", "nowhere", "MEDIA_ADDRESS"),
        ("MEDIA_ADDRESS", "", "MEDIA_ADDRESS"),
        ("CONTROL_HOST", "0.0.0.0", "one private address"),  # noqa: S104 -- refused
        ("CONTROL_HOST", "::", "one private address"),
        ("MAX_STREAMS", "-1", "MAX_STREAMS"),
        ("MEDIA_PORT", "70000", "MEDIA_PORT"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_starts(variable: str, value: str, said: str) -> None:
    environment = {
        **os.environ,
        "NODE_ID": "n",
        "REGION": "r",
        "CONTROL_HOST": "127.0.0.1",
        "MEDIA_ADDRESS": "127.0.0.1",
        variable: value,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "media_node"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
