"""Once a day: invitations that nobody answered in time, letters that were sent long ago."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.invitations.store import invitations as store
from convoke.invitations.store import letters
from convoke.meetings.actions import agenda

Conn = psycopg.Connection[DictRow]
BATCH = 1000
BATCHES = 100


@dataclass(frozen=True)
class Expired:
    invitations: int


def expire_invitations(now: datetime) -> Expired:
    """In batches, each its own transaction; what is left over waits for tomorrow."""
    expired = _in_batches(lambda conn: store.expire(conn, now, limit=BATCH))
    _in_batches(lambda conn: letters.forget_old(conn, now, limit=BATCH))
    _in_batches(lambda conn: agenda.forget_reminders(conn, now - timedelta(days=7), limit=BATCH))
    return Expired(expired)


def _in_batches(deed: Callable[[Conn], int]) -> int:
    """How many it was done to."""
    total = 0
    for _ in range(BATCHES):
        with transaction(System()) as conn:
            done = deed(conn)
        total += done
        if done < BATCH:
            break
    return total
