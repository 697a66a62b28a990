"""The stack's own SES: an unmodified boto3 sends, the page lists."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from botocore.exceptions import ClientError

from local.aws import ACCESS_KEY
from local.mail import SES_PATH, Mailbox

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(tmp_path: Path) -> Any:
    app = web.Application()
    Mailbox(tmp_path / "mail", ACCESS_KEY).add_routes(app.router)
    async with TestClient(TestServer(app)) as served:
        yield served


def sesv2(client: Client, key: str = ACCESS_KEY) -> Any:
    return boto3.client(
        "sesv2",
        endpoint_url=str(client.make_url(SES_PATH)),
        region_name="eu-central-1",
        aws_access_key_id=key,
        aws_secret_access_key="only-for-this-test",
    )


async def send(client: Client, to: str, subject: str, key: str = ACCESS_KEY) -> Any:
    import asyncio  # noqa: PLC0415

    raw = f"From: a@example.org\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nHello\r\n".encode()
    return await asyncio.to_thread(
        lambda: sesv2(client, key).send_email(
            Destination={"ToAddresses": [to]}, Content={"Raw": {"Data": raw}}
        )
    )


async def test_letters_are_listed_newest_first(client: Client) -> None:
    assert (await (await client.get("/local/mail")).json()) == {"items": []}
    await send(client, "bob@example.org", "One")
    await send(client, "cy@example.org", "Two")
    found = (await (await client.get("/local/mail")).json())["items"]
    assert [letter["subject"] for letter in found] == ["Two", "One"]
    assert found[0]["text"].strip() == "Hello"
    only = (await (await client.get("/local/mail", params={"to": "bob@example.org"})).json())["items"]
    assert [letter["subject"] for letter in only] == ["One"]


async def test_who_does_not_sign_with_the_stack_s_key_sends_nothing(client: Client) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        await send(client, "bob@example.org", "One", key="AKIASTRANGER00000001")
    assert (await client.post(f"{SES_PATH}/v2/email/outbound-emails", data=b"{}")).status == 403
