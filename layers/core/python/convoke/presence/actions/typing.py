"""Somebody is typing: shown to the others in the chat while it lasts, and kept nowhere."""

from datetime import datetime

from convoke.chat.actions.typing import typist
from convoke.delivery import actions as delivery
from convoke.identity.model import Principal
from convoke.presence import live
from convoke.presence.model import Typing, TypingRequest


def typing(principal: Principal, participant_id: str | None, request: TypingRequest, now: datetime) -> None:
    """At most one event in 2 seconds for each person and chat; what comes between is no error."""
    found = typist(principal, participant_id, request.chat_id)
    if not live.may_type(request.chat_id, principal.key):
        return
    told = Typing(
        chat_id=request.chat_id,
        user_id=found.user_id,
        participant_id=found.participant_id,
        display_name=found.display_name,
    )
    delivery.push_ephemeral(
        found.others,
        "chat.typing",
        told.model_dump(mode="json"),
        scope=f"chat:{request.chat_id}",
        now=now,
    )
