"""Once a day: invitations that nobody answered in time."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from convoke.invitations.actions import expire_invitations

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    done = asdict(expire_invitations(datetime.now(UTC)))
    logger.info("expired", extra=done)
    return done
