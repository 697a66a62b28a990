"""What can be asked of invitations and calendars; one module per subject, functions by name here."""

from convoke.invitations.actions.answer import (
    answer_by_id,
    answer_by_token,
    list_received,
    read_by_token,
)
from convoke.invitations.actions.calendars import (
    close_feed,
    list_events,
    meeting_calendar,
    open_feed,
    read_feed,
)
from convoke.invitations.actions.expire import Expired, expire_invitations
from convoke.invitations.actions.invite import invite
from convoke.invitations.actions.join import join_meeting
from convoke.invitations.actions.letters import SentLetters, send_letters
from convoke.invitations.actions.manage import list_invitations, resend, revoke
from convoke.invitations.actions.plan import Planned, plan_letters

__all__ = [
    "Expired",
    "Planned",
    "SentLetters",
    "answer_by_id",
    "answer_by_token",
    "close_feed",
    "expire_invitations",
    "invite",
    "join_meeting",
    "list_events",
    "list_invitations",
    "list_received",
    "meeting_calendar",
    "open_feed",
    "plan_letters",
    "read_by_token",
    "read_feed",
    "resend",
    "revoke",
    "send_letters",
]
