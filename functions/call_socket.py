"""The socket's actions on calls."""

from convoke.calls import actions
from convoke.calls.model import CallReference, CallReply, CallRequest, InCall, SocketInvite
from convoke.meetings.caller import Caller


def start(caller: Caller, request: CallRequest) -> InCall:
    return actions.start(caller.principal, request, caller.now)


def answer(caller: Caller, request: CallReference) -> InCall:
    return actions.answer(caller.principal, request.call_id, caller.now)


def join(caller: Caller, request: CallReference) -> InCall:
    return actions.come_in(caller.principal, request.call_id, caller.now)


def decline(caller: Caller, request: CallReference) -> CallReply:
    return actions.decline(caller.principal, request.call_id, caller.now)


def cancel(caller: Caller, request: CallReference) -> CallReply:
    return actions.cancel(caller.principal, request.call_id, caller.now)


def invite(caller: Caller, request: SocketInvite) -> CallReply:
    return actions.invite(caller.principal, request.call_id, request.user_ids, caller.now)
