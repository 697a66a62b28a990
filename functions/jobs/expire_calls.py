"""SQS `calls`: a call has rung long enough, or who has answered must have arrived by now."""

import json
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ConfigDict

from convoke.calls.actions import expire_ringing
from convoke.chat.model import Id

logger = Logger()


class Timer(BaseModel):
    """What starting, answering and inviting have put into the queue."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    call_id: Id


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Each message for itself: what fails is delivered again, and in the end to the dead-letter queue."""
    failed = []
    for record in event["Records"]:
        try:
            timer = Timer.model_validate(json.loads(record["body"]))
            changed = expire_ringing(timer.call_id, datetime.now(UTC))
            logger.info("call looked at", extra={"call_id": timer.call_id, "changed": changed})
        except Exception:
            logger.exception("call not looked at", extra={"message_id": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
