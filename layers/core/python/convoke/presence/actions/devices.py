"""What devices tell of themselves, and meetings of those who are in them. Guests have no presence."""

from collections.abc import Iterable
from datetime import datetime

from convoke.identity.model import Principal
from convoke.presence import live, model
from convoke.presence.actions.announce import announce
from convoke.presence.live import Device
from convoke.presence.model import Engagement, State, Updated, UpdateRequest


def came(principal: Principal, connection_id: str, now: datetime) -> None:
    """A socket was opened."""
    beat(principal, connection_id, now)


def beat(principal: Principal, connection_id: str, now: datetime) -> None:
    """A device is still there, as whatever it was. One round trip to Redis, if nothing follows from it."""
    if principal.user_id:
        _change([Device(principal.user_id, connection_id, "beat")], now)


def update(principal: Principal, connection_id: str, request: UpdateRequest, now: datetime) -> Updated:
    """A device says whether somebody is at it; answers what that makes of the person."""
    if principal.user_id is None:
        return Updated(state=State(request.state))
    return Updated(state=_change([Device(principal.user_id, connection_id, "activity", request.state)], now))


def went(principal: Principal, connection_id: str, now: datetime) -> None:
    """A socket was closed: the person was here until now."""
    if principal.user_id is None:
        return
    [change] = live.change([Device(principal.user_id, connection_id, "gone")], now)
    announce([change], now, seen={principal.user_id: now} if change.after is State.OFFLINE else None)


def engage(user_id: str | None, connection_id: str | None, engagement: Engagement, now: datetime) -> None:
    """A person is in a meeting, a call or the queue by this connection."""
    if user_id and connection_id:
        _change([Device(user_id, connection_id, "engage", engagement)], now)


def release(people: Iterable[tuple[str | None, str | None]], now: datetime) -> None:
    """Users are not in there any more by these connections. A connection that is gone stays so."""
    _change(
        [
            Device(user_id, connection_id, "release")
            for user_id, connection_id in people
            if user_id and connection_id
        ],
        now,
    )


def _change(devices: list[Device], now: datetime) -> State:
    """The state of the last of them."""
    if not devices:
        return State.OFFLINE
    changes = live.change(devices, now)
    live.expect(
        {
            change.user_id: model.due_after(now)
            for change in changes
            if change.before is State.OFFLINE and change.after is not State.OFFLINE
        }
    )
    saved = {
        change.user_id: model.instant(change.last_beat)
        for change in changes
        if change.save and change.last_beat
    }
    announce(changes, now, seen=saved)
    return changes[-1].after
