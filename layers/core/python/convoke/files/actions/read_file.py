"""A file's state, its bytes by a link for minutes, and its end."""

from datetime import datetime, timedelta

from convoke.backends import storage
from convoke.backends.postgres import transaction
from convoke.errors import Problem, conflict, not_found
from convoke.files import model, store
from convoke.files.model import File, Limits, Link, Variant
from convoke.identity.model import Principal
from convoke.operations.actions import audit
from convoke.operations.actions import limit as limit_rate
from convoke.settings import settings

LINKS_PER_MINUTE = 300


def read(principal: Principal, file_id: str) -> File:
    """For the owner, and for who may read the message that it belongs to. One round trip."""
    with transaction(principal) as conn:
        cursor = store.find(conn, file_id)
    row = cursor.fetchone()
    if row is None:
        raise not_found()
    return store.file_of(row)


def content(principal: Principal, file_id: str, variant: Variant, now: datetime) -> Link:
    """A link to the bytes that were checked, for whoever may read the file."""
    limit_rate("files.content", principal.key, per_minute=LINKS_PER_MINUTE, now=now)
    file = read(principal, file_id)
    if file.status == "refused":
        raise Problem("file_refused", 410, "The file was refused", "It did not pass its check.")
    if file.status != "ready":
        raise conflict("file_checking", "The file is still being checked.", title="Not checked yet")
    if variant == "thumbnail":
        if file.thumbnail_url is None:
            raise not_found("There is no small picture of this file.")
        return link(model.thumbnail_key(file_id), "image/webp", "thumbnail.webp", now)
    return link(model.file_key(file_id), model.served_type(file.content_type), file.name, now)


def limits(principal: Principal, now: datetime) -> Limits:
    """What may be uploaded now."""
    with transaction(principal) as conn:
        used = store.used_since(conn, principal.key, now - timedelta(days=1))
    daily = model.daily_allowed(principal.account_type)
    return Limits(
        max_size=model.size_allowed(principal.account_type, ""),
        max_image_size=model.size_allowed(principal.account_type, "image/png"),
        daily_bytes=daily,
        daily_left=max(0, daily - used),
        content_types={name: list(endings) for name, endings in model.ENDINGS.items()},
    )


def delete(principal: Principal, file_id: str, now: datetime) -> None:
    """The owner's, as long as no message has it: those go with their message."""
    with transaction(principal) as conn:
        gone = store.mark_deleted(conn, file_id, principal.key, now)
        there = store.find(conn, file_id)
        audit(
            conn,
            principal,
            event_type="file",
            action="delete",
            target_type="file",
            target_id=file_id,
            now=now,
        )
        if gone.fetchone() is None:
            row = there.fetchone()
            if row is None or row["owner_id"] != principal.user_id:
                raise not_found()
            raise conflict("file_attached", "Delete the message that it was sent with.")


def link(key: str, content_type: str, name: str, now: datetime) -> Link:
    url = storage.download_link(
        settings().files_bucket,
        key,
        content_type=content_type,
        disposition=model.disposition(name),
        seconds=model.DOWNLOAD_SECONDS,
    )
    return Link(url=url, expires_at=now + timedelta(seconds=model.DOWNLOAD_SECONDS))
