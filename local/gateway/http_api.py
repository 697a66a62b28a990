"""The HTTP API: matches a request to a route, gives the function a payload 2.0 event, sends its answer back.

Shapes and status codes are API Gateway's (developer guide, "Lambda integrations for HTTP APIs").
"""

import asyncio
import base64
import binascii
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from aiohttp import web
from multidict import CIMultiDict

from local.runtime import Runtime, TooManyRequests
from local.runtime_api import Outcome

BODY_LIMIT = 10 * 1024 * 1024
INTEGRATION_SECONDS = 30.0
_TEXT = ("application/json", "application/javascript", "application/xml")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Match:
    """A route's key ("GET /v1/meetings/{meeting}"), its function and what the path's names stand for."""

    key: str
    function: str
    parameters: dict[str, str]


class HttpApi:
    """Serves `routes` (route key -> function name)."""

    def __init__(self, routes: Mapping[str, str], runtime: Runtime) -> None:
        # A literal segment goes before a name, a name before a greedy one, as API Gateway chooses.
        ordered = sorted(routes.items(), key=lambda item: _generality(item[0]))
        self._routes = [(key, key.split(" ")[0], _pattern(key), function) for key, function in ordered]
        self._folders = {f"/{key.split('/')[1]}/" for key in routes if key.count("/") > 1}
        self._runtime = runtime

    def match(self, method: str, path: str) -> Match | None:
        for key, wanted, pattern, function in self._routes:
            if wanted in (method, "ANY", "$default") and (found := pattern.fullmatch(path)):
                return Match(key, function, {name: unquote(text) for name, text in found.groupdict().items()})
        return None

    def serves(self, path: str) -> bool:
        """Whether the path is the API's and not the web client's: under a folder of it, or a route's own."""
        inside = any(path.startswith(folder) for folder in self._folders)
        return inside or any(pattern.fullmatch(path) for _, _, pattern, _ in self._routes)

    async def handle(self, request: web.Request) -> web.Response:
        match = self.match(request.method, request.rel_url.raw_path)
        if match is None:
            return message(404, "Not Found")
        try:
            async with asyncio.timeout(INTEGRATION_SECONDS):
                made = event(request, match, await request.read())
                return _answer(match, await self._runtime.invoke(match.function, made))
        except web.HTTPRequestEntityTooLarge:
            return message(413, "Request Entity Too Large")
        except (TooManyRequests, TimeoutError):
            return message(503, "Service Unavailable")


def _answer(match: Match, outcome: Outcome) -> web.Response:
    """What the caller gets: of a function's error nothing but its status, the log has the rest."""
    if outcome.error == "RequestTooLargeException":
        return message(413, "Request Entity Too Large")
    if outcome.error:
        _log.error("%s failed: %s", match.key, outcome.payload.decode(errors="replace")[:500])
        return message(500, "Internal Server Error")
    try:
        return response(outcome.value())
    except (ValueError, TypeError, binascii.Error):
        _log.exception("%s gave an answer that is no HTTP response", match.key)
        return message(500, "Internal Server Error")


def message(status: int, text: str) -> web.Response:
    return web.json_response({"message": text}, status=status)


def event(request: web.Request, match: Match, body: bytes) -> dict[str, Any]:
    """The payload 2.0 event of a request."""
    now = datetime.now(UTC)
    headers, cookies = _headers(request)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.key,
        "rawPath": unquote(request.rel_url.raw_path),
        "rawQueryString": request.rel_url.raw_query_string,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": request.host.partition(":")[0],
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": unquote(request.rel_url.raw_path),
                "protocol": f"HTTP/{request.version.major}.{request.version.minor}",
                "sourceIp": request.remote or "",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid4()),
            "routeKey": match.key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        made["cookies"] = cookies
    if request.query:
        made["queryStringParameters"] = {k: ",".join(request.query.getall(k)) for k in request.query}
    if match.parameters:
        made["pathParameters"] = match.parameters
    if body:
        made["body"], made["isBase64Encoded"] = _text(body, request.content_type)
    return made


def response(answer: Any) -> web.Response:
    """The HTTP response for what a handler returned, in format 2.0 or the implied one."""
    if not (isinstance(answer, dict) and "statusCode" in answer):
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return web.Response(text=text, content_type="application/json")
    content = answer.get("body") or ""
    if not isinstance(content, str):
        raise TypeError("the body is no string")
    body = base64.b64decode(content, validate=True) if answer.get("isBase64Encoded") else content.encode()
    headers = CIMultiDict((name, _plain(value)) for name, value in (answer.get("headers") or {}).items())
    for cookie in answer.get("cookies") or []:
        headers.add("Set-Cookie", cookie)
    headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    return web.Response(status=int(answer["statusCode"]), body=body, headers=headers)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _headers(request: web.Request) -> tuple[dict[str, str], list[str]]:
    """Lower-case names, repeated ones joined by a comma, cookies apart; and what API Gateway adds."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in request.headers.items():
        key = name.lower()
        if key == "cookie":
            cookies += [part.strip() for part in value.split(";") if part.strip()]
        else:
            headers[key] = f"{headers[key]},{value}" if key in headers else value
    came_by = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{came_by}, {request.remote}" if came_by else request.remote or ""
    headers["x-forwarded-proto"] = request.scheme
    headers["x-forwarded-port"] = request.host.partition(":")[2] or "80"
    headers.setdefault("content-length", "0")
    headers["x-amzn-trace-id"] = f"Root=1-{uuid4().hex[:8]}-{uuid4().hex[:24]}"
    return headers, cookies


def _text(body: bytes, content_type: str) -> tuple[str, bool]:
    """The body as text, or in base64 when it is binary."""
    textual = content_type.startswith("text/") or content_type in _TEXT
    if textual or content_type.endswith(("+json", "+xml")):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def _generality(key: str) -> tuple[bool, bool, list[int], bool]:
    method, _, path = key.partition(" ")
    segments = [2 if "+}" in part else 1 if part.startswith("{") else 0 for part in path.split("/")]
    return key == "$default", 2 in segments, segments, method == "ANY"


def _pattern(key: str) -> re.Pattern[str]:
    """A route's path as a pattern: `{name}` is one segment, `{name+}` the rest."""
    if key == "$default":
        return re.compile(".*")
    parts = re.split(r"(\{\w+\+?\})", key.partition(" ")[2])
    return re.compile("".join(_piece(part) for part in parts))


def _piece(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part[1:-1]
    return f"(?P<{name[:-1]}>.+)" if name.endswith("+") else f"(?P<{name}>[^/]+)"
