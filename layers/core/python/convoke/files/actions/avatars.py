"""A person's picture: a file like any other until its check, then its small square under a stable address."""

from datetime import datetime

from convoke.backends.postgres import System, transaction
from convoke.errors import invalid, not_found
from convoke.files import model, store
from convoke.files.actions.read_file import link
from convoke.files.model import Link
from convoke.identity.model import Principal
from convoke.operations.actions import audit
from convoke.operations.actions import limit as limit_rate

CHANGES_PER_MINUTE = 20
LINKS_PER_MINUTE = 600


def set_avatar(principal: Principal, file_id: str, now: datetime) -> None:
    """Show the picture of a checked file of purpose `avatar` from now on."""
    limit_rate("me.avatar", principal.key, per_minute=CHANGES_PER_MINUTE, now=now)
    # Stable for the user, and another one for another picture, so that nobody is shown the old one.
    url = f"/v1/users/{principal.key}/avatar?v={file_id[-12:]}"
    if not _change(principal, file_id, url, now):
        raise invalid("This is not a checked picture of yours.", field="file_id")


def drop_avatar(principal: Principal, now: datetime) -> None:
    _change(principal, None, None, now)


def avatar_link(principal: Principal, user_id: str, now: datetime) -> Link:
    """For everybody who is signed in, as names and pictures of who writes and calls are."""
    limit_rate("users.avatar", principal.key, per_minute=LINKS_PER_MINUTE, now=now)
    # As the system: row security shows everybody their own row only.
    with transaction(System()) as conn:
        cursor = store.avatar_of(conn, user_id)
    row = cursor.fetchone()
    if row is None or row["id"] is None:
        raise not_found()
    return link(model.thumbnail_key(row["id"]), "image/webp", "picture.webp", now)


def _change(principal: Principal, file_id: str | None, url: str | None, now: datetime) -> bool:
    with transaction(principal) as conn:
        cursor = store.set_avatar(conn, principal.key, file_id, url, now)
        audit(
            conn,
            principal,
            event_type="user",
            action="update",
            target_type="user",
            target_id=principal.key,
            metadata={"fields": ["avatar"]},
            now=now,
        )
        return cursor.fetchone() is not None
