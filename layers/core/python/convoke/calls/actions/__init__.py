"""What can be asked of calls; one module per subject, and their functions by name here."""

from convoke.calls.actions.come_in import answer, come_in
from convoke.calls.actions.go import (
    cancel,
    decline,
    enter,
    expire_departure,
    leave,
    leave_call,
    member_left,
    settle,
)
from convoke.calls.actions.invite import invite
from convoke.calls.actions.read_calls import Wanted, list_calls, read_call
from convoke.calls.actions.start_call import start
from convoke.calls.actions.watch import expire_ringing, ping, sweep

__all__ = [
    "Wanted",
    "answer",
    "cancel",
    "come_in",
    "decline",
    "enter",
    "expire_departure",
    "expire_ringing",
    "invite",
    "leave",
    "leave_call",
    "list_calls",
    "member_left",
    "ping",
    "read_call",
    "settle",
    "start",
    "sweep",
]
