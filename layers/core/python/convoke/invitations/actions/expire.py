"""Once a day: invitations that nobody answered in time, letters that were sent long ago."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from convoke.backends.postgres import System, transaction
from convoke.invitations.store import invitations as store
from convoke.invitations.store import letters
from convoke.meetings.actions import agenda

BATCH = 1000
BATCHES = 100


@dataclass(frozen=True)
class Expired:
    invitations: int


def expire_invitations(now: datetime) -> Expired:
    """In batches, each its own transaction; what is left over waits for tomorrow."""
    expired = 0
    for _ in range(BATCHES):
        with transaction(System()) as conn:
            done = store.expire(conn, now, limit=BATCH)
        expired += done
        if done < BATCH:
            break
    with transaction(System()) as conn:
        letters.forget_old(conn, now)
        agenda.forget_reminders(conn, now - timedelta(days=7))
    return Expired(expired)
