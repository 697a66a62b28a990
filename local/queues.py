"""SQS event sources: polls a queue, hands batches to its function, deletes what succeeded.

What a batch reports as failed stays in the queue, comes back after its visibility time-out and goes to
the dead-letter queue by the queue's own redrive policy.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.assembly import Queue, QueueMapping
from local.runtime_api import Outcome
from local.template import ACCOUNT, REGION

POLL_SECONDS = 0.5
_log = logging.getLogger(__name__)

Invoke = Callable[[str, Any], Awaitable[Outcome]]


def make_queues(sqs: Any, queues: Iterable[Queue]) -> dict[str, str]:
    """Makes the queues in SQS, dead-letter queues first; their URLs by name."""
    urls: dict[str, str] = {}
    for queue in sorted(queues, key=lambda queue: queue.dead_letters is not None):
        attributes = {
            "VisibilityTimeout": str(queue.visibility),
            "DelaySeconds": str(queue.delay),
            "MessageRetentionPeriod": str(queue.retention),
        }
        if queue.dead_letters:
            policy = {"deadLetterTargetArn": _arn(queue.dead_letters), "maxReceiveCount": queue.max_receives}
            attributes["RedrivePolicy"] = json.dumps(policy)
        urls[queue.name] = sqs.create_queue(QueueName=queue.name, Attributes=attributes)["QueueUrl"]
    return urls


class QueuePoller:
    """One event-source mapping. `sqs` is a boto3 client, used from a thread."""

    def __init__(
        self, mapping: QueueMapping, url: str, sqs: Any, invoke: Invoke, *, pause: float = POLL_SECONDS
    ) -> None:
        self.mapping = mapping
        self._url = url
        self._sqs = sqs
        self._invoke = invoke
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def poll(self) -> int:
        """Takes one batch and works it off; how many messages it had."""
        batch = await self._receive(min(self.mapping.batch_size, 10))
        if batch and len(batch) < self.mapping.batch_size and self.mapping.window:
            await asyncio.sleep(self.mapping.window)
            batch += await self._receive(min(self.mapping.batch_size - len(batch), 10))
        if not batch:
            return 0
        event = {"Records": [_record(message, self.mapping.queue) for message in batch]}
        outcome = await self._invoke(self.mapping.function, event)
        failed = _failures(outcome, partial=self.mapping.partial)
        done = [message for message in batch if failed is not None and message["MessageId"] not in failed]
        if done:
            await asyncio.to_thread(self._delete, done)
        if len(done) < len(batch):
            _log.warning(
                "%s: %d of %d messages failed", self.mapping.queue, len(batch) - len(done), len(batch)
            )
        return len(batch)

    async def _run(self) -> None:
        while True:
            try:
                if await self.poll() == 0:
                    await asyncio.sleep(self._pause)
            except (BotoCoreError, ClientError):
                _log.exception("cannot read queue %s", self.mapping.queue)
                await asyncio.sleep(self._pause * 4)
            except Exception:  # throttled: the messages come back
                _log.exception("%s could not be called", self.mapping.function)
                await asyncio.sleep(self._pause)

    async def _receive(self, most: int) -> list[dict[str, Any]]:
        answer = await asyncio.to_thread(
            self._sqs.receive_message,
            QueueUrl=self._url,
            MaxNumberOfMessages=most,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
            WaitTimeSeconds=0,
        )
        return list(answer.get("Messages", []))

    def _delete(self, messages: list[dict[str, Any]]) -> None:
        for start in range(0, len(messages), 10):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + 10])
            ]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)


def _failures(outcome: Outcome, *, partial: bool) -> set[str] | None:
    """Ids of the messages that failed, None when the whole batch did."""
    if outcome.error:
        _log.error("batch failed: %s", outcome.payload.decode(errors="replace")[:500])
        return None
    if not partial:
        return set()
    try:
        answer = outcome.value() or {}
        failures = {item["itemIdentifier"] for item in answer.get("batchItemFailures") or []}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # Lambda takes an answer it cannot read for a failure of the whole batch
    return failures if all(isinstance(it, str) and it for it in failures) else None


def _record(message: dict[str, Any], queue: str) -> dict[str, Any]:
    attributes = {
        name: {
            "stringValue": value.get("StringValue"),
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": value["DataType"],
        }
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": _arn(queue),
        "awsRegion": REGION,
    }


def _arn(queue: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
