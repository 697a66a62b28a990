"""SQS `calls`: a call has rung long enough, or who has answered must have arrived by now."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ConfigDict

from convoke.calls.actions import expire_ringing
from convoke.chat.model import Id
from functions.batch import each_message

logger = Logger()


class Timer(BaseModel):
    """What starting, answering and inviting have put into the queue."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    call_id: Id


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    return each_message(event, _expire)


def _expire(body: Any) -> None:
    timer = Timer.model_validate(body)
    changed = expire_ringing(timer.call_id, datetime.now(UTC))
    logger.info("call looked at", extra={"call_id": timer.call_id, "changed": changed})
