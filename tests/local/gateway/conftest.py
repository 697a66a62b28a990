"""A gateway on a free port in front of real functions whose answers each test chooses."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from local.assembly import Assembly, FunctionSpec, SocketApi, SocketRoute
from local.gateway import Gateway, Limits
from local.runtime import Function, Runtime

HTTP_HANDLER = """
import json, os, time

def handler(event, context):
    asked = event.get("queryStringParameters", {}).get("answer")
    if asked == "crash":
        os._exit(1)
    if asked == "raise":
        raise RuntimeError("broken")
    if asked:
        return json.loads(asked)
    return event
"""

# Writes every event down, so that a test sees those that nobody answers, such as $disconnect.
SOCKET_HANDLER = """
import json, os, time

def handler(event, context):
    route = event["requestContext"]["routeKey"]
    with open(os.environ["EVENTS"], "a") as log:
        log.write(json.dumps(event) + "\\n")
    if route == "$connect":
        return {"statusCode": int(event.get("queryStringParameters", {}).get("status", "200")), "body": "no"}
    if route == "$disconnect":
        return {"statusCode": 200}
    text = event["body"]
    if "raise" in text:
        raise RuntimeError("broken")
    while "slow" in text and not os.path.exists(os.environ["EVENTS"] + ".go_on"):
        time.sleep(0.01)
    return {"statusCode": 200, "body": json.dumps({"route": route, "got": text[:100]})}
"""

HTTP_ROUTES = ("GET /things", "POST /things", "GET /things/{id}", "GET /things/mine", "ANY /files/{path+}")


@dataclass
class Served:
    """A running gateway, a client and the events that the socket function saw."""

    gateway: Gateway
    http: aiohttp.ClientSession
    events_file: Path

    @property
    def url(self) -> str:
        return self.gateway.url

    @property
    def socket_url(self) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/socket"

    def go_on(self) -> None:
        """What is slow has waited for this."""
        Path(f"{self.events_file}.go_on").touch()

    def events(self, route: str | None = None) -> list[dict[str, Any]]:
        if not self.events_file.exists():
            return []
        events = [json.loads(line) for line in self.events_file.read_text().splitlines()]
        return [it for it in events if route in (None, it["requestContext"]["routeKey"])]


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve(tmp_path: Path, handlers: Path) -> AsyncIterator[Serve]:
    started: list[tuple[Gateway, Runtime, aiohttp.ClientSession]] = []

    async def start(limits: Limits | None = None) -> Served:
        (handlers / "web.py").write_text(HTTP_HANDLER)
        (handlers / "chat.py").write_text(SOCKET_HANDLER)
        events, log = tmp_path / "events.jsonl", tmp_path / "functions.log"
        specs = [FunctionSpec(name, f"{name}.handler", handlers, timeout=60) for name in ("web", "chat")]
        runtime = Runtime([Function(spec, {"EVENTS": str(events)}, log) for spec in specs])
        routes = {
            "$connect": SocketRoute("chat", responds=False),
            "$disconnect": SocketRoute("chat", responds=False),
            "$default": SocketRoute("chat", responds=True),
            "say": SocketRoute("chat", responds=True),
            "note": SocketRoute("chat", responds=False),
        }
        assembly = Assembly(
            functions={spec.name: spec for spec in specs},
            http=dict.fromkeys(HTTP_ROUTES, "web"),
            socket=SocketApi("socket", "$request.body.action", routes),
            schedules=(),
            queues={},
            mappings=(),
            buckets=(),
            headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'self'"},
        )
        gateway = Gateway(assembly, runtime, dist=tmp_path / "dist", mail=tmp_path / "mail", limits=limits)
        await gateway.start()
        session = aiohttp.ClientSession()
        started.append((gateway, runtime, session))
        return Served(gateway, session, events)

    yield start
    for gateway, runtime, session in started:
        await session.close()
        await gateway.stop()
        await runtime.stop()


@pytest.fixture
async def served(serve: Serve) -> Served:
    return await serve()
