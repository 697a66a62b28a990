"""Begin to talk: with one person, always in the same chat, or in a new group.

As the system, after the checks here: the others become members of something that they do not know yet.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from convoke import events
from convoke.backends.postgres import System, transaction
from convoke.chat import live
from convoke.chat.actions import publish
from convoke.chat.actions.list_chats import read_chat
from convoke.chat.actions.system_message import post_system
from convoke.chat.conversation import (
    CHATS_PER_MINUTE,
    TITLE_MOST,
    ChatDetail,
    ChatSummary,
    DirectRequest,
    GroupRequest,
)
from convoke.chat.events import ChatCreated
from convoke.chat.store import chats
from convoke.chat.store.messages import Connection, Row
from convoke.contacts.model import blocked
from convoke.errors import invalid, not_found
from convoke.identity.model import Principal, require_user
from convoke.ids import new_id
from convoke.operations.actions import audit
from convoke.operations.actions import limit as limit_rate


def open_chat(
    principal: Principal, request: DirectRequest | GroupRequest, now: datetime
) -> tuple[ChatDetail, bool]:
    """The chat, and whether it was made by this."""
    if isinstance(request, GroupRequest):
        return create_group(principal, request, now), True
    chat_id, made = _direct(principal, request.user_id, now)
    detail = read_chat(principal, chat_id)
    if made:
        tell_created([principal.key], detail, now)
    return detail, made


def direct_chat(principal: Principal, other_user_id: str, now: datetime) -> str:
    """The one chat of two people, made if it is not there. Raises Problem `blocked`, 404 for nobody."""
    return _direct(principal, other_user_id, now)[0]


def create_group(principal: Principal, request: GroupRequest, now: datetime) -> ChatDetail:
    """A new group with the caller as its admin. Raises Problem `blocked`, where one of them is."""
    me = require_user(principal)
    limit_rate("chat.create", me, per_minute=CHATS_PER_MINUTE, now=now)
    others = [user_id for user_id in dict.fromkeys(request.user_ids) if user_id != me]
    chat_id = new_id(now)
    with transaction(System()) as conn:
        people = accounts(conn, me, [me, *others])
        chats.insert_group(conn, chat_id, request.title, me, now)
        chats.upsert_users(conn, chat_id, people, admin=me, now=now)
        record(conn, principal, chat_id, "create", {"kind": "group", "members": len(people)}, now)
        [name] = [person["display_name"] for person in people if person["user_id"] == me]
        first = post_system(conn, chat_id, f"{name} created the group", now)
    live.push(first.message())
    detail = read_chat(principal, chat_id)
    tell_created([me], detail, now)
    tell_created(others, detail, now, new_member=True)
    return detail


def group_of(principal: Principal, user_ids: Sequence[str], now: datetime) -> str:
    """The group of exactly these people and the caller, made if there is none; named after them then.

    Raises Problem as `create_group`.
    """
    me = require_user(principal)
    others = [user_id for user_id in dict.fromkeys(user_ids) if user_id != me]
    with transaction(System()) as conn:
        people = accounts(conn, me, [me, *others])
        found = chats.group_of(conn, [me, *others], one=me)
    if found is not None:
        return str(found["id"])
    title = ", ".join(person["display_name"] for person in people)[:TITLE_MOST].rstrip(" ,")
    request = GroupRequest(kind="group", title=title, user_ids=others)
    return create_group(principal, request, now).id


def accounts(conn: Connection, me: str, user_ids: Sequence[str]) -> list[Row]:
    """The people of these ids, all of them. 422 where one is not there, `blocked` as for a direct chat."""
    found = {row["user_id"]: row for row in chats.accounts(conn, user_ids, asked_by=me)}
    if len(found) < len(set(user_ids)):
        raise invalid("One of these people is not there.", field="user_ids")
    if any(row["blocked"] for row in found.values()):
        raise blocked()
    return [found[user_id] for user_id in user_ids]


def record(  # noqa: PLR0917 (what is told of it)
    conn: Connection, principal: Principal, chat_id: str, action: str, data: dict[str, Any], now: datetime
) -> None:
    """What happens to a chat and its membership, for the audit log and for analytics."""
    audit(
        conn,
        principal,
        event_type="chat",
        action=action,
        target_type="chat",
        target_id=chat_id,
        metadata=data,
        now=now,
    )
    events.emit(
        conn, kind=f"chat.{action}", user_id=principal.user_id, data={"chat_id": chat_id, **data}, now=now
    )


def tell_created(
    user_ids: Sequence[str], detail: ChatDetail, now: datetime, *, new_member: bool = False
) -> None:
    """The chat as the caller has it; or as somebody who has just come in, and has nothing to read yet."""
    summary = ChatSummary.model_validate(detail.model_dump(exclude={"members"}))
    if new_member:
        changes = {"role": "member", "read_seq": summary.seq, "unread": 0, "muted_until": None}
        summary = summary.model_copy(update=changes)
    publish.to_users(user_ids, "chat.created", ChatCreated(chat=summary), now)


def _direct(principal: Principal, other: str, now: datetime) -> tuple[str, bool]:
    """Two round trips. Two people who open it at the same moment get the same one."""
    me = require_user(principal)
    limit_rate("chat.create", me, per_minute=CHATS_PER_MINUTE, now=now)
    if other == me:
        raise invalid("A chat is with somebody else.", field="user_id")
    with transaction(System()) as conn:
        people = chats.accounts(conn, [me, other], asked_by=me)
        if len(people) < 2:
            raise not_found()
        if any(person["blocked"] for person in people):
            raise blocked()
        found = chats.insert_direct(conn, new_id(now), maker=me, other=other, now=now).fetchone() or {}
        if found["made"]:
            chats.upsert_users(conn, found["id"], people, admin=None, now=now)
            record(conn, principal, found["id"], "create", {"kind": "direct"}, now)
    return found["id"], found["made"]
