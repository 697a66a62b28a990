"""What can be asked of meetings; one module per subject, and their functions by name here."""

from convoke.meetings.actions.breakouts import (
    assign_breakout,
    broadcast,
    close_breakouts,
    create_breakouts,
    enter_breakout,
    expire_breakouts,
    open_breakouts,
    read_breakouts,
    shuffle_breakouts,
    sweep_breakouts,
)
from convoke.meetings.actions.call_room import (
    announce_closed_room,
    close_call_room,
    enter_call_room,
    leave_call_room,
    open_call_room,
    people_of_call_room,
    put_out_of_call_room,
)
from convoke.meetings.actions.change_meeting import cancel_meeting, change_meeting, lock_meeting
from convoke.meetings.actions.change_participant import mute, promote, remove, rename, transfer
from convoke.meetings.actions.connections import caller_of, lose_connection, open_socket, ping
from convoke.meetings.actions.create_meeting import create_meeting
from convoke.meetings.actions.departures import (
    expire_departure,
    leave_meeting,
    leave_place,
    sweep_participants,
)
from convoke.meetings.actions.end_meeting import end_here, end_meeting
from convoke.meetings.actions.enter_meeting import enter_meeting
from convoke.meetings.actions.join_meeting import join_meeting
from convoke.meetings.actions.lobby import admit, deny
from convoke.meetings.actions.occurrences import (
    advance_recurring,
    cancel_occurrence,
    change_occurrence,
    list_occurrences,
    preview,
    read_occurrence,
)
from convoke.meetings.actions.read_meeting import list_meetings, list_participants, read_meeting
from convoke.meetings.actions.read_record import read_record
from convoke.meetings.actions.resume import resume
from convoke.meetings.actions.update_state import send_reaction, update_state
from convoke.meetings.actions.use_media import connect_media, restart_media

__all__ = [
    "admit",
    "advance_recurring",
    "announce_closed_room",
    "assign_breakout",
    "broadcast",
    "caller_of",
    "cancel_meeting",
    "cancel_occurrence",
    "change_meeting",
    "change_occurrence",
    "close_breakouts",
    "close_call_room",
    "connect_media",
    "create_breakouts",
    "create_meeting",
    "deny",
    "end_here",
    "end_meeting",
    "enter_breakout",
    "enter_call_room",
    "enter_meeting",
    "expire_breakouts",
    "expire_departure",
    "join_meeting",
    "leave_call_room",
    "leave_meeting",
    "leave_place",
    "list_meetings",
    "list_occurrences",
    "list_participants",
    "lock_meeting",
    "lose_connection",
    "mute",
    "open_breakouts",
    "open_call_room",
    "open_socket",
    "people_of_call_room",
    "ping",
    "preview",
    "promote",
    "put_out_of_call_room",
    "read_breakouts",
    "read_meeting",
    "read_occurrence",
    "read_record",
    "remove",
    "rename",
    "restart_media",
    "resume",
    "send_reaction",
    "shuffle_breakouts",
    "sweep_breakouts",
    "sweep_participants",
    "transfer",
    "update_state",
]
