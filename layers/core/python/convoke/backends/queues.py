"""SQS: messages to other functions, delayed if wanted."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from convoke.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

# SQS's own limit.
BATCH = 10


def send(queue_url: str, body: Mapping[str, Any], delay_seconds: int = 0) -> None:
    """Put a JSON message into the queue, to be seen after `delay_seconds` (0..900, SQS's own limit)."""
    _client().send_message(QueueUrl=queue_url, MessageBody=json.dumps(body), DelaySeconds=delay_seconds)


def send_all(queue_url: str, bodies: Sequence[Mapping[str, Any]], delay_seconds: int = 0) -> None:
    """As `send`, ten messages in each request. Raises when some were not taken: the others were."""
    for start in range(0, len(bodies), BATCH):
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(number), "MessageBody": json.dumps(body), "DelaySeconds": delay_seconds}
            for number, body in enumerate(bodies[start : start + BATCH])
        ]
        failed = _client().send_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed")
        if failed:
            raise RuntimeError(f"{len(failed)} messages were not taken: {failed[0].get('Message')}")


def forget() -> None:
    """Drop the client (tests, where the environment changes)."""
    _client.cache_clear()


@cache
def _client() -> "SQSClient":
    import boto3  # noqa: PLC0415 (62 ms; only the functions that send pay it)

    return boto3.client("sqs", region_name=settings().region)
