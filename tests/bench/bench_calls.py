"""Calls of two and of 32 through the local gateway, beside a plain ping of the same sockets: JSON lines.

    python -m tests.bench.bench_calls [--calls 20] [--pairs 16] [--each 30]

Everybody has one device. The times run from `call.start` until it rings at each invitee and at the last of
them, and from `call.answer` until the caller's own socket knows. Then pairs call each other as fast as they
can: each call rings, is taken back, and has ended on both sides before the next begins.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from local.stack import Options, Stack

ROOT = Path(__file__).parents[2]
GROUP = 32
PATIENCE_SECONDS = 60
_numbers = itertools.count()


@dataclass
class Phone:
    """Somebody's one device, read all the time; `heard` holds when each thing came, by what it was."""

    http: aiohttp.ClientSession
    headers: dict[str, str]
    user_id: str
    socket: aiohttp.ClientWebSocketResponse
    heard: dict[tuple[str, ...], asyncio.Future[tuple[float, Any]]] = field(default_factory=dict)

    async def read(self) -> None:
        async for message in self.socket:
            frame, now = json.loads(message.data), time.perf_counter()
            if "reply_to" in frame:
                self._came(("reply", frame["reply_to"]), now, frame)
            elif str(frame.get("event")).startswith("call."):
                call = frame["data"].get("call") or {"id": frame["data"].get("call_id"), "participants": []}
                self._came((frame["event"], call["id"]), now, call)
                for person in call["participants"]:
                    self._came((person["state"], call["id"], person["user_id"]), now, call)

    def _came(self, what: tuple[str, ...], now: float, frame: Any) -> None:
        awaited = self._awaited(what)
        if not awaited.done():
            awaited.set_result((now, frame))

    def _awaited(self, what: tuple[str, ...]) -> asyncio.Future[tuple[float, Any]]:
        return self.heard.setdefault(what, asyncio.get_running_loop().create_future())

    async def hears(self, *what: str) -> float:
        """When it came first."""
        return (await asyncio.wait_for(asyncio.shield(self._awaited(what)), PATIENCE_SECONDS))[0]

    async def ask(self, action: str, **data: str) -> tuple[float, float, Any]:
        """→ when it was asked, when it was answered, and what."""
        key = f"{action} {next(_numbers)}"
        asked = time.perf_counter()
        await self.socket.send_json({"action": action, "id": key, "data": data})
        answered = await self.hears("reply", key)
        reply = self.heard.pop(("reply", key)).result()[1]
        if not reply["ok"]:
            raise RuntimeError(reply)
        return asked, answered, reply["data"]

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        async with self.http.post(path, json=body or {}, headers=self.headers) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()


async def arrive(http: aiohttp.ClientSession) -> Phone:
    """A new account with an open socket."""
    name = f"bench-{next(_numbers)}"
    account = {"email": f"{name}@example.org", "password": "correct horse battery", "display_name": name}
    async with http.post("/v1/auth/register", json=account) as answer:
        assert answer.status == 201, await answer.text()
        body = await answer.json()
    headers = {"authorization": f"Bearer {body['access_token']}"}
    async with http.post("/v1/socket-tickets", headers=headers) as answer:
        ticket = (await answer.json())["ticket"]
    return Phone(
        http, headers, body["user"]["id"], await http.ws_connect(f"/socket?ticket={ticket}", max_msg_size=0)
    )


@dataclass
class Times:
    """In milliseconds."""

    ping: list[float] = field(default_factory=list)
    each_ring: list[float] = field(default_factory=list)
    last_ring: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)


async def one_call(caller: Phone, others: Sequence[Phone], chat_id: str, times: Times) -> None:
    """Ping, ring, answer, hang up."""
    sent, answered, _ = await caller.ask("ping")
    times.ping.append((answered - sent) * 1000)
    asked, _, started = await caller.ask("call.start", chat_id=chat_id, media_type="audio")
    call_id = started["call"]["id"]
    rung = await asyncio.gather(*(other.hears("call.ringing", call_id) for other in others))
    times.each_ring += [(at - asked) * 1000 for at in rung]
    times.last_ring.append((max(rung) - asked) * 1000)
    taker = others[0]
    asked, _, _ = await taker.ask("call.answer", call_id=call_id)
    times.answer.append((await caller.hears("answered", call_id, taker.user_id) - asked) * 1000)
    for phone in (caller, taker):
        await phone.post(f"/v1/calls/{call_id}/leave")
    await asyncio.gather(*(phone.hears("call.ended", call_id) for phone in (caller, *others)))


