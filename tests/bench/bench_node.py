"""What a media node costs: `python -m tests.bench.bench_node [participants]` prints JSON lines.

The clients are aiortc's parts in this process (`WireClient`): only the node's own CPU time is counted.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from local.stores import Valkey
from tests.media_node.node_process import NodeProcess
from tests.media_node.wire_client import WireClient

WARM_UP = 3
SINGLE_JOINS = 20
IDLE_SECONDS = 20.0
AT_ONCE = 4
ROOM = 30


def say(measurement: str, **values: object) -> None:
    print(json.dumps({"bench": "node", "measurement": measurement, **values}), flush=True)


async def join(node: NodeProcess, number: int, room: str = "") -> tuple[WireClient, float]:
    """A participant, by default in a room of its own, and the ms from offer to open channel."""
    client = WireClient()
    body = client.request()
    begin = time.perf_counter()
    answer = await asyncio.to_thread(
        node.call, "PUT", f"/rooms/{room or number}/participants/p{number}", body
    )
    await client.connect(answer.body)
    return client, (time.perf_counter() - begin) * 1e3


def resident_mb(node: NodeProcess) -> float:
    pages = int(Path(f"/proc/{node.pid}/statm").read_text().split()[1])
    return round(pages * 4096 / 1e6, 1)


async def idle_ms_per_second(node: NodeProcess) -> float:
    before, begin = node.cpu_seconds(), time.perf_counter()
    await asyncio.sleep(IDLE_SECONDS)
    return (node.cpu_seconds() - before) / (time.perf_counter() - begin) * 1e3


async def measure_room(node: NodeProcess, participants: int) -> None:
    """Everyone in one room: each join renegotiates with all who are there."""
    before = node.cpu_seconds()
    clients: list[WireClient] = []
    longest = 0.0
    for _ in range(participants):
        client, took = await join(node, len(clients), room="bench-room")
        longest = max(longest, took)
        clients.append(client)
    say(
        "room",
        participants=participants,
        cpu_ms_per_join=round((node.cpu_seconds() - before) / participants * 1e3, 1),
        longest_join_ms=round(longest, 1),
    )
    await asyncio.gather(*(client.close() for client in clients))


async def measure(node: NodeProcess, participants: int) -> None:
    clients: list[WireClient] = []
    say(
        "empty", cpu_ms_per_second=round(empty := await idle_ms_per_second(node), 3), rss_mb=resident_mb(node)
    )
    times: list[float] = []
    for number in range(WARM_UP + SINGLE_JOINS):
        client, took = await join(node, number)
        clients.append(client)
        times += [took] * (number >= WARM_UP)
    say("offer_to_channel_open_ms", median=round(statistics.median(times), 1), most=round(max(times), 1))
    before, joined = node.cpu_seconds(), len(clients)
    while len(clients) < participants:
        batch = range(len(clients), min(participants, len(clients) + AT_ONCE))
        clients += [client for client, _ in await asyncio.gather(*(join(node, n) for n in batch))]
    connections = 2 * (len(clients) - joined)
    say(
        "join", cpu_ms_per_peer=round((node.cpu_seconds() - before) / connections * 1e3, 2), peers=connections
    )
    idle = await idle_ms_per_second(node)
    say(
        "idle",
        peers=2 * len(clients),
        cpu_ms_per_second=round(idle, 2),
        cpu_ms_per_second_per_peer=round((idle - empty) / (2 * len(clients)), 4),
        rss_mb=resident_mb(node),
    )
    await asyncio.gather(*(client.close() for client in clients))


async def main(participants: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Valkey(Path(folder), durable=False) as valkey:
        environment: dict[str, Any] = {
            "REDIS_URL": valkey.url,
            "DATABASE_URL": "postgresql://127.0.0.1:9/none",
        }
        begin = time.perf_counter()
        with NodeProcess(environment) as node:
            say("start", ready_ms=round((time.perf_counter() - begin) * 1e3), rss_mb=resident_mb(node))
            await measure(node, participants)
            await measure_room(node, ROOM)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
