"""Sessions: a refresh token is good once, and one that comes back after its use ends the whole session."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.errors import Problem, not_found, unauthorized
from convoke.identity import live, store
from convoke.identity.actions.tokens import access_token
from convoke.identity.model import Device, EndedSession, Principal, Session, Sessions, SignedIn, User
from convoke.identity.tokens import ACCESS_SECONDS
from convoke.ids import new_id
from convoke.operations.actions import address_or_none, audit, limit, network_of

REFRESH_LIFETIME = timedelta(days=30)


class RefreshTokenReused(Problem):
    """The refusal of a used refresh token, which has ended its session. To the client it is any bad one."""

    def __init__(self, session: EndedSession) -> None:
        refusal = _bad_refresh_token()
        super().__init__(refusal.slug, refusal.status, refusal.title, refusal.detail, headers=refusal.headers)
        self.session = session


def refresh(refresh_token: str | None, caller: Principal, now: datetime) -> tuple[SignedIn, str]:
    """New tokens for a refresh token that was not used before. Two round trips to PostgreSQL.

    The tokens cannot be guessed: the limit is there for the load, and an office behind one address that comes
    at nine stays below it.
    """
    limit("refresh", network_of(caller.ip), per_minute=600, now=now)
    if refresh_token is None:
        raise _bad_refresh_token()
    hashed = hash_of(refresh_token)
    # As system: whose token it is, is what the row says.
    with transaction(System()) as conn:
        row = store.rotate_session(conn, hashed, now)
        if row is not None:
            return _renewed(conn, row, caller, now)
        spent = store.find_token(conn, hashed)
        reused = spent is not None and bool(spent["rotated_at"] or spent["revoked_at"])
        if spent is not None and reused:
            _end_stolen(conn, spent, caller, now)
    if spent is None or not reused:
        raise _bad_refresh_token()
    live.blacklist(str(spent["family_id"]), "refresh token reused", ACCESS_SECONDS)
    raise RefreshTokenReused(_ended(spent))


def open_session(
    conn: psycopg.Connection[DictRow],
    user_id: str,
    caller: Principal,
    *,
    device: dict[str, Any],
    family_id: str | None = None,
    opened_at: datetime | None = None,
    now: datetime,
) -> tuple[str, str]:
    """A new refresh token of a new session, or of a renewed one: (session id, refresh token)."""
    token = "rt_" + secrets.token_urlsafe(32)
    row_id = new_id(now)
    row = {
        "session_id": row_id,
        "family_id": family_id or row_id,
        "user_id": user_id,
        "token_hash": hash_of(token),
        "device_info": device,
        "ip": address_or_none(caller.ip),
        "user_agent": (caller.user_agent or "")[:400] or None,
        "opened_at": opened_at or now,
        "expires_at": now + REFRESH_LIFETIME,
    }
    store.insert_session(conn, row, now)
    return str(row["family_id"]), token


def signed_in(user: User, session_id: str, refresh_token: str, now: datetime) -> tuple[SignedIn, str]:
    """The answer to a sign-in, and beside it the refresh token for the caller who wants it in a cookie."""
    answer = SignedIn(
        user=user,
        access_token=access_token(user, session_id, now),
        expires_in=ACCESS_SECONDS,
        refresh_token=refresh_token,
    )
    return answer, refresh_token


def log_out(
    principal: Principal | None, refresh_token: str | None, caller: Principal, now: datetime
) -> set[EndedSession]:
    """End the session of the refresh token and that of the access token, where there is one; those ended."""
    limit("logout", network_of(caller.ip), per_minute=600, now=now)
    ended: set[EndedSession] = set()
    if principal and principal.user_id and principal.session_id:
        ended.add(EndedSession(principal.user_id, principal.session_id))
    # As system: a refresh token alone says whose it is.
    with transaction(System()) as conn:
        found = store.find_token(conn, hash_of(refresh_token)) if refresh_token else None
        if found:
            ended.add(_ended(found))
        for session in ended:
            store.revoke_family(conn, session.session_id, "logout", now)
            audit(
                conn,
                principal or caller,
                event_type="session",
                action="logout",
                target_type="session",
                target_id=session.session_id,
                now=now,
            )
    for session in ended:
        live.blacklist(session.session_id, "logout", ACCESS_SECONDS)
    return ended


def list_sessions(principal: Principal, now: datetime) -> Sessions:
    """Where this user is signed in, latest first."""
    with transaction(principal) as conn:
        cursor = store.list_sessions(conn, principal.key, now)
    return Sessions(items=[_session(row, principal) for row in cursor.fetchall()])


def revoke_session(principal: Principal, session_id: str, now: datetime) -> EndedSession:
    """End one of the user's own sessions; 404 for any other. Its access tokens end at once."""
    limit("session_revoke", principal.key, per_minute=60, now=now)
    with transaction(principal) as conn:
        if not store.revoke_family(conn, session_id, "revoked by the user", now).fetchall():
            raise not_found()
        audit(
            conn,
            principal,
            event_type="session",
            action="revoke",
            target_type="session",
            target_id=session_id,
            now=now,
        )
    live.blacklist(session_id, "revoked", ACCESS_SECONDS)
    return EndedSession(principal.key, session_id)


def hash_of(token: str) -> bytes:
    """SHA-256 is enough for what has 256 random bits: there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()


def user_of(row: DictRow) -> User:
    return User(
        id=str(row["user_id"]),
        email_verified=row["email_verified_at"] is not None,
        **{name: row[name] for name in User.model_fields if name not in ("id", "email_verified")},
    )


def _renewed(
    conn: psycopg.Connection[DictRow], row: DictRow, caller: Principal, now: datetime
) -> tuple[SignedIn, str]:
    user = user_of(row)
    session_id, token = open_session(
        conn,
        user.id,
        caller,
        device=row["device_info"],
        family_id=str(row["family_id"]),
        opened_at=row["opened_at"],
        now=now,
    )
    return signed_in(user, session_id, token, now)


def _end_stolen(conn: psycopg.Connection[DictRow], spent: DictRow, caller: Principal, now: datetime) -> None:
    """A used token is in two hands, and it cannot be known which of them is the thief's (RFC 9700 4.14.2)."""
    family_id = str(spent["family_id"])
    store.revoke_family(conn, family_id, "refresh token reused", now)
    audit(
        conn,
        caller,
        event_type="session",
        action="refresh",
        target_type="session",
        target_id=family_id,
        result="failure",
        metadata={"reason": "refresh token reused", "user_id": str(spent["user_id"])},
        now=now,
    )


def _ended(row: DictRow) -> EndedSession:
    return EndedSession(str(row["user_id"]), str(row["family_id"]))


def _session(row: DictRow, principal: Principal) -> Session:
    address = row["ip_address"]
    return Session(
        id=str(row["family_id"]),
        current=str(row["family_id"]) == principal.session_id,
        device=Device.model_validate(row["device_info"]),
        ip_address=None if address is None else str(address),
        user_agent=row["user_agent"],
        created_at=row["opened_at"],
        last_used_at=row["created_at"],
        expires_at=row["expires_at"],
    )


def _bad_refresh_token() -> Problem:
    return unauthorized("bad_refresh_token", "The refresh token is not valid; sign in again.")
