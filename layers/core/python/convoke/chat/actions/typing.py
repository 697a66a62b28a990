"""Who is typing, and to whom that is shown: presence, which stands above chat, does the showing."""

from dataclasses import dataclass

from convoke.backends.postgres import transaction
from convoke.chat.actions import rules
from convoke.chat.store import typing
from convoke.identity.model import Principal

# In a larger crowd nobody reads who is typing.
AUDIENCE_MAX = 200


@dataclass(frozen=True, slots=True)
class Typist:
    """Somebody who may write in a chat; `others` are the keys (`Principal.key`) of who else is in it."""

    display_name: str
    user_id: str | None
    participant_id: str | None
    others: tuple[str, ...]


def typist(principal: Principal, participant_id: str | None, chat_id: str) -> Typist:
    """Raises Problem `not_found` for strangers, and what sending a message would raise. One round trip."""
    speaker = participant_id or principal.participant_id
    with transaction(principal) as conn:
        row = typing.typist(
            conn, chat_id, user_id=principal.user_id, participant_id=speaker, most=AUDIENCE_MAX
        )
    found = rules.require_present(principal, row)
    rules.require_writer(found)
    others = tuple(found["others"])
    return Typist(
        found["display_name"],
        found["my_user_id"],
        found["my_participant_id"],
        others if len(others) <= AUDIENCE_MAX else (),
    )
