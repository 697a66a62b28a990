"""`@connections`: what functions post to sockets by, in the form an unmodified boto3 understands."""

import re
from datetime import datetime

from aiohttp import web

from local.gateway.sockets import Connection, Sockets

PAYLOAD_LIMIT = 128 * 1024
_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 .*Credential=([^/]+)/\d{8}/[^/]+/execute-api/aws4_request")


class Management:
    """POST, GET and DELETE of `/{stage}/@connections/{id}` for callers that sign with `access_key`."""

    def __init__(self, sockets: Sockets, access_key: str) -> None:
        self._sockets = sockets
        self._access_key = access_key

    async def handle(self, request: web.Request) -> web.Response:
        signed = _CREDENTIAL.match(request.headers.get("Authorization", ""))
        if signed is None or signed[1] != self._access_key:
            return _error(403, "ForbiddenException", "Forbidden")
        connection = self._sockets.get(request.match_info["id"])
        if connection is None:
            return _gone()
        if request.method == "POST":
            return await _post(connection, await request.read())
        if request.method == "DELETE":
            await connection.close(1000, "Connection Closed Normally")
            return web.Response(status=204)
        return _get(connection)


async def _post(connection: Connection, payload: bytes) -> web.Response:
    if len(payload) > PAYLOAD_LIMIT:
        return _error(413, "PayloadTooLargeException", "Payload too large")
    return web.Response() if await connection.send(payload.decode(errors="replace")) else _gone()


def _get(connection: Connection) -> web.Response:
    request = connection.request
    return web.json_response(
        {
            "connectedAt": _instant(connection.connected_at),
            "identity": {"sourceIp": request.remote, "userAgent": request.headers.get("User-Agent")},
            "lastActiveAt": _instant(connection.last_active),
        }
    )


def _gone() -> web.Response:
    return _error(410, "GoneException", "Gone")


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _error(status: int, kind: str, text: str) -> web.Response:
    return web.json_response({"message": text}, status=status, headers={"x-amzn-ErrorType": kind})