async def latency(phones: Sequence[Phone], chat_id: str, calls: int) -> None:
    """In turn, so that nobody calls too often. A first call is not counted: it fills caches."""
    times = Times()
    for number in range(calls + 1):
        at = number % len(phones)
        await one_call(phones[at], [*phones[at + 1 :], *phones[:at]], chat_id, times)
        if number == 0:
            times = Times()
    for what, found in (
        ("ping to its answer", times.ping),
        ("start to each ring", times.each_ring),
        ("start to the last ring", times.last_ring),
        ("answer to the caller's knowledge", times.answer),
    ):
        _tell(what, people=len(phones), **_spread(found))


async def throughput(pairs: Sequence[tuple[Phone, Phone, str]], each: int) -> None:
    async def call_after_call(caller: Phone, other: Phone, chat_id: str, calls: int) -> list[float]:
        took = []
        for number in range(calls):
            one, two = (caller, other) if number % 2 else (other, caller)
            asked, _, started = await one.ask("call.start", chat_id=chat_id, media_type="audio")
            call_id = started["call"]["id"]
            await two.hears("call.ringing", call_id)
            await one.ask("call.cancel", call_id=call_id)
            ended = await asyncio.gather(*(phone.hears("call.ended", call_id) for phone in (one, two)))
            took.append((max(ended) - asked) * 1000)
        return took

    # As many functions as will be needed are started by then.
    await asyncio.gather(*(call_after_call(*pair, 1) for pair in pairs))
    began = time.perf_counter()
    took = await asyncio.gather(*(call_after_call(*pair, each) for pair in pairs))
    seconds = time.perf_counter() - began
    rate = round(len(pairs) * each / seconds, 1)
    _tell("started and ended", pairs=len(pairs), calls_per_s=rate, **_spread(list(itertools.chain(*took))))


def _spread(times: list[float]) -> dict[str, float]:
    times.sort()
    p95 = times[-(-len(times) * 95 // 100) - 1]
    return {"samples": len(times), "p50_ms": round(statistics.median(times), 1), "p95_ms": round(p95, 1)}


def _tell(what: str, **found: float) -> None:
    print(json.dumps({"bench": "calls", "what": what, **found}), flush=True)


async def run(calls: int, pairs: int, each: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(ROOT, Path(folder), options=Options(durable=False, s3=False, cassandra=False))
        await stack.start()
        try:
            await stack.warm()
            async with aiohttp.ClientSession(stack.url, connector=aiohttp.TCPConnector(limit=0)) as http:
                phones = [await arrive(http) for _ in range(GROUP + 2)]
                reading = [asyncio.create_task(phone.read()) for phone in phones]
                await measure(phones[:2], phones[2:], calls, pairs, each)
                for task in reading:
                    task.cancel()
        finally:
            await stack.stop()


async def measure(two: Sequence[Phone], group: Sequence[Phone], calls: int, pairs: int, each: int) -> None:
    await latency(two, await _chat_of(*two), calls)
    ids = [phone.user_id for phone in group[1:]]
    chat = await group[0].post("/v1/chats", {"kind": "group", "title": "Bench", "user_ids": ids})
    await latency(group, chat["id"], calls)
    calling = [
        (one, other, await _chat_of(one, other)) for one, other in zip(group[::2], group[1::2], strict=True)
    ]
    await throughput(calling[:pairs], each)


async def _chat_of(one: Phone, other: Phone) -> str:
    chat = await one.post("/v1/chats", {"kind": "direct", "user_id": other.user_id})
    return str(chat["id"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=GROUP // 2, help=f"at most {GROUP // 2}")
    parser.add_argument("--each", type=int, default=30, help="calls of each pair; one may start 20 a minute")
    options = parser.parse_args()
    asyncio.run(run(options.calls, options.pairs, options.each))
