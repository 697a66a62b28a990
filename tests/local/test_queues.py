"""Queues deliver to functions as SQS event-source mappings do, against moto's SQS."""

import asyncio
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from local.assembly import Queue, QueueMapping
from local.aws import Aws
from local.queues import QueuePoller, make_queues
from local.runtime_api import Outcome

_numbers = count()


class Sqs:
    """A queue whose messages come back at once, twice at most, and a function that fails at will."""

    def __init__(self, aws: Aws) -> None:
        self.client = aws.client("sqs")
        self.name = f"work-{next(_numbers)}"
        dead = f"{self.name}-dead"
        queues = [Queue(self.name, visibility=0, dead_letters=dead, max_receives=2), Queue(dead)]
        self.urls = make_queues(self.client, queues)
        self.dead_url = self.urls[dead]
        self.url = self.urls[self.name]
        self.events: list[Any] = []
        self.answer: Outcome = Outcome(b"null")
        self.bad: set[str] = set()

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.client.send_message(
                QueueUrl=self.url,
                MessageBody=body,
                MessageAttributes={"kind": {"DataType": "String", "StringValue": "test"}},
            )

    async def invoke(self, function: str, event: Any) -> Outcome:
        self.events.append(event)
        failed = [r["messageId"] for r in event["Records"] if r["body"] in self.bad]
        if failed:
            failures = [{"itemIdentifier": it} for it in failed]
            return Outcome(json.dumps({"batchItemFailures": failures}).encode())
        return self.answer

    def poller(self, *, partial: bool = True, batch_size: int = 10) -> QueuePoller:
        mapping = QueueMapping(self.name, "worker", batch_size, 0, partial)
        return QueuePoller(mapping, self.url, self.client, self.invoke, pause=0.02)

    def left(self, url: str | None = None) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        got = self.client.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=names)["Attributes"]
        return sum(int(value) for value in got.values())

    def bodies(self) -> list[list[str]]:
        return [sorted(record["body"] for record in event["Records"]) for event in self.events]


@pytest.fixture
def sqs(aws: Aws) -> Iterator[Sqs]:
    made = Sqs(aws)
    yield made
    made.client.close()


async def test_batch_is_delivered_with_sqs_fields_and_deleted(sqs: Sqs) -> None:
    sqs.send("a", "b")
    assert await sqs.poller().poll() == 2
    assert sqs.bodies() == [["a", "b"]]
    record = sqs.events[0]["Records"][0]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(f":{sqs.name}")
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "test"
    assert record["messageId"]
    assert record["receiptHandle"]
    assert sqs.left() == 0


async def test_batch_size_is_kept(sqs: Sqs) -> None:
    sqs.send("a", "b", "c")
    poller = sqs.poller(batch_size=2)
    assert [await poller.poll() for _ in range(3)] == [2, 1, 0]


async def test_only_the_failed_message_comes_back_and_then_goes_to_the_dead_letters(sqs: Sqs) -> None:
    sqs.send("good", "bad")
    sqs.bad = {"bad"}
    poller = sqs.poller()
    for _ in range(4):
        await poller.poll()
    assert sqs.bodies() == [["bad", "good"], ["bad"]]
    assert sqs.left() == 0
    assert sqs.left(sqs.dead_url) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Outcome.failed("RuntimeError", "broken"),
        Outcome(b'{"batchItemFailures": [{"wrong": 1}]}'),
        Outcome(b'{"batchItemFailures": [{"itemIdentifier": ""}]}'),
        Outcome(b"[1]"),
    ],
)
async def test_whole_batch_comes_back_when_the_function_fails(sqs: Sqs, answer: Outcome) -> None:
    sqs.send("a")
    sqs.answer = answer
    poller = sqs.poller()
    assert await poller.poll() == 1
    assert sqs.left() == 1


async def test_without_partial_reports_an_answer_means_success(sqs: Sqs) -> None:
    sqs.send("a")
    sqs.bad = {"a"}
    await sqs.poller(partial=False).poll()
    assert sqs.left() == 0


async def test_poller_goes_on_after_a_function_that_could_not_be_called(sqs: Sqs) -> None:
    calls = asyncio.Queue[str]()

    async def invoke(_: str, event: Any) -> Outcome:
        await calls.put(event["Records"][0]["body"])
        if calls.qsize() == 1:
            raise RuntimeError("throttled")
        return Outcome(b"null")

    poller = QueuePoller(
        QueueMapping(sqs.name, "w", 1, 0, partial=True), sqs.url, sqs.client, invoke, pause=0.02
    )
    poller.start()
    sqs.send("a")
    assert [await calls.get() for _ in range(2)] == ["a", "a"]
    await poller.stop()
