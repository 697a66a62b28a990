"""Once a minute: who is gone without a word."""

import time
from dataclasses import dataclass
from datetime import datetime

from convoke.presence import live, model
from convoke.presence.actions.announce import announce
from convoke.presence.live import Change
from convoke.presence.model import State

PAGE = 500
# The job is killed after 30 s; what it cannot do by then it leaves to the next.
SWEEP_SECONDS = 20.0


@dataclass(frozen=True)
class SweptPresence:
    """How many were looked at, and how many of them have gone offline."""

    looked: int
    gone: int


def sweep(now: datetime) -> SweptPresence:
    """Look at those of whom nothing was heard since the last look, that is at few: beats move nobody.

    Repeating it changes nothing. A person whom Redis has forgotten is offline too.
    """
    until = time.monotonic() + SWEEP_SECONDS
    looked = gone = 0
    while time.monotonic() < until:
        page = live.due(now, PAGE)
        if not page:
            break
        changes = live.settle(page, now)
        offline = [change for change in changes if change.after is State.OFFLINE]
        _go_on(changes, now)
        announce([_told(change, now) for change in changes], now, seen=_last_seen(offline))
        live.forget_due([change.user_id for change in offline], now)
        looked, gone = looked + len(page), gone + len(offline)
    return SweptPresence(looked, gone)


def _go_on(changes: list[Change], now: datetime) -> None:
    """Who is there is looked at again when the latest beat is too old to count."""
    live.expect(
        {
            change.user_id: max(model.due_after(model.instant(change.last_beat)), model.soon(now))
            for change in changes
            if change.after is not State.OFFLINE
        }
    )


def _told(change: Change, now: datetime) -> Change:
    """Whose key is not there has gone, and watchers may not have heard so; hearing it twice does no harm."""
    if change.after is not State.OFFLINE or change.before is not State.OFFLINE:
        return change
    return Change(
        change.user_id, State.ONLINE, State.OFFLINE, model.milliseconds(now), change.last_beat, change.save
    )


def _last_seen(offline: list[Change]) -> dict[str, datetime]:
    return {change.user_id: model.instant(change.last_beat) for change in offline if change.last_beat}
