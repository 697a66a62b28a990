"""Every minute: letters about meetings, new invitations first, then changes and what begins soon."""

from dataclasses import asdict
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from aws_lambda_powertools import Logger

from convoke.invitations.actions import plan_letters, send_letters

# One letter may take 13 s, and the end of the run wants to be told.
MARGIN_SECONDS = 16.0

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    until = monotonic() + max(1.0, context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS)
    planned = plan_letters(datetime.now(UTC))
    sent = send_letters(lambda: datetime.now(UTC), lambda: monotonic() < until)
    done = {**asdict(planned), **asdict(sent)}
    (logger.warning if sent.failed else logger.info)("letters", extra={"letters": done})
    return done
