"""An object that is made is told to the queue of the bucket's configuration, in S3's own words."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest_asyncio

from local.assembly import Notification
from local.bucket_events import BucketEvents
from local.stores import S3, Aws
from tests.flows.people import eventually

RULE = Notification("files", "uploads", "s3:ObjectCreated:*", "uploads/")


def test_a_rule_asks_for_events_and_keys_that_it_names() -> None:
    assert RULE.asks_for("s3:ObjectCreated:Put", "uploads/a")
    assert not RULE.asks_for("s3:ObjectRemoved:Delete", "uploads/a")
    assert not RULE.asks_for("s3:ObjectCreated:Put", "files/a")
    assert not Notification("files", "q", "s3:ObjectCreated:*", "", ".png").asks_for(
        "s3:ObjectCreated:Put", "a.gif"
    )


@pytest_asyncio.fixture
async def told(tmp_path: Path) -> AsyncIterator[tuple[S3, Any]]:
    """A running S3, and what its queue has."""
    events = BucketEvents()
    await events.start()
    with Aws(tmp_path / "aws") as aws, S3(tmp_path / "s3", buckets=["files", "other"], tell=events.url) as s3:
        sqs = aws.client("sqs")
        url = sqs.create_queue(QueueName="uploads")["QueueUrl"]
        events.deliver([RULE], {"uploads": url}, sqs)

        def messages() -> list[dict[str, Any]]:
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            return [json.loads(each["Body"])["Records"][0] for each in found]

        yield s3, messages
    await events.stop()


async def test_what_is_written_where_it_was_asked_for_is_told(told: tuple[S3, Any]) -> None:
    s3, messages = told
    client = s3.client()
    for bucket, key in (("other", "uploads/a"), ("files", "files/a"), ("files", "uploads/a b+ä.png")):
        made = client.put_object(Bucket=bucket, Key=key, Body=b"12345")
    heard: list[dict[str, Any]] = []

    async def hear() -> list[dict[str, Any]]:
        heard.extend(messages())
        return heard

    [record] = await eventually(hear, bool)
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["bucket"]["name"] == "files"
    described = record["s3"]["object"]
    assert unquote_plus(described["key"]) == "uploads/a b+ä.png"
    assert described["size"] == 5
    assert f'"{described["eTag"]}"' == made["ETag"]
    # A later one comes, and with it nothing that was not asked for.
    client.copy_object(Bucket="files", Key="uploads/c", CopySource={"Bucket": "files", "Key": "files/a"})
    heard.clear()
    [record] = await eventually(hear, bool)
    assert record["s3"]["object"]["key"] == "uploads/c"
