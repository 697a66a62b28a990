"""What can be asked of meetings; one module per subject, and their functions by name here."""

from convoke.meetings.actions.change_meeting import cancel_meeting, change_meeting, lock_meeting
from convoke.meetings.actions.change_participant import mute, promote, remove, rename, transfer
from convoke.meetings.actions.connections import caller_of, lose_connection, open_socket, ping
from convoke.meetings.actions.create_meeting import create_meeting
from convoke.meetings.actions.departures import expire_departure, leave_meeting, sweep_participants
from convoke.meetings.actions.end_meeting import end_here, end_meeting
from convoke.meetings.actions.enter_meeting import enter_meeting
from convoke.meetings.actions.join_meeting import join_meeting
from convoke.meetings.actions.lobby import admit, deny
from convoke.meetings.actions.read_meeting import list_meetings, list_participants, read_meeting
from convoke.meetings.actions.read_record import read_record
from convoke.meetings.actions.resume import resume
from convoke.meetings.actions.update_state import send_reaction, update_state
from convoke.meetings.actions.use_media import connect_media, restart_media

__all__ = [
    "admit",
    "caller_of",
    "cancel_meeting",
    "change_meeting",
    "connect_media",
    "create_meeting",
    "deny",
    "end_here",
    "end_meeting",
    "enter_meeting",
    "expire_departure",
    "join_meeting",
    "leave_meeting",
    "list_meetings",
    "list_participants",
    "lock_meeting",
    "lose_connection",
    "mute",
    "open_socket",
    "ping",
    "promote",
    "read_meeting",
    "read_record",
    "remove",
    "rename",
    "restart_media",
    "resume",
    "send_reaction",
    "sweep_participants",
    "transfer",
    "update_state",
]
