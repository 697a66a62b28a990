"""`@connections` serves an unmodified boto3."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.aws import ACCESS_KEY, REGION

from .conftest import Served


def client(served: Served, access_key: str = ACCESS_KEY) -> Any:
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=f"{served.url}/socket",
        region_name=REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )


async def call(method: Callable[..., Any], **arguments: Any) -> Any:
    return await asyncio.to_thread(method, **arguments)


async def flood(api: Any, connection_id: str) -> None:
    for _ in range(1000):
        await call(api.post_to_connection, ConnectionId=connection_id, Data=b"x" * 100_000)


async def test_posted_text_reaches_the_client(served: Served) -> None:
    api = client(served)
    async with served.http.ws_connect(served.socket_url) as socket:
        connection_id = served.gateway.sockets.ids()[0]
        await call(api.post_to_connection, ConnectionId=connection_id, Data="grüße".encode())
        assert await socket.receive_str() == "grüße"


async def test_get_tells_since_when_and_who(served: Served) -> None:
    api = client(served)
    async with served.http.ws_connect(served.socket_url, headers={"User-Agent": "test/1"}):
        told = await call(api.get_connection, ConnectionId=served.gateway.sockets.ids()[0])
    assert told["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "test/1"}
    assert abs((datetime.now(UTC) - told["ConnectedAt"]).total_seconds()) < 60
    assert told["LastActiveAt"] >= told["ConnectedAt"]


async def test_delete_closes_the_connection(served: Served) -> None:
    api = client(served)
    async with served.http.ws_connect(served.socket_url) as socket:
        connection_id = served.gateway.sockets.ids()[0]
        # The close handshake needs the client's answer, which it gives while it receives.
        await asyncio.gather(call(api.delete_connection, ConnectionId=connection_id), socket.receive())
        assert socket.close_code == 1000
    with pytest.raises(api.exceptions.GoneException):
        await call(api.post_to_connection, ConnectionId=connection_id, Data=b"x")


@pytest.mark.parametrize("method", ["post_to_connection", "get_connection", "delete_connection"])
async def test_gone_connection_is_a_gone_exception(served: Served, method: str) -> None:
    api = client(served)
    arguments = {"Data": b"x"} if method.startswith("post") else {}
    with pytest.raises(api.exceptions.GoneException) as gone:
        await call(getattr(api, method), ConnectionId="bm90IHRoZXJl=", **arguments)
    assert gone.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410


async def test_payload_over_128_kilobytes_is_refused(served: Served) -> None:
    api = client(served)
    async with served.http.ws_connect(served.socket_url) as socket:
        connection_id = served.gateway.sockets.ids()[0]
        with pytest.raises(api.exceptions.PayloadTooLargeException):
            await call(api.post_to_connection, ConnectionId=connection_id, Data=b"x" * (128 * 1024 + 1))
        await call(api.post_to_connection, ConnectionId=connection_id, Data=b"x" * (128 * 1024))
        assert len(await socket.receive_str()) == 128 * 1024


async def test_caller_with_another_key_is_forbidden(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url):
        api = client(served, access_key="AKIASOMEBODYELSE0001")
        with pytest.raises(ClientError) as refused:
            await call(api.post_to_connection, ConnectionId=served.gateway.sockets.ids()[0], Data=b"x")
        assert refused.value.response["Error"]["Code"] == "ForbiddenException"
        async with served.http.post(f"{served.url}/socket/@connections/x", data=b"x") as unsigned:
            assert unsigned.status == 403


async def test_client_that_reads_nothing_does_not_hold_up_the_sender_for_ever(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.gateway.sockets.SEND_SECONDS", 0.2)
    api = client(served)
    async with served.http.ws_connect(served.socket_url) as socket:
        connection = socket._conn
        assert connection is not None
        assert connection.transport is not None
        connection.transport.pause_reading()
        connection_id = served.gateway.sockets.ids()[0]
        flooding = flood(api, connection_id)
        with pytest.raises(api.exceptions.GoneException):
            await flooding
        connection.transport.resume_reading()
