"""Every minute: mails and pushes that nobody came for, and notifications old enough to go."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from convoke.notifications.actions import sweep_notifications

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    swept = asdict(sweep_notifications(datetime.now(UTC)))
    logger.info("swept", extra={"swept": swept})
    return swept
