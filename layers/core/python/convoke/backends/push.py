"""API Gateway's @connections: one payload to many open sockets, as there is no broadcast.

Not boto3's client, which takes 100 ms to import and 400 µs a post: see `exchange`.
"""

import hashlib
import os
import random
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from convoke.backends.exchange import Exchange, Patience
from convoke.backends.sigv4 import signed_headers
from convoke.settings import settings

if TYPE_CHECKING:
    from botocore.credentials import Credentials, ReadOnlyCredentials

# API Gateway answers in some milliseconds: so many are under way at once.
CONNECTIONS = 32
ATTEMPTS = 3
CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0
RETRY_SECONDS = 0.05
# Who has sent something waits for the pushes: what has not begun by then is left to replay.
BUDGET_SECONDS = 4.0
GONE = 410
TOO_MANY = 429


def post_many(connection_ids: Iterable[str], payload: bytes) -> set[str]:
    """Send `payload` to all; those that are gone. One that cannot be reached is left to resume.

    Takes `BUDGET_SECONDS` and one attempt's time-outs at most, however many of them hang.
    """
    return post_each((connection_id, payload) for connection_id in connection_ids)


def post_each(posts: Iterable[tuple[str, bytes]]) -> set[str]:
    """The same with a payload of its own for each connection."""
    targets = list(posts)
    statuses = _send_all("POST", targets)
    return {target for (target, _), status in zip(targets, statuses, strict=True) if status == GONE}


def disconnect(connection_id: str) -> bool:
    """Close a socket; False when it was gone already."""
    return _send_all("DELETE", [(connection_id, b"")]) != [GONE]


def disconnect_many(connection_ids: Iterable[str]) -> None:
    """Close sockets, all at once; bounded like `post_many`."""
    _send_all("DELETE", [(connection_id, b"") for connection_id in connection_ids])


def _send_all(method: str, posts: list[tuple[str, bytes]]) -> list[int | None]:
    """The status of each in the end, or None when nobody answered. 429 and 5xx are tried again, with jitter.

    A time-out is not: the frame may be on its way, and nobody else may be made to wait for it twice.
    """
    if not posts:
        return []
    callback = settings().socket_callback_url
    requests = [partial(_request, method, callback, target, payload) for target, payload in posts]
    return _exchange(callback).ask(requests, Patience(CONNECT_SECONDS, READ_SECONDS, BUDGET_SECONDS), _again)


def _again(status: int | None, attempt: int) -> float | None:
    """In how many seconds to try once more, if at all."""
    if attempt + 1 >= ATTEMPTS or not (status is None or status == TOO_MANY or status >= 500):
        return None
    jitter = random.uniform(0.5, 1.0)  # noqa: S311 (no secret)
    return RETRY_SECONDS * float(2 ** (attempt + 1)) * jitter


def _request(method: str, callback: str, connection_id: str, payload: bytes) -> bytes:
    """The request as it goes over the wire, signed for this moment."""
    host, path = _split(callback)
    path += f"/@connections/{quote(connection_id, safe='')}"
    headers = signed_headers(
        method,
        host,
        path,
        _hash(payload),
        _credentials(),
        settings().region,
        "execute-api",
        datetime.now(UTC),
    )
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"{method} {path} HTTP/1.1\r\n{lines}content-type: application/json\r\ncontent-length: {len(payload)}"
    )
    return head.encode() + b"\r\n\r\n" + payload


@lru_cache(maxsize=4)
def _hash(payload: bytes) -> str:
    # Most often one payload goes to all.
    return hashlib.sha256(payload).hexdigest()


@cache
def _split(callback: str) -> tuple[str, str]:
    parts = urlsplit(callback)
    return parts.netloc, parts.path


def _credentials() -> "ReadOnlyCredentials":
    from botocore.credentials import ReadOnlyCredentials  # noqa: PLC0415

    key = os.environ.get("AWS_ACCESS_KEY_ID")
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        return ReadOnlyCredentials(key, secret, os.environ.get("AWS_SESSION_TOKEN"))
    # With SnapStart the keys come from a local endpoint and change: botocore refreshes them.
    return _refreshing().get_frozen_credentials()


@cache
def _refreshing() -> "Credentials":
    import botocore.session  # noqa: PLC0415

    credentials = botocore.session.get_session().get_credentials()
    if credentials is None:
        raise RuntimeError("no AWS credentials to sign @connections requests with")
    return credentials


@cache
def _exchange(callback: str) -> Exchange:
    return Exchange(callback, most=CONNECTIONS)
