"""The control API: HTTP from the functions, inside the VPC, each request with a token of at most 60 s."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, ValidationError

from convoke.errors import Problem, unauthorized
from convoke.media.model import NodePause, NodeSessionRequest
from media_node.control.rooms import Rooms
from media_node.control.statistics import node_statistics
from media_node.transport.forwarder import Forwarder

MAX_BODY_BYTES = 256 * 1024
OPEN_PATHS = frozenset({"/healthz"})
_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")

Body = TypeVar("Body", bound=BaseModel)
Verify = Callable[[str], None]  # raises Problem on a token that is not a function's


def application(
    rooms: Rooms, forwarder: Forwarder, *, verify: Verify, drain: Callable[[], None]
) -> web.Application:
    """The control routes of `docs/protocol/media.md`. `drain` begins what SIGTERM begins."""
    middlewares = [_problems, _authorization(verify)]
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=middlewares)
    api = _Api(rooms, forwarder, drain)
    participant = "/rooms/{room_id}/participants/{participant_id}"
    app.router.add_get("/healthz", api.healthz)
    app.router.add_get("/rooms", api.statistics)
    app.router.add_put(participant, api.connect)
    app.router.add_post(participant + "/restart", api.restart)
    app.router.add_post(participant + "/pause", api.pause)
    app.router.add_delete(participant, api.disconnect)
    app.router.add_delete("/rooms/{room_id}", api.close_room)
    app.router.add_post("/drain", api.drain)
    return app


class _Api:
    """The handlers, over what they act on."""

    def __init__(self, rooms: Rooms, forwarder: Forwarder, drain: Callable[[], None]) -> None:
        self._rooms = rooms
        self._forwarder = forwarder
        self._drain = drain

    async def healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "draining" if self._rooms.draining else "serving"})

    async def statistics(self, _: web.Request) -> web.Response:
        return web.json_response(node_statistics(self._rooms, self._forwarder, time.monotonic()))

    async def connect(self, request: web.Request) -> web.Response:
        body = await _body(request, NodeSessionRequest)
        return _json(self._rooms.connect(_id(request, "room_id"), _id(request, "participant_id"), body))

    async def restart(self, request: web.Request) -> web.Response:
        body = await _body(request, NodeSessionRequest)
        return _json(self._rooms.restart(_id(request, "room_id"), _id(request, "participant_id"), body))

    async def pause(self, request: web.Request) -> web.Response:
        body = await _body(request, NodePause)
        self._rooms.pause(_id(request, "room_id"), _id(request, "participant_id"), body)
        return web.Response(status=204)

    async def disconnect(self, request: web.Request) -> web.Response:
        self._rooms.disconnect(_id(request, "room_id"), _id(request, "participant_id"))
        return web.Response(status=204)

    async def close_room(self, request: web.Request) -> web.Response:
        self._rooms.close_room(_id(request, "room_id"))
        return web.Response(status=204)

    async def drain(self, _: web.Request) -> web.Response:
        self._drain()
        return web.Response(status=202)


def _json(body: BaseModel) -> web.Response:
    return web.Response(text=body.model_dump_json(), content_type="application/json")


def _id(request: web.Request, name: str) -> str:
    value = request.match_info[name]
    if not _ID.match(value):
        raise Problem("validation", 400, "The path is not valid", f"{name} is not an id")
    return value


async def _body(request: web.Request, shape: type[Body]) -> Body:
    try:
        return shape.model_validate_json(await request.read())
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        if any(fault["loc"] and fault["loc"][-1] == "sdp" for fault in faults):
            raise Problem(
                "malformed_sdp", 400, "The session description cannot be used", faults[0]["msg"]
            ) from None
        raise Problem("validation", 400, "The body is not valid", errors=[dict(f) for f in faults]) from None


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal leaves as application/problem+json (RFC 9457)."""
    try:
        return await handler(request)
    except Problem as problem:
        return _problem_response(problem)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        slug = re.sub(r"[^a-z]+", "_", error.reason.lower())
        return _problem_response(Problem(slug, error.status, error.reason))


def _problem_response(problem: Problem) -> web.Response:
    return web.json_response(
        problem.document(),
        status=problem.status,
        headers=problem.headers,
        content_type="application/problem+json",
    )


def _authorization(verify: Verify) -> Middleware:
    @web.middleware
    async def authorized(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in OPEN_PATHS:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not token:
                raise unauthorized()
            # In a thread: now and then the key is read anew from Secrets Manager.
            await asyncio.to_thread(verify, token)
        return await handler(request)

    return authorized
