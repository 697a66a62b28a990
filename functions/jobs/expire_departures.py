"""SQS `departures`: the time that a lost participant had to come back is over."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ConfigDict

from convoke.calls.actions import expire_departure
from functions.batch import each_message

logger = Logger()


class Departure(BaseModel):
    """What `$disconnect` has put into the queue."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    participant_id: str
    meeting_id: str
    connection_id: str


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    return each_message(event, _expire)


def _expire(body: Any) -> None:
    departure = Departure.model_validate(body)
    left = expire_departure(
        departure.participant_id, departure.meeting_id, departure.connection_id, datetime.now(UTC)
    )
    logger.info("departure", extra={"participant_id": departure.participant_id, "left": left})
