"""Who may write in a chat, decided on what the store has found out in one query."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from psycopg import DatabaseError

from convoke.chat import model
from convoke.contacts.model import blocked
from convoke.errors import Problem, conflict, forbidden, not_found
from convoke.identity.model import Principal


def require_present(principal: Principal, context: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The context of who is or was in the chat, by their own membership. 404 for everybody else."""
    if context is None or not model.is_own(principal, context["my_user_id"], context["my_participant_id"]):
        raise not_found()
    return context


def require_writer(context: Mapping[str, Any]) -> None:
    if context["my_left_at"] is not None:
        raise not_in_chat()
    if not context["is_open"]:
        raise forbidden("chat_closed", "Nobody can write here at the moment.")
    if context["blocked"]:
        raise blocked()


def not_in_chat() -> Problem:
    return forbidden("not_in_chat", "Join again to write.")


def not_in_breakout() -> Problem:
    return forbidden("not_in_breakout", "You are not in this breakout room.")


def message_deleted() -> Problem:
    return conflict("message_deleted", "This message was deleted.")


@contextmanager
def refusals() -> Iterator[None]:
    """What `advance_chat` and `touch_message` refuse, as a problem: what was so when it was decided,
    and was not when it was written."""
    try:
        yield
    except DatabaseError as error:
        if error.sqlstate == "CV403":
            raise not_in_chat() from error
        if error.sqlstate == "CV404":
            raise not_found() from error
        if error.sqlstate == "CV410":
            raise message_deleted() from error
        raise
