"""What ends a call that nobody ends: nobody answers, the network is gone, a process died half-way."""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.calls import live, rules, store
from convoke.calls.actions import go, tell
from convoke.calls.actions.step import Conn, Deed, Held, is_in, step
from convoke.calls.model import CallAlive, CallReference, EndReason
from convoke.calls.rules import Left
from convoke.meetings import actions as meetings
from convoke.meetings.caller import Caller

PAGE = 500
# The job's time is nearly up when the meetings have had theirs: what is not done now, the next sweep does.
SWEEP_SECONDS = 6.0

logger = logging.getLogger(__name__)


def ping(caller: Caller, request: CallReference) -> CallAlive:
    """Somebody in a call lives, and looks whether the others do.

    One round trip to Redis. Only where somebody is silent, or Redis has forgotten the call, is it looked up.
    """
    user_id = caller.principal.user_id
    if user_id is None or caller.meeting_id != request.call_id:
        raise rules.not_in_call()
    known, silent = live.beat(request.call_id, user_id, caller.now)
    if silent:
        lose(request.call_id, silent, caller.now)
    if known and not silent:
        return CallAlive(open=True)
    alive = _is_open(request.call_id)
    if not alive:
        live.close(request.call_id)
    return CallAlive(open=alive)


def lose(call_id: str, user_ids: Sequence[str], now: datetime) -> bool:
    """People in a call who have been silent for too long have left it."""

    def act(conn: Conn, held: Held) -> Deed:
        lost = [user_id for user_id in user_ids if held.is_open and is_in(held, user_id)]
        return Deed(leaving=[Left(user_id, EndReason.CONNECTION_LOST, now) for user_id in lost])

    done = step(call_id, now, act)
    live.forget(call_id, user_ids)
    if done is not None:
        tell.tell(done, now)
    return done is not None and bool(done.changed)


def expire_ringing(call_id: str, now: datetime) -> bool:
    """A timer's time is up. A message seen twice, or too late, changes nothing."""
    return go.settle(call_id, now)


def sweep(now: datetime) -> dict[str, int]:
    """Once a minute: the meetings' people, then the calls that they and lost messages have left behind."""
    swept = asdict(meetings.sweep_participants(now))
    until = time.monotonic() + SWEEP_SECONDS
    settled = failed = 0
    after: str | None = None
    while time.monotonic() < until:
        with transaction(System()) as conn:
            found = store.open_page(conn, now, after=after, limit=PAGE)
        page = found.fetchall()
        if not page:
            break
        after = page[-1]["id"]
        done = _sweep_page(page, now, until)
        settled, failed = settled + done[0], failed + done[1]
    return swept | {"calls": settled, "failed": swept["failed"] + failed}


def _sweep_page(page: Sequence[DictRow], now: datetime, until: float) -> tuple[int, int]:
    """How many calls have changed, and how many could not be looked at; none is begun after `until`."""
    settled = failed = 0
    silent = live.silent([row["id"] for row in page], now)
    for row, lost in zip(page, silent, strict=True):
        if time.monotonic() > until or not (row["due"] or lost):
            continue
        try:
            settled += lose(row["id"], lost, now) if lost else go.settle(row["id"], now)
        except Exception:
            logger.exception("the sweep goes on without one call")
            failed += 1
    return settled, failed


def _is_open(call_id: str) -> bool:
    with transaction(System()) as conn:
        found = store.by_id(conn, call_id)
    row = found.fetchone()
    return row is not None and row["ended_at"] is None
