"""A queue's messages, each for itself: what fails comes again, and in the end to the dead-letter queue.

Powertools' BatchProcessor tells of a failure without the message's id, unless one writes a class for that.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

logger = Logger()


class TryLater(Exception):  # noqa: N818 (an instruction to the queue: nothing here is wrong)
    """The message is to come again, though there is nothing to mend; whoever raises it has said why."""


def each_message(event: Mapping[str, Any], work: Callable[[Any], None]) -> dict[str, list[dict[str, str]]]:
    """Give the body of each to `work`; the answer names those which the queue is to keep."""
    failed = [record["messageId"] for record in event["Records"] if not _done(record, work)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _done(record: Mapping[str, Any], work: Callable[[Any], None]) -> bool:
    with logger.append_context_keys(message_id=record["messageId"]):
        try:
            work(json.loads(record["body"]))
        except TryLater:
            return False
        except Exception:
            logger.exception("message not handled")
            return False
    return True
