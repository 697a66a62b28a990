"""The socket's actions of chat: who speaks on a connection, and what is answered there."""

from convoke.chat import actions
from convoke.chat.actions.history import CHANGES_BYTES
from convoke.chat.conversation import Changes, ReadMark, ReadRequest, SyncRequest
from convoke.chat.model import EditMessage, Message, MessageReply, MessageTarget, React, SendMessage
from convoke.meetings.caller import Caller


def send(caller: Caller, request: SendMessage) -> MessageReply:
    return _reply(actions.send(caller.principal, caller.participant_id, request, caller.now))


def edit(caller: Caller, request: EditMessage) -> MessageReply:
    return _reply(actions.edit(caller.principal, caller.participant_id, request, caller.now))


def delete(caller: Caller, request: MessageTarget) -> MessageReply:
    return _reply(actions.delete(caller.principal, caller.participant_id, request, caller.now))


def react(caller: Caller, request: React) -> MessageReply:
    return _reply(actions.react(caller.principal, caller.participant_id, request, caller.now))


def read(caller: Caller, request: ReadRequest) -> ReadMark:
    return actions.mark_read(
        caller.principal, caller.participant_id, request.chat_id, request.seq, caller.now
    )


def sync(caller: Caller, request: SyncRequest) -> Changes:
    return actions.changes(
        caller.principal, request.chat_id, after=request.after_seq, most_bytes=CHANGES_BYTES
    )


def _reply(message: Message) -> MessageReply:
    return MessageReply(message=message, chat_seq=message.changed_seq)
