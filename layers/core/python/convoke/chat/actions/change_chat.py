"""What a group is called and looks like, and whether somebody wants to hear of a chat."""

from datetime import datetime

from convoke.backends.postgres import System, transaction
from convoke.chat import live
from convoke.chat.actions import publish
from convoke.chat.actions.list_chats import read_chat
from convoke.chat.actions.open_chat import record
from convoke.chat.actions.publish import Audience
from convoke.chat.actions.system_message import post_system
from convoke.chat.conversation import MEMBERSHIPS_PER_MINUTE, ChatChange, ChatDetail
from convoke.chat.events import ChatMuted, ChatUpdated
from convoke.chat.store import chats
from convoke.errors import conflict, forbidden, not_found
from convoke.identity.model import Principal, require_user
from convoke.operations.actions import limit as limit_rate


def change_chat(principal: Principal, chat_id: str, change: ChatChange, now: datetime) -> ChatDetail:
    """Title and picture for everybody (admins of a group), muting for oneself (any member)."""
    me = require_user(principal)
    limit_rate("chat.members", me, per_minute=MEMBERSHIPS_PER_MINUTE, now=now)
    if change.of_chat():
        _change_for_all(principal, chat_id, change, now)
    if "muted_until" in change.model_fields_set:
        _mute(principal, chat_id, change.muted_until, now)
    return read_chat(principal, chat_id)


def _change_for_all(principal: Principal, chat_id: str, change: ChatChange, now: datetime) -> None:
    """As the system, which holds the chat's row: the caller's role is looked at under that lock."""
    wanted = change.of_chat()
    with transaction(System()) as conn:
        row = chats.held(conn, chat_id)
        me = chats.own_membership(conn, chat_id, user_id=principal.user_id, participant_id=None)
        if row is None or me is None:
            raise not_found()
        if row["kind"] != "group":
            raise conflict("not_a_group", "Only groups have a title and a picture.", title="Not a group")
        if me["role"] != "admin":
            raise forbidden("not_admin", "Only admins of the group may do this.")
        changes = {name: value for name, value in wanted.items() if row[name] != value}
        if not changes:
            return
        chats.update_chat(conn, chat_id, changes, now)
        record(conn, principal, chat_id, "update", {"fields": sorted(changes)}, now)
        audience = chats.audience(conn, chat_id)
        named = (
            f"named the group “{changes['title']}”" if "title" in changes else "changed the group's picture"
        )
        posted = post_system(conn, chat_id, f"{me['display_name']} {named}", now)
    message = posted.message()
    live.push(message)
    users = tuple((audience.fetchone() or {})["users"])
    publish.message(Audience(chat_id, "group", users), "message.created", message, now)
    looks = {"title": row["title"], "avatar_url": row["avatar_url"], **changes}
    publish.to_users(users, "chat.updated", ChatUpdated(chat_id=chat_id, **looks, chat_seq=message.seq), now)


def _mute(principal: Principal, chat_id: str, until: datetime | None, now: datetime) -> None:
    me = require_user(principal)
    with transaction(principal) as conn:
        chats.mute(conn, chat_id, me, until)
        member = chats.own_membership(conn, chat_id, user_id=me, participant_id=None)
    if member is None:
        raise not_found()
    publish.to_users([me], "chat.muted", ChatMuted(chat_id=chat_id, muted_until=until), now)
