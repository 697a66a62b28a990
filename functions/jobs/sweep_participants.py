"""Every minute: participants gone without a word, seats never taken, deserted meetings."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from convoke.media.actions import report_controller
from convoke.meetings.actions import sweep_participants

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    now = datetime.now(UTC)
    # The deployment's own heartbeat: this is what runs in it regularly.
    report_controller(now)
    swept = asdict(sweep_participants(now))
    logger.info("swept", extra={"swept": swept})
    return swept
