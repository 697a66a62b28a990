"""A chat message to 200 connections of one meeting, through the local gateway: JSON lines.

    python -m tests.bench.bench_chat [--connections 200] [--messages 20]

Each connection is a guest's own socket. The time runs from the send until the last of them has the message.
Target: ≤ 300 ms.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import aiohttp

from local.stack import Options, Stack

ROOT = Path(__file__).parents[2]


async def measure(connections: int, messages: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(ROOT, Path(folder), options=Options(durable=False, s3=False, cassandra=False))
        await stack.start()
        try:
            async with aiohttp.ClientSession(stack.url) as http:
                times = await _times(http, connections, messages)
        finally:
            await stack.stop()
    times.sort()
    print(
        json.dumps(
            {
                "bench": "chat",
                "what": "send to last delivery",
                "connections": connections,
                "messages": messages,
                "median_ms": round(statistics.median(times)),
                "p95_ms": round(times[len(times) * 95 // 100 - 1]),
                "target_ms": 300,
            }
        )
    )


async def _times(http: aiohttp.ClientSession, connections: int, messages: int) -> list[float]:
    account = {"email": "bench@example.org", "password": "correct horse battery", "display_name": "Bench"}
    async with http.post("/v1/auth/register", json=account) as answer:
        headers = {"authorization": f"Bearer {(await answer.json())['access_token']}"}
    settings = {"max_participants": connections + 1, "waiting_room": False}
    async with http.post(
        "/v1/meetings", json={"type": "instant", "settings": settings}, headers=headers
    ) as answer:
        meeting = await answer.json()
    sockets = []
    for number in range(connections):
        # The host's account for all: guests from one address are rate-limited, a host has many devices.
        async with http.post(
            f"/v1/meetings/{meeting['id']}/join", json={"display_name": f"G{number}"}, headers=headers
        ) as answer:
            assert answer.status == 200, await answer.text()
            ticket = (await answer.json())["ticket"]
        socket = await http.ws_connect(f"/socket?ticket={ticket}")
        await socket.send_json({"action": "join", "id": "join", "data": {"publish": None}})
        sockets.append(socket)
        await _until(socket, lambda found: found.get("reply_to") == "join")
    return [await _one(sockets, meeting["id"]) for _ in range(messages)]


async def _one(sockets: list[aiohttp.ClientWebSocketResponse], chat_id: str) -> float:
    client_id = str(uuid4())
    data = {"chat_id": chat_id, "client_id": client_id, "content": "Hello to all of you"}

    def is_it(found: dict[str, object]) -> bool:
        return found.get("event") == "message.created" and client_id in json.dumps(found)

    started = time.perf_counter()
    waiting = [asyncio.ensure_future(_until(socket, is_it)) for socket in sockets]
    await sockets[0].send_json({"action": "chat.send", "id": client_id, "data": data})
    await asyncio.gather(*waiting)
    return (time.perf_counter() - started) * 1000


async def _until(socket: aiohttp.ClientWebSocketResponse, holds: Callable[[dict[str, object]], bool]) -> None:
    while True:
        found = json.loads(await socket.receive_str(timeout=30))
        if found.get("ok") is False:
            raise RuntimeError(found)
        if holds(found):
            return


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--messages", type=int, default=20)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.connections, arguments.messages))
