"""The WebSocket API: $connect may refuse, a message finds its function by its action, $disconnect follows."""

import asyncio
import json
import logging
from typing import Any
from uuid import uuid4

from aiohttp import web

from local.assembly import SocketApi, SocketRoute
from local.gateway.sockets import Connection, Limits, Sockets
from local.runtime import Runtime, TooManyRequests
from local.runtime_api import Outcome

INTEGRATION_SECONDS = 29.0
_log = logging.getLogger(__name__)


class SocketGateway:
    """Serves one WebSocket API at `/{stage}`."""

    def __init__(self, api: SocketApi, runtime: Runtime, sockets: Sockets, limits: Limits) -> None:
        self.api = api
        self._runtime = runtime
        self._sockets = sockets
        self._limits = limits
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One client from its handshake to its $disconnect."""
        socket = web.WebSocketResponse(
            max_msg_size=self._limits.message + 1,  # the first size that is refused
            heartbeat=self._limits.ping,
            compress=False,
            timeout=2,
        )
        if not socket.can_prepare(request).ok:
            return web.json_response({"message": "Forbidden"}, status=403)
        connection = Connection(socket, request)
        refusal = await self._connect(connection)
        if refusal is not None:
            return refusal
        ended = (1006, "Connection lost")
        try:
            await socket.prepare(request)
            self._sockets.add(connection)
            ended = await connection.messages(self._limits, lambda text: self._receive(connection, text))
        finally:
            self._sockets.remove(connection)
            # The handler is cancelled when the client vanishes: the last event must not go with it.
            self._later(self._disconnect(connection, *ended))
        return socket

    async def settled(self, seconds: float) -> None:
        """Waits for events that are still on their way, at most so long."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)

    async def _connect(self, connection: Connection) -> web.Response | None:
        """None when the function lets it in (or there is none to ask)."""
        route = self.api.routes.get("$connect")
        if route is None:
            return None
        event = self._event(connection, "$connect", "CONNECT") | _request_fields(connection.request)
        outcome = await self._invoke(route, event)
        if outcome.error:
            return web.json_response({"message": "Internal server error"}, status=500)
        try:
            answer = outcome.value()
            status = int(answer["statusCode"])
        except (ValueError, TypeError, KeyError):
            return web.json_response({"message": "Internal server error"}, status=500)
        if 200 <= status < 300:
            return None
        return web.Response(
            status=status, text=str(answer.get("body") or ""), content_type="application/json"
        )

    async def _receive(self, connection: Connection, text: str) -> None:
        """Starts the message's function; reads on at once, unless too many are on their way already."""
        while sum(task.get_name() == connection.id for task in self._tasks) >= self._limits.outstanding:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        self._later(self._message(connection, text), name=connection.id)

    async def _message(self, connection: Connection, text: str) -> None:
        key = self._route_key(text)
        if key is None:
            await connection.send(self._trouble(connection, "Forbidden", str(uuid4())))
            return
        event = self._event(connection, key, "MESSAGE") | {"body": text}
        outcome = await self._invoke(self.api.routes[key], event)
        if outcome.error:
            _log.error("%s failed: %s", key, outcome.payload.decode(errors="replace")[:500])
            request_id = event["requestContext"]["requestId"]
            await connection.send(self._trouble(connection, "Internal server error", request_id))
        elif self.api.routes[key].responds and (body := _body(outcome)):
            await connection.send(body)

    async def _disconnect(self, connection: Connection, code: int, reason: str) -> None:
        route = self.api.routes.get("$disconnect")
        if route is None:
            return
        event = self._event(connection, "$disconnect", "DISCONNECT")
        event["requestContext"] |= {"disconnectStatusCode": code, "disconnectReason": reason}
        event["headers"] = {"Host": connection.request.host}
        outcome = await self._invoke(route, event)
        if outcome.error:
            _log.error("$disconnect failed: %s", outcome.payload.decode(errors="replace")[:500])

    async def _invoke(self, route: SocketRoute, event: dict[str, Any]) -> Outcome:
        try:
            return await self._runtime.invoke(route.function, event, wait_seconds=INTEGRATION_SECONDS)
        except TooManyRequests:
            return Outcome.failed("TooManyRequestsException", "Rate exceeded")

    def _route_key(self, text: str) -> str | None:
        """By the selection expression ($request.body.action); $default for what it does not find."""
        value: Any = None
        try:
            value = json.loads(text)
            for name in self.api.selection.removeprefix("$request.body.").split("."):
                value = value[name]
        except (ValueError, TypeError, KeyError, RecursionError):
            value = None
        known = isinstance(value, str) and not value.startswith("$") and value in self.api.routes
        return str(value) if known else "$default" if "$default" in self.api.routes else None

    def _event(self, connection: Connection, key: str, kind: str) -> dict[str, Any]:
        loop_time = connection.last_active
        request = connection.request
        context: dict[str, Any] = {
            "routeKey": key,
            "eventType": kind,
            "extendedRequestId": uuid4().hex[:15] + "=",
            "requestTime": loop_time.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "messageDirection": "IN",
            "stage": self.api.stage,
            "connectedAt": int(connection.connected_at.timestamp() * 1000),
            "requestTimeEpoch": int(loop_time.timestamp() * 1000),
            "identity": {"userAgent": request.headers.get("User-Agent"), "sourceIp": request.remote},
            "requestId": str(uuid4()),
            "domainName": request.host,
            "connectionId": connection.id,
            "apiId": "local",
        }
        if kind == "MESSAGE":
            context["messageId"] = uuid4().hex[:15] + "="
        return {"requestContext": context, "isBase64Encoded": False}

    def _trouble(self, connection: Connection, text: str, request_id: str) -> str:
        return json.dumps({"message": text, "connectionId": connection.id, "requestId": request_id})

    def _later(self, work: Any, name: str | None = None) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _request_fields(request: web.Request) -> dict[str, Any]:
    """Headers and query string, which $connect alone gets. Names keep the case they came with."""
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        headers.setdefault(name, []).append(value)
    headers["X-Forwarded-For"] = [*headers.get("X-Forwarded-For", []), request.remote or ""]
    fields: dict[str, Any] = {
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
    }
    if request.query:
        fields["queryStringParameters"] = dict(request.query)
        fields["multiValueQueryStringParameters"] = {k: request.query.getall(k) for k in request.query}
    return fields


def _body(outcome: Outcome) -> str:
    """What the route response sends: the body of what the function returned."""
    try:
        answer = outcome.value()
    except ValueError:
        return ""
    body = answer.get("body") if isinstance(answer, dict) else None
    return body if isinstance(body, str) else ""
