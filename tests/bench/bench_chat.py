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
            async with aiohttp.ClientSession(stack.url, connector=aiohttp.TCPConnector(limit=0)) as http:
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
    clients: list[Client] = []
    for first in range(0, connections, 10):
        numbers = range(first, min(first + 10, connections))
        clients += await asyncio.gather(*(_enter(http, meeting["id"], number) for number in numbers))
    times = [await _one(clients, meeting["id"]) for _ in range(messages)]
    for client in clients:
        client.reading.cancel()
    return times


class Client:
    """A guest's socket, read all the time: one that lets its events pile up is slow, and slows the others."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.entered = asyncio.Event()
        self.got: dict[str, asyncio.Event] = {}
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            found = json.loads(message.data)
            if found.get("ok") is False:
                raise RuntimeError(found)
            if found.get("reply_to") == "join":
                self.entered.set()
            if found.get("event") == "message.created":
                self.arrival(found["data"]["message"]["client_id"]).set()

    def arrival(self, client_id: str) -> asyncio.Event:
        return self.got.setdefault(client_id, asyncio.Event())


async def _enter(http: aiohttp.ClientSession, meeting_id: str, number: int) -> Client:
    name = {"display_name": f"Guest {number}"}
    async with http.post(f"/v1/meetings/{meeting_id}/join", json=name) as answer:
        assert answer.status == 200, await answer.text()
        ticket = (await answer.json())["ticket"]
    client = Client(await http.ws_connect(f"/socket?ticket={ticket}"))
    await client.socket.send_json({"action": "join", "id": "join", "data": {}})
    await asyncio.wait_for(client.entered.wait(), 60)
    return client


async def _one(clients: list[Client], chat_id: str) -> float:
    client_id = str(uuid4())
    data = {"chat_id": chat_id, "client_id": client_id, "content": "Hello to all of you"}
    started = time.perf_counter()
    waiting = [asyncio.create_task(client.arrival(client_id).wait()) for client in clients]
    await clients[0].socket.send_json({"action": "chat.send", "id": client_id, "data": data})
    await asyncio.wait_for(asyncio.gather(*waiting), 60)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--messages", type=int, default=20)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.connections, arguments.messages))
