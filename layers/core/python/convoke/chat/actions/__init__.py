"""What can be asked of chats; one module per subject, and their functions by name here."""

from convoke.chat.actions.calls import announce_message, file_changed, post_call, update_call
from convoke.chat.actions.change_chat import change_chat
from convoke.chat.actions.change_members import add_members, change_role, remove_member_of
from convoke.chat.actions.change_message import delete, edit, react
from convoke.chat.actions.history import changes, history, recent
from convoke.chat.actions.list_chats import list_chats, read_chat
from convoke.chat.actions.marks import mark_read, missed, receipts
from convoke.chat.actions.membership import (
    add_member,
    member_ids,
    move_members,
    open_meeting_chat,
    remove_member,
    rename_member,
    require_member,
    set_open,
)
from convoke.chat.actions.open_chat import create_group, direct_chat, group_of, open_chat
from convoke.chat.actions.publish import announce, scope_of
from convoke.chat.actions.search import search
from convoke.chat.actions.send import send

__all__ = [
    "add_member",
    "add_members",
    "announce",
    "announce_message",
    "change_chat",
    "change_role",
    "changes",
    "create_group",
    "delete",
    "direct_chat",
    "edit",
    "file_changed",
    "group_of",
    "history",
    "list_chats",
    "mark_read",
    "member_ids",
    "missed",
    "move_members",
    "open_chat",
    "open_meeting_chat",
    "post_call",
    "react",
    "read_chat",
    "receipts",
    "recent",
    "remove_member",
    "remove_member_of",
    "rename_member",
    "require_member",
    "scope_of",
    "search",
    "send",
    "set_open",
    "update_call",
]
