"""Every five minutes: files that nobody uses go, and checks that got lost are asked for again."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from convoke.files.actions.sweep_files import sweep_files

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    swept = asdict(sweep_files(datetime.now(UTC)))
    logger.info("swept", extra={"swept": swept})
    return swept
