"""Many messages into one group of ten, each member with an open socket: JSON lines.

    python -m tests.bench.bench_group [--rate 500] [--seconds 10] [--senders 4] [--no-sockets]

Several processes, each one a function, send at a steady rate. In the end every message is in the database
once, numbered without a gap; and every socket has had each of them once. `late` are messages that came after
one with a higher number, by which clients put them in place. Target: 500 messages/s without loss or disorder.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import statistics
import time
from datetime import UTC, datetime
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import ClassVar, cast
from unittest.mock import patch

import psycopg

from convoke.chat import actions, model
from convoke.chat.conversation import GroupRequest
from convoke.chat.model import SendMessage
from convoke.delivery import actions as delivery
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.notifications import actions as notifications
from local.aws import ACCESS_KEY, REGION, SECRET_KEY
from tests.bench.bench_push import stores

MEMBERS = 10
CONTEXT = multiprocessing.get_context("spawn")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Posts(asyncio.Protocol):
    """@connections, as cheap as can be: it keeps the number of each message by connection."""

    got: ClassVar[dict[bytes, list[int]]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self.buffer, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.buffer) < whole:
                return
            head, body = self.buffer[:end], self.buffer[end + 4 : whole]
            self.buffer = self.buffer[whole:]
            frame = json.loads(body)
            if frame.get("event") == "message.created":
                connection = head.split(b" ", 2)[1].rsplit(b"/", 1)[1]
                self.got.setdefault(connection, []).append(frame["data"]["chat_seq"])
            self.transport.write(ANSWER)


def far_side(pipe: Connection) -> None:
    asyncio.run(_far_side(pipe))


async def _far_side(pipe: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(Posts, "127.0.0.1", 0)
    pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/socket")
    await asyncio.to_thread(pipe.recv)
    pipe.send(Posts.got)
    server.close()


def principal(user_id: str) -> Principal:
    return Principal(user_id, None, None, None, "user", "basic", "Somebody")


def send(pipe: Connection, chat_id: str, user_ids: list[str], count: int, rate: float) -> None:
    """One function: `count` messages in turn by these members, `rate` a second; how long each took."""
    people, took = [principal(user_id) for user_id in user_ids], []
    with patch.object(model, "SENDS_PER_MINUTE", 10**9), patch.object(notifications, "message_sent"):
        pipe.send("ready")
        began = pipe.recv()
        for number in range(count):
            time.sleep(max(0.0, began + number / rate - time.time()))
            started = time.perf_counter()
            request = SendMessage(chat_id=chat_id, client_id=new_id(), content=f"Message {number}")
            actions.send(people[number % len(people)], None, request, datetime.now(UTC))
            took.append((time.perf_counter() - started) * 1000)
    pipe.send((time.time(), took))


def make_group(owner_url: str) -> tuple[str, list[str]]:
    user_ids = [new_id() for _ in range(MEMBERS)]
    with psycopg.connect(owner_url, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO users (user_id, email, display_name, created_at, updated_at)"
            " SELECT id, id || '@example.org', 'Somebody', now(), now() FROM unnest(%s::uuid[]) id",
            (user_ids,),
        )
    request = GroupRequest(kind="group", title="Ten", user_ids=user_ids[1:])
    return actions.create_group(principal(user_ids[0]), request, datetime.now(UTC)).id, user_ids


def run(owner_url: str, options: argparse.Namespace) -> None:
    here, there = CONTEXT.Pipe()
    far = CONTEXT.Process(target=far_side, args=(there,))
    far.start()
    os.environ["SOCKET_CALLBACK_URL"] = here.recv()
    chat_id, user_ids = make_group(owner_url)
    if not options.no_sockets:
        for user_id in user_ids:
            delivery.open_connection(f"of-{user_id}", principal(user_id), datetime.now(UTC))
    each = options.rate * options.seconds // options.senders
    pipes = []
    for number in range(options.senders):
        mine, theirs = CONTEXT.Pipe()
        members = user_ids[number :: options.senders]
        arguments = (theirs, chat_id, members, each, options.rate / options.senders)
        CONTEXT.Process(target=send, args=arguments).start()
        pipes.append(mine)
    for pipe in pipes:
        pipe.recv()
    began = time.time() + 0.2
    for pipe in pipes:
        pipe.send(began)
    done = [pipe.recv() for pipe in pipes]
    here.send(True)
    report(owner_url, chat_id, options, began, done, here.recv())


def report(  # noqa: PLR0917 (what was found)
    owner_url: str,
    chat_id: str,
    options: argparse.Namespace,
    began: float,
    done: list[tuple[float, list[float]]],
    got: dict[bytes, list[int]],
) -> None:
    took = [wall for _, walls in done for wall in walls]
    seconds = max(ended for ended, _ in done) - began
    with psycopg.connect(owner_url) as conn:
        numbers = [
            row[0]
            for row in conn.execute(
                "SELECT seq FROM messages WHERE chat_id = %s AND type = 'text' ORDER BY seq", (chat_id,)
            ).fetchall()
        ]
    late = sum(one > two for heard in got.values() for one, two in pairwise(heard))
    result = {
        "bench": "group",
        "asked_per_s": options.rate,
        "sent_per_s": round(len(took) / seconds),
        "messages": len(took),
        "senders": options.senders,
        "sockets": 0 if options.no_sockets else MEMBERS,
        "stored_once_without_gap": numbers == list(range(2, len(took) + 2)),
        "each_socket_heard_each_once": options.no_sockets
        or (len(got) == MEMBERS and all(sorted(heard) == numbers for heard in got.values())),
        "late": late,
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(statistics.quantiles(took, n=20)[-1], 1),
    }
    print(json.dumps(result), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--no-sockets", action="store_true")
    options = parser.parse_args()
    os.environ |= {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    with stores() as owner_url:
        run(owner_url, options)


if __name__ == "__main__":
    main()
