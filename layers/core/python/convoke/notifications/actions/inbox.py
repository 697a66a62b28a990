"""The list of what one was told: read it, mark it, remove from it, on all devices alike."""

from datetime import datetime

from convoke.backends.postgres import transaction
from convoke.delivery import actions as delivery
from convoke.errors import not_found
from convoke.identity.model import Principal
from convoke.notifications.actions.notify import public
from convoke.notifications.model.notification import (
    PAGE_DEFAULT,
    PAGE_MAX,
    NotificationPage,
    NotificationsDeleted,
    NotificationsRead,
    NotificationType,
    ReadAllRequest,
    Unread,
    decode_cursor,
    encode_cursor,
)
from convoke.notifications.store import notifications
from convoke.operations.actions import limit as limit_rate

CHANGES_PER_MINUTE = 240


def list_notifications(
    principal: Principal,
    *,
    unread: bool | None = None,
    kind: NotificationType | None = None,
    cursor: str | None = None,
    limit: int = PAGE_DEFAULT,
) -> NotificationPage:
    """Newest first; `unread` and `kind` narrow it. One round trip."""
    beyond = decode_cursor(cursor) if cursor else None
    size = min(max(limit, 1), PAGE_MAX)
    with transaction(principal) as conn:
        page = notifications.page(
            conn,
            principal.key,
            unread=unread,
            kind=kind.value if kind else None,
            beyond=beyond,
            limit=size + 1,
        )
    rows = page.fetchall()
    items = [public(row) for row in rows if row["id"]]
    more = len(items) > size
    last = items[size - 1] if more else None
    return NotificationPage(
        items=items[:size],
        next_cursor=encode_cursor(last.created_at, last.id) if last else None,
        unread=rows[0]["unread"],
    )


def count_unread(principal: Principal) -> Unread:
    with transaction(principal) as conn:
        counted = notifications.count(conn)
    return Unread(unread=_unread(counted))


def mark_read(principal: Principal, notification_id: str, now: datetime) -> NotificationsRead:
    """Read now, on all devices; nothing happens to what was read before."""
    limit_rate("notifications_change", principal.key, per_minute=CHANGES_PER_MINUTE, now=now)
    with transaction(principal) as conn:
        marked = notifications.mark_read(conn, principal.key, notification_id, now)
        counted = notifications.count(conn)
    row = marked.fetchone()
    if row is None:
        raise not_found()
    told = NotificationsRead(ids=[] if row["was"] else [notification_id], unread=_unread(counted))
    if told.ids:
        _tell_devices(principal, "notification.read", told, now)
    return told


def mark_all_read(principal: Principal, request: ReadAllRequest, now: datetime) -> NotificationsRead:
    limit_rate("notifications_change", principal.key, per_minute=CHANGES_PER_MINUTE, now=now)
    with transaction(principal) as conn:
        until = request.until or now
        notifications.mark_all_read(conn, principal.key, until, now)
        counted = notifications.count(conn)
    told = NotificationsRead(ids="all", until=until, unread=_unread(counted))
    _tell_devices(principal, "notification.read", told, now)
    return told


def remove(principal: Principal, notification_id: str, now: datetime) -> None:
    """Take one off the list. Its event stays known, so that it is not told again; what waits is not sent."""
    limit_rate("notifications_change", principal.key, per_minute=CHANGES_PER_MINUTE, now=now)
    with transaction(principal) as conn:
        removed = notifications.take_off(conn, principal.key, notification_id, now)
        counted = notifications.count(conn)
    if removed.fetchone() is None:
        raise not_found()
    told = NotificationsDeleted(ids=[notification_id], unread=_unread(counted))
    _tell_devices(principal, "notification.deleted", told, now)


def _unread(counted: notifications.Cursor) -> int:
    [row] = counted.fetchall()
    return int(row["unread"])


def _tell_devices(
    principal: Principal, event: str, told: NotificationsRead | NotificationsDeleted, now: datetime
) -> None:
    delivery.publish_to_many([principal.key], event, told.model_dump(mode="json"), now=now)
