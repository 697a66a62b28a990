"""A message to 200 connections of a meeting, and to a group of ten, through the local gateway: JSON lines.

    python -m tests.bench.bench_chat [--connections 200] [--messages 20]

Each connection is somebody's own socket. The time runs from the send until the last of them has the message
(in the meeting: target ≤ 300 ms), or until each of them has it (in the group: median ≤ 60 ms).
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


async def measure(connections: int, messages: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(ROOT, Path(folder), options=Options(durable=False, s3=False, cassandra=False))
        await stack.start()
        try:
            async with aiohttp.ClientSession(stack.url, connector=aiohttp.TCPConnector(limit=0)) as http:
                meeting = await _in_a_meeting(http, connections, messages)
                _tell("meeting, send to last delivery", connections, meeting, target_ms=300)
                group = await _in_a_group(http, 10, messages)
                _tell("group, send to each delivery", 10, group, target_ms=60)
        finally:
            await stack.stop()


def _tell(what: str, connections: int, times: list[float], *, target_ms: int) -> None:
    times.sort()
    found = {"connections": connections, "samples": len(times), "median_ms": round(statistics.median(times))}
    p95 = round(times[len(times) * 95 // 100 - 1])
    print(json.dumps({"bench": "chat", "what": what, **found, "p95_ms": p95, "target_ms": target_ms}))


async def _register(http: aiohttp.ClientSession, number: int) -> tuple[dict[str, str], str]:
    """A new user's header, and id."""
    email, password = f"bench-{number}@example.org", "correct horse battery"
    account = {"email": email, "password": password, "display_name": f"Bench {number}"}
    async with http.post("/v1/auth/register", json=account) as answer:
        assert answer.status == 201, await answer.text()
        body = await answer.json()
    return {"authorization": f"Bearer {body['access_token']}"}, body["user"]["id"]


async def _in_a_group(http: aiohttp.ClientSession, members: int, messages: int) -> list[float]:
    """Everybody on a device of their own; the times of all deliveries."""
    people = [await _register(http, number) for number in range(1, members + 1)]
    body = {"kind": "group", "title": "Bench", "user_ids": [user for _, user in people[1:]]}
    async with http.post("/v1/chats", json=body, headers=people[0][0]) as answer:
        assert answer.status == 201, await answer.text()
        chat_id = (await answer.json())["id"]
    clients = []
    for headers, _ in people:
        async with http.post("/v1/socket-tickets", headers=headers) as answer:
            ticket = (await answer.json())["ticket"]
        clients.append(Client(await http.ws_connect(f"/socket?ticket={ticket}")))
    times: list[float] = []
    for _ in range(messages):
        times += await _deliveries(clients, chat_id)
    for client in clients:
        client.reading.cancel()
    return times


async def _deliveries(clients: list[Client], chat_id: str) -> list[float]:
    client_id = str(uuid4())
    data = {"chat_id": chat_id, "client_id": client_id, "content": "Hello to all of you"}
    started = time.perf_counter()

    async def arrived(client: Client) -> float:
        await client.arrival(client_id).wait()
        return (time.perf_counter() - started) * 1000

    waiting = asyncio.gather(*(arrived(client) for client in clients))
    await clients[0].socket.send_json({"action": "chat.send", "id": client_id, "data": data})
    return list(await asyncio.wait_for(waiting, 60))


async def _in_a_meeting(http: aiohttp.ClientSession, connections: int, messages: int) -> list[float]:
    headers, _ = await _register(http, 0)
    settings = {"max_participants": connections + 1, "waiting_room": False}
    async with http.post(
        "/v1/meetings", json={"type": "instant", "settings": settings}, headers=headers
    ) as answer:
        meeting = await answer.json()
    clients: list[Client] = []
    for first in range(0, connections, 10):
        numbers = range(first, min(first + 10, connections))
        clients += await asyncio.gather(*(_enter(http, meeting["id"], number) for number in numbers))
    times = [max(await _deliveries(clients, meeting["id"])) for _ in range(messages)]
    for client in clients:
        client.reading.cancel()
    return times


async def _enter(http: aiohttp.ClientSession, meeting_id: str, number: int) -> Client:
    name = {"display_name": f"Guest {number}"}
    async with http.post(f"/v1/meetings/{meeting_id}/join", json=name) as answer:
        assert answer.status == 200, await answer.text()
        ticket = (await answer.json())["ticket"]
    client = Client(await http.ws_connect(f"/socket?ticket={ticket}"))
    await client.socket.send_json({"action": "join", "id": "join", "data": {}})
    await asyncio.wait_for(client.entered.wait(), 60)
    return client


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, nargs="+", default=[10, 200])
    parser.add_argument("--messages", type=int, default=20)
    arguments = parser.parse_args()
    for wanted in arguments.connections:
        asyncio.run(measure(wanted, arguments.messages))
