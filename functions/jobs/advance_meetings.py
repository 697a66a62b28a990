"""Every minute: recurring meetings that nobody came to wait for their next date."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from convoke.meetings.actions import advance_recurring

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    done = {"advanced": advance_recurring(datetime.now(UTC))}
    logger.info("advanced", extra=done)
    return done
