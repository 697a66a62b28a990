"""SQS: messages to other functions, delayed if wanted."""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from convoke.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def send(queue_url: str, body: Mapping[str, Any], delay_seconds: int = 0) -> None:
    """Put a JSON message into the queue, to be seen after `delay_seconds` (0..900, SQS's own limit)."""
    _client().send_message(QueueUrl=queue_url, MessageBody=json.dumps(body), DelaySeconds=delay_seconds)


def forget() -> None:
    """Drop the client (tests, where the environment changes)."""
    _client.cache_clear()


@cache
def _client() -> "SQSClient":
    import boto3  # noqa: PLC0415 (62 ms; only the functions that send pay it)

    return boto3.client("sqs", region_name=settings().region)
