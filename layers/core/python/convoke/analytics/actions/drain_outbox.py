"""Carries events from the outbox to Cassandra: each at least once, and once only to see, by its id.

A batch is locked, written, and deleted in one transaction. Whoever dies in between leaves the rows as they
were, and the next drain writes the same rows over themselves.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from psycopg.rows import DictRow

from convoke.analytics.model.events import CALL_ROOM, Event, Unwritable, pause_after, text_of
from convoke.analytics.model.usage import UNKNOWN, device_type
from convoke.analytics.store import events as event_store
from convoke.analytics.store import outbox
from convoke.backends import cassandra
from convoke.backends.cassandra import Refused, Unavailable
from convoke.backends.postgres import System, transaction
from convoke.settings import settings

# The more events at once, the more rows of one partition side by side, and the less Cassandra has to do.
FIRST, BATCH = 6000, 20_000
# A batch is as many as are carried in this time by the pace of the one before: a slow store gets small ones.
BATCH_SECONDS = 3.0
# The role's idle_in_transaction_session_timeout is 15 s; a batch is written twice at most.
WRITE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Drained:
    """What a run did, and by how many seconds the oldest event that still waits is late."""

    carried: int = 0
    postponed: int = 0
    dead: int = 0
    lag_seconds: float = 0.0
    trouble: str | None = None


def drain_outbox(now: datetime, *, seconds: float, batch: int = BATCH) -> Drained:
    """Until nothing is due or `seconds` are over. A Cassandra that is away costs no event.

    Any number may run at once. An event is tried once a run: `now` stays what it is.
    """
    started = time.monotonic()
    total = Drained()
    most = min(batch, FIRST)
    while time.monotonic() - started < seconds:
        began = time.monotonic()
        done, taken = _carry(now, most)
        total = Drained(
            total.carried + done.carried,
            total.postponed + done.postponed,
            total.dead + done.dead,
            trouble=done.trouble or total.trouble,
        )
        if taken < most or (done.trouble and not done.carried):
            break
        pace = done.carried / (time.monotonic() - began)
        most = max(1, min(batch, int(pace * BATCH_SECONDS)))
    with transaction(System()) as conn:
        waiting = outbox.oldest(conn)
    if waiting is None:
        return total
    lag = (now - waiting).total_seconds() + time.monotonic() - started
    return replace(total, lag_seconds=max(0.0, lag))


def _carry(now: datetime, most: int) -> tuple[Drained, int]:
    """One batch, and how many events it had. Connected to Cassandra first: no row is locked for the wait."""
    try:
        cassandra.session()
    except Unavailable as error:
        return Drained(trouble=str(error)), 0
    # As system: events are of everybody.
    with transaction(System()) as conn:
        rows = outbox.take(conn, now, most)
        if not rows:
            return Drained(), 0
        meetings = {row["meeting_id"] for row in rows if row["meeting_id"]}
        events, reasons = _events(rows, outbox.calls_among(conn, meetings))
        outcomes = event_store.write(events, seconds=WRITE_SECONDS)
        confirmed, failed, trouble = [], [], None
        for event, outcome in zip(events, outcomes, strict=True):
            if outcome is None:
                confirmed.append(event.id)
            elif isinstance(outcome, Refused):
                reasons[event.id] = str(outcome)
            else:
                failed.append(event.id)
                trouble = str(outcome)
        if confirmed:
            outbox.forget(conn, confirmed)
        if reasons:
            outbox.bury(conn, reasons, now)
        # When none went through it is the store's trouble and not theirs: they stay due.
        if failed and confirmed:
            tried = {row["event_id"]: row["attempts"] + 1 for row in rows}
            outbox.postpone(conn, {key: now + pause_after(tried[key]) for key in failed}, trouble or "")
    return Drained(len(confirmed), len(failed), len(reasons), trouble=trouble), len(rows)


def _events(rows: Sequence[DictRow], calls: Collection[UUID]) -> tuple[list[Event], dict[UUID, str]]:
    """The rows as events, and those that cannot be one by their reason."""
    made: list[Event] = []
    reasons: dict[UUID, str] = {}
    region = settings().region
    for row in rows:
        try:
            data = text_of(row["data"])
        except Unwritable as error:
            reasons[row["event_id"]] = str(error)
            continue
        made.append(
            Event(
                id=row["event_id"],
                kind=row["kind"],
                at=row["created_at"],
                meeting_id=row["meeting_id"],
                user_id=row["user_id"],
                participant_id=row["participant_id"],
                user_name=row["display_name"],
                region=region,
                device_type=device_type(row["user_agent"]),
                account_type=row["account_type"] or UNKNOWN,
                data=data | CALL_ROOM if row["meeting_id"] in calls else data,
            )
        )
    return made, reasons
