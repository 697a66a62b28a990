"""SQS `departures`: the time that a lost participant had to come back is over."""

import json
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ConfigDict

from convoke.calls.actions import expire_departure

logger = Logger()


class Departure(BaseModel):
    """What `$disconnect` has put into the queue."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    participant_id: str
    meeting_id: str
    connection_id: str


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Each message for itself: what fails is delivered again, and in the end to the dead-letter queue."""
    failed = []
    for record in event["Records"]:
        try:
            departure = Departure.model_validate(json.loads(record["body"]))
            left = expire_departure(
                departure.participant_id, departure.meeting_id, departure.connection_id, datetime.now(UTC)
            )
            logger.info("departure", extra={"participant_id": departure.participant_id, "left": left})
        except Exception:
            logger.exception("departure not handled", extra={"message_id": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
