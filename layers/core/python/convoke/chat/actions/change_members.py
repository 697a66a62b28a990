"""Who is in a group: admins add, remove and make admins; everybody may leave.

As the system, with the chat's row held and the caller's own membership looked at under that lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from convoke.backends.postgres import System, transaction
from convoke.chat import live
from convoke.chat.actions import publish
from convoke.chat.actions.list_chats import members_of, read_chat
from convoke.chat.actions.open_chat import accounts, record, tell_created
from convoke.chat.actions.publish import Audience
from convoke.chat.actions.system_message import post_system
from convoke.chat.conversation import (
    MEMBERS_MOST,
    MEMBERSHIPS_PER_MINUTE,
    ChatDetail,
    Member,
    Role,
    heir,
    listing,
)
from convoke.chat.events import MembersChanged
from convoke.chat.model import StoredMessage
from convoke.chat.store import chats
from convoke.chat.store.messages import Connection, Row
from convoke.errors import conflict, forbidden, not_found
from convoke.identity.model import Principal, require_user
from convoke.operations.actions import limit as limit_rate


@dataclass(frozen=True, slots=True)
class _Group:
    """A group whose row is held, with its present members by user id."""

    row: Row
    members: dict[str, Row]
    me: Row

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def users(self) -> tuple[str, ...]:
        return tuple(self.members)


def add_members(principal: Principal, chat_id: str, user_ids: Sequence[str], now: datetime) -> ChatDetail:
    """Let people in; those who are in already stay as they are. Raises Problem `blocked`, 409 `chat_full`."""
    limit_rate("chat.members", require_user(principal), per_minute=MEMBERSHIPS_PER_MINUTE, now=now)
    with transaction(System()) as conn:
        group = _held(conn, principal, chat_id)
        _require_admin(group)
        new = [user_id for user_id in dict.fromkeys(user_ids) if user_id not in group.members]
        if not new:
            return read_chat(principal, chat_id)
        if len(group.members) + len(new) > MEMBERS_MOST:
            raise conflict(
                "chat_full", f"A group has at most {MEMBERS_MOST} members.", title="The group is full"
            )
        people = accounts(conn, group.me["user_id"], new)
        chats.upsert_users(conn, chat_id, people, admin=None, now=now)
        record(conn, principal, chat_id, "add_members", {"user_ids": new}, now)
        found = chats.people(conn, chat_id)
        names = listing(person["display_name"] for person in people)
        posted = post_system(conn, chat_id, f"{group.me['display_name']} added {names}", now)
    message = posted.message()
    members = [member for member in members_of(found.fetchall()) if member.user_id in set(new)]
    detail = read_chat(principal, chat_id)
    tell_created(new, detail, now, new_member=True)
    _tell(group.users, "chat.member_added", members, message, now)
    return detail


def remove_member_of(principal: Principal, chat_id: str, user_id: str, now: datetime) -> None:
    """Take somebody out, or leave. The last admin's leaving makes who has been in longest one."""
    me = require_user(principal)
    limit_rate("chat.members", me, per_minute=MEMBERSHIPS_PER_MINUTE, now=now)
    with transaction(System()) as conn:
        group = _held(conn, principal, chat_id)
        if user_id != me:
            _require_admin(group)
        gone = _member(group, user_id)
        successor = heir(group.members.values(), user_id) if gone["role"] == "admin" else None
        chats.mark_left(conn, chat_id, gone["member_id"], now)
        if successor:
            chats.update_role(conn, chat_id, successor, "admin")
        action = "leave" if user_id == me else "remove_member"
        record(conn, principal, chat_id, action, {"user_id": user_id, "successor": successor}, now)
        name, mine = gone["display_name"], group.me["display_name"]
        sentence = f"{name} left" if user_id == me else f"{mine} removed {name}"
        posted = post_system(conn, chat_id, sentence, now)
    message = posted.message()
    left = members_of([{**gone, "left_at": now}])
    _tell(group.users, "chat.member_removed", left, message, now)
    if successor:
        promoted = members_of([{**group.members[successor], "role": "admin"}])
        remaining = [each for each in group.users if each != user_id]
        _tell_members(remaining, "chat.member_updated", promoted, message, now)


def change_role(principal: Principal, chat_id: str, user_id: str, role: Role, now: datetime) -> Member:
    """Make somebody an admin, or no admin any more. Raises Problem 409 `last_admin`."""
    limit_rate("chat.members", require_user(principal), per_minute=MEMBERSHIPS_PER_MINUTE, now=now)
    with transaction(System()) as conn:
        group = _held(conn, principal, chat_id)
        _require_admin(group)
        target = _member(group, user_id)
        if target["role"] == role:
            return members_of([target])[0]
        if role == "member" and heir(group.members.values(), user_id):
            raise conflict("last_admin", "Make somebody else an admin first.", title="A group needs an admin")
        chats.update_role(conn, chat_id, user_id, role)
        record(conn, principal, chat_id, "change_role", {"user_id": user_id, "role": role}, now)
        became = "an admin" if role == "admin" else "a member"
        sentence = f"{group.me['display_name']} made {target['display_name']} {became}"
        posted = post_system(conn, chat_id, sentence, now)
    message = posted.message()
    changed = members_of([{**target, "role": role}])
    _tell(group.users, "chat.member_updated", changed, message, now)
    return changed[0]


def _held(conn: Connection, principal: Principal, chat_id: str) -> _Group:
    """404 for who is not in it, 409 where the membership is not theirs to change."""
    row = chats.held(conn, chat_id)
    members = {person["user_id"]: person for person in chats.people(conn, chat_id).fetchall()}
    me = members.get(principal.user_id)
    if row is None or me is None:
        raise not_found()
    if row["kind"] != "group":
        raise conflict("not_a_group", "Only groups have members who come and go.", title="Not a group")
    return _Group(row, members, me)


def _require_admin(group: _Group) -> None:
    if group.me["role"] != "admin":
        raise forbidden("not_admin", "Only admins of the group may do this.")


def _member(group: _Group, user_id: str) -> dict[str, Any]:
    if user_id not in group.members:
        raise not_found()
    return group.members[user_id]


def _tell(
    user_ids: Sequence[str], event: str, members: list[Member], message: StoredMessage, now: datetime
) -> None:
    """The sentence in the chat, and what it says as data. Both have the same number."""
    live.push(message)
    audience = Audience(message.chat_id, "group", tuple(user_ids))
    publish.message(audience, "message.created", message, now)
    _tell_members(user_ids, event, members, message, now)


def _tell_members(
    user_ids: Sequence[str], event: str, members: list[Member], message: StoredMessage, now: datetime
) -> None:
    changed = MembersChanged(chat_id=message.chat_id, members=members, chat_seq=message.seq)
    publish.to_users(user_ids, event, changed, now)
