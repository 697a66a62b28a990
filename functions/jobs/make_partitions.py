"""Daily: makes the coming months of every table partitioned by month, long before they are written to."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from convoke.operations.actions import make_partitions

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    made = make_partitions(datetime.now(UTC))
    logger.info("partitions", extra={"made": made})
    return made
