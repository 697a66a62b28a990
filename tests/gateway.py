"""What API Gateway does between a request and a REST handler: the event of an HTTP API, payload 2.0."""

import base64
import importlib
import json
import re
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlencode

from functions.routes import REST_ROUTES

DOMAIN = "api.convoke.test"
# What a handler may look at of Lambda's context.
CONTEXT = SimpleNamespace(
    function_name="convoke-test",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:convoke-test",
    aws_request_id="00000000-0000-0000-0000-000000000000",
    get_remaining_time_in_millis=lambda: 29_000,
)


@dataclass(frozen=True)
class Answer:
    """A handler's response. Header names are lower case; `body` is the parsed JSON, or the text."""

    status: int
    headers: dict[str, str]
    body: Any
    cookies: list[str]

    @property
    def problem(self) -> str:
        """The slug of a problem document, after a look at whether it is one."""
        assert self.headers["content-type"] == "application/problem+json", self
        assert self.body["status"] == self.status, self
        return str(self.body["type"]).removeprefix("/problems/")


@cache
def _patterns() -> list[tuple[str, str, re.Pattern[str]]]:
    found = []
    for module, routes in REST_ROUTES.items():
        for route in routes:
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(route))
            found.append((module, route, re.compile(pattern)))
    return found


def event(
    method: str,
    path: str,
    body: Any = None,
    *,
    raw: str | bytes | None = None,
    token: str | None = None,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    cookies: list[str] | None = None,
    ip: str = "192.0.2.1",
) -> dict[str, Any]:
    """The event for a request; `raw` sends a body as it is (bytes go in Base64), `body` as JSON."""
    route, parameters = "$default", {}
    for _, key, pattern in _patterns():
        if match := pattern.fullmatch(f"{method} {path}"):
            route, parameters = key, {name: unquote(value) for name, value in match.groupdict().items()}
    sent = {"host": DOMAIN, "user-agent": "pytest", "x-forwarded-for": ip}
    if body is not None or raw is not None:
        sent["content-type"] = "application/json"
    if token is not None:
        sent["authorization"] = f"Bearer {token}"
    sent |= {name.lower(): value for name, value in (headers or {}).items()}
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": sent,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": DOMAIN,
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": ip,
                "userAgent": sent["user-agent"],
            },
            "requestId": "request-1",
            "routeKey": route,
            "stage": "$default",
            "time": "20/Nov/2026:00:00:00 +0000",
            "timeEpoch": 1795132800000,
        },
        "isBase64Encoded": isinstance(raw, bytes),
    }
    if parameters:
        made["pathParameters"] = parameters
    if query:
        made["queryStringParameters"] = query
    if cookies:
        made["cookies"] = cookies
    if isinstance(raw, bytes):
        made["body"] = base64.b64encode(raw).decode()
    elif raw is not None or body is not None:
        made["body"] = raw if raw is not None else json.dumps(body)
    return made


def call(method: str, path: str, body: Any = None, *, function: str | None = None, **request: Any) -> Answer:
    """Send a request to the handler that its route belongs to (or `function`), and read the answer."""
    made = event(method, path, body, **request)
    module = function or next((name for name, key, _ in _patterns() if key == made["routeKey"]), None)
    assert module is not None, f"no route for {method} {path}"
    handler = importlib.import_module(f"functions.rest.{module}").handler
    response = handler(made, CONTEXT)
    headers = {name.lower(): value for name, value in response.get("headers", {}).items()}
    text = response.get("body")
    is_json = "json" in headers.get("content-type", "")
    return Answer(
        status=response["statusCode"],
        headers=headers,
        body=json.loads(text) if text and is_json else text,
        cookies=response.get("cookies") or [],
    )
