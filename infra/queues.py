"""Queues between functions; each has another one beside it for what cannot be done."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct


def queue_of(scope: Construct, name: str, *, seconds: int, keep: Duration) -> tuple[sqs.Queue, sqs.Queue]:
    """A queue whose function may run for `seconds`, and the one for what failed five times."""
    dead = sqs.Queue(
        scope,
        f"{name}Dead",
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
    queue = sqs.Queue(
        scope,
        name,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        # Six times the function's time-out, as Lambda asks of its queues.
        visibility_timeout=Duration.seconds(6 * seconds),
        retention_period=keep,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5),
    )
    return queue, dead
