"""One-time tickets: a browser sends no header with a WebSocket, and a token in an address would be logged."""

import re
import secrets
from datetime import UTC, datetime
from typing import cast

from convoke.errors import unauthorized
from convoke.identity import live
from convoke.identity.model import Principal, Role, SocketTicket
from convoke.operations.actions import limit
from convoke.settings import settings

TICKET_SECONDS = 300
_TICKET = re.compile(r"[A-Za-z0-9_-]{43}")


def socket_ticket(principal: Principal, now: datetime) -> SocketTicket:
    """A ticket for a principal's own socket."""
    limit("socket_ticket", principal.key, per_minute=60, now=now)
    ticket = issue_ticket(
        principal, participant_id=principal.participant_id, meeting_id=principal.meeting_id, now=now
    )
    return SocketTicket(ticket=ticket, expires_in=TICKET_SECONDS, endpoint=settings().socket_url)


def issue_ticket(
    principal: Principal, *, participant_id: str | None = None, meeting_id: str | None = None, now: datetime
) -> str:
    """A ticket that speaks for the principal, and for a participant where a join names one."""
    ticket = secrets.token_urlsafe(32)
    fields = {
        "user_id": principal.user_id,
        "participant_id": participant_id,
        "meeting_id": meeting_id,
        "session_id": principal.session_id,
        "role": principal.role,
        "account_type": principal.account_type,
        "display_name": principal.display_name,
        "ip": principal.ip,
        "user_agent": principal.user_agent,
        "created_at": str(int(now.timestamp())),
        "connection_type": "socket",
    }
    live.keep_ticket(ticket, {name: value for name, value in fields.items() if value}, TICKET_SECONDS)
    return ticket


def redeem_ticket(ticket: str, now: datetime) -> Principal:
    """Whom a ticket speaks for; it is gone after that. A 401 Problem for an unknown, used or old one."""
    fields = live.take_ticket(ticket) if _TICKET.fullmatch(ticket) else {}
    if not fields or _age(fields, now) > TICKET_SECONDS:
        raise unauthorized("bad_ticket", "The ticket is not valid, was used, or has expired.")
    principal = Principal(
        user_id=fields.get("user_id"),
        participant_id=fields.get("participant_id"),
        meeting_id=fields.get("meeting_id"),
        session_id=fields.get("session_id"),
        role=cast("Role", fields["role"]),
        account_type=fields["account_type"],
        display_name=fields.get("display_name"),
        ip=fields.get("ip"),
        user_agent=fields.get("user_agent"),
    )
    require_session(principal)
    return principal


def require_session(principal: Principal) -> None:
    """A 401 Problem where the session in whose name the principal acts has ended."""
    if principal.session_id and live.is_blacklisted(principal.session_id):
        raise unauthorized("session_revoked", "This session has ended.")


def _age(fields: dict[str, str], now: datetime) -> float:
    return (now - datetime.fromtimestamp(int(fields["created_at"]), UTC)).total_seconds()
