"""Every few minutes: files that nobody uses go, and checks that got lost are asked for again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from convoke.backends import queues, storage
from convoke.backends.postgres import System, transaction
from convoke.files import model, store
from convoke.settings import settings

# After this long a check is not on its way any more: the event was lost, or the scanner was away.
OVERDUE_MINUTES = 10
BATCH = 500


@dataclass(frozen=True, slots=True)
class Swept:
    orphans: int
    removed: int
    asked_again: int


def sweep_files(now: datetime) -> Swept:
    """One batch of each; what is left comes with the next."""
    with transaction(System()) as conn:
        orphans = store.mark_orphans(conn, now - timedelta(hours=model.ORPHAN_HOURS), now, BATCH)
    return Swept(len(orphans.fetchall()), _remove(), _ask_again(now))


def _remove() -> int:
    """Objects first: a row that is gone would leave nobody to know of them."""
    with transaction(System()) as conn:
        found = [row["id"] for row in store.deleted(conn, BATCH).fetchall()]
        if found:
            storage.delete(settings().files_bucket, [key for each in found for key in model.every_key(each)])
            store.remove(conn, found)
    return len(found)


def _ask_again(now: datetime) -> int:
    with transaction(System()) as conn:
        cursor = store.unchecked(conn, now - timedelta(minutes=OVERDUE_MINUTES), now, BATCH)
    overdue = [row["id"] for row in cursor.fetchall()]
    for file_id in overdue:
        queues.send(settings().uploads_queue_url, {"file_id": file_id})
    return len(overdue)
