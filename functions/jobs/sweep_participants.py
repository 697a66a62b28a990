"""Every minute: people gone without a word, seats never taken, and what is over and was never ended."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from convoke.calls.actions import sweep
from convoke.media.actions import report_controller
from convoke.meetings.actions import sweep_breakouts

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    now = datetime.now(UTC)
    # The deployment's own heartbeat: this is what runs in it regularly.
    report_controller(now)
    swept = sweep(now) | {"breakouts": sweep_breakouts(now)}
    logger.info("swept", extra={"swept": swept})
    return swept
