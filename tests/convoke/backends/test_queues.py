"""Messages reach the queue as JSON, later if wanted."""

import json

from convoke.backends import queues
from tests.conftest import Product


def test_a_message_arrives_and_a_delayed_one_does_not_yet(product: Product) -> None:
    client = product.stores.aws.client("sqs")
    url = client.create_queue(QueueName="messages")["QueueUrl"]
    queues.send(url, {"participant_id": "later"}, delay_seconds=600)
    queues.send(url, {"participant_id": "now"})
    received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(message["Body"]) for message in received] == [{"participant_id": "now"}]


def test_many_messages_go_ten_at_a_time_and_all_arrive(product: Product) -> None:
    client = product.stores.aws.client("sqs")
    url = client.create_queue(QueueName="many")["QueueUrl"]
    queues.send_all(url, [{"number": number} for number in range(25)])
    queues.send_all(url, [])
    found: set[int] = set()
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found |= {json.loads(message["Body"])["number"] for message in messages}
    assert found == set(range(25))
