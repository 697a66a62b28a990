"""Every minute: who has gone without a word."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from convoke.presence.actions import sweep

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    swept = asdict(sweep(datetime.now(UTC)))
    logger.info("swept", extra={"swept": swept})
    return swept
