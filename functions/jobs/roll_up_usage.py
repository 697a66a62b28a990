"""Hourly and daily: adds up the last days, so that late events are counted too."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from convoke.analytics.actions.roll_up_usage import roll_up
from convoke.analytics.model.events import KEPT_DAYS

logger = Logger()
USUAL_DAYS = 2


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """`{"days": 2}` is today and yesterday; up to 40 to count anew whatever there still is of events."""
    days = event.get("days", USUAL_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= KEPT_DAYS:
        raise ValueError(f"days must be a number from 1 to {KEPT_DAYS}")
    rolled = roll_up(datetime.now(UTC), days=days)
    for one in rolled:
        logger.info("rolled up", extra={"day": str(one.day), "events": one.events, "changes": one.changes})
    return {str(one.day): one.events for one in rolled}
