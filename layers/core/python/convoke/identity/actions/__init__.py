"""What can be asked of identity; one module per subject, and their functions by name here."""

from convoke.identity.actions.accounts import change_profile, display_names, log_in, profile, register
from convoke.identity.actions.keys import edge_key, push_seed
from convoke.identity.actions.sessions import (
    RefreshTokenReused,
    list_sessions,
    log_out,
    refresh,
    revoke_session,
)
from convoke.identity.actions.tickets import issue_ticket, redeem_ticket, require_session, socket_ticket
from convoke.identity.actions.tokens import (
    authenticate,
    letter_token,
    node_token,
    participant_token,
    read_letter_token,
    verify_node_token,
)

__all__ = [
    "RefreshTokenReused",
    "authenticate",
    "change_profile",
    "display_names",
    "edge_key",
    "issue_ticket",
    "letter_token",
    "list_sessions",
    "log_in",
    "log_out",
    "node_token",
    "participant_token",
    "profile",
    "push_seed",
    "read_letter_token",
    "redeem_ticket",
    "refresh",
    "register",
    "require_session",
    "revoke_session",
    "socket_ticket",
    "verify_node_token",
]
