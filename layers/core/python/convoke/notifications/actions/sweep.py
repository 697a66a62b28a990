"""Every minute: what was left behind by a lost message or a dead job, and what is old enough to go."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from convoke.backends.postgres import System, transaction
from convoke.notifications.actions.notify import hand_over
from convoke.notifications.model.delivery import INTERRUPTED_AFTER, LATE_AFTER
from convoke.notifications.store import deliveries, notifications, subscriptions

KEPT_AFTER_READING = timedelta(days=30)
KEPT_UNREAD = timedelta(days=365)
# A page renews its device at every start, and a session that nobody uses for so long has ended.
DEVICE_KEPT = timedelta(days=30)
IN_ONE_RUN = 1_000


@dataclass(frozen=True)
class SweptNotifications:
    """`late`: notifications that were handed to the job again."""

    late: int
    interrupted: int
    removed: int
    devices_removed: int


def sweep_notifications(now: datetime) -> SweptNotifications:
    """What waits to be sent comes first, committed by itself: what is old may take long, and can wait."""
    # As the system: everybody's.
    with transaction(System()) as conn:
        interrupted = deliveries.give_up_interrupted(conn, now - INTERRUPTED_AFTER, now)
        late = deliveries.take_late(conn, now - LATE_AFTER, IN_ONE_RUN, now)
    ids = [row["id"] for row in late.fetchall()]
    hand_over(ids)
    with transaction(System()) as conn:
        removed = notifications.remove_old(
            conn, read_before=now - KEPT_AFTER_READING, told_before=now - KEPT_UNREAD, limit=IN_ONE_RUN
        )
    with transaction(System()) as conn:
        devices = subscriptions.remove_old(conn, now - DEVICE_KEPT, limit=IN_ONE_RUN)
    return SweptNotifications(len(ids), len(interrupted.fetchall()), removed, devices)
