"""How one wants to be told, and the one click by which a letter's reader wants no more of its kind."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from convoke.backends.postgres import System, transaction
from convoke.errors import not_found, unauthorized
from convoke.identity import actions as identity
from convoke.identity.model import Principal
from convoke.notifications.model.notification import KINDS, Channel, NotificationType
from convoke.notifications.model.preferences import (
    Preferences,
    PreferencesUpdate,
    StoredPreferences,
    Unsubscribed,
    narrowed,
    preferences,
)
from convoke.notifications.store import notifications
from convoke.operations.actions import audit, limit
from convoke.settings import settings

PREFERENCES_PAGE = "/account#notifications"
# What a letter's link is for; its type follows.
_LETTERS_OF = "letters of "


def read_preferences(principal: Principal) -> Preferences:
    with transaction(principal) as conn:
        found = notifications.wishes(conn, principal.key)
    row = found.fetchone()
    if row is None:
        raise unauthorized("bad_token", "The account is gone.")
    return preferences(StoredPreferences.read(row["notification_preferences"]), row["timezone"])


def change_preferences(principal: Principal, update: PreferencesUpdate, now: datetime) -> Preferences:
    limit("me_change", principal.key, per_minute=60, now=now)
    stored = StoredPreferences(
        channels={kind: narrowed(kind, choice) for kind, choice in update.channels.items()},
        quiet_hours=update.quiet_hours,
    )
    with transaction(principal) as conn:
        kept = notifications.keep_wishes(conn, principal.key, stored.model_dump(mode="json"), now)
        _note(conn, principal, principal.key, {"quiet_hours": update.quiet_hours is not None}, now)
    row = kept.fetchone()
    if row is None:
        raise unauthorized("bad_token", "The account is gone.")
    return preferences(stored, row["timezone"])


def wanting(
    conn: notifications.Connection,
    user_ids: Iterable[str],
    type: NotificationType | str,  # noqa: A002 (its name everywhere)
    channel: Channel | str,
) -> frozenset[str]:
    """Those who want to be told this type by this way, for a noun that writes such letters itself."""
    kind, way = NotificationType(type), Channel(channel)
    if way not in KINDS[kind].possible:
        return frozenset()
    found = notifications.wanting(conn, list(user_ids), kind.value, way.value, usual=way in KINDS[kind].usual)
    return frozenset(row["user_id"] for row in found.fetchall())


def unsubscribe_headers(
    user_id: str,
    type: NotificationType | str,  # noqa: A002
    now: datetime,
) -> dict[str, str]:
    """By which a mail program offers to end letters of this type with one click (RFC 8058, RFC 2369)."""
    token = _token(user_id, NotificationType(type), now)
    return {
        "List-Unsubscribe": f"<{settings().public_url}/v1/notifications/unsubscribe?token={token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def unsubscribe_page(user_id: str, kind: NotificationType, now: datetime) -> str:
    """The address of the page that asks before it does the same, for a link to click on."""
    return f"{settings().public_url}/unsubscribe?token={_token(user_id, kind, now)}"


def unsubscribe(caller: Principal, token: str, now: datetime) -> Unsubscribed:
    """No more letters of this type; without signing in, and as often as one likes (RFC 8058)."""
    user_id, purpose = identity.read_letter_token(token, now)
    name = purpose.removeprefix(_LETTERS_OF)
    if not purpose.startswith(_LETTERS_OF) or name not in KINDS:
        raise unauthorized("bad_token", "The token is not valid.")
    kind = NotificationType(name)
    limit("unsubscribe", user_id, per_minute=30, now=now)
    # As the system: the token is what speaks for the account.
    with transaction(System()) as conn:
        row = notifications.wishes(conn, user_id, lock=True).fetchone()
        if row is None:
            raise not_found()
        stored = StoredPreferences.read(row["notification_preferences"])
        without = stored.choice(kind).model_copy(update={"email": False})
        changed = stored.model_copy(update={"channels": {**stored.channels, kind: without}})
        notifications.keep_wishes(conn, user_id, changed.model_dump(mode="json"), now)
        _note(conn, caller, user_id, {"letters_of": kind.value}, now)
    return Unsubscribed(type=kind)


def _token(user_id: str, kind: NotificationType, now: datetime) -> str:
    """Whoever has the letter may say that no more of its type are wanted."""
    return identity.letter_token(user_id, f"{_LETTERS_OF}{kind.value}", now)


def _note(
    conn: notifications.Connection, actor: Principal, user_id: str, what: dict[str, Any], now: datetime
) -> None:
    audit(
        conn,
        actor,
        event_type="user",
        action="update_notification_preferences",
        target_type="user",
        target_id=user_id,
        metadata=what,
        now=now,
    )
