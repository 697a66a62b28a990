"""One message to many open sockets through the local gateway's real `@connections`, as JSON lines.

    python -m tests.bench.bench_push [--connections 200 1000] [--rounds 20]

`post_many`: from the call until every socket was answered for; `chat.send`: the whole action, database, Redis
and delivery, in a meeting's chat and in a group whose members have a socket each. Gateway and clients run
in one other process. Targets: 200 connections in 300 ms, 1,000 in 1 s.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast
from unittest.mock import patch

from aiohttp import ClientSession, TCPConnector, web

from convoke.backends import push
from convoke.backends.postgres import System, transaction
from convoke.chat import actions as chat
from convoke.chat.model import SENDS_PER_MINUTE, SendMessage
from convoke.delivery import actions as delivery
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.notifications import actions as notifications
from local.assembly import SocketApi
from local.aws import ACCESS_KEY, REGION, SECRET_KEY
from local.gateway.management import Management
from local.gateway.socket_api import SocketGateway
from local.gateway.sockets import Limits, Sockets
from local.runtime import Runtime
from local.stores import Postgres, Valkey, start_all, stop_all
from migrations import runner

PAYLOAD = json.dumps({"scope": "chat:x", "seq": 1, "event": "message.created", "data": {"text": "x" * 300}})


def far_side(pipe: Connection, count: int) -> None:
    """The gateway and `count` clients. Says its address and the connections' ids, then what has arrived."""
    asyncio.run(_far_side(pipe, count))


async def _far_side(pipe: Connection, count: int) -> None:
    sockets, received = Sockets(), [0]
    app = web.Application()
    app.router.add_route("*", "/socket/@connections/{id}", Management(sockets, ACCESS_KEY).handle)
    api = SocketApi("socket", "$request.body.action", {})
    # No route, so no function is ever asked for.
    gateway = SocketGateway(api, cast("Runtime", None), sockets, Limits())
    app.router.add_get("/socket", gateway.handle)
    site_runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await site_runner.setup()
    await web.TCPSite(site_runner, "127.0.0.1", 0, backlog=2048).start()
    url = f"http://127.0.0.1:{site_runner.addresses[0][1]}/socket"
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        clients = [Client() for _ in range(count)]
        tasks = [asyncio.create_task(client.listen(session, url, received)) for client in clients]
        await asyncio.gather(*(client.opened.wait() for client in clients))
        pipe.send((url, sockets.ids()))
        while await asyncio.to_thread(pipe.recv):
            pipe.send(received[0])
        for task in tasks:
            task.cancel()
    await site_runner.cleanup()


class Client:
    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def listen(self, session: ClientSession, url: str, received: list[int]) -> None:
        async with session.ws_connect(url) as socket:
            self.opened.set()
            async for _ in socket:
                received[0] += 1


@contextmanager
def sockets_open(count: int) -> Iterator[tuple[list[str], Callable[[], int]]]:
    """`count` open sockets: their ids, and a function that says how many messages they have received."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=far_side, args=(there, count))
    process.start()
    os.environ["SOCKET_CALLBACK_URL"], ids = here.recv()

    def received() -> int:
        here.send(True)
        return cast("int", here.recv())

    try:
        yield ids, received
    finally:
        here.send(False)
        process.join(10)


@contextmanager
def stores() -> Iterator[str]:
    """PostgreSQL, migrated, and Valkey, in this process's environment; the address of the owner."""
    with tempfile.TemporaryDirectory() as folder:
        postgres = Postgres(Path(folder) / "postgres", durable=False)
        valkey = Valkey(Path(folder) / "valkey", durable=False)
        start_all((postgres, valkey))
        try:
            os.environ["DATABASE_URL"] = postgres.url("convoke_app")
            os.environ["REDIS_URL"] = valkey.url
            runner.up(postgres.url())
            yield postgres.url()
        finally:
            stop_all((postgres, valkey))


