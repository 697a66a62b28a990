"""A node's life: it enters the registry, drains on SIGTERM and leaves."""

import asyncio
import os
import subprocess
import sys
from typing import Any

import pytest
import redis

from tests.media_node.node_process import NodeProcess
from tests.media_node.wire_client import WireClient

PATH = "/rooms/room/participants/ada"


async def connected(node: NodeProcess, path: str = PATH) -> tuple[WireClient, dict[str, Any]]:
    client = WireClient()
    answer = await asyncio.to_thread(node.call, "PUT", path, client.request())
    assert answer.status == 200, answer
    await client.connect(answer.body)
    return client, answer.body


async def test_sigterm_tells_clients_and_waits_until_they_are_gone(node_environment: dict[str, str]) -> None:
    with NodeProcess(node_environment) as node:
        client, _ = await connected(node)
        node.terminate()
        await client.subscribe.told("drain")
        client.subscribe.send({"op": "ping", "t": 1})
        await client.subscribe.told("pong")
        refused = await asyncio.to_thread(node.call, "PUT", PATH, WireClient().request())
        assert (refused.status, refused.body["type"]) == (503, "/problems/draining")
        assert node.call("GET", "/healthz").body == {"status": "draining"}
        await client.close()
        assert await asyncio.to_thread(node.process.wait, 10) == 0
        assert node.event("stopped")


async def test_a_drain_ends_when_its_time_is_over(node_environment: dict[str, str]) -> None:
    with NodeProcess({**node_environment, "DRAIN_SECONDS": "0.2"}) as node:
        client, _ = await connected(node)
        assert node.call("POST", "/drain").status == 202
        await client.subscribe.told("drain")
        assert await asyncio.to_thread(node.process.wait, 10) == 0
        await client.close()


async def test_a_second_signal_ends_it_at_once(node_environment: dict[str, str]) -> None:
    with NodeProcess(node_environment) as node:
        client, _ = await connected(node)
        node.terminate()
        await client.subscribe.told("drain")
        node.terminate()
        assert await asyncio.to_thread(node.process.wait, 10) == 0
        await client.close()


async def test_who_says_goodbye_is_gone_at_once(node: NodeProcess) -> None:
    client, session = await connected(node)
    await client.close()
    ended = await asyncio.to_thread(node.event, "session ended", session=session["session_id"])
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
        assert node.process.wait(10) == 0
        assert not registry.exists(known)


def _await_key(registry: "redis.Redis", node: NodeProcess) -> str:
    for _ in range(400):
        found = [k for k in registry.scan_iter("*node-registered*") if registry.type(k) == "hash"]
        if found:
            return str(found[0])
        node.call("GET", "/healthz")
    raise AssertionError("the node did not report itself")


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
        timeout=30,
    )
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
