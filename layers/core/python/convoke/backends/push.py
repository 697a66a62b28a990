"""API Gateway's @connections: one payload to many open sockets, as there is no broadcast.

Not boto3's client, which takes 100 ms to import: a keep-alive pool and botocore's own signer (50 µs a post)
bring a message to 200 sockets in 90 ms (tests/bench/bench_push.py).
"""

import os
import random
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from convoke.settings import settings

if TYPE_CHECKING:
    import urllib3
    from botocore.credentials import Credentials, ReadOnlyCredentials

# They wait for the network. 200 posts to the local gateway: 95 ms with 8, 88 with 16, 136 with 32;
# API Gateway answers slower than that, which wants more of them.
THREADS = 24
ATTEMPTS = 3
CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0
RETRY_SECONDS = 0.05
# Who has sent something waits for the pushes: what has not begun by then is left to replay.
BUDGET_SECONDS = 4.0
GONE = 410


def post_many(connection_ids: Iterable[str], payload: bytes) -> set[str]:
    """Send `payload` to all; those that are gone. One that cannot be reached is left to resume.

    Takes `BUDGET_SECONDS` and one attempt's time-outs at most, however many of them hang.
    """
    targets = list(connection_ids)
    statuses = _send_all("POST", targets, payload)
    return {target for target, status in zip(targets, statuses, strict=True) if status == GONE}


def disconnect(connection_id: str) -> bool:
    """Close a socket; False when it was gone already."""
    return _send_all("DELETE", [connection_id], b"") != [GONE]


def disconnect_many(connection_ids: Iterable[str]) -> None:
    """Close sockets, all at once; bounded like `post_many`."""
    _send_all("DELETE", list(connection_ids), b"")


def _send_all(method: str, targets: list[str], payload: bytes) -> list[int | None]:
    until = time.monotonic() + BUDGET_SECONDS
    if len(targets) <= 1:
        return [_send(method, target, payload, until) for target in targets]
    return list(_threads().map(lambda target: _send(method, target, payload, until), targets))


def _send(method: str, connection_id: str, payload: bytes, until: float) -> int | None:
    """The status in the end, or None when nobody answered. 429 and 5xx are tried again, with jitter.

    A time-out is not: the frame may be on its way, and nobody else may be made to wait for it twice.
    """
    import urllib3  # noqa: PLC0415 (18 ms; only what pushes pays for it)

    callback = settings().socket_callback_url
    url = f"{callback}/@connections/{quote(connection_id, safe='')}"
    path = urlsplit(url).path
    status: int | None = None
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(RETRY_SECONDS * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311 (jitter)
        if time.monotonic() > until:
            break
        try:
            headers = _signed(method, url, payload)
            response = _pool(callback).urlopen(
                method, path, body=payload, headers=headers, retries=False, assert_same_host=False
            )
        except urllib3.exceptions.ReadTimeoutError:
            return None
        except urllib3.exceptions.HTTPError:
            status = None
            continue
        status = response.status
        if status != 429 and status < 500:
            break
    return status


def _signed(method: str, url: str, payload: bytes) -> dict[str, str]:
    from botocore.auth import SigV4Auth  # noqa: PLC0415 (85 ms)
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    request = AWSRequest(method=method, url=url, data=payload, headers={"content-type": "application/json"})
    SigV4Auth(_credentials(), "execute-api", settings().region).add_auth(request)
    return dict(request.headers.items())


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
def _pool(callback: str) -> "urllib3.HTTPConnectionPool":
    import urllib3  # noqa: PLC0415

    return urllib3.connectionpool.connection_from_url(
        callback,
        maxsize=THREADS,
        block=True,
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
    )


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="push")
