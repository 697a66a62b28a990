"""Rows as the shapes that clients get, and who an invitation speaks for."""

from collections.abc import Mapping
from typing import Any

from convoke.identity.actions.keys import signing_keys
from convoke.invitations import tokens
from convoke.invitations.model import Invitation, InvitedMeeting, Person, ReceivedInvitation
from convoke.meetings.actions.agenda import Entry
from convoke.settings import settings

Row = Mapping[str, Any]


def page_of(token: str) -> str:
    """Where an invitation is answered."""
    return f"{settings().public_url}/i/{token}"


def token_of(row: Row) -> str | None:
    """The token of an invitation; None where its key is out of use."""
    return tokens.known_token(row["id"], row["token_hash"], signing_keys())


def invitation_of(row: Row) -> Invitation:
    """For who leads the meeting."""
    token = token_of(row) if row["kind"] == "link" and row["status"] == "pending" else None
    plain = {name: row[name] for name in Invitation.model_fields if name in row}
    return Invitation(**plain, user=_person(row, "user"), url=page_of(token) if token else None)


def received_of(row: Row, entry: Entry) -> ReceivedInvitation:
    """For who is invited."""
    plain = {name: row[name] for name in ReceivedInvitation.model_fields if name in row}
    return ReceivedInvitation(**plain, meeting=meeting_of(entry), inviter=_person(row, "inviter"))


def meeting_of(entry: Entry) -> InvitedMeeting:
    return InvitedMeeting(
        **{name: getattr(entry, name) for name in ("id", "code", "title", "description", "type", "status")},
        start=entry.start,
        end=entry.end,
        recurrence=entry.rule_in_words,
        timezone=entry.timezone,
        join_url=entry.join_url,
    )


def is_over(entry: Entry) -> bool:
    return entry.status in ("ended", "cancelled")


def _person(row: Row, who: str) -> Person | None:
    user_id, name = row[f"{who}_user_id" if who == "inviter" else "user_id"], row[f"{who}_name"]
    if user_id is None or name is None:
        return None
    return Person(user_id=user_id, display_name=name, avatar_url=row[f"{who}_avatar"])
