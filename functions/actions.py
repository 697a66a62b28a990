"""Every action of the socket, with what it takes and answers, and every event: one table for all nouns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from convoke.calls import actions as calls
from convoke.calls import model as call_model
from convoke.chat import events as chat_events
from convoke.chat import model as chat
from convoke.chat.conversation import Changes, ReadMark, ReadRequest, SyncRequest
from convoke.contacts import model as contacts
from convoke.files import model as file_model
from convoke.invitations import model as invitations
from convoke.meetings import actions as meetings
from convoke.meetings import breakouts, messages
from convoke.meetings.caller import Caller
from convoke.notifications.model import notification
from convoke.presence import actions as presence
from convoke.presence import model as presences
from functions import call_socket, chat_socket

Request = TypeVar("Request", bound=BaseModel)

# Every event that a socket gets, with its data.
EVENTS: dict[str, type[BaseModel]] = {
    **messages.EVENTS,
    **chat_events.EVENTS,
    **breakouts.EVENTS,
    **contacts.EVENTS,
    **presences.EVENTS,
    **call_model.EVENTS,
    **file_model.EVENTS,
    **invitations.EVENTS,
    **notification.EVENTS,
}


# Shown to open sockets alone: they have no number, and are not kept for who is away.
PASSING = frozenset(presences.EVENTS)


@dataclass(frozen=True)
class SocketAction(Generic[Request]):
    """What an action takes, does and answers; how often a connection may ask for it. Feeds AsyncAPI too."""

    request: type[Request]
    perform: Callable[[Caller, Request], BaseModel]
    reply: type[BaseModel]
    per_minute: int = 60


def watch(caller: Caller, request: presences.WatchRequest) -> presences.Watched:
    return presence.watch(caller.principal, caller.connection_id, request, caller.now)


def unwatch(caller: Caller, request: presences.WatchRequest) -> messages.Done:
    presence.unwatch(caller.principal, caller.connection_id, request)
    return messages.Done()


def update_presence(caller: Caller, request: presences.UpdateRequest) -> presences.Updated:
    return presence.update(caller.principal, caller.connection_id, request, caller.now)


def type_in_chat(caller: Caller, request: presences.TypingRequest) -> messages.Done:
    presence.typing(caller.principal, caller.participant_id, request, caller.now)
    return messages.Done()


ACTIONS: dict[str, SocketAction[Any]] = {
    "ping": SocketAction(messages.Nothing, meetings.ping, messages.Now),
    "join": SocketAction(messages.EnterRequest, calls.enter, messages.Entered, 30),
    "resume": SocketAction(messages.ResumeRequest, meetings.resume, messages.Resumed, 30),
    "leave": SocketAction(messages.Nothing, calls.leave, messages.Done),
    "media.connect": SocketAction(messages.MediaRequest, meetings.connect_media, messages.MediaReply, 30),
    "media.restart": SocketAction(messages.MediaRequest, meetings.restart_media, messages.MediaReply, 30),
    "participant.update": SocketAction(
        messages.StateChange, meetings.update_state, messages.ParticipantReply, 120
    ),
    "participant.mute": SocketAction(messages.TargetRequest, meetings.mute, messages.ParticipantReply, 120),
    "participant.remove": SocketAction(messages.TargetRequest, meetings.remove, messages.Done),
    "participant.rename": SocketAction(messages.RenameRequest, meetings.rename, messages.ParticipantReply),
    "participant.promote": SocketAction(messages.PromoteRequest, meetings.promote, messages.ParticipantReply),
    "reaction.send": SocketAction(messages.ReactionRequest, meetings.send_reaction, messages.Done),
    "lobby.admit": SocketAction(messages.AdmitRequest, meetings.admit, messages.Admitted, 120),
    "lobby.deny": SocketAction(messages.TargetRequest, meetings.deny, messages.Done, 120),
    "meeting.lock": SocketAction(messages.LockRequest, meetings.lock_meeting, messages.MeetingReply),
    "meeting.transfer": SocketAction(messages.TargetRequest, meetings.transfer, messages.ParticipantReply),
    "meeting.end": SocketAction(messages.Nothing, meetings.end_here, messages.Done),
    "chat.send": SocketAction(chat.SendMessage, chat_socket.send, chat.MessageReply, 120),
    "chat.edit": SocketAction(chat.EditMessage, chat_socket.edit, chat.MessageReply, 120),
    "chat.delete": SocketAction(chat.MessageTarget, chat_socket.delete, chat.MessageReply, 120),
    "chat.react": SocketAction(chat.React, chat_socket.react, chat.MessageReply, 120),
    "chat.read": SocketAction(ReadRequest, chat_socket.read, ReadMark, 120),
    "chat.sync": SocketAction(SyncRequest, chat_socket.sync, Changes, 120),
    "chat.typing": SocketAction(presences.TypingRequest, type_in_chat, messages.Done),
    "presence.watch": SocketAction(presences.WatchRequest, watch, presences.Watched),
    "presence.unwatch": SocketAction(presences.WatchRequest, unwatch, messages.Done),
    "presence.update": SocketAction(presences.UpdateRequest, update_presence, presences.Updated),
    "call.start": SocketAction(call_model.CallRequest, call_socket.start, call_model.InCall, 30),
    "call.answer": SocketAction(call_model.CallReference, call_socket.answer, call_model.InCall),
    "call.join": SocketAction(call_model.CallReference, call_socket.join, call_model.InCall),
    "call.decline": SocketAction(call_model.CallReference, call_socket.decline, call_model.CallReply),
    "call.cancel": SocketAction(call_model.CallReference, call_socket.cancel, call_model.CallReply),
    "call.invite": SocketAction(call_model.SocketInvite, call_socket.invite, call_model.CallReply, 30),
    "call.ping": SocketAction(call_model.CallReference, calls.ping, call_model.CallAlive),
    "breakout.create": SocketAction(
        breakouts.CreateBreakouts, meetings.create_breakouts, breakouts.BreakoutsReply, 30
    ),
    "breakout.shuffle": SocketAction(
        messages.Nothing, meetings.shuffle_breakouts, breakouts.BreakoutsReply, 30
    ),
    "breakout.assign": SocketAction(
        breakouts.AssignRequest, meetings.assign_breakout, breakouts.BreakoutsReply, 120
    ),
    "breakout.open": SocketAction(
        breakouts.OpenBreakouts, meetings.open_breakouts, breakouts.BreakoutsReply, 30
    ),
    "breakout.enter": SocketAction(
        breakouts.EnterBreakout, meetings.enter_breakout, breakouts.BreakoutsReply, 30
    ),
    "breakout.broadcast": SocketAction(breakouts.BroadcastRequest, meetings.broadcast, messages.Done, 30),
    "breakout.close": SocketAction(
        breakouts.CloseBreakouts, meetings.close_breakouts, breakouts.BreakoutsReply, 30
    ),
    "breakout.expire": SocketAction(
        messages.Nothing, meetings.expire_breakouts, breakouts.BreakoutsReply, 30
    ),
    "breakout.read": SocketAction(messages.Nothing, meetings.read_breakouts, breakouts.BreakoutsReply),
}
