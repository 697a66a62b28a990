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
    import urllib3  # noqa: PLC0415 (18 ms; only who speaks to a node pays for it)

    headers = {"authorization": f"Bearer {node_token(now)}"}
    if body is not None:
        headers["content-type"] = "application/json"
    try:
        response = _pool().request(
            method, control_url.rstrip("/") + path, body=body, headers=headers, retries=False, redirect=False
        )
    except urllib3.exceptions.HTTPError as error:
        raise NodeError(f"{method} {path}: {type(error).__name__}") from error
    if 200 <= response.status < 300:
        return response.data
    if 400 <= response.status < 500 and response.status != 401:
        raise _problem(response.status, response.data)
    raise NodeError(f"{method} {path}: {response.status}")


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


@cache
def _pool() -> "urllib3.PoolManager":
    import urllib3  # noqa: PLC0415

    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    return urllib3.PoolManager(num_pools=32, maxsize=4, timeout=timeout)
