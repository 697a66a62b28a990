"""Accounts: registration, login, profile."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.errors import Problem, conflict, forbidden, unauthorized
from convoke.events import emit
from convoke.identity import store
from convoke.identity.actions.sessions import open_session, signed_in, user_of
from convoke.identity.model import (
    Device,
    LoginRequest,
    Principal,
    ProfileUpdate,
    RegisterRequest,
    SignedIn,
    User,
)
from convoke.identity.passwords import hash_password, is_outdated, matches
from convoke.ids import new_id
from convoke.operations.actions import audit, limit, network_of


def register(request: RegisterRequest, caller: Principal, now: datetime) -> tuple[SignedIn, str]:
    """A new account, signed in. Two round trips to PostgreSQL, and none of them while hashing.

    A taken e-mail is told (409): until addresses are proven by mail there is no other honest answer; the
    limit by address keeps it from being a way to try out lists.
    """
    limit("register", network_of(caller.ip), per_minute=60, now=now)
    row = {
        "user_id": new_id(now),
        "email": request.email,
        "username": request.username,
        "display_name": request.display_name,
        "password_hash": hash_password(request.password),
    }
    # As system: there is no user yet.
    with transaction(System()) as conn:
        created = store.insert_user(conn, row, now)
        if created is None:
            raise _taken(conn, request)
        user = user_of(created)
        session_id, token = open_session(conn, user.id, caller, device=_device(request.device), now=now)
        _note(conn, caller, user.id, "register", now)
        emit(conn, kind="user.registered", user_id=user.id, now=now)
    return signed_in(user, session_id, token, now)


def log_in(request: LoginRequest, caller: Principal, now: datetime) -> tuple[SignedIn, str]:
    """Tokens for the right password. The answer and the time it takes are the same for an unknown e-mail."""
    network, account = network_of(caller.ip), hashlib.sha256(request.email.encode()).hexdigest()
    limit("login", network, per_minute=120, now=now)
    # By address and account first: one who guesses there does not lock the owner out.
    limit("login_guess", f"{account}:{network}", per_minute=10, now=now)
    limit("login_email", account, per_minute=50, now=now)
    # As system: who it is, is what the password proves.
    with transaction(System()) as conn:
        cursor = store.find_by_email(conn, request.email)
    row = cursor.fetchone()
    if not matches(row["password_hash"] if row else None, request.password) or row is None:
        _note_failure(row, caller, now)
        raise unauthorized("wrong_credentials", "The e-mail or the password is wrong.")
    if row["status"] != "active":
        raise forbidden("account_suspended", "This account is suspended.", title="The account is suspended")
    renewed_hash = hash_password(request.password) if is_outdated(row["password_hash"]) else None
    user = user_of({**row, "last_login_at": now})
    with transaction(System()) as conn:
        store.note_login(conn, user.id, renewed_hash, now)
        session_id, token = open_session(conn, user.id, caller, device=_device(request.device), now=now)
        _note(conn, caller, user.id, "login", now)
    return signed_in(user, session_id, token, now)


def profile(principal: Principal) -> User:
    """The caller's own account. One round trip."""
    with transaction(principal) as conn:
        cursor = store.find_user(conn, principal.key)
    return _own(cursor.fetchone())


def display_names(user_ids: Sequence[str]) -> dict[str, str]:
    """The names of users by id, those that there are. For admins' tables: the caller has checked who asks.

    As the system: row security shows everybody their own row only.
    """
    with transaction(System()) as conn:
        rows = store.names(conn, user_ids)
    return {row["id"]: row["display_name"] for row in rows}


def change_profile(principal: Principal, update: ProfileUpdate, now: datetime) -> User:
    """Change what was sent, and only that."""
    changes: dict[str, Any] = update.model_dump(exclude_unset=True)
    if not changes:
        return profile(principal)
    limit("me_change", principal.key, per_minute=60, now=now)
    try:
        with transaction(principal) as conn:
            cursor = store.update_user(conn, principal.key, changes, now)
            audit(
                conn,
                principal,
                event_type="user",
                action="update",
                target_type="user",
                target_id=principal.key,
                metadata={"fields": sorted(changes)},
                now=now,
            )
    except psycopg.errors.UniqueViolation as error:
        raise _username_taken() from error
    return _own(cursor.fetchone())


def _own(row: DictRow | None) -> User:
    if row is None:
        # The token outlived its account.
        raise unauthorized("bad_token", "The account is gone.")
    return user_of(row)


def _device(device: Device | None) -> dict[str, Any]:
    return device.model_dump(exclude_none=True) if device else {}


def _taken(conn: psycopg.Connection[DictRow], request: RegisterRequest) -> Problem:
    if store.email_exists(conn, request.email):
        return conflict("email_taken", "There is an account with this e-mail.", title="The e-mail is taken")
    return _username_taken()


def _username_taken() -> Problem:
    return conflict("username_taken", "Choose another user name.", title="The user name is taken")


def _note(
    conn: psycopg.Connection[DictRow], caller: Principal, user_id: str, action: str, now: datetime
) -> None:
    actor = replace(caller, user_id=user_id, role="user")
    audit(conn, actor, event_type="user", action=action, target_type="user", target_id=user_id, now=now)


def _note_failure(row: DictRow | None, caller: Principal, now: datetime) -> None:
    target = str(row["user_id"]) if row else None
    with transaction(System()) as conn:
        audit(
            conn,
            caller,
            event_type="user",
            action="login",
            target_type="user",
            target_id=target,
            result="failure",
            now=now,
        )
