"""HTTP to one media node, inside the VPC: short time-outs, a short-lived token, problems passed on."""

import json
import logging
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from convoke.errors import Problem
from convoke.identity.actions import node_token

if TYPE_CHECKING:
    import urllib3

CONNECT_SECONDS = 0.5
READ_SECONDS = 5.0

logger = logging.getLogger(__name__)


class NodeError(Exception):
    """Nobody answered, or only to say that it takes no one: another node may."""


def call(control_url: str, method: str, path: str, body: str | None = None, *, now: datetime) -> bytes:
    """The body of a 2xx answer.

    Raises NodeError (refused, timed out, 5xx, wrong token) or the node's own 4xx as Problem.
    """
    headers = {"authorization": f"Bearer {node_token(now)}"}
    if body is not None:
        headers["content-type"] = "application/json"
    response = _request(control_url.rstrip("/") + path, method, body, headers)
    if 200 <= response.status < 300:
        return response.data
    if 400 <= response.status < 500 and response.status != 401:
        raise _problem(response.status, response.data)
    raise NodeError(f"{method} {path}: {response.status}")


def _request(url: str, method: str, body: str | None, headers: dict[str, str]) -> "urllib3.BaseHTTPResponse":
    """One lost packet or a connection closed while idle must not move a meeting: those two are tried again.

    A node that took the request and kept silent has had its time.
    """
    import urllib3  # noqa: PLC0415 (18 ms; only who speaks to a node pays for it)

    def send() -> "urllib3.BaseHTTPResponse":
        return _pool().request(method, url, body=body, headers=headers, retries=False, redirect=False)

    try:
        try:
            return send()
        except (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.ProtocolError):
            return send()
    except urllib3.exceptions.HTTPError as error:
        raise NodeError(f"{method} {url}: {type(error).__name__}") from error


def participant_path(meeting_id: str, participant_id: str) -> str:
    return f"{room_path(meeting_id)}/participants/{quote(participant_id, safe='')}"


def room_path(meeting_id: str) -> str:
    return f"/rooms/{quote(meeting_id, safe='')}"


def _problem(status: int, data: bytes) -> Problem:
    try:
        document = json.loads(data)
        slug = str(document["type"]).rsplit("/", 1)[-1]
        return Problem(slug, status, str(document["title"]), str(document.get("detail", "")))
    except (ValueError, KeyError, TypeError):
        return Problem("media_refused", status, "The media node refused the request")


def forget_connections() -> None:
    """Close what is kept open to nodes."""
    if _pool.cache_info().currsize:
        _pool().clear()
    _pool.cache_clear()


@cache
def _pool() -> "urllib3.PoolManager":
    import urllib3  # noqa: PLC0415

    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    return urllib3.PoolManager(num_pools=32, maxsize=16, timeout=timeout)
