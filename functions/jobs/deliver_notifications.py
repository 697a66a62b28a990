"""SQS `notifications`: sends mails and pushes, and finds out who has missed messages of a chat."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ConfigDict

from convoke.chat import actions as chat
from convoke.notifications import actions
from functions.batch import each_message

# One mail or push may take 10 s, and what is left over is to be handed on.
MARGIN_SECONDS = 15.0

logger = Logger()


class Order(BaseModel):
    """Either notifications that owe something, or a chat to look into (`again`: for the second time)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    notifications: list[str] = []
    announce: bool = False
    chat: str | None = None
    again: bool = False


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    until = monotonic() + max(1.0, context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS)
    return each_message(
        event, lambda body: _carry_out(Order.model_validate(body), lambda: monotonic() < until)
    )


def _carry_out(order: Order, has_time: Callable[[], bool]) -> None:
    if order.chat is not None:
        now = datetime.now(UTC)
        missed = chat.missed(order.chat, now)
        told = actions.tell_missed(order.chat, missed, again=order.again, now=now)
        logger.info("looked", extra={"chat_id": order.chat, "missed": len(missed), "told": told})
    if order.notifications:
        done = actions.deliver(
            order.notifications,
            announce_them=order.announce,
            clock=lambda: datetime.now(UTC),
            has_time=has_time,
        )
        logger.info("delivered", extra={"delivered": vars(done)})