def measure(
    name: str, act: Callable[[], object], ids: list[str], received: Callable[[], int], rounds: int
) -> None:
    act()
    before, wall, cpu = received(), [], []
    for _ in range(rounds):
        started, used = time.perf_counter(), time.process_time()
        act()
        wall.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    result = {
        "bench": "push",
        "what": name,
        "connections": len(ids),
        "p50_ms": round(statistics.median(wall), 1),
        "p95_ms": round(statistics.quantiles(wall, n=20)[-1], 1),
        "cpu_ms": round(statistics.median(cpu), 1),
        "delivered": received() - before,
        "expected": rounds * len(ids),
    }
    print(json.dumps(result), flush=True)


def sender(ids: list[str]) -> Callable[[], object]:
    """The chat of a meeting with a guest for each connection; the first of them sends one message a call."""
    now = datetime.now(UTC)
    chat_id, participant_ids = new_id(), [new_id() for _ in ids]
    guests = [Principal(None, each, chat_id, None, "guest", "basic", "Gus") for each in participant_ids]
    guest = guests[0]
    with transaction(System()) as conn:
        chat.open_meeting_chat(conn, chat_id, now)
        for participant_id in participant_ids:
            chat.add_member(conn, chat_id, participant_id, None, "Gus", now)
    for connection_id, principal in zip(ids, guests, strict=True):
        delivery.open_connection(connection_id, principal, now)
        delivery.subscribe(connection_id, chat.scope_of(chat_id), now=now)

    def send() -> None:
        request = SendMessage(chat_id=chat_id, client_id=new_id(), content="x" * 100)
        chat.send(guest, None, request, datetime.now(UTC))

    return send


def group_sender(ids: list[str]) -> Callable[[], object]:
    """A group of as many users as there are connections; the first of them sends one message a call."""
    now = datetime.now(UTC)
    users = [new_id() for _ in ids]
    chat_id = new_id()
    with transaction(System()) as conn:
        conn.execute(
            "INSERT INTO users (user_id, email, display_name, created_at, updated_at)"
            " SELECT id, id || '@example.org', 'Somebody', now(), now() FROM unnest(%s::uuid[]) id",
            (users,),
        )
        conn.execute(
            "INSERT INTO chats (chat_id, kind, title, last_activity_at, created_at, updated_at)"
            " VALUES (%s, 'group', 'All', now(), now(), now())",
            (chat_id,),
        )
        conn.execute(
            "INSERT INTO chat_members (chat_id, member_id, user_id, display_name, joined_at)"
            " SELECT %s, id, id, 'Somebody', now() FROM unnest(%s::uuid[]) id",
            (chat_id, users),
        )
    principals = [Principal(user, None, None, None, "user", "basic", "Somebody") for user in users]
    for connection_id, principal in zip(ids, principals, strict=True):
        delivery.open_connection(connection_id, principal, now)

    def send() -> None:
        request = SendMessage(chat_id=chat_id, client_id=new_id(), content="x" * 100)
        chat.send(principals[0], None, request, datetime.now(UTC))

    return send


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    os.environ |= {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    rounds = min(options.rounds, SENDS_PER_MINUTE // (2 * len(options.connections)))
    with stores():
        for count in options.connections:
            run_apart(count, rounds)


def run_apart(count: int, rounds: int) -> None:
    """In a process of its own, which reads its settings anew and is one function on its own."""
    process = multiprocessing.get_context("spawn").Process(target=run, args=(count, rounds))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def run(count: int, rounds: int) -> None:
    with sockets_open(count) as (ids, received):
        measure("post_many", lambda: push.post_many(ids, PAYLOAD.encode()), ids, received, rounds)
        measure("chat.send", sender(ids), ids, received, rounds)
        # Nobody looks who has missed it: the queue is another bench's.
        with patch.object(notifications, "message_sent"):
            measure("chat.send, group", group_sender(ids), ids, received, rounds)


if __name__ == "__main__":
    main()
